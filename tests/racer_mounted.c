/* racer_mounted.c - the victim is a daemon, and whoever reads its mount */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "racer.h"

#define DEPTH 5

static void note(struct tally *t, int code)
{
	static int last;

	if (code)
		t->failed[code < ERRNOS ? code : 0]++;
	else
		t->ok++;
	t->flips += code != last;
	last = code;
}

static void read_file(int at, const char *name, struct tally *t)
{
	static char buf[4 * BATCH_SIZE];
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	note(t, fd < 0 ? errno : 0);
	if (fd < 0)
		return;
	n = read(fd, buf, sizeof(buf));
	note(t, n < 0 ? errno : 0);
	if (n > 0) {
		t->bytes += (unsigned long)n;
		t->from_outside += memchr(buf, CANARY, (size_t)n) != NULL;
	}
	t->shorts += n >= 0 && fstat(fd, &st) == 0 && st.st_size > n;
	close(fd);
}

static void read_tree(int at, const char *name, unsigned depth, struct tally *t)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	note(t, d ? 0 : errno);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (e->d_type == DT_DIR && depth < DEPTH)
			read_tree(dirfd(d), e->d_name, depth + 1, t);
		else if (e->d_type == DT_REG)
			read_file(dirfd(d), e->d_name, t);
	}
	if (d)
		closedir(d);
}

static int run(const char *program, const char *a, const char *b, const char *c, const char *d)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execlp(program, program, a, b, c, d, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* By the control file: what the daemon removes must not be outside. */
static void command(const char *mnt, const char *line, struct tally *t)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/.ckptfs/control", mnt);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	note(t, fd < 0 ? errno : write(fd, line, strlen(line)) < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
}

static bool answers(const char *mnt)
{
	char path[400], text[200];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/.ckptfs/status.json", mnt);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return n > 0;
}

bool mounted_rounds(struct world *w, const struct attack *a, unsigned long rounds, struct tally *t)
{
	static const char *const lines[] = { "verify", "sweep", "gc", "commit allow-empty", "refresh" };
	char mnt[300];
	bool alive;

	snprintf(mnt, sizeof(mnt), "%s/mnt", w->top);
	if (mkdir(mnt, 0755) && errno != EEXIST)
		die("cannot make", mnt);
	if (run("mount.ckptfs", w->root, mnt, "-o", "lease=0"))
		die("cannot mount", mnt);
	turns_begin(w, a, false);
	for (unsigned long i = 0; i < rounds; i++) {
		if (i % 100 == 99) {
			turns_rest();
			world_fill(w);
			turns_go_on();
		}
		if (i % 10 == 0)
			command(mnt, lines[i / 10 % 5], t);
		read_tree(AT_FDCWD, mnt, 0, t);
	}
	turns_end();
	alive = answers(mnt);
	if (run("umount", mnt, NULL, NULL, NULL))
		die("cannot unmount", mnt);
	return alive;
}
