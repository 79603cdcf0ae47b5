/* wakes.c - files that are opened one after the other, and what that costs at the least
 *
 *   wakes open DIR N   open, read and close N files of DIR
 *   wakes pipe N       N times a process asks another one, and waits for its answer
 *
 * For each open of a file of FUSE one process waits for another.  That alone, by two
 * pipes and with nothing to do, is the second.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "wakes: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void open_each(const char *path, long n)
{
	static char buf[65536];
	struct dirent *e;
	DIR *d = opendir(path);

	if (!d)
		die(path);
	while (n > 0 && (e = readdir(d))) {
		int fd;

		if (!strstr(e->d_name, ".feldera"))
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, buf, sizeof(buf)) < 0)
			die(e->d_name);
		close(fd);
		n--;
	}
	closedir(d);
	if (n > 0)
		die("too few files");
}

static void answer(int from, int to)
{
	char c;

	while (read(from, &c, 1) == 1)
		if (write(to, &c, 1) != 1)
			break;
	_exit(0);
}

static void ask(long n)
{
	int there[2], back[2];
	char c = 0;
	pid_t pid;

	if (pipe(there) || pipe(back) || (pid = fork()) < 0)
		die("pipe");
	if (pid == 0) {
		close(there[1]);
		answer(there[0], back[1]);
	}
	while (n-- > 0)
		if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
			die("ask");
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "open"))
		open_each(argv[2], atol(argv[3]));
	else if (argc == 3 && !strcmp(argv[1], "pipe"))
		ask(atol(argv[2]));
	else
		return fprintf(stderr, "usage: wakes open DIR N | wakes pipe N\n"), 2;
	return 0;
}
