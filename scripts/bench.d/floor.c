/* floor.c - what a commit costs at the least: the same writes and fsyncs, one
 * after the other, and nothing else
 *
 *   floor commits ROOT N      N small checkpoints: two state files, CHECKPOINT,
 *                             dependencies.json, the directory, the root, the
 *                             catalog by rename, the root
 *   floor stage ROOT N        N states of 1 KB and N batches of 4 KB, each written
 *                             and synced; then what one checkpoint writes
 *   floor durable ROOT LIST   fsync each file of ROOT that LIST names, a line
 *                             each; then what one checkpoint writes
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_MAX 512

static char *catalog;
static size_t catalog_len;

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void sync_fd(int fd, const char *what)
{
	if (fsync(fd))
		die(what);
}

static void write_file(int dir, const char *name, const char *data, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		die(name);
	sync_fd(fd, name);
	close(fd);
}

static void add_entry(const char *uuid)
{
	char *grown = realloc(catalog, catalog_len + ENTRY_MAX);

	if (!grown)
		die("catalog");
	catalog = grown;
	if (catalog_len)
		catalog[catalog_len - 1] = ',';
	else
		catalog[catalog_len++] = '[';
	catalog_len +=
		(size_t)snprintf(catalog + catalog_len, ENTRY_MAX,
				 "{\"uuid\":\"%s\",\"identifier\":null,\"fingerprint\":42,\"size\":2170,"
				 "\"steps\":null,\"processed_records\":null}]",
				 uuid);
}

static void commit(int root, unsigned i, const char *deps, size_t deps_len)
{
	char uuid[64], state[1024] = { 's' };
	int dir;

	snprintf(uuid, sizeof(uuid), "019b0000-%04x-7000-8000-0000%08x", i & 0xffff, i);
	if (mkdirat(root, uuid, 0755) || (dir = openat(root, uuid, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		die(uuid);
	write_file(dir, "pspine-0.dat", state, sizeof(state));
	write_file(dir, "pspine-1.dat", state, sizeof(state));
	write_file(dir, "CHECKPOINT", "", 0);
	write_file(dir, "dependencies.json", deps, deps_len);
	sync_fd(dir, uuid);
	close(dir);
	sync_fd(root, "root");
	add_entry(uuid);
	write_file(root, "checkpoints.feldera.mut", catalog, catalog_len);
	if (renameat(root, "checkpoints.feldera.mut", root, "checkpoints.feldera"))
		die("rename");
	sync_fd(root, "root");
}

static void sync_listed(int root, const char *list)
{
	char name[300];
	FILE *f = fopen(list, "r");

	if (!f)
		die(list);
	while (fgets(name, sizeof(name), f)) {
		int fd;

		name[strcspn(name, "\n")] = '\0';
		fd = openat(root, name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			die(name);
		sync_fd(fd, name);
		close(fd);
	}
	fclose(f);
}

/* One checkpoint of many states and batches. */
static void stage(int root, int n)
{
	static char state[1052], batch[4096];
	char *deps = malloc((size_t)n * 128 + 128), name[64];
	size_t len;
	int dir;

	if (!deps || mkdirat(root, "staged", 0755) ||
	    (dir = openat(root, "staged", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		die("staged");
	len = (size_t)sprintf(deps, "{\"batches\":[");
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "state-%06d.dat", i);
		write_file(dir, name, state, sizeof(state));
	}
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "w0-019b0000-0000-7000-8000-0000%08x.feldera", i);
		write_file(root, name, batch, sizeof(batch));
		len += (size_t)sprintf(deps + len, "%s\"%s\"", i ? "," : "", name);
	}
	len += (size_t)sprintf(deps + len, "],\"state_files\":[");
	for (int i = 0; i < n; i++)
		len += (size_t)sprintf(deps + len, "\"state-%06d.dat\",", i);
	len += (size_t)sprintf(deps + len, "\"CHECKPOINT\"]}");
	sync_fd(dir, "staged");
	close(dir);
	commit(root, (unsigned)getpid(), deps, len);
	free(deps);
}

int main(int argc, char **argv)
{
	static const char deps[] =
		"{\"batches\":[],\"state_files\":[\"CHECKPOINT\",\"pspine-0.dat\",\"pspine-1.dat\"]}";
	int root = argc == 4 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (root < 0)
		die(argc == 4 ? argv[2]
			      : "usage: floor commits ROOT N | floor stage ROOT N | floor durable ROOT LIST");
	if (strcmp(argv[1], "commits") == 0) {
		for (int i = 0; i < atoi(argv[3]); i++)
			commit(root, (unsigned)i, deps, sizeof(deps) - 1);
		return 0;
	}
	if (strcmp(argv[1], "stage") == 0) {
		stage(root, atoi(argv[3]));
		return 0;
	}
	sync_listed(root, argv[3]);
	commit(root, (unsigned)getpid(), deps, sizeof(deps) - 1);
	return 0;
}
