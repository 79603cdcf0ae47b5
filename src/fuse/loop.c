#include "fuse/loop.h"

#include <errno.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fuse/inside.h"
#include "fuse/receive.h"

struct worker {
	pthread_t thread;
	struct loop *loop;
	struct fuse_buf buf; /* here, since the thread is cancelled */
};

struct loop {
	struct ckpt_fuse *f;
	int ended; /* readable once the session has */
	pthread_mutex_t lock;
	/* Under the lock. */
	size_t n, busy;
	int rc; /* why it ended, below 0 */
	struct worker workers[CKPT_FUSE_THREADS];
};

/* --- the threads ----------------------------------------------------------- */

/* As the kernel writes it before each request, which libfuse keeps to itself. */
static uint32_t pid_of(const struct fuse_buf *buf)
{
	const struct fuse_in_header *in = buf->mem;

	return buf->flags & FUSE_BUF_IS_FD ? 0 : in->pid;
}

static int receive(struct worker *w)
{
	struct ckpt_receive *r = w->loop->f->receive;
	int rc;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	ckpt_receive_begin(r);
	rc = fuse_session_receive_buf(w->loop->f->se, &w->buf);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	ckpt_receive_end(r, rc > 0 ? pid_of(&w->buf) : 0);
	return rc;
}

static int start(struct loop *l);

/* The kernel's first request is answered by one thread alone: how large the others may be
 * is agreed by it, and so how much room each needs. */
static void answer(struct worker *w, bool first)
{
	struct loop *l = w->loop;

	pthread_mutex_lock(&l->lock);
	/* Without one more it goes on as it is. */
	if (++l->busy == l->n && !first && !fuse_session_exited(l->f->se))
		start(l);
	pthread_mutex_unlock(&l->lock);
	fuse_session_process_buf(l->f->se, &w->buf);
	pthread_mutex_lock(&l->lock);
	l->busy--;
	pthread_mutex_unlock(&l->lock);
	if (first) {
		free(w->buf.mem);
		w->buf = (struct fuse_buf){ 0 };
	}
}

static void end(struct loop *l, int rc)
{
	uint64_t one = 1;

	pthread_mutex_lock(&l->lock);
	if (rc < 0 && !l->rc)
		l->rc = rc;
	pthread_mutex_unlock(&l->lock);
	fuse_session_exit(l->f->se);
	/* It is never so full that this would have to wait. */
	if (write(l->ended, &one, sizeof(one)) < 0)
		abort();
}

static void *work(void *worker)
{
	struct worker *w = worker;
	bool first = w == w->loop->workers;
	int rc;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	while (!fuse_session_exited(w->loop->f->se)) {
		rc = receive(w);
		if (rc == -EINTR)
			continue;
		if (rc <= 0) {
			end(w->loop, rc);
			break;
		}
		answer(w, first);
		first = false;
	}
	return NULL;
}

/* Under the lock. */
static int start(struct loop *l)
{
	struct worker *w = &l->workers[l->n];
	int rc;

	if (l->n == CKPT_FUSE_THREADS)
		return 0;
	w->loop = l;
	rc = ckpt_thread_start(&w->thread, work, w);
	l->n += rc == 0;
	return -rc;
}

static int start_first(struct loop *l)
{
	int rc;

	pthread_mutex_lock(&l->lock);
	rc = start(l);
	pthread_mutex_unlock(&l->lock);
	return rc;
}

static void end_threads(struct loop *l)
{
	size_t n;

	/* None is started once the session has ended. */
	pthread_mutex_lock(&l->lock);
	n = l->n;
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < n; i++)
		pthread_cancel(l->workers[i].thread);
	for (size_t i = 0; i < n; i++) {
		pthread_join(l->workers[i].thread, NULL);
		free(l->workers[i].buf.mem);
	}
}

/* --- the thread that waits for signals --------------------------------------- */

static void fill(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/* One that came before libfuse's handlers were set would have ended us with the mount
 * left behind, so they are blocked until then. */
static void wait_for_end(struct loop *l)
{
	struct pollfd ended = { .fd = l->ended, .events = POLLIN };
	sigset_t set, before, open;

	fill(&set);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	open = before;
	sigdelset(&open, SIGINT);
	sigdelset(&open, SIGTERM);
	sigdelset(&open, SIGHUP);
	while (!fuse_session_exited(l->f->se))
		ppoll(&ended, 1, NULL, &open);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int run_ours(struct ckpt_fuse *f, struct ckpt_err *err)
{
	struct loop *l = calloc(1, sizeof(*l));
	int rc;

	f->receive = ckpt_receive_new();
	if (!l || !f->receive) {
		free(l);
		return ckpt_fail_nomem(err);
	}
	l->f = f;
	pthread_mutex_init(&l->lock, NULL);
	l->ended = eventfd(0, EFD_CLOEXEC);
	rc = l->ended < 0 ? -errno : start_first(l);
	if (!rc)
		wait_for_end(l);
	end_threads(l);
	rc = rc ? rc : l->rc;
	if (l->ended >= 0)
		close(l->ended);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return rc ? ckpt_fail_errno(err, -rc, "can't go on serving the mount") : 0;
}

static int run_libfuses(struct ckpt_fuse *f, struct ckpt_err *err)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	sigset_t set;
	int rc;

	if (!config)
		return ckpt_fail_nomem(err);
	fill(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	fuse_loop_cfg_set_max_threads(config, CKPT_FUSE_THREADS);
	rc = fuse_session_loop_mt(f->se, config);
	fuse_loop_cfg_destroy(config);
	/* Above 0 it is the signal that ended it.  By io_uring, what was waiting for
	 * the next request is cancelled then, and may be told instead. */
	return rc < 0 && rc != -ECANCELED ? ckpt_fail_errno(err, -rc, "can't go on serving the mount") : 0;
}

int ckpt_loop_run(struct ckpt_fuse *f, struct ckpt_err *err)
{
	int rc;

	if (fuse_set_signal_handlers(f->se) != 0)
		return ckpt_fail_errno(err, errno ? errno : EIO, "can't wait for signals");
	rc = f->opts.io_uring && ckpt_kernel_has_uring() ? run_libfuses(f, err) : run_ours(f, err);
	fuse_remove_signal_handlers(f->se);
	return rc;
}
