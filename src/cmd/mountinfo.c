#include "cmd/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOUNTINFO "/proc/self/mountinfo"

/* Mounts of one namespace; the kernel's own limit is 100,000. */
#define MOUNTS_MAX 1000000

typedef bool match_fn(const void *ctx, int id, const char *point);

/* The kernel writes blanks, newlines and backslashes in a path as \040. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
		    s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /mount/point options... - type source superoptions";
 * changes line. */
static void look_at(char *line, match_fn *match, const void *ctx, struct ckpt_mounted *out)
{
	unsigned major, minor;
	int id, at = 0;
	char *point, *end, *type;

	if (sscanf(line, "%d %*d %u:%u %*s %n", &id, &major, &minor, &at) != 3 || at == 0)
		return;
	point = line + at;
	end = strchr(point, ' ');
	if (!end)
		return;
	*end = '\0';
	type = strstr(end + 1, " - ");
	unescape(point);
	if (!type || !match(ctx, id, point))
		return;
	type += 3;
	*out = (struct ckpt_mounted){
		.id = id,
		.dev = major << 20 | minor,
		.ckptfs = strncmp(type, "fuse.ckptfs ", 12) == 0,
	};
}

/* The last line that matches wins: a later mount lies on an earlier one. */
static int find(match_fn *match, const void *ctx, struct ckpt_mounted *out, struct ckpt_err *err)
{
	FILE *f = fopen(MOUNTINFO, "re");
	char *line = NULL;
	size_t cap = 0, n;

	*out = (struct ckpt_mounted){ 0 };
	if (!f)
		return ckpt_fail_errno(err, errno, "can't open %s, which lists the mounts", MOUNTINFO);
	for (n = 0; n < MOUNTS_MAX && getline(&line, &cap, f) > 0; n++)
		look_at(line, match, ctx, out);
	free(line);
	fclose(f);
	return 0;
}

static bool match_path(const void *ctx, int id, const char *point)
{
	(void)id;
	return strcmp(point, ctx) == 0;
}

int ckpt_mounted_at(const char *path, struct ckpt_mounted *out, struct ckpt_err *err)
{
	return find(match_path, path, out, err);
}

static bool match_id(const void *ctx, int id, const char *point)
{
	(void)point;
	return id == *(const int *)ctx;
}

int ckpt_mounted_fd(int fd, struct ckpt_mounted *out, struct ckpt_err *err)
{
	char path[64], line[128];
	int id = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return ckpt_fail_errno(err, errno, "can't open %s, which tells the mount of a file", path);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "mnt_id: %d", &id) == 1)
			break;
	fclose(f);
	return find(match_id, &id, out, err);
}

/* A mount of FUSE has a device of its own, of the kind that has no number of a driver. */
bool ckpt_mounted_disk(int fd)
{
	struct statx st;

	/* Nothing that a file system is asked for. */
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) == 0 && st.stx_dev_major != 0;
}

/* Linux 6.8; older headers do not have it. */
#define MNT_ID_UNIQUE 0x4000U

uint64_t ckpt_mount_unique(int fd)
{
	struct statx st;

	/* Nothing else is asked for, so the file system is not asked. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, MNT_ID_UNIQUE, &st) != 0)
		return 0;
	return st.stx_mask & MNT_ID_UNIQUE ? st.stx_mnt_id : 0;
}
