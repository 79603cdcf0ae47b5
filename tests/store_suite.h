/* store_suite.h - what every store must keep
 *
 * One suite of tests for all backends: each promise of store/contract.h that can
 * be tried on any of them.  A backend says how to open a store on a root; the
 * suite opens several on the same one, as different parties would.
 */
#ifndef CKPT_TESTS_STORE_SUITE_H
#define CKPT_TESTS_STORE_SUITE_H

#include <check.h>

#include "store/ops.h"

struct store_backend {
	const char *name;
	void (*setup)(void); /* a fresh root */
	void (*teardown)(void);
	struct ckpt_store *(*open)(void); /* one more store on it */
};

/* The backend under test, and two parties on its fresh root. */
extern const struct store_backend *backend;
extern struct ckpt_store *a, *b;
extern struct ckpt_err e;
extern const struct ckpt_version absent; /* that of a file that is not there */

/* The test cases of the suite, for the backend that these fixtures set. */
void store_suite_writing(TCase *tc);
void store_suite_reading(TCase *tc);
void store_suite_adopt(TCase *tc);
void store_suite_places(TCase *tc);
void store_suite_listing(TCase *tc);
void store_suite_excluding(TCase *tc);
void store_suite_watching(TCase *tc);

/* What the tests of one backend share with the suite. */
void store_suite_setup(const struct store_backend *which);
void store_suite_teardown(void);

#define OK(call)                                                                                             \
	do {                                                                                                 \
		int rc_ = (int)(call);                                                                       \
		ck_assert_msg(rc_ == 0, "%s: %d, %s", #call, rc_, e.msg);                                    \
	} while (0)
/* It fails with this code, and says why. */
#define FAILS(errnum, call)                                                                                  \
	do {                                                                                                 \
		int rc_;                                                                                     \
		e = (struct ckpt_err){ 0 };                                                                  \
		rc_ = (int)(call);                                                                           \
		ck_assert_msg(rc_ == -(errnum), "%s: %d instead of %d, %s", #call, rc_, -(errnum), e.msg);   \
		ck_assert_msg(e.code == (errnum) && e.msg[0], "%s: no sentence", #call);                     \
	} while (0)

/* Write and read small texts. */
void put_text(struct ckpt_store *s, const char *dir, const char *name, const char *text);
void expect_text(struct ckpt_store *s, const char *dir, const char *name, const char *text);
void expect_absent(struct ckpt_store *s, const char *dir, const char *name);
/* A name to look for in a listing: as it was seen, kind -1 if it was not, and how
 * many there were of any. */
struct seen {
	const char *name;
	unsigned count;
	int kind;
	struct ckpt_stat st;
};
int see(void *ctx, const char *name, const struct ckpt_stat *st);
/* The number of names in dir. */
unsigned count_names(struct ckpt_store *s, const char *dir);
/* The kind of name in the listing of dir, or -1. */
int listed_kind(struct ckpt_store *s, const char *dir, const char *name, bool with_stat);

#endif
