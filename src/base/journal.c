#include "base/journal.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ckptfs/uuid.h"

#define JOURNAL "/run/systemd/journal/socket"

/* Checkpoints that one line is found by. */
#define CHECKPOINTS_MAX 8

bool ckpt_journal_has_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;
	char more;

	return stream && sscanf(stream, "%llu:%llu%c", &dev, &ino, &more) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

int ckpt_journal_connect(const char *address)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = strlen(address);
	int fd;

	if ((address[0] != '/' && address[0] != '@') || n < 2 || n >= sizeof(un.sun_path))
		return -1;
	memcpy(un.sun_path, address, n);
	if (address[0] == '@')
		un.sun_path[0] = '\0';
	else
		n++; /* with the NUL */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&un,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0)
		return fd;
	close(fd);
	return -1;
}

int ckpt_journal_open(void)
{
	return ckpt_journal_connect(JOURNAL);
}

void ckpt_journal_field(struct ckpt_buf *fields, const char *name, const char *value)
{
	ckpt_buf_addf(fields, "%s=", name);
	ckpt_buf_add_shown(fields, value, strlen(value));
	ckpt_buf_addc(fields, '\n');
}

/* Uuids stand by themselves in a sentence. */
static void add_checkpoints(struct ckpt_buf *out, const char *sentence)
{
	static const char digits[] = "0123456789abcdefABCDEF-";
	char text[CKPT_UUID_TEXT];
	struct ckpt_uuid u;
	int found = 0;

	for (const char *s = sentence; *s && found < CHECKPOINTS_MAX; s++) {
		size_t n = strspn(s, digits);

		if (n == CKPT_UUID_TEXT - 1) {
			memcpy(text, s, n);
			text[n] = '\0';
			if (ckpt_uuid_parse(text, &u)) {
				ckpt_buf_addf(out, "CKPTFS_CHECKPOINT=%s\n", ckpt_uuid_text(&u, text));
				found++;
			}
		}
		s += n;
		if (!*s)
			break;
	}
}

bool ckpt_journal_send(int fd, enum ckpt_event_kind kind, const char *sentence, const struct ckpt_buf *fields)
{
	struct ckpt_buf out = CKPT_BUF_INIT;
	bool sent;

	ckpt_journal_field(&out, "MESSAGE", sentence);
	ckpt_buf_addf(&out, "MESSAGE_ID=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=ckptfs\n", ckpt_events[kind].id,
		      ckpt_events[kind].priority);
	add_checkpoints(&out, sentence);
	if (fields && fields->len)
		ckpt_buf_add(&out, fields->data, fields->len);
	sent = !out.failed && send(fd, out.data, out.len, MSG_NOSIGNAL) == (ssize_t)out.len;
	ckpt_buf_release(&out);
	return sent;
}
