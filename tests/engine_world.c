#include "tests/engine_world.h"

struct ckpt_mem *mem;
struct ckpt_store *store;
struct ckpt_root *root;
struct ckpt_err e;
struct fault fault;

void begin(void)
{
	mem = ckpt_mem_new();
	memset(&fault, 0, sizeof(fault));
	fault.code = EIO;
	store = store_fault_new(in_memory(mem), &fault);
	ok(ckpt_root_open(store, NULL, &root, &e), &e);
}

void end(void)
{
	ckpt_root_free(root);
	ckpt_store_free(store);
	ckpt_mem_free(mem);
}

size_t gc(const struct ckpt_uuid *except, size_t n)
{
	struct ckpt_gc_opts o = { .except = except, .n_except = n };
	struct ckpt_plan plan;
	size_t removed;

	ok(ckpt_gc(root, &o, &plan, &e), &e);
	removed = plan.n_removed;
	ckpt_plan_release(&plan);
	return removed;
}

void gc_fails(int code)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;

	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), code);
	ckpt_plan_release(&plan);
}

void sweep_fails(int code)
{
	struct ckpt_plan plan;

	ck_assert_int_eq(ckpt_sweep(root, false, &plan, &e), code);
	ckpt_plan_release(&plan);
}

void holds(size_t n, const unsigned *which)
{
	struct ckpt_catalog *disk;
	char dir[CKPT_UUID_TEXT], batch[32];

	ok(ckpt_catalog_read(store, NULL, &disk, &e), &e);
	ck_assert_uint_eq(disk->n, n);
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, n);
	for (size_t i = 0; i < n; i++) {
		struct ckpt_uuid u = nth_uuid(which[i]);

		ck_assert_int_eq(ckpt_uuid_cmp(&disk->entry[i]->uuid, &u), 0);
		ck_assert_int_eq(ckpt_uuid_cmp(&ckpt_root_catalog(root)->entry[i]->uuid, &u), 0);
		ck_assert(there(store, ckpt_uuid_text(&u, dir), CKPT_MARKER));
		snprintf(batch, sizeof(batch), "w0-%u.feldera", which[i]);
		ck_assert(there(store, NULL, batch));
	}
	ck_assert(!n || there(store, NULL, "w0-shared.feldera"));
	ckpt_catalog_unref(disk);
}

void gone(unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);
	char dir[CKPT_UUID_TEXT], batch[32];

	snprintf(batch, sizeof(batch), "w0-%u.feldera", n);
	ck_assert(!there(store, NULL, ckpt_uuid_text(&u, dir)));
	ck_assert(!there(store, NULL, batch));
}

void commit(unsigned n)
{
	char batch[32];

	snprintf(batch, sizeof(batch), "w0-%u.feldera", n);
	commit_nth(root, n, BATCHES("w0-shared.feldera", batch));
}

void commit_all(unsigned n)
{
	for (unsigned i = 1; i <= n; i++)
		commit(i);
}
