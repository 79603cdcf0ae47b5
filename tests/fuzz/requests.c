/* requests.c - what the kernel may ask, in any order, with any node id
 *
 * The input is a program: a byte says which request comes next, those after it
 * what it asks about.  Ids come from earlier answers, are put together by hand,
 * or are just numbers.  Meanwhile the root changes: by commands written to
 * control, which are the real ones, and as a pipeline does it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/fuzz/requests.h"
#include "tests/fuzz/requests_kernel.h"
#include "view/inode.h"

#define STEPS_MAX 64

/* --- what the kernel knows --------------------------------------------------- */

#define NODES_MAX 64
#define HANDLES_MAX 16

struct handle {
	uint64_t fh, node;
	bool is_dir;
	bool is_settled; /* then size is what its file has */
	uint64_t size;
};

struct kernel {
	struct bytes in;
	uint64_t node[NODES_MAX];
	size_t n_nodes;
	struct handle handle[HANDLES_MAX];
	size_t n_handles;
};

static void remember(struct kernel *k, uint64_t node)
{
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->node[i] == node)
			return;
	if (k->n_nodes < NODES_MAX)
		k->node[k->n_nodes++] = node;
}

static uint64_t take_node(struct kernel *k)
{
	uint8_t how = take(&k->in);

	if (how < 0xc0)
		return k->node[how % k->n_nodes];
	if (how < 0xf0) {
		uint32_t number = take(&k->in), index = take(&k->in);

		return ckpt_id_pack(how % (CKPT_NODE_KINDS + 1), number,
				    index == 0xff ? CKPT_INDEX_STATE : index);
	}
	return take_u64(&k->in);
}

static uint32_t take_uid(struct kernel *k)
{
	uint8_t how = take(&k->in);

	return how < 0xe0 ? MOUNTER : how;
}

/* NULL: none is open. */
static struct handle *take_handle(struct kernel *k, bool dir)
{
	size_t at = take(&k->in), n = 0;

	for (size_t i = 0; i < k->n_handles; i++)
		n += k->handle[i].is_dir == dir;
	at = n ? at % n : 0;
	for (size_t i = 0; n && i < k->n_handles; i++)
		if (k->handle[i].is_dir == dir && at-- == 0)
			return &k->handle[i];
	return NULL;
}

#define NAME_MAX_LEN 255
static size_t take_name(struct kernel *k, char name[NAME_MAX_LEN + 1])
{
	static const char *const names[] = { "latest",
					     "storage",
					     "dependencies",
					     "metadata.json",
					     ".ckptfs",
					     "control",
					     "by-time",
					     "by-identifier",
					     "pins",
					     "gc",
					     "sweep",
					     "status.json",
					     "usage.json",
					     "log",
					     "checkpoints.feldera",
					     "state.json",
					     "steps.bin",
					     "w0-0.feldera",
					     "w1-0.feldera",
					     "w1-1.feldera",
					     "CHECKPOINT",
					     "z1-0.dat",
					     "before",
					     "dependencies.json",
					     "a%2f0%25%01",
					     "a%2F0%25%01",
					     ".",
					     "..",
					     "x.mut",
					     "feldera.pidlock",
					     "metrics" };
	size_t n = sizeof(names) / sizeof(names[0]), len = 0;
	uint8_t how = take(&k->in);

	if (how < n)
		return (size_t)snprintf(name, NAME_MAX_LEN + 1, "%s", names[how]);
	if (how < n + N_UUIDS)
		return (size_t)snprintf(name, NAME_MAX_LEN + 1, "%s", requests_uuid[how - n]);
	if (how == 0xff) {
		memset(name, 'x', NAME_MAX_LEN);
		name[NAME_MAX_LEN] = '\0';
		return NAME_MAX_LEN;
	}
	for (how %= 64; len < how; len++) {
		name[len] = (char)take(&k->in);
		if (name[len] == '/' || name[len] == '\0')
			break;
	}
	if (len == 0)
		name[len++] = 'x';
	name[len] = '\0';
	return len;
}

/* --- answers ------------------------------------------------------------------ */

static void must_be_attr(const struct fuse_attr *a)
{
	uint32_t type = a->mode & S_IFMT;

	MUST(a->ino != 0 && (type == S_IFDIR || type == S_IFREG || type == S_IFLNK), "ino %llu, mode %o",
	     (unsigned long long)a->ino, a->mode);
	MUST(a->mtimensec < 1000000000 && a->ctimensec < 1000000000, "time");
}

static void must_be_entry(struct kernel *k, const struct kernel_reply *r)
{
	struct fuse_entry_out e;

	if (r->error)
		return;
	MUST(r->len == sizeof(e), "%zu bytes", r->len);
	memcpy(&e, r->data, sizeof(e));
	MUST(e.nodeid != 0, "node 0");
	must_be_attr(&e.attr);
	remember(k, e.nodeid);
}

static void must_be_names(struct kernel *k, const struct kernel_reply *r, bool plus, uint64_t from)
{
	const uint8_t *p = r->data, *end = p + r->len;

	while (p < end) {
		struct fuse_direntplus d = { 0 };
		size_t head = plus ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;

		MUST((size_t)(end - p) >= head, "half an entry");
		memcpy(plus ? (void *)&d : (void *)&d.dirent, p, head);
		MUST(d.dirent.namelen && d.dirent.namelen <= 255 &&
			     (size_t)(end - p) >= FUSE_DIRENT_ALIGN(head + d.dirent.namelen),
		     "a name of %u bytes", d.dirent.namelen);
		MUST(!memchr(p + head, '/', d.dirent.namelen) && !memchr(p + head, '\0', d.dirent.namelen),
		     "no name");
		MUST(d.dirent.off > from && d.dirent.ino, "offset %llu after %llu",
		     (unsigned long long)d.dirent.off, (unsigned long long)from);
		from = d.dirent.off;
		if (plus && d.entry_out.nodeid) {
			must_be_attr(&d.entry_out.attr);
			MUST(d.entry_out.attr.ino == d.dirent.ino, "two numbers");
			remember(k, d.entry_out.nodeid);
		}
		p += FUSE_DIRENT_ALIGN(head + d.dirent.namelen);
	}
}

/* --- requests ----------------------------------------------------------------- */

static void do_lookup(struct kernel *k)
{
	char name[NAME_MAX_LEN + 1];
	uint64_t parent = take_node(k);
	size_t len = take_name(k, name);
	const struct kernel_arg arg[] = { { name, len + 1 }, { 0 } };

	must_be_entry(k, kernel_ask(FUSE_LOOKUP, parent, take_uid(k), arg));
}

static const struct kernel_reply *ask_attr(uint64_t node)
{
	const struct fuse_getattr_in in = { 0 };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_reply *r = kernel_ask(FUSE_GETATTR, node, MOUNTER, arg);

	if (r->error == 0) {
		MUST(r->len == sizeof(struct fuse_attr_out), "%zu bytes", r->len);
		must_be_attr(&((const struct fuse_attr_out *)r->data)->attr);
	}
	return r;
}

static void do_getattr(struct kernel *k)
{
	ask_attr(take_node(k));
}

static void do_setattr(struct kernel *k)
{
	struct fuse_setattr_in in = { 0 };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	uint64_t node = take_node(k);
	const struct kernel_reply *r;

	in.valid = (uint32_t)(take(&k->in) << 8 | take(&k->in)) & ~(uint32_t)FATTR_FH;
	in.size = take(&k->in);
	r = kernel_ask(FUSE_SETATTR, node, take_uid(k), arg);
	MUST(r->error || in.size == 0, "something was changed");
}

static void do_readlink(struct kernel *k)
{
	const struct kernel_arg none[] = { { 0 } };
	const struct kernel_reply *r = kernel_ask(FUSE_READLINK, take_node(k), take_uid(k), none);

	MUST(r->error || (r->len && r->len < 4096 && !memchr(r->data, '\0', r->len)), "%zu bytes", r->len);
}

static void add_handle(struct kernel *k, const struct kernel_reply *r, uint64_t node, bool dir)
{
	struct handle *h = &k->handle[k->n_handles];
	struct fuse_open_out out;

	MUST(r->len == sizeof(out), "%zu bytes", r->len);
	memcpy(&out, r->data, sizeof(out));
	MUST(out.fh, "no handle");
	*h = (struct handle){ .fh = out.fh, .node = node, .is_dir = dir };
	k->n_handles++;
	r = dir ? NULL : ask_attr(node);
	if (r && r->error == 0) {
		const struct fuse_attr_out *attr = (const struct fuse_attr_out *)r->data;

		h->is_settled = attr->attr_valid > 0;
		h->size = attr->attr.size;
	}
}

static void do_open(struct kernel *k, bool dir)
{
	struct fuse_open_in in = { 0 };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	uint64_t node = take_node(k);
	const struct kernel_reply *r;

	if (k->n_handles == HANDLES_MAX)
		return;
	if (!dir)
		in.flags = (take(&k->in) & O_ACCMODE) | (take(&k->in) & 1 ? O_NONBLOCK : 0);
	r = kernel_ask(dir ? FUSE_OPENDIR : FUSE_OPEN, node, take_uid(k), arg);
	if (r->error == 0)
		add_handle(k, r, node, dir);
}

static void do_read(struct kernel *k)
{
	struct handle *h = take_handle(k, false);
	struct fuse_read_in in = { 0 };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_reply *r;

	if (!h)
		return;
	in.fh = h->fh;
	in.size = (uint32_t)take(&k->in) * 32;
	in.offset = take(&k->in) == 0xff ? take_u64(&k->in) >> 1 : take(&k->in);
	r = kernel_ask(FUSE_READ, h->node, take_uid(k), arg);
	MUST(r->error || r->len <= in.size, "%zu bytes, not %u", r->len, in.size);
	if (r->error || !h->is_settled)
		return;
	MUST(r->len == (in.offset >= h->size		? 0
			: h->size - in.offset < in.size ? h->size - in.offset
							: in.size),
	     "%zu bytes at %llu of %llu", r->len, (unsigned long long)in.offset, (unsigned long long)h->size);
}

static void do_readdir(struct kernel *k, bool plus)
{
	struct handle *h = take_handle(k, true);
	struct fuse_read_in in = { 0 };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_reply *r;

	if (!h)
		return;
	in.fh = h->fh;
	in.size = (uint32_t)take(&k->in) * 32;
	in.offset = take(&k->in) == 0xff ? take_u64(&k->in) >> 1 : take(&k->in);
	r = kernel_ask(plus ? FUSE_READDIRPLUS : FUSE_READDIR, h->node, MOUNTER, arg);
	MUST(r->error || r->len <= in.size, "%zu bytes, not %u", r->len, in.size);
	if (r->error == 0)
		must_be_names(k, r, plus, in.offset);
}

/* What is written to control: a command with a checkpoint, or any bytes. */
static size_t take_line(struct kernel *k, char *line, size_t size)
{
	static const char *const words[] = { "gc",	"sweep",      "remove %s",   "pin p %s",   "unpin p",
					     "refresh", "pins",	      "verify",	     "release %s", "release",
					     "help",	"gc dry-run", "unpin before" };
	const size_t n = sizeof(words) / sizeof(words[0]);
	uint8_t how = take(&k->in);
	size_t len = 0;

	if (how < 0xc0) {
		const char *word = words[how % n], *at = strstr(word, "%s");

		return (size_t)snprintf(line, size, "%.*s%s\n", (int)(at ? at - word : (long)strlen(word)),
					word, at ? requests_uuid[how / n % N_UUIDS] : "");
	}
	/* Once in a while more than a command may have. */
	for (how = how == 0xff ? 255 : how % 32; len < how; len++)
		line[len] = (char)take(&k->in);
	if (how == 255) {
		memset(line, 'x', CKPT_CONTROL_MAX + 1);
		len = CKPT_CONTROL_MAX + 1;
	}
	return len;
}

static void do_write(struct kernel *k)
{
	struct handle *h = take_handle(k, false);
	char line[CKPT_CONTROL_MAX + 2];
	struct fuse_write_in in = { 0 };
	struct kernel_arg arg[] = { { &in, sizeof(in) }, { line, 0 }, { 0 } };
	const struct kernel_reply *r;

	if (!h)
		return;
	in.fh = h->fh;
	in.size = (uint32_t)take_line(k, line, sizeof(line));
	in.offset = take(&k->in);
	arg[1].len = in.size;
	r = kernel_ask(FUSE_WRITE, h->node, take_uid(k), arg);
	MUST(r->error || (r->len == sizeof(struct fuse_write_out) &&
			  ((const struct fuse_write_out *)r->data)->size == in.size),
	     "%zu bytes", r->len);
}

static void release_handle(struct kernel *k, struct handle *h)
{
	const struct fuse_release_in in = { .fh = h->fh };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_reply *r =
		kernel_ask(h->is_dir ? FUSE_RELEASEDIR : FUSE_RELEASE, h->node, 0, arg);

	MUST(r->error == 0, "release: %d", r->error);
	*h = k->handle[--k->n_handles];
}

static void do_release(struct kernel *k)
{
	struct handle *h = take_handle(k, take(&k->in) & 1);

	if (h)
		release_handle(k, h);
}

static void do_forget(struct kernel *k)
{
	struct {
		struct fuse_batch_forget_in in;
		struct fuse_forget_one one[4];
	} batch = { .in = { .count = 4 } };
	struct fuse_forget_in in = { .nlookup = take(&k->in) };
	const struct kernel_arg one[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_arg many[] = { { &batch, sizeof(batch) }, { 0 } };

	if (take(&k->in) & 1) {
		kernel_tell(FUSE_FORGET, take_node(k), one);
		return;
	}
	for (size_t i = 0; i < batch.in.count; i++)
		batch.one[i] = (struct fuse_forget_one){ take_node(k), take(&k->in) };
	kernel_tell(FUSE_BATCH_FORGET, 0, many);
}

/* All that would change something, and what is not there: with room for any
 * arguments, and a name or two behind them. */
static void do_other(struct kernel *k)
{
	static const struct {
		uint32_t opcode;
		size_t args; /* before the names */
	} other[] = { { FUSE_MKNOD, sizeof(struct fuse_mknod_in) },
		      { FUSE_MKDIR, sizeof(struct fuse_mkdir_in) },
		      { FUSE_UNLINK, 0 },
		      { FUSE_RMDIR, 0 },
		      { FUSE_SYMLINK, 0 },
		      { FUSE_RENAME, sizeof(struct fuse_rename_in) },
		      { FUSE_RENAME2, sizeof(struct fuse_rename2_in) },
		      { FUSE_LINK, sizeof(struct fuse_link_in) },
		      { FUSE_CREATE, sizeof(struct fuse_create_in) },
		      { FUSE_REMOVEXATTR, 0 },
		      { FUSE_ACCESS, sizeof(struct fuse_access_in) },
		      { FUSE_STATFS, 0 },
		      { FUSE_BMAP, sizeof(struct fuse_bmap_in) },
		      { FUSE_INIT, sizeof(struct fuse_init_in) },
		      { 60000, 0 } };
	size_t i = take(&k->in) % (sizeof(other) / sizeof(other[0]));
	const uint8_t zeros[128] = { 0 };
	char name[NAME_MAX_LEN + 1], name2[NAME_MAX_LEN + 1];
	uint64_t node = take_node(k);
	size_t len = take_name(k, name), len2 = take_name(k, name2);
	const struct kernel_arg arg[] = {
		{ zeros, other[i].args }, { name, len + 1 }, { name2, len2 + 1 }, { 0 }
	};
	const struct kernel_reply *r = kernel_ask(other[i].opcode, node, take_uid(k), arg);

	MUST(r->error || other[i].opcode == FUSE_STATFS, "request %u was done", other[i].opcode);
	MUST(r->error || r->len == sizeof(struct fuse_statfs_out), "%zu bytes", r->len);
}

static void do_xattr(struct kernel *k)
{
	struct fuse_setxattr_in set = { .size = 3 };
	struct fuse_getxattr_in get = { .size = 100 };
	uint64_t node = take_node(k);
	uint8_t how = take(&k->in);
	/* The short form: FUSE_SETXATTR_EXT was not asked for. */
	const struct kernel_arg arg[][4] = {
		{ { &set, FUSE_COMPAT_SETXATTR_IN_SIZE }, { "user.x", 7 }, { "abc", 3 }, { 0 } },
		{ { &get, sizeof(get) }, { "user.x", 7 }, { 0 } },
		{ { &get, sizeof(get) }, { 0 } },
	};
	static const uint32_t opcode[] = { FUSE_SETXATTR, FUSE_GETXATTR, FUSE_LISTXATTR };
	const struct kernel_reply *r = kernel_ask(opcode[how % 3], node, take_uid(k), arg[how % 3]);

	MUST(r->error, "an extended attribute");
}

static void step(struct kernel *k)
{
	switch (take(&k->in) % 16) {
	case 0:
	case 1:
		do_lookup(k);
		break;
	case 2:
		do_getattr(k);
		break;
	case 3:
		do_open(k, false);
		break;
	case 4:
		do_open(k, true);
		break;
	case 5:
		do_read(k);
		break;
	case 6:
		do_readdir(k, false);
		break;
	case 7:
		do_readdir(k, true);
		break;
	case 8:
		do_write(k);
		break;
	case 9:
		do_release(k);
		break;
	case 10:
		do_readlink(k);
		break;
	case 11:
		do_setattr(k);
		break;
	case 12:
		do_forget(k);
		break;
	case 13:
		do_other(k);
		break;
	case 14:
		requests_change_root(&k->in);
		break;
	case 15:
		if (take(&k->in) & 1)
			do_xattr(k);
		else
			kernel_interrupt(take(&k->in) & 1);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct kernel k = { .in = { data, data + len }, .node = { FUSE_ROOT_ID }, .n_nodes = 1 };

	requests_begin();
	for (int i = 0; i < STEPS_MAX && k.in.p < k.in.end; i++)
		step(&k);
	while (k.n_handles)
		release_handle(&k, &k.handle[0]);
	kernel_settle();
	requests_end();
	return 0;
}
