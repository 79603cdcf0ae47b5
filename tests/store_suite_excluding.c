/* Floor 1: locks, leases and watches, on every store. */
#include <errno.h>
#include <poll.h>
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

struct hints {
	const char *dir, *name; /* looked for */
	unsigned found, others, lost;
};

static void take_hint(void *ctx, const char *dir, const char *name)
{
	struct hints *h = ctx;

	if (!name)
		h->lost++;
	else if (strcmp(name, h->name) == 0 && (dir ? h->dir && strcmp(dir, h->dir) == 0 : h->dir == NULL))
		h->found++;
	else
		h->others++;
}

/* Whether a hint for (dir, name) has come. */
static bool hinted(struct ckpt_watch *w, const char *dir, const char *name)
{
	struct pollfd p = { .fd = ckpt_watch_fd(w), .events = POLLIN };
	struct hints h = { .dir = dir, .name = name };

	ck_assert_int_eq(poll(&p, 1, 0), 1);
	OK(ckpt_watch_next(w, take_hint, &h, &e));
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	return h.found > 0 || h.lost > 0;
}

static bool silent(struct ckpt_watch *w)
{
	struct pollfd p = { .fd = ckpt_watch_fd(w), .events = POLLIN };
	struct hints h = { .name = "" };

	OK(ckpt_watch_next(w, take_hint, &h, &e));
	return poll(&p, 1, 0) == 0 && h.others == 0 && h.lost == 0;
}

/* The same, and nobody was even woken up. */
static bool asleep(struct ckpt_watch *w)
{
	struct pollfd p = { .fd = ckpt_watch_fd(w), .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

START_TEST(a_watch_tells_of_every_change_of_the_root)
{
	static const struct ckpt_version absent;
	enum ckpt_adopted how;
	struct ckpt_watch *w;

	OK(ckpt_store_watch(a, &w, &e));
	ck_assert(silent(w));
	put_text(b, NULL, "f", "x");
	ck_assert(hinted(w, NULL, "f"));
	put_text(b, NULL, "f", "y");
	ck_assert(hinted(w, NULL, "f"));
	OK(ckpt_store_replace(b, "c", "x", 1, &absent, &e));
	ck_assert(hinted(w, NULL, "c"));
	OK(ckpt_store_adopt(b, NULL, "g", b, NULL, "f", false, &how, &e));
	ck_assert(hinted(w, NULL, "g"));
	OK(ckpt_store_mkdir(b, "d", &e));
	ck_assert(hinted(w, NULL, "d"));
	OK(ckpt_store_remove(b, NULL, "f", &e));
	ck_assert(hinted(w, NULL, "f"));
	OK(ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert(hinted(w, NULL, "d"));
	expect_text(a, NULL, "c", "x");
	ck_assert(silent(w));
	ckpt_watch_close(w);
	ckpt_watch_close(NULL);
}
END_TEST

START_TEST(a_watch_tells_of_the_one_directory_it_was_given)
{
	struct ckpt_watch *w;

	OK(ckpt_store_mkdir(a, "d", &e));
	OK(ckpt_store_mkdir(a, "other", &e));
	OK(ckpt_store_watch(a, &w, &e));
	put_text(b, "d", "f", "x");
	ck_assert(silent(w));
	OK(ckpt_watch_dir(w, "d", &e));
	OK(ckpt_watch_dir(w, "d", &e));
	put_text(b, "d", "f", "y");
	ck_assert(hinted(w, "d", "f"));
	put_text(b, "other", "f", "y");
	ck_assert(silent(w));
	OK(ckpt_store_remove(b, "d", "f", &e));
	ck_assert(hinted(w, "d", "f"));
	OK(ckpt_watch_dir(w, "other", &e));
	ck_assert(silent(w));
	put_text(b, "d", "f", "z");
	ck_assert(asleep(w));
	put_text(b, "other", "f", "z");
	ck_assert(hinted(w, "other", "f"));
	OK(ckpt_watch_dir(w, NULL, &e));
	put_text(b, "other", "f", "z");
	ck_assert(silent(w));
	FAILS(ENOENT, ckpt_watch_dir(w, "no", &e));
	FAILS(EINVAL, ckpt_watch_dir(w, "../x", &e));
	/* The root's are told all the while; the directory may go. */
	OK(ckpt_watch_dir(w, "d", &e));
	OK(ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert(hinted(w, NULL, "d"));
	ckpt_watch_close(w);
}
END_TEST

START_TEST(two_watches_are_told_the_same)
{
	struct ckpt_watch *one, *two;

	OK(ckpt_store_watch(a, &one, &e));
	OK(ckpt_store_watch(b, &two, &e));
	put_text(b, NULL, "f", "x");
	ck_assert(hinted(one, NULL, "f"));
	ck_assert(hinted(two, NULL, "f"));
	ckpt_watch_close(one);
	put_text(b, NULL, "f", "x");
	ck_assert(hinted(two, NULL, "f"));
	ckpt_watch_close(two);
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
	tcase_add_test(tc, a_watch_tells_of_every_change_of_the_root);
	tcase_add_test(tc, a_watch_tells_of_the_one_directory_it_was_given);
	tcase_add_test(tc, two_watches_are_told_the_same);
}
