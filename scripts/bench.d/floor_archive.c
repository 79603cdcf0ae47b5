/* floor_archive.c - what one more checkpoint of an archive costs at the least
 *
 *   floor_archive ROOT ARCHIVE UUID LIST
 *
 * Both directories are listed, at once, and both dependencies.json of the same
 * checkpoint read (the archive's newest is as long); then one sync of all, a link
 * for each new batch, which LIST names, a line each, and for each file of the
 * checkpoint's own directory, and the syncs of a commit.  Nothing is compared, and
 * nothing looked at twice.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "floor_archive: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die(name);
	return fd;
}

static void *list(void *root)
{
	static __thread char buf[32768];
	int fd = open_dir(*(int *)root, ".");
	size_t names = 0;
	long n;

	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n; names++)
			at += ((struct dirent64 *)(buf + at))->d_reclen;
	if (n < 0 || !names)
		die("list");
	close(fd);
	return NULL;
}

static void read_all(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *buf;

	if (fd < 0 || fstat(fd, &st) || !(buf = malloc((size_t)st.st_size)) ||
	    read(fd, buf, (size_t)st.st_size) != st.st_size)
		die(name);
	free(buf);
	close(fd);
}

static void sync_fd(int fd, const char *what)
{
	if (fsync(fd))
		die(what);
}

static void link_listed(int from, int to, const char *path)
{
	char name[300];
	FILE *f = fopen(path, "r");

	if (!f)
		die(path);
	while (fgets(name, sizeof(name), f)) {
		name[strcspn(name, "\n")] = '\0';
		if (linkat(from, name, to, name, 0))
			die(name);
	}
	fclose(f);
}

static void link_own(int from, int to)
{
	DIR *d = fdopendir(dup(from));
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && linkat(from, e->d_name, to, e->d_name, 0))
			die(e->d_name);
	closedir(d);
}

static void replace_catalog(int root)
{
	static const char text[700] = "[";
	int fd = openat(root, "checkpoints.feldera.mut", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, sizeof(text)) != sizeof(text))
		die("catalog");
	sync_fd(fd, "catalog");
	close(fd);
	if (renameat(root, "checkpoints.feldera.mut", root, "checkpoints.feldera"))
		die("catalog");
	sync_fd(root, "root");
}

int main(int argc, char **argv)
{
	int source, archive, here, there;
	pthread_t thread;

	if (argc != 5) {
		fprintf(stderr, "usage: floor_archive ROOT ARCHIVE UUID LIST\n");
		return 2;
	}
	source = open_dir(AT_FDCWD, argv[1]);
	archive = open_dir(AT_FDCWD, argv[2]);
	here = open_dir(source, argv[3]);
	if (pthread_create(&thread, NULL, list, &archive))
		die("thread");
	list(&source);
	pthread_join(thread, NULL);
	read_all(here, "dependencies.json");
	read_all(here, "dependencies.json");
	if (syncfs(archive) || mkdirat(archive, argv[3], 0755))
		die(argv[3]);
	there = open_dir(archive, argv[3]);
	link_listed(source, archive, argv[4]);
	link_own(here, there);
	sync_fd(there, argv[3]);
	sync_fd(archive, "root");
	replace_catalog(archive);
	return 0;
}
