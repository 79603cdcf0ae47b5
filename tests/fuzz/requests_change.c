/* requests_change.c - what changes something, or must not */
#include <string.h>

#include "tests/fuzz/requests.h"

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

void do_write(struct kernel *k)
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

void do_setattr(struct kernel *k)
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

void do_forget(struct kernel *k)
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
void do_other(struct kernel *k)
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

void do_xattr(struct kernel *k)
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
