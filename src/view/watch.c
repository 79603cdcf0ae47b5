#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/name.h"
#include "base/when.h"
#include "view/hold.h"
#include "view/limits.h"

/* --- hints --------------------------------------------------------------- */

/* Batches come and go all the time, and nothing that is shown depends on the
 * names in the root but these.  In the directory that is watched everything
 * counts. */
static void note_hint(void *ctx, const char *dir, const char *name)
{
	bool *dirty = ctx;

	if (dir || !name || !strcmp(name, CKPT_CATALOG) || !strcmp(name, CKPT_STATE) ||
	    !strcmp(name, CKPT_STEPS) || !strcmp(name, CKPT_PINS))
		*dirty = true;
}

static void lose_watch(struct ckpt_view *v, const char *why)
{
	ckpt_log_add(v->opts.log, CKPT_LOG_NOT_WATCHED,
		     "%s: can't watch it any more, it is looked at every %d ms: %s",
		     ckpt_store_label(v->store), CKPT_POLL_MS, why);
	ckpt_watch_close(v->watch);
	v->watch = NULL;
	__atomic_store_n(&v->watching, false, __ATOMIC_RELAXED);
}

static bool take_hints(struct ckpt_view *v)
{
	struct ckpt_err e = { 0 };
	bool dirty = false;

	if (ckpt_watch_next(v->watch, note_hint, &dirty, &e)) {
		lose_watch(v, e.msg);
		dirty = true;
	}
	return dirty;
}

static void open_watch(struct ckpt_view *v)
{
	struct ckpt_err e = { 0 };
	int rc;

	if (v->opts.poll_ms > 0)
		return;
	rc = ckpt_store_watch(v->store, &v->watch, &e);
	if (rc) {
		v->watch = NULL;
		ckpt_log_add(v->opts.log, rc == -ENOTSUP ? CKPT_LOG_POLLED : CKPT_LOG_NOT_WATCHED,
			     "%s: can't watch it, it is looked at every %d ms: %s",
			     ckpt_store_label(v->store), CKPT_POLL_MS, e.msg);
	}
	__atomic_store_n(&v->watching, v->watch != NULL, __ATOMIC_RELAXED);
}

/* The newest checkpoint's state.json may come at any time.  True if another
 * directory is watched from now on: then what came before must be looked for. */
static bool follow_newest(struct ckpt_view *v)
{
	struct ckpt_picture *p = ckpt_view_picture(v);
	size_t n = p->catalog->n;
	struct ckpt_slot *newest = n ? p->slot[n - 1] : NULL;
	bool other = v->watch && newest != v->watched;
	char name[CKPT_UUID_TEXT];

	if (other) {
		ckpt_watch_dir(v->watch, newest ? ckpt_slot_name(newest, name) : NULL, NULL);
		ckpt_slot_unref(v->watched);
		v->watched = newest ? ckpt_slot_ref(newest) : NULL;
	}
	ckpt_picture_unref(p);
	return other && newest;
}

/* --- telling ------------------------------------------------------------- */

/* Hand the news on, in their order, with no lock held: whoever gets them may
 * wait for the kernel, which may wait for an answer of ours. */
static void tell(struct ckpt_view *v)
{
	struct ckpt_news *news;
	size_t n;

	pthread_mutex_lock(&v->lock);
	news = v->news;
	n = v->n_news;
	v->news = NULL;
	v->n_news = v->cap_news = 0;
	pthread_mutex_unlock(&v->lock);
	for (size_t i = 0; v->opts.changed && i < n; i++) {
		struct ckpt_change_event e = { .what = news[i].what,
					       .id = news[i].id,
					       .name = news[i].name[0] ? news[i].name : NULL };

		v->opts.changed(v->opts.ctx, &e);
	}
	free(news);
}

static void tell_picture(struct ckpt_view *v)
{
	struct ckpt_picture *p;
	bool ok;

	if (!v->opts.pictured)
		return;
	pthread_mutex_lock(&v->lock);
	p = ckpt_picture_ref(v->picture);
	ok = !v->turn_rc;
	pthread_mutex_unlock(&v->lock);
	if (p->generation != v->pictured || ok != v->pictured_ok)
		v->opts.pictured(v->opts.ctx, p->generation, p->catalog->n, ok);
	v->pictured = p->generation;
	v->pictured_ok = ok;
	ckpt_picture_unref(p);
}

/* --- the loop ------------------------------------------------------------ */

static bool is_stopping(struct ckpt_view *v)
{
	bool stopping;

	pthread_mutex_lock(&v->lock);
	stopping = v->stopping;
	pthread_mutex_unlock(&v->lock);
	return stopping;
}

static int64_t poll_interval(const struct ckpt_view *v)
{
	if (v->watch)
		return -1;
	return v->opts.poll_ms > 0 ? v->opts.poll_ms : CKPT_POLL_MS;
}

/* Sleep until a hint, a wake-up, or timeout ms (-1: none); true for a hint. */
static bool wait_for_hint(struct ckpt_view *v, int64_t timeout)
{
	struct pollfd fd[2] = { { .fd = v->wake, .events = POLLIN },
				{ .fd = v->watch ? ckpt_watch_fd(v->watch) : -1, .events = POLLIN } };
	uint64_t count;

	if (timeout > INT32_MAX)
		timeout = INT32_MAX;
	if (poll(fd, 2, (int)timeout) <= 0)
		return false;
	if (fd[0].revents && read(v->wake, &count, sizeof(count)) < 0)
		return false;
	return fd[1].revents != 0;
}

static void settle(void)
{
	struct timespec t = { .tv_nsec = CKPT_SETTLE_MS * 1000000L };

	nanosleep(&t, NULL);
}

/* The smaller of two times to wait; -1 is without end. */
static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static void run(struct ckpt_view *v)
{
	int64_t looked = ckpt_when_monotonic();

	while (!is_stopping(v)) {
		int64_t now = ckpt_when_monotonic(), interval = poll_interval(v), left = -1;
		int64_t lease = sooner(ckpt_lease_expire(v, now), ckpt_hold_check(v));
		bool dirty = follow_newest(v);

		tell(v);
		tell_picture(v);
		if (interval >= 0)
			left = looked + interval > now ? looked + interval - now : 0;
		if (!dirty && wait_for_hint(v, sooner(left, lease))) {
			settle();
			dirty = take_hints(v);
		}
		now = ckpt_when_monotonic();
		if (dirty || (interval >= 0 && now - looked >= interval)) {
			ckpt_refresh(v, dirty, NULL);
			looked = now;
		}
	}
}

void *ckpt_watch_run(void *view)
{
	struct ckpt_view *v = view;

	open_watch(v);
	follow_newest(v);
	/* What happened between the first picture and the watch. */
	ckpt_refresh(v, true, NULL);
	run(v);
	ckpt_watch_close(v->watch);
	v->watch = NULL;
	ckpt_slot_unref(v->watched);
	v->watched = NULL;
	return NULL;
}
