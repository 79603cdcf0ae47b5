#include "view/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.h"
#include "view/hold.h"

static bool init_locks(struct ckpt_view *v)
{
	return !pthread_mutex_init(&v->lock, NULL) && !pthread_mutex_init(&v->lease_lock, NULL) &&
	       !pthread_cond_init(&v->turn, NULL) && !pthread_cond_init(&v->lease_turn, NULL);
}

int ckpt_view_new(struct ckpt_store *store, const struct ckpt_view_opts *opts, struct ckpt_view **out,
		  struct ckpt_err *err)
{
	struct ckpt_view *v = calloc(1, sizeof(*v));
	int rc;

	*out = NULL;
	if (!v || !init_locks(v)) {
		free(v);
		return ckpt_fail_nomem(err);
	}
	v->store = store;
	v->opts = *opts;
	v->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (v->wake < 0)
		rc = ckpt_fail_errno(err, errno, "%s: can't make an event descriptor",
				     ckpt_store_label(store));
	else
		rc = ckpt_refresh(v, true, err);
	if (rc)
		ckpt_view_free(v);
	else
		*out = v;
	return rc;
}

int ckpt_view_start(struct ckpt_view *v, struct ckpt_err *err)
{
	int rc;

	if (v->started)
		return 0;
	pthread_mutex_lock(&v->lock);
	v->telling = true;
	v->stopping = false;
	pthread_mutex_unlock(&v->lock);
	rc = ckpt_thread_start(&v->thread, ckpt_watch_run, v);
	if (rc)
		return ckpt_fail_errno(err, rc, "%s: can't start the thread that watches it",
				       ckpt_store_label(v->store));
	v->started = true;
	return 0;
}

void ckpt_view_stop(struct ckpt_view *v)
{
	if (!v->started)
		return;
	pthread_mutex_lock(&v->lock);
	v->stopping = true;
	v->telling = false;
	pthread_mutex_unlock(&v->lock);
	ckpt_view_wake(v);
	pthread_join(v->thread, NULL);
	v->started = false;
}

void ckpt_view_free(struct ckpt_view *v)
{
	if (!v)
		return;
	ckpt_view_stop(v);
	ckpt_lease_expire(v, INT64_MAX);
	while (v->newest_used)
		ckpt_contents_drop(v, v->newest_used);
	ckpt_picture_unref(v->picture);
	ckpt_slots_release(&v->slots);
	free(v->news);
	if (v->wake >= 0)
		close(v->wake);
	pthread_cond_destroy(&v->turn);
	pthread_cond_destroy(&v->lease_turn);
	pthread_mutex_destroy(&v->lock);
	pthread_mutex_destroy(&v->lease_lock);
	free(v);
}

int ckpt_view_statfs(struct ckpt_view *v, struct statvfs *out, struct ckpt_err *err)
{
	struct ckpt_space s;
	int rc = ckpt_store_space(v->store, &s, err);

	*out = (struct statvfs){ 0 };
	if (rc)
		return rc;
	out->f_bsize = out->f_frsize = s.block_size;
	out->f_blocks = s.blocks;
	out->f_bfree = s.blocks_free;
	out->f_bavail = s.blocks_available;
	out->f_files = s.files;
	out->f_ffree = out->f_favail = s.files_free;
	out->f_namemax = s.name_max;
	return 0;
}
