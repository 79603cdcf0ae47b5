#include "tests/crash_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "tests/store_fault.h"

static const char *const root_name[CRASH_ROOT_NAMES] = { CKPT_CATALOG, CKPT_PINS, CKPT_STATE };

void crash_check_init(struct crash_check *k)
{
	memset(k, 0, sizeof(*k));
	crash_init(&k->crash);
}

void crash_check_release(struct crash_check *k)
{
	for (size_t i = 0; i < CRASH_STEPS; i++)
		ckpt_buf_release(&k->after[i]);
	free(k->seen);
	crash_release(&k->crash);
}

/* --- running ------------------------------------------------------------ */

static void expect(int rc, const struct ckpt_err *err)
{
	if (!rc)
		return;
	fprintf(stderr, "a command failed without any reason: %s\n", err->msg);
	abort();
}

static int run(struct crash_check *k, const struct crash_step *step, struct fault *fault,
	       struct ckpt_err *err)
{
	struct ckpt_store *s = crash_open(&k->crash);
	int rc;

	if (fault)
		s = store_fault_new(s, fault);
	rc = step->run(&k->crash, s, step->n, err);
	ckpt_store_free(s);
	return rc;
}

void crash_begin(struct crash_check *k, const struct crash_step *step, size_t n)
{
	struct ckpt_err err;

	for (size_t i = 0; i < n; i++)
		expect(run(k, &step[i], NULL, &err), &err);
}

void crash_base(struct crash_check *k, const struct crash_step *step, size_t n)
{
	crash_begin(k, step, n);
	crash_settle(&k->crash);
}

void crash_do(struct crash_check *k, const struct crash_step *step, size_t n)
{
	struct ckpt_err err;

	for (size_t i = 0; i < n; i++) {
		expect(run(k, &step[i], NULL, &err), &err);
		crash_ack(&k->crash);
	}
}

bool crash_killed(struct crash_check *k, const struct crash_step *step, size_t steps)
{
	struct ckpt_err err;
	int rc;

	k->crash.limit = k->crash.n + steps;
	rc = run(k, step, NULL, &err);
	crash_revive(&k->crash);
	crash_next(&k->crash);
	return rc != 0;
}

bool crash_failed(struct crash_check *k, const struct crash_step *step, unsigned long fail)
{
	struct fault fault = { .fail_at = fail, .code = EIO };
	struct ckpt_err err;

	run(k, step, &fault, &err);
	crash_next(&k->crash);
	return fault.done >= fail;
}

/* --- looking ------------------------------------------------------------ */

static void moments_begin(struct crash_check *k)
{
	for (size_t i = 0; i < CRASH_ROOT_NAMES; i++) {
		k->moment[i].n = 1;
		k->moment[i].file[0] = crash_model_live(&k->model, root_name[i]);
	}
}

static void moments_add(struct crash_check *k)
{
	for (size_t i = 0; i < CRASH_ROOT_NAMES; i++) {
		int file = crash_model_live(&k->model, root_name[i]);

		if (file == k->moment[i].file[k->moment[i].n - 1])
			continue;
		if (k->moment[i].n == CRASH_MOMENTS)
			abort();
		k->moment[i].file[k->moment[i].n++] = file;
	}
}

/* What the catalog is after each command that returned 0. */
static size_t find_results(struct crash_check *k)
{
	struct crash_model *m = &k->model;
	size_t first = 0, step = 0;
	bool certain = true; /* not how far one came that was killed */

	crash_model_init(m);
	for (size_t i = 0; i < k->crash.n; i++) {
		const struct crash_op *op = &k->crash.op[i];
		int file;

		crash_model_apply(m, op);
		if (op->kind == CRASH_SETTLE)
			first = i + 1;
		if (op->kind != CRASH_ACK && op->kind != CRASH_NEXT)
			continue;
		certain &= op->kind == CRASH_ACK;
		file = crash_model_live(m, CKPT_CATALOG);
		if (certain && file >= 0) {
			k->known[step] = true;
			ckpt_buf_clear(&k->after[step]);
			ckpt_buf_add(&k->after[step], m->file[file].data, m->file[file].len);
		}
		if (++step > CRASH_STEPS)
			abort();
	}
	crash_model_release(m);
	return first;
}

/* Whether this state was not looked at yet, with the same to expect of it. */
static bool is_new(struct crash_check *k, uint64_t hash)
{
	size_t i;

	if (2 * k->n_seen >= k->cap_seen) {
		uint64_t *old = k->seen;
		size_t n = k->cap_seen;

		k->cap_seen = n ? 2 * n : 4096;
		k->seen = calloc(k->cap_seen, sizeof(*k->seen));
		if (!k->seen)
			abort();
		k->n_seen = 0;
		for (i = 0; i < n; i++)
			if (old[i])
				is_new(k, old[i]);
		free(old);
	}
	hash |= 1;
	for (i = hash / 2 % k->cap_seen; k->seen[i] && k->seen[i] != hash;)
		i = (i + 1) % k->cap_seen;
	if (k->seen[i])
		return false;
	k->seen[i] = hash;
	k->n_seen++;
	return true;
}

static void visit(void *ctx, struct crash_model *m)
{
	struct crash_check *k = ctx;
	uint64_t hash = crash_model_hash(m) + k->done * UINT64_C(0xd1342543de82ef95);

	for (size_t i = 0; i < CRASH_ROOT_NAMES; i++)
		hash += k->moment[i].n * UINT64_C(0xaf251af3b0f025b5) << i;
	if (!is_new(k, hash))
		return;
	k->states++;
	crash_judge(k);
}

static unsigned long from_environment(const char *name, unsigned long usual)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : usual;
}

void crash_look(struct crash_check *k)
{
	struct crash_bounds bounds = { .all = from_environment("CKPTFS_CRASH_ALL", CRASH_ALL),
				       .drawn = from_environment("CKPTFS_CRASH_DRAWN", CRASH_DRAWN) };
	size_t first = find_results(k);

	if (k->alike) {
		bounds.all /= 8;
		bounds.drawn /= 8;
	}
	k->done = 0;
	crash_model_init(&k->model);
	moments_begin(k);
	for (k->at = 0; k->at < k->crash.n; k->at++) {
		const struct crash_op *op = &k->crash.op[k->at];

		crash_model_apply(&k->model, op);
		if (k->at + 1 < first)
			continue;
		k->done += op->kind == CRASH_ACK || op->kind == CRASH_NEXT;
		if (op->kind == CRASH_SETTLE || op->kind == CRASH_ACK)
			moments_begin(k);
		else
			moments_add(k);
		if (k->after_first && !k->done)
			continue;
		k->points += op->kind < CRASH_SETTLE;
		bounds.seed = k->at;
		crash_states(&k->model, &bounds, visit, k);
	}
	crash_model_release(&k->model);
}
