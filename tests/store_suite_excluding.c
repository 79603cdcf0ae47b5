/* Floor 1: locks and leases, on every store. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/name.h"
#include "store_suite.h"

START_TEST(the_lock_excludes_every_other_holder_and_names_it)
{
	struct ckpt_lock *l, *other;
	char pid[32];
	long holder = -1;

	snprintf(pid, sizeof(pid), "process %ld ", (long)getpid());
	OK(ckpt_store_lock(a, &l, &holder, &e));
	ck_assert_int_eq(holder, 0);
	FAILS(EBUSY, ckpt_store_lock(b, &other, &holder, &e));
	ck_assert_int_eq(holder, getpid());
	ck_assert_ptr_nonnull(strstr(e.msg, pid));
	ck_assert_ptr_null(other);
	/* Also one that has it already. */
	FAILS(EBUSY, ckpt_store_lock(a, &other, NULL, &e));
	ckpt_lock_release(l);
	OK(ckpt_store_lock(b, &l, NULL, &e));
	FAILS(EBUSY, ckpt_store_lock(a, &other, &holder, &e));
	ckpt_lock_release(l);
	ckpt_lock_release(NULL);
}
END_TEST

static void make_checkpoint(struct ckpt_store *s, const char *dir)
{
	OK(ckpt_store_mkdir(s, dir, &e));
	put_text(s, dir, CKPT_MARKER, "");
}

START_TEST(shared_leases_hold_off_an_exclusive_one)
{
	struct ckpt_lease *one, *two, *other = (struct ckpt_lease *)1;

	make_checkpoint(a, "d");
	make_checkpoint(a, "other");
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_SHARED, &one, &e));
	OK(ckpt_store_lease(b, "d", CKPT_LEASE_SHARED, &two, &e));
	FAILS(EBUSY, ckpt_store_lease(b, "d", CKPT_LEASE_EXCLUSIVE, &other, &e));
	ck_assert_ptr_null(other);
	FAILS(EBUSY, ckpt_store_lease(b, "d", CKPT_LEASE_ASK, &other, &e));
	ckpt_lease_release(one);
	FAILS(EBUSY, ckpt_store_lease(a, "d", CKPT_LEASE_EXCLUSIVE, &other, &e));
	ckpt_lease_release(two);
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_EXCLUSIVE, &other, &e));
	/* Of this checkpoint, no other. */
	OK(ckpt_store_lease(a, "other", CKPT_LEASE_SHARED, &one, &e));
	ckpt_lease_release(one);
	ckpt_lease_release(other);
	ckpt_lease_release(NULL);
}
END_TEST

START_TEST(an_exclusive_lease_holds_off_all_others)
{
	struct ckpt_lease *l, *other;

	make_checkpoint(a, "d");
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_EXCLUSIVE, &l, &e));
	FAILS(EBUSY, ckpt_store_lease(b, "d", CKPT_LEASE_SHARED, &other, &e));
	FAILS(EBUSY, ckpt_store_lease(a, "d", CKPT_LEASE_SHARED, &other, &e));
	FAILS(EBUSY, ckpt_store_lease(b, "d", CKPT_LEASE_EXCLUSIVE, &other, &e));
	FAILS(EBUSY, ckpt_store_lease(b, "d", CKPT_LEASE_ASK, &other, &e));
	ckpt_lease_release(l);
	OK(ckpt_store_lease(b, "d", CKPT_LEASE_SHARED, &l, &e));
	ckpt_lease_release(l);
}
END_TEST

START_TEST(asking_takes_nothing)
{
	struct ckpt_lease *l, *none;

	make_checkpoint(a, "d");
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_ASK, &none, &e));
	ck_assert_ptr_null(none);
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_ASK, NULL, &e));
	OK(ckpt_store_lease(b, "d", CKPT_LEASE_EXCLUSIVE, &l, &e));
	ckpt_lease_release(l);
}
END_TEST

START_TEST(a_lease_is_of_a_checkpoint_that_is_there)
{
	static const enum ckpt_lease_mode modes[] = { CKPT_LEASE_SHARED, CKPT_LEASE_EXCLUSIVE,
						      CKPT_LEASE_ASK };
	struct ckpt_lease *l, *again;

	OK(ckpt_store_mkdir(a, "empty", &e));
	for (size_t i = 0; i < 3; i++) {
		FAILS(ENOENT, ckpt_store_lease(a, "no", modes[i], &l, &e));
		FAILS(ENOENT, ckpt_store_lease(a, "empty", modes[i], &l, &e));
	}
	make_checkpoint(a, "d");
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_EXCLUSIVE, &l, &e));
	OK(ckpt_store_remove_tree(a, "d", 10, &e));
	FAILS(ENOENT, ckpt_store_lease(b, "d", CKPT_LEASE_SHARED, &again, &e));
	/* One of the same name later is another one. */
	make_checkpoint(b, "d");
	OK(ckpt_store_lease(b, "d", CKPT_LEASE_SHARED, &again, &e));
	ckpt_lease_release(again);
	ckpt_lease_release(l);
}
END_TEST

#define READERS 4
#define ROUNDS 2000
#define LEASES 50	  /* so many of them in all, */
#define TRIES_MAX 1000000 /* but not for ever */

/* Makes a checkpoint and removes it by the rules, again and again. */
static void *make_and_remove(void *stop)
{
	struct ckpt_lease *l;
	int rc = 0;

	while (!rc && !__atomic_load_n((bool *)stop, __ATOMIC_SEQ_CST)) {
		if (ckpt_store_mkdir(a, "d", NULL) == 0)
			rc = ckpt_store_write(a, "d", CKPT_MARKER, "", 0, NULL);
		usleep(20); /* somebody may want to read it */
		if (!rc && ckpt_store_lease(a, "d", CKPT_LEASE_EXCLUSIVE, &l, NULL) == 0) {
			rc = ckpt_store_remove_tree(a, "d", 10, NULL);
			ckpt_lease_release(l);
		}
	}
	return rc ? (void *)"failed" : NULL;
}

/* Leases it, and looks whether it is there. */
static void *lease_often(void *leased)
{
	struct ckpt_lease *l;
	struct ckpt_stat st;
	int i, rc = 0;

	for (i = 0; !rc && i < TRIES_MAX; i++) {
		if (i >= ROUNDS && __atomic_load_n((unsigned *)leased, __ATOMIC_SEQ_CST) >= LEASES)
			break;
		if (ckpt_store_lease(b, "d", CKPT_LEASE_SHARED, &l, NULL))
			continue;
		rc = ckpt_store_stat(b, "d", CKPT_MARKER, &st, NULL);
		ckpt_lease_release(l);
		__atomic_add_fetch((unsigned *)leased, 1, __ATOMIC_SEQ_CST);
	}
	return rc ? (void *)"what was leased was gone" : NULL;
}

/* Race 1. */
START_TEST(what_is_leased_is_there_and_stays)
{
	pthread_t remover, reader[READERS];
	unsigned leased = 0;
	bool stop = false;
	void *said;
	int i;

	ck_assert_int_eq(pthread_create(&remover, NULL, make_and_remove, &stop), 0);
	for (i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&reader[i], NULL, lease_often, &leased), 0);
	for (i = 0; i < READERS; i++) {
		ck_assert_int_eq(pthread_join(reader[i], &said), 0);
		ck_assert_msg(!said, "%s", (char *)said);
	}
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	ck_assert_int_eq(pthread_join(remover, &said), 0);
	ck_assert_ptr_null(said);
	ck_assert_uint_ge(leased, LEASES);
}
END_TEST

void store_suite_excluding(TCase *tc)
{
	tcase_add_test(tc, the_lock_excludes_every_other_holder_and_names_it);
	tcase_add_test(tc, shared_leases_hold_off_an_exclusive_one);
	tcase_add_test(tc, an_exclusive_lease_holds_off_all_others);
	tcase_add_test(tc, asking_takes_nothing);
	tcase_add_test(tc, a_lease_is_of_a_checkpoint_that_is_there);
	tcase_add_test(tc, what_is_leased_is_there_and_stays);
}
