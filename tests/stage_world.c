#include "tests/stage_world.h"

struct ckpt_mem *mem;
struct fault fault;
struct ckpt_store *store;
struct ckpt_root *root;
struct ckpt_err e;

uint64_t counter;
char *word;
const struct ckpt_state states[N_STATES] = { { "counter", &ckpt_type_u64, &counter },
					     { "word", &ckpt_type_string, &word } };
const uint64_t fingerprint = 42;
const struct ckpt_commit_opts plain = { .fingerprint = &fingerprint };

static void make(bool faults)
{
	mem = ckpt_mem_new();
	fault = (struct fault){ 0 };
	store = in_memory(mem);
	if (faults)
		store = store_fault_new(store, &fault);
	ok(ckpt_root_open(store, NULL, &root, &e), &e);
	counter = 0;
	word = NULL;
}

void begin(void)
{
	make(true);
}

void begin_for_threads(void)
{
	make(false);
}

void end(void)
{
	free(word);
	ckpt_root_free(root);
	ckpt_store_free(store);
	ckpt_mem_free(mem);
}

void set(uint64_t n, const char *text)
{
	counter = n;
	free(word);
	word = strdup(text);
}

int write_batch(struct ckpt_stage *s, unsigned worker, const char *text, char name[256], struct ckpt_err *err)
{
	struct ckpt_batch_writer *w;
	int rc = ckpt_stage_batch(s, worker, &w, err);

	if (rc)
		return rc;
	rc = ckpt_batch_append(w, text, strlen(text), err);
	if (!rc)
		return ckpt_batch_finish(w, name, err);
	ckpt_batch_abort(w);
	return rc;
}

int save_with(const struct ckpt_commit_opts *opts, const char *shared, char name[256], struct ckpt_err *err)
{
	struct ckpt_stage *s;
	int rc = ckpt_stage_new(root, &s, err);

	for (size_t i = 0; !rc && i < N_STATES; i++)
		rc = ckpt_stage_state(s, &states[i], err);
	if (!rc)
		rc = write_batch(s, 3, "rows", name, err);
	if (!rc && *shared)
		rc = ckpt_stage_share(s, shared, err);
	if (!rc)
		rc = ckpt_stage_commit(s, opts, NULL, err);
	ckpt_stage_free(s);
	return rc;
}

void save(void)
{
	char name[256];

	ok(save_with(&plain, "", name, &e), &e);
}

int restore(const struct ckpt_restore_opts *opts, const struct ckpt_state *into, size_t n)
{
	struct ckpt_restore *r;
	int rc = ckpt_restore_new(root, opts, &r, &e);

	if (!rc)
		rc = ckpt_restore_states(r, into, n, &e);
	ckpt_restore_free(r);
	return rc;
}

const struct ckpt_restore_opts newest = { .which = CKPT_RESTORE_NEWEST };
