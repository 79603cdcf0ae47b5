#include "tests/replay.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

struct target {
	char dir[64];	     /* of the disk; "" in memory */
	const char *program; /* NULL: the engine */
	struct ckpt_mem *mem;
	struct ckpt_store *store;
};

static void must(int rc, const struct ckpt_err *e)
{
	if (rc)
		errx(1, "%s", e->msg);
}

struct target *target_new(const char *kind)
{
	struct target *t = calloc(1, sizeof(*t));
	struct ckpt_err e;

	if (!t)
		err(1, "calloc");
	if (!strcmp(kind, "mem")) {
		t->mem = ckpt_mem_new();
		must(ckpt_store_open_mem(t->mem, &t->store, &e), &e);
		return t;
	}
	snprintf(t->dir, sizeof(t->dir), "%s/ckptfs-replay-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(t->dir))
		err(1, "mkdtemp %s", t->dir);
	must(ckpt_store_open_posix(t->dir, &t->store, &e), &e);
	t->program = strcmp(kind, "posix") ? kind : NULL;
	/* The command line takes nothing for a storage root that has neither
	 * catalog nor lock; Feldera's own start makes the lock. */
	if (t->program)
		target_put(t, "feldera.pidlock", "", 0);
	return t;
}

static int rm_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void target_free(struct target *t)
{
	ckpt_store_free(t->store);
	ckpt_mem_free(t->mem);
	if (t->dir[0])
		nftw(t->dir, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
}

bool target_path(struct target *t, const char *path, char *out, size_t size)
{
	char *slash;

	snprintf(out, size, "%s", path);
	if (!t->mem)
		return true;
	slash = strchr(out, '/');
	for (char *p = slash ? slash + 1 : NULL; p && *p; p++) {
		if (*p == '/' && !p[1])
			return false; /* a directory below the first level */
		if (*p == '/')
			*p = ':';
	}
	return true;
}

/* Cut "dir/name" in two; *dir is NULL without a directory. */
static void cut(char *path, char **dir, char **name)
{
	char *slash = strchr(path, '/');

	*dir = slash ? path : NULL;
	*name = slash ? slash + 1 : path;
	if (slash)
		*slash = 0;
}

static void disk_path(struct target *t, const char *path, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", t->dir, path);
}

void target_mkdir(struct target *t, const char *path)
{
	char p[4096], *dir, *name;

	if (t->mem) {
		target_path(t, path, p, sizeof(p));
		cut(p, &dir, &name);
		ckpt_store_mkdir(t->store, dir ? dir : name, NULL);
		return;
	}
	disk_path(t, path, p, sizeof(p));
	for (char *s = p + strlen(t->dir) + 1; (s = strchr(s, '/')); s++) {
		*s = 0;
		mkdir(p, 0755);
		*s = '/';
	}
	mkdir(p, 0755);
}

void target_put(struct target *t, const char *path, const char *data, size_t len)
{
	char p[4096], parent[4096], *dir, *name;
	struct ckpt_err e;
	int fd;

	snprintf(parent, sizeof(parent), "%s", path);
	if (strrchr(parent, '/')) {
		*strrchr(parent, '/') = 0;
		target_mkdir(t, parent);
	}
	if (t->mem) {
		target_path(t, path, p, sizeof(p));
		cut(p, &dir, &name);
		must(ckpt_store_write(t->store, dir, name, data, len, &e), &e);
		return;
	}
	disk_path(t, path, p, sizeof(p));
	fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len || close(fd))
		err(1, "%s", p);
}

void target_rm(struct target *t, const char *path)
{
	char p[4096], *dir, *name;

	if (t->mem) {
		target_path(t, path, p, sizeof(p));
		cut(p, &dir, &name);
		if (ckpt_store_remove(t->store, dir, name, NULL) == -EISDIR)
			while (ckpt_store_remove_tree(t->store, name, 1000, NULL) == -EAGAIN)
				;
		return;
	}
	disk_path(t, path, p, sizeof(p));
	nftw(p, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *target_text(struct target *t, const char *path)
{
	struct ckpt_blob blob;
	char p[4096], *dir, *name;

	snprintf(p, sizeof(p), "%s", path);
	cut(p, &dir, &name);
	return ckpt_store_read(t->store, dir, name, 1 << 26, &blob, NULL) ? NULL : blob.data;
}

/* --- the tree ----------------------------------------------------------- */

struct walk {
	struct target *t;
	const char *dir;
	json_t *out;
};

static int add_mem(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct walk *w = ctx, below = { w->t, name, w->out };
	char path[4096];

	snprintf(path, sizeof(path), "%s%s%s%s", w->dir ? w->dir : "", w->dir ? "/" : "", name,
		 st->kind == CKPT_KIND_DIR ? "/" : "");
	json_object_set_new(w->out, path, st->kind == CKPT_KIND_DIR ? json_null() : json_integer(st->size));
	return st->kind == CKPT_KIND_DIR ? ckpt_store_list(w->t->store, name, true, add_mem, &below, NULL)
					 : 0;
}

static json_t *walk_out; /* nftw has no context */
static size_t walk_skip;

static int add_disk(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	char p[4096];

	(void)ftw;
	if (strlen(path) <= walk_skip)
		return 0;
	snprintf(p, sizeof(p), "%s%s", path + walk_skip + 1, flag == FTW_D ? "/" : "");
	json_object_set_new(walk_out, p, flag == FTW_D ? json_null() : json_integer(st->st_size));
	return 0;
}

json_t *target_tree(struct target *t)
{
	struct walk w = { t, NULL, json_object() };

	if (t->mem) {
		ckpt_store_list(t->store, NULL, true, add_mem, &w, NULL);
	} else {
		walk_out = w.out;
		walk_skip = strlen(t->dir);
		nftw(t->dir, add_disk, 16, FTW_PHYS);
	}
	return w.out;
}

/* --- the commands, by the engine ---------------------------------------- */

void answer_release(struct answer *a)
{
	json_decref(a->removed);
	memset(a, 0, sizeof(*a));
}

static struct ckpt_u64 number(const json_t *op, const char *key)
{
	const char *s = json_string_value(json_object_get(op, key));

	return s ? (struct ckpt_u64){ strtoull(s, NULL, 10), true } : (struct ckpt_u64){ 0 };
}

static const char *text(const json_t *op, const char *key)
{
	return json_string_value(json_object_get(op, key));
}

/* Each command opens the root anew, as a new process would. */
static int open_root(struct target *t, struct ckpt_root **root, struct answer *a)
{
	struct ckpt_err e;
	int rc = ckpt_root_open(t->store, NULL, root, &e);

	if (rc)
		snprintf(a->error, sizeof(a->error), "%s", e.msg);
	return rc;
}

static void engine_commit(struct target *t, const json_t *op, struct answer *a)
{
	struct ckpt_u64 fingerprint = number(op, "fingerprint");
	struct ckpt_commit_opts o = { .fingerprint = &fingerprint.value,
				      .identifier = text(op, "identifier"),
				      .steps = number(op, "steps"),
				      .processed_records = number(op, "processed_records"),
				      .dependencies_version =
					      json_integer_value(json_object_get(op, "version")) };
	struct ckpt_entry *entry;
	struct ckpt_root *root;
	struct ckpt_uuid u;
	struct ckpt_err e;

	if (!ckpt_uuid_parse(text(op, "uuid"), &u))
		errx(1, "bad uuid in trace");
	o.uuid = &u;
	if (open_root(t, &root, a))
		return;
	a->ok = !ckpt_commit(root, &o, &entry, &e);
	if (a->ok) {
		a->size = entry->size.value;
		ckpt_entry_unref(entry);
	} else {
		snprintf(a->error, sizeof(a->error), "%s", e.msg);
	}
	ckpt_root_free(root);
}

static void engine_gc(struct target *t, const json_t *op, struct answer *a)
{
	json_t *except = json_object_get(op, "except"), *v;
	struct ckpt_uuid *list = calloc(json_array_size(except) + 1, sizeof(*list));
	struct ckpt_gc_opts o = { .except = list };
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_root *root;
	struct ckpt_plan plan;
	struct ckpt_err e;
	size_t i;

	json_array_foreach(except, i, v) if (!ckpt_uuid_parse(json_string_value(v), &list[o.n_except++]))
		errx(1, "bad uuid in trace");
	if (!open_root(t, &root, a)) {
		a->ok = !ckpt_gc(root, &o, &plan, &e);
		if (!a->ok)
			snprintf(a->error, sizeof(a->error), "%s", e.msg);
		for (i = 0; i < plan.n_removed; i++)
			json_array_append_new(a->removed,
					      json_string(ckpt_uuid_text(&plan.removed[i], uuid)));
		ckpt_plan_release(&plan);
		ckpt_root_free(root);
	}
	free(list);
}

static void engine_sweep(struct target *t, struct answer *a)
{
	struct ckpt_root *root;
	struct ckpt_plan plan;
	struct ckpt_err e;

	if (open_root(t, &root, a))
		return;
	a->ok = !ckpt_sweep(root, false, &plan, &e);
	a->usage = plan.usage;
	if (!a->ok)
		snprintf(a->error, sizeof(a->error), "%s", e.msg);
	ckpt_plan_release(&plan);
	ckpt_root_free(root);
}

/* --- the commands, by the command line ---------------------------------- */

#define ARGV_MAX 256

static json_t *run(struct target *t, const char *const *argv, struct answer *a)
{
	struct ckpt_buf out = CKPT_BUF_INIT;
	char chunk[65536];
	json_t *answer;
	ssize_t n;
	int p[2], status;
	pid_t pid;

	if (pipe(p) || (pid = fork()) < 0)
		err(1, "fork");
	if (!pid) {
		dup2(p[1], 1);
		dup2(p[1], 2);
		close(p[0]);
		close(p[1]);
		execv(t->program, (char *const *)argv);
		_exit(127);
	}
	close(p[1]);
	while ((n = read(p[0], chunk, sizeof(chunk))) > 0)
		ckpt_buf_add(&out, chunk, n);
	close(p[0]);
	waitpid(pid, &status, 0);
	a->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFSIGNALED(status) || WEXITSTATUS(status) > 1)
		errx(1, "%s %s: status %x: %s", argv[0], argv[1], status, out.data ? out.data : "");
	if (!a->ok)
		snprintf(a->error, sizeof(a->error), "%s", out.data ? out.data : "");
	/* A warning may come before the answer. */
	answer = a->ok ? json_loads(strchr(out.data, '{'), JSON_DECODE_ANY, NULL) : NULL;
	if (!answer && a->ok)
		answer = json_loads(strchr(out.data, '{'), JSON_DECODE_INT_AS_REAL, NULL);
	ckpt_buf_release(&out);
	return answer;
}

static void cli_commit(struct target *t, const json_t *op, struct answer *a)
{
	const char *version = json_integer_value(json_object_get(op, "version")) == 1 ? "1" : "2";
	const char *argv[ARGV_MAX] = { t->program,
				       "commit",
				       t->dir,
				       "--json",
				       "--force",
				       "--allow-empty",
				       "--dependencies-version",
				       version,
				       "--uuid",
				       text(op, "uuid"),
				       "--fingerprint",
				       text(op, "fingerprint") };
	static const char *const pairs[][2] = { { "identifier", "--identifier" },
						{ "steps", "--steps" },
						{ "processed_records", "--processed-records" } };
	size_t n = 12;
	json_t *answer;

	for (size_t i = 0; i < 3; i++) {
		if (text(op, pairs[i][0])) {
			argv[n++] = pairs[i][1];
			argv[n++] = text(op, pairs[i][0]);
		}
	}
	answer = run(t, argv, a);
	if (json_is_integer(json_object_get(answer, "size")))
		a->size = json_integer_value(json_object_get(answer, "size"));
	else
		a->size = json_real_value(json_object_get(answer, "size"));
	json_decref(answer);
}

static void cli_gc(struct target *t, const json_t *op, struct answer *a)
{
	const char *argv[ARGV_MAX] = { t->program, "gc", t->dir, "--json" };
	json_t *v, *answer;
	size_t n = 4, i;

	json_array_foreach(json_object_get(op, "except"), i, v)
	{
		if (n + 3 > ARGV_MAX)
			errx(1, "too many exceptions in trace");
		argv[n++] = "--except";
		argv[n++] = json_string_value(v);
	}
	answer = run(t, argv, a);
	json_array_extend(a->removed, json_object_get(answer, "removed"));
	json_decref(answer);
}

static void cli_sweep(struct target *t, struct answer *a)
{
	const char *argv[] = { t->program, "sweep", t->dir, "--json", NULL };
	json_t *answer = run(t, argv, a);

	a->usage = json_integer_value(json_object_get(answer, "usage"));
	json_decref(answer);
}

void target_commit(struct target *t, const json_t *op, struct answer *a)
{
	(t->program ? cli_commit : engine_commit)(t, op, a);
}

void target_gc(struct target *t, const json_t *op, struct answer *a)
{
	a->removed = json_array();
	(t->program ? cli_gc : engine_gc)(t, op, a);
}

void target_sweep(struct target *t, struct answer *a)
{
	(t->program ? cli_sweep : engine_sweep)(t, a);
}
