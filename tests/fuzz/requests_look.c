/* requests_look.c - looking, and what each answer must look like */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/requests.h"
#include "view/inode.h"

/* --- answers ------------------------------------------------------------------ */

static bool is_batch(uint64_t node)
{
	struct ckpt_id id;

	return ckpt_id_unpack(node, &id) && id.kind == CKPT_NODE_BATCH;
}

static void must_be_attr(uint64_t node, const struct fuse_attr *a)
{
	uint32_t type = a->mode & S_IFMT;

	MUST(!is_batch(node) || requests_batch_size(a->size), "a batch of %llu bytes",
	     (unsigned long long)a->size);
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
	must_be_attr(e.nodeid, &e.attr);
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
			must_be_attr(d.entry_out.nodeid, &d.entry_out.attr);
			MUST(d.entry_out.attr.ino == d.dirent.ino, "two numbers");
			remember(k, d.entry_out.nodeid);
		}
		p += FUSE_DIRENT_ALIGN(head + d.dirent.namelen);
	}
}

/* --- asking ------------------------------------------------------------------ */

void do_lookup(struct kernel *k)
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
		must_be_attr(node, &((const struct fuse_attr_out *)r->data)->attr);
	}
	return r;
}

void do_getattr(struct kernel *k)
{
	ask_attr(take_node(k));
}

void do_readlink(struct kernel *k)
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

static void open_node(struct kernel *k, uint64_t node, bool dir, uint32_t flags, uint32_t uid)
{
	const struct fuse_open_in in = { .flags = flags };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_reply *r;

	if (k->n_handles == HANDLES_MAX)
		return;
	r = kernel_ask(dir ? FUSE_OPENDIR : FUSE_OPEN, node, uid, arg);
	if (r->error == 0)
		add_handle(k, r, node, dir);
}

void do_open(struct kernel *k, bool dir)
{
	uint64_t node = take_node(k);
	uint32_t flags = 0;

	if (!dir)
		flags = (take(&k->in) & O_ACCMODE) | (take(&k->in) & 1 ? O_NONBLOCK : 0);
	open_node(k, node, dir, flags, take_uid(k));
}

void do_path(struct kernel *k)
{
	static const char *const names[] = { "w0-0.feldera", "w1-0.feldera", "w1-1.feldera",
					     "w1-2.feldera", "w1-3.feldera", "state.json",
					     "z1-0.dat",     "CHECKPOINT",   "dependencies.json" };
	const char *uuid = requests_uuid[take(&k->in) % N_UUIDS];
	uint8_t how = take(&k->in), name = how % (sizeof(names) / sizeof(names[0]));
	const char *const way[] = { uuid, "storage", name < 6 ? names[name] : uuid,
				    name < 6 ? NULL : names[name], NULL };
	uint64_t node = FUSE_ROOT_ID;

	for (size_t i = 0; way[i]; i++) {
		const struct kernel_arg arg[] = { { way[i], strlen(way[i]) + 1 }, { 0 } };
		const struct kernel_reply *r = kernel_ask(FUSE_LOOKUP, node, MOUNTER, arg);

		must_be_entry(k, r);
		if (r->error)
			return;
		node = ((const struct fuse_entry_out *)r->data)->nodeid;
	}
	open_node(k, node, false, O_RDONLY, MOUNTER);
}

/* A part of what is open there. */
static struct fuse_read_in take_part(struct kernel *k, const struct handle *h)
{
	struct fuse_read_in in = { .fh = h->fh };

	in.size = (uint32_t)take(&k->in) * 32;
	in.offset = take(&k->in) == 0xff ? take_u64(&k->in) >> 1 : take(&k->in);
	return in;
}

static const struct kernel_reply *ask_for_part(uint32_t opcode, const struct handle *h, uint32_t uid,
					       const struct fuse_read_in *in)
{
	const struct kernel_arg arg[] = { { in, sizeof(*in) }, { 0 } };
	const struct kernel_reply *r = kernel_ask(opcode, h->node, uid, arg);

	MUST(r->error || r->len <= in->size, "%zu bytes, not %u", r->len, in->size);
	return r;
}

void do_read(struct kernel *k)
{
	struct handle *h = take_handle(k, false);
	const struct kernel_reply *r;
	struct fuse_read_in in;

	if (!h)
		return;
	in = take_part(k, h);
	r = ask_for_part(FUSE_READ, h, take_uid(k), &in);
	MUST(r->error || !is_batch(h->node) || requests_batch_has(in.offset, r->data, r->len),
	     "not what a batch has at %llu: %.*s", (unsigned long long)in.offset, (int)r->len,
	     (const char *)r->data);
	if (r->error || !h->is_settled)
		return;
	MUST(r->len == (in.offset >= h->size		? 0
			: h->size - in.offset < in.size ? h->size - in.offset
							: in.size),
	     "%zu bytes at %llu of %llu", r->len, (unsigned long long)in.offset, (unsigned long long)h->size);
}

void do_readdir(struct kernel *k, bool plus)
{
	struct handle *h = take_handle(k, true);
	const struct kernel_reply *r;
	struct fuse_read_in in;

	if (!h)
		return;
	in = take_part(k, h);
	r = ask_for_part(plus ? FUSE_READDIRPLUS : FUSE_READDIR, h, MOUNTER, &in);
	if (r->error == 0)
		must_be_names(k, r, plus, in.offset);
}

void release_handle(struct kernel *k, struct handle *h)
{
	const struct fuse_release_in in = { .fh = h->fh };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_reply *r =
		kernel_ask(h->is_dir ? FUSE_RELEASEDIR : FUSE_RELEASE, h->node, 0, arg);

	MUST(r->error == 0, "release: %d", r->error);
	*h = k->handle[--k->n_handles];
}

void do_release(struct kernel *k)
{
	struct handle *h = take_handle(k, take(&k->in) & 1);

	if (h)
		release_handle(k, h);
}
