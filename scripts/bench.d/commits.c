/* commits.c - N small checkpoints through the library, as a program that links
 * it would write them:  commits ROOT N */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ckptfs/ckpt.h"

static void check(int rc, const struct ckpt_err *err)
{
	if (!rc)
		return;
	fprintf(stderr, "commits: %s\n", err->msg);
	exit(1);
}

/* Not synced: that is the commit's part. */
static void write_state(int root, const char *uuid, const char *name)
{
	char path[128], state[1024] = { 's' };
	int fd;

	snprintf(path, sizeof(path), "%s/%s", uuid, name);
	fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, state, sizeof(state)) != sizeof(state))
		perror(path), exit(1);
	close(fd);
}

int main(int argc, char **argv)
{
	const uint64_t fingerprint = 42;
	struct ckpt_store *store;
	struct ckpt_root *root;
	struct ckpt_err err;
	int fd = argc == 3 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 2;
	check(ckpt_store_open_posix_at(fd, argv[1], &store, &err), &err);
	check(ckpt_root_open(store, NULL, &root, &err), &err);
	for (int i = 0; i < atoi(argv[2]); i++) {
		char text[CKPT_UUID_TEXT];
		struct ckpt_uuid uuid;
		struct ckpt_commit_opts o = { .uuid = &uuid, .fingerprint = &fingerprint };

		snprintf(text, sizeof(text), "019b0000-%04x-7000-8000-0000%08x", i & 0xffff, i);
		if (!ckpt_uuid_parse(text, &uuid) || mkdirat(fd, text, 0755))
			return 1;
		write_state(fd, text, "pspine-0.dat");
		write_state(fd, text, "pspine-1.dat");
		check(ckpt_commit(root, &o, NULL, &err), &err);
	}
	ckpt_root_free(root);
	ckpt_store_free(store);
	return 0;
}
