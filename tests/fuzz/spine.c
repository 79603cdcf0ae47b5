/* spine.c - pspine-batches files: the dependencies of the oldest checkpoints */
#include <errno.h>

#include "engine/format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_oracle.h"
#include "tests/fuzz/names.h"

static const int codes[] = { EUCLEAN, EFBIG, 0 };
static const char dir[] = "0199f0c2-1a2b-7c3d-8e4f-0123456789ab";
static const char batch[] = "w0-other.feldera";

static struct ckpt_store *make_root(void)
{
	struct ckpt_mem *mem = ckpt_mem_new();
	struct ckpt_store *store;

	MUST(mem && ckpt_store_open_mem(mem, &store, NULL) == 0, "no memory");
	ckpt_mem_free(mem);
	MUST(ckpt_store_mkdir(store, dir, NULL) == 0, "mkdir");
	MUST(ckpt_store_write(store, dir, "pspine-batches-0.dat", "{\"files\":[\"w0-other.feldera\"]}", 30,
			      NULL) == 0,
	     "write");
	return store;
}

/* Two spines in a directory without a dependencies.json: one bad one makes the
 * checkpoint unreadable, it never makes it smaller. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ckpt_store *store;
	struct oj *v = oj_parse((const char *)data, len);
	const struct oj *files = v ? oj_get(v, "files") : NULL, *e;
	bool good = v && v->kind == OJ_OBJECT && is_names(files, rule_is_batch), among = false;
	struct ckpt_err err = { 0 };
	struct ckpt_deps deps;
	struct ckpt_uuid u;
	int rc;

	if (!store)
		store = make_root();
	MUST(ckpt_store_write(store, dir, "pspine-batches-1.dat", len ? (const void *)data : "", len, NULL) ==
		     0,
	     "write");
	ckpt_uuid_parse(dir, &u);
	rc = ckpt_deps_read(store, &u, &deps, &err);
	MUST((rc == 0) == good, "%d: %s", rc, err.msg);
	if (rc == 0) {
		MUST(deps.version == 0 && deps.state_files->n == 0, "version %d", deps.version);
		MUST(ckpt_names_find(deps.batches, batch) >= 0, "the other spine is lost");
		for (e = files->first; e; e = e->next) {
			MUST(ckpt_names_find(deps.batches, e->s) >= 0, "%s is lost", e->s);
			among |= strcmp(e->s, batch) == 0;
		}
		for (size_t i = 0; i < deps.batches->n; i++) {
			const char *name = ckpt_names_at(deps.batches, i);

			for (e = files->first; e && strcmp(e->s, name) != 0;)
				e = e->next;
			MUST(e || (!among && strcmp(name, batch) == 0), "%s was not there", name);
		}
	} else {
		must_be_error(rc, &err, codes);
	}
	ckpt_deps_release(&deps);
	oj_free(v);
	return 0;
}
