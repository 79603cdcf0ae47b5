#include "cmd/confine.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/caps.h"
#include "cmd/landlock.h"
#include "cmd/refused.h"
#include "cmd/seccomp.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZERS true
#else
#define SANITIZERS false
#endif

/* A layer is not to be had. */
static int lacks(const struct ckpt_confine *c, const struct ckpt_err *why, struct ckpt_err *err)
{
	if (c->how == CKPT_SANDBOX_REQUIRE)
		return ckpt_fail(err, ENOTSUP, "the daemon can't be confined, as sandbox=require asks: %s",
				 why->msg);
	ckpt_log_add(c->log, CKPT_LOG_NOT_CONFINED, "confined less than it could be: %s", why->msg);
	return 0;
}

/* --- what is needed later ------------------------------------------------- */

/* Otherwise glibc looks at the file again and again, and takes UTC once it
 * can't. */
static void keep_time_zone(void)
{
	setenv("TZ", ":/etc/localtime", 0);
	tzset();
}

static void *wait_for_the_end(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* The first cancellation loads libgcc_s, and aborts where it can't. */
static void load_unwinder(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, wait_for_the_end, NULL) != 0)
		return;
	pthread_cancel(t);
	pthread_join(t, NULL);
}

/* --- while we have privileges --------------------------------------------- */

static int leave_network(struct ckpt_confine *c, struct ckpt_err *err)
{
	struct ckpt_err e;

	c->network = unshare(CLONE_NEWNET) == 0;
	if (c->network)
		return 0;
	ckpt_fail_errno(&e, errno, "it can't have a network of its own that is empty");
	return lacks(c, &e, err);
}

static int change_root(struct ckpt_confine *c, struct ckpt_err *err)
{
	struct ckpt_err e;

	c->chroot = fchdir(c->root) == 0 && chroot(".") == 0;
	if (c->chroot)
		return 0;
	ckpt_fail_errno(&e, errno, "the storage root can't be made its root directory");
	return lacks(c, &e, err);
}

int ckpt_confine_place(struct ckpt_confine *c, struct ckpt_err *err)
{
	struct ckpt_err e;
	int rc = 0;

	if (SANITIZERS && c->how != CKPT_SANDBOX_OFF) {
		ckpt_fail(&e, ENOTSUP, "this build has sanitizers");
		rc = lacks(c, &e, err);
		c->how = CKPT_SANDBOX_OFF;
	}
	keep_time_zone();
	load_unwinder();
	if (geteuid() != 0)
		return rc;
	ckpt_caps_bound();
	if (c->how == CKPT_SANDBOX_OFF)
		return rc;
	rc = leave_network(c, err);
	return rc ? rc : change_root(c, err);
}

/* --- and as the owner ----------------------------------------------------- */

static int restrict_files(struct ckpt_confine *c, struct ckpt_err *err)
{
	struct ckpt_err e;
	int abi = ckpt_landlock(c->root, &e);

	if (abi < 0)
		return lacks(c, &e, err);
	c->landlock = abi;
	return 0;
}

static int restrict_calls(struct ckpt_confine *c, struct ckpt_err *err)
{
	struct ckpt_err e;
	int rc = ckpt_refused_init(err);

	if (rc)
		return rc;
	if (ckpt_seccomp(c->broker, c->uring, &e) != 0)
		return lacks(c, &e, err);
	c->seccomp = true;
	return ckpt_refused_start(c->log, err);
}

int ckpt_confine(struct ckpt_confine *c, struct ckpt_err *err)
{
	int rc = ckpt_caps_drop(err);

	if (rc)
		return rc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ckpt_fail_errno(err, errno, "can't give up getting new privileges");
	if (c->how == CKPT_SANDBOX_OFF)
		return 0;
	rc = restrict_files(c, err);
	return rc ? rc : restrict_calls(c, err);
}

void ckpt_confine_status(const struct ckpt_confine *c, struct ckpt_buf *out)
{
	ckpt_buf_addf(out, "{\"landlock\":%d,\"seccomp\":%s,\"network\":\"%s\",\"chroot\":%s}", c->landlock,
		      c->seccomp ? "true" : "false", c->network ? "empty" : "host",
		      c->chroot ? "true" : "false");
}
