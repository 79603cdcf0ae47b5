/* Stages: all of a checkpoint, or nothing of it. */
#include <pthread.h>
#include <stdio.h>

#include "base/buf.h"
#include "tests/stage_world.h"

START_TEST(what_was_staged_comes_back)
{
	char first[256], second[256], text[8] = "";
	struct ckpt_restore *r;
	struct ckpt_file *f;

	set(7, "seven");
	ok(save_with(&plain, "", first, &e), &e);
	set(8, "eight");
	ok(save_with(&plain, first, second, &e), &e);
	set(0, "");
	ok(ckpt_restore_new(root, &newest, &r, &e), &e);
	ok(ckpt_restore_states(r, states, N_STATES, &e), &e);
	ck_assert_uint_eq(counter, 8);
	ck_assert_str_eq(word, "eight");
	ck_assert_uint_eq(ckpt_names_count(ckpt_restore_batches(r)), 2);
	ck_assert(!strncmp(first, "w3-", 3));
	ok(ckpt_restore_batch(r, first, &f, &e), &e);
	ck_assert_int_eq(ckpt_file_pread(f, text, sizeof(text), 0, &e), 4);
	ck_assert_str_eq(text, "rows");
	ckpt_file_close(f);
	ck_assert_int_eq(ckpt_restore_batch(r, "other.feldera", &f, &e), -ENOENT);
	ckpt_restore_free(r);
}
END_TEST

START_TEST(a_staged_checkpoint_is_one_like_any_other)
{
	struct ckpt_catalog *c;
	struct ckpt_problems found;
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	char first[256], name[256];

	set(1, "one");
	ok(save_with(&plain, "", first, &e), &e);
	save();
	ok(save_with(&plain, "", name, &e), &e);
	ok(ckpt_verify(root, NULL, 0, &fingerprint, &found, &e), &e);
	ck_assert_uint_eq(found.n, 0);
	ckpt_problems_release(&found);
	c = ckpt_root_catalog(root);
	ck_assert_uint_eq(c->n, 3);
	ck_assert_uint_eq(c->entry[0]->fingerprint, 42);
	ok(ckpt_gc(root, &(struct ckpt_gc_opts){ 0 }, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ckpt_plan_release(&plan);
	ck_assert(!there(store, NULL, first) && there(store, NULL, name));
	ok(ckpt_sweep(root, true, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_items, 0);
	ckpt_plan_release(&plan);
}
END_TEST

/* --- dropping ------------------------------------------------------------- */

static void dropping_leaves_what_was_there(void)
{
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;
	struct ckpt_batch_writer *w;
	struct ckpt_stage *s;
	char name[256];

	snapshot(store, &before);
	ok(ckpt_stage_new(root, &s, &e), &e);
	ok(ckpt_stage_state(s, &states[0], &e), &e);
	ok(write_batch(s, 0, "rows", name, &e), &e);
	ok(ckpt_stage_batch(s, 0, &w, &e), &e);
	ck_assert_int_eq(ckpt_stage_commit(s, &plain, NULL, &e), -EINVAL); /* one is not finished */
	ckpt_batch_abort(w);
	ckpt_stage_free(s);
	snapshot(store, &after);
	ck_assert_str_eq(before.data ? before.data : "", after.data ? after.data : "");
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}

START_TEST(a_dropped_stage_leaves_nothing)
{
	dropping_leaves_what_was_there();
	save();
	dropping_leaves_what_was_there();
}
END_TEST

START_TEST(a_stage_keeps_the_root_to_itself)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	struct ckpt_store *other_store;
	struct ckpt_root *other;
	struct ckpt_stage *s, *second;

	save();
	other_store = in_memory(mem);
	ok(ckpt_root_open(other_store, NULL, &other, &e), &e);
	ok(ckpt_stage_new(root, &s, &e), &e);
	ok(ckpt_stage_state(s, &states[0], &e), &e);
	ck_assert_int_eq(ckpt_stage_new(other, &second, &e), -EBUSY);
	ck_assert_int_eq(ckpt_sweep(other, false, &plan, &e), -EBUSY);
	ckpt_plan_release(&plan);
	ok(ckpt_stage_commit(s, &plain, NULL, &e), &e);
	ck_assert_int_eq(ckpt_stage_commit(s, &plain, NULL, &e), -EINVAL);
	ckpt_stage_free(s);
	ok(ckpt_sweep(other, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	ckpt_root_free(other);
	ckpt_store_free(other_store);
}
END_TEST

/* --- what is refused ------------------------------------------------------- */

START_TEST(names_that_can_be_none_are_refused)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "pspine-batches-1", "sp ace", NULL };
	char name[256], too_long[300];
	struct ckpt_stage *s;

	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	ok(ckpt_stage_new(root, &s, &e), &e);
	for (size_t i = 0; bad[i]; i++) {
		struct ckpt_state state = { bad[i], &ckpt_type_u64, &counter };
		bool dots = i == 1 || i == 2;

		/* "." is "..dat": a name like any other. */
		ck_assert_int_eq(ckpt_stage_state(s, &state, &e), dots ? 0 : -EINVAL);
	}
	ck_assert_int_eq(ckpt_stage_state(s, &(struct ckpt_state){ too_long, &ckpt_type_u64, &counter }, &e),
			 -EINVAL);
	ok(ckpt_stage_state(s, &states[0], &e), &e);
	ck_assert_int_eq(ckpt_stage_state(s, &states[0], &e), -EEXIST);
	ck_assert_int_eq(ckpt_stage_share(s, "none.feldera", &e), -ENOENT);
	ck_assert_int_eq(ckpt_stage_share(s, "checkpoints.feldera", &e), -EINVAL);
	ck_assert_int_eq(ckpt_stage_share(s, "../x.feldera", &e), -EINVAL);
	ok(write_batch(s, 0, "", name, &e), &e);
	ckpt_stage_free(s);
}
END_TEST

/* --- faults ---------------------------------------------------------------- */

/* Each step fails once: the stage is dropped without a trace that a sweep would
 * not take, the next try works. */
START_TEST(a_failure_at_any_step_leaves_the_checkpoints_as_they_were)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	char first[256], name[256];
	unsigned long k, failed = 0;
	size_t n = 1;

	set(1, "one");
	ok(save_with(&plain, "", first, &e), &e);
	for (k = 1;; k++) {
		struct ckpt_problems found;
		int rc;

		fault = (struct fault){ .fail_at = k, .code = EIO };
		rc = save_with(&plain, first, name, &e);
		fault.fail_at = 0;
		if (!rc && fault.done < k)
			break;
		failed += rc != 0;
		n += rc == 0;
		ok(ckpt_root_refresh(root, &e), &e);
		ck_assert_uint_eq(ckpt_root_catalog(root)->n, n);
		ok(ckpt_verify(root, NULL, 0, NULL, &found, &e), &e);
		ck_assert_uint_eq(found.n, 0);
		ckpt_problems_release(&found);
		ok(ckpt_sweep(root, false, &plan, &e), &e);
		ckpt_plan_release(&plan);
		ok(restore(&newest, states, 2), &e);
	}
	ck_assert_uint_gt(failed, 10);
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, n + 1);
}
END_TEST

/* --- threads --------------------------------------------------------------- */

#define THREADS 4
#define EACH 50

struct filler {
	struct ckpt_stage *stage;
	unsigned n;
	int rc;
};

static void *fill(void *arg)
{
	struct filler *f = arg;
	char name[256], batch[256];

	for (uint64_t i = 0; !f->rc && i < EACH; i++) {
		struct ckpt_state s = { name, &ckpt_type_u64, &i };

		snprintf(name, sizeof(name), "s%u-%u", f->n, (unsigned)i);
		f->rc = ckpt_stage_state(f->stage, &s, NULL);
		if (!f->rc)
			f->rc = write_batch(f->stage, f->n, name, batch, NULL);
	}
	return NULL;
}

START_TEST(several_threads_fill_one_stage)
{
	struct filler f[THREADS];
	struct ckpt_restore *r;
	pthread_t t[THREADS];
	struct ckpt_stage *s;
	struct ckpt_details d;

	ok(ckpt_stage_new(root, &s, &e), &e);
	for (unsigned i = 0; i < THREADS; i++) {
		f[i] = (struct filler){ s, i, 0 };
		ck_assert_int_eq(pthread_create(&t[i], NULL, fill, &f[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_eq(f[i].rc, 0);
	}
	ok(ckpt_stage_commit(s, &plain, NULL, &e), &e);
	ckpt_stage_free(s);
	ok(ckpt_restore_new(root, &newest, &r, &e), &e);
	ck_assert_uint_eq(ckpt_names_count(ckpt_restore_batches(r)), (size_t)THREADS * EACH);
	ok(ckpt_details_read(store, &ckpt_restore_entry(r)->uuid, &d, &e), &e);
	ck_assert(d.complete);
	ckpt_restore_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("stage");
	TCase *t = tcase_create("stage");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, what_was_staged_comes_back);
	tcase_add_test(t, a_staged_checkpoint_is_one_like_any_other);
	tcase_add_test(t, a_dropped_stage_leaves_nothing);
	tcase_add_test(t, a_stage_keeps_the_root_to_itself);
	tcase_add_test(t, names_that_can_be_none_are_refused);
	tcase_add_test(t, a_failure_at_any_step_leaves_the_checkpoints_as_they_were);
	suite_add_tcase(s, t);
	t = tcase_create("a stage of several threads");
	tcase_add_checked_fixture(t, begin_for_threads, end);
	tcase_add_test(t, several_threads_fill_one_stage);
	suite_add_tcase(s, t);
	return suite_run(s);
}
