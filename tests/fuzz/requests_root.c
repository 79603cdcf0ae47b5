#include <string.h>

#include "cmd/control.h"
#include "store/mem.h"
#include "tests/fuzz/requests.h"

const char *const requests_uuid[N_UUIDS] = {
	"0199f0c2-1a2b-7c3d-8e4f-00000000000a",
	"0199f0c2-1a2b-7c3d-8e4f-00000000000b",
	"0199f0c2-2000-7c3d-8e4f-00000000000c",
	"0199f0c2-3000-7c3d-8e4f-00000000000d",
};

#define SHARED "what all of them share"

static struct {
	struct ckpt_fuse fuse;
	struct ckpt_mem *mem;
	struct ckpt_store *store, *pipeline;
} w;

static void put(const char *dir, const char *name, const char *text)
{
	ckpt_store_write(w.pipeline, dir, name, text, strlen(text), NULL);
}

static void put_checkpoint(size_t i)
{
	char deps[256], batch[64];

	snprintf(batch, sizeof(batch), "w1-%zu.feldera", i);
	snprintf(deps, sizeof(deps), "{\"batches\":[\"w0-0.feldera\",\"%s\"],\"state_files\":[\"z1-0.dat\"]}",
		 batch);
	ckpt_store_mkdir(w.pipeline, requests_uuid[i], NULL);
	put(NULL, "w0-0.feldera", SHARED);
	put(NULL, batch, requests_uuid[i]);
	put(requests_uuid[i], CKPT_MARKER, "");
	put(requests_uuid[i], CKPT_DEPENDENCIES, deps);
	put(requests_uuid[i], "z1-0.dat", "state");
}

/* A bit a checkpoint. */
static void put_catalog(unsigned set)
{
	struct ckpt_buf text = CKPT_BUF_INIT;

	for (size_t i = 0; i < N_UUIDS; i++)
		if (set >> i & 1)
			ckpt_buf_addf(
				&text,
				"%s{\"uuid\":\"%s\",\"identifier\":\"a/%zu%%\\u0001\",\"fingerprint\":42}",
				text.len ? "," : "[", requests_uuid[i], i % 3);
	ckpt_buf_adds(&text, text.len ? "]" : "[]");
	put(NULL, CKPT_CATALOG, text.data);
	ckpt_buf_release(&text);
}

static void make_root(void)
{
	struct ckpt_view_opts o = {
		.show_control = true, .mounter = MOUNTER, .mounter_gid = MOUNTER, .hold_files = 16
	};
	struct ckpt_err e;

	w.fuse.opts.log = o.log = ckpt_log_new(false, false);
	w.fuse.counts = (struct ckpt_counts){ 0 };
	w.mem = ckpt_mem_new();
	MUST(o.log && w.mem && ckpt_store_open_mem(w.mem, &w.store, NULL) == 0 &&
		     ckpt_store_open_mem(w.mem, &w.pipeline, NULL) == 0,
	     "no memory");
	for (size_t i = 0; i + 1 < N_UUIDS; i++)
		put_checkpoint(i);
	put_catalog(7);
	put(NULL, CKPT_PINS,
	    "{\"version\":1,\"pins\":[{\"name\":\"before\",\"uuid\":\"0199f0c2-1a2b-7c3d-8e4f-00000000000a\","
	    "\"created\":\"2026-01-01T00:00:00Z\",\"expires\":null}]}");
	MUST(ckpt_view_new(w.store, &o, &w.fuse.view, &e) == 0, "%s", e.msg);
}

static void drop_root(void)
{
	ckpt_view_free(w.fuse.view);
	ckpt_store_free(w.store);
	ckpt_store_free(w.pipeline);
	ckpt_mem_free(w.mem);
	ckpt_log_free(w.fuse.opts.log);
}

static int no_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
	return 0;
}

static int refresh(void *mount, struct ckpt_err *err)
{
	(void)mount;
	return ckpt_view_refresh(w.fuse.view, err);
}

static int release(void *mount, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	(void)mount;
	return ckpt_view_release(w.fuse.view, u, err);
}

static struct ckpt_control control_of(void)
{
	return (struct ckpt_control){
		.store = w.store, .env = { .random = no_random }, .refresh = refresh, .release = release
	};
}

static int command(void *ctx, const char *line, size_t len, bool (*stop)(void *stop_ctx), void *stop_ctx,
		   struct ckpt_buf *answer, struct ckpt_err *err)
{
	struct ckpt_control c = control_of();
	int rc;

	(void)ctx, (void)stop, (void)stop_ctx;
	rc = ckpt_control_command(&c, line, len, answer, err);
	ckpt_view_refresh(w.fuse.view, NULL);
	return rc;
}

static int show(void *ctx, enum ckpt_ctl what, struct ckpt_buf *out, struct ckpt_err *err)
{
	struct ckpt_control c = control_of();

	(void)ctx;
	return ckpt_control_show(&c, what, out, err);
}

void requests_begin(void)
{
	if (!w.fuse.engine) {
		pthread_mutex_init(&w.fuse.handles_lock, NULL);
		w.fuse.opts = (struct ckpt_fuse_opts){ .mounter = MOUNTER, .command = command, .show = show };
		w.fuse.engine = ckpt_engine_new();
		w.fuse.looker = ckpt_engine_new();
		MUST(w.fuse.engine && w.fuse.looker, "no memory");
		kernel_start(&w.fuse);
	}
	make_root();
}

bool requests_batch_size(uint64_t size)
{
	return size == strlen(SHARED) || size == strlen(requests_uuid[0]);
}

static bool has(const char *text, uint64_t off, const uint8_t *data, size_t len)
{
	size_t n = strlen(text);

	return off > n ? len == 0 : len <= n - off && memcmp(text + off, data, len) == 0;
}

bool requests_batch_has(uint64_t off, const uint8_t *data, size_t len)
{
	bool one = has(SHARED, off, data, len);

	for (size_t i = 0; i < N_UUIDS; i++)
		one |= has(requests_uuid[i], off, data, len);
	return one;
}

/* As a pipeline, or somebody worse, changes it. */
void requests_change_root(struct bytes *b)
{
	uint8_t what = take(b);
	size_t i = what / 8 % N_UUIDS;
	char batch[64];

	snprintf(batch, sizeof(batch), "w1-%zu.feldera", i);
	switch (what % 8) {
	case 0:
		put_checkpoint(N_UUIDS - 1);
		put_catalog(15);
		break;
	case 1: /* a gc of the pipeline's, which knows no lease */
		put_catalog(15 & ~(1u << i));
		ckpt_store_remove(w.pipeline, NULL, batch, NULL);
		ckpt_store_remove_tree(w.pipeline, requests_uuid[i], 1000, NULL);
		break;
	case 2:
		ckpt_store_remove(w.pipeline, NULL, batch, NULL);
		break;
	case 3:
		put(NULL, CKPT_CATALOG, "[{");
		break;
	case 4:
		put_catalog(take(b));
		break;
	case 5:
		put(requests_uuid[i], CKPT_STATE, "{\"circuit\":null}");
		put(NULL, CKPT_STATE, "{\"circuit\":null}");
		break;
	case 6:
		put(requests_uuid[i], CKPT_DEPENDENCIES, "[");
		break;
	case 7:
		ckpt_store_remove(w.pipeline, NULL, CKPT_CATALOG, NULL);
		break;
	}
	ckpt_view_refresh(w.fuse.view, NULL);
}

void requests_end(void)
{
	MUST(!w.fuse.handles && !w.fuse.controls, "something is open still");
	drop_root();
}
