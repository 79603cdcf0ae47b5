#include "view/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "view/limits.h"

struct ckpt_picture *ckpt_view_picture(struct ckpt_view *v)
{
	struct ckpt_picture *p;

	pthread_mutex_lock(&v->lock);
	p = ckpt_picture_ref(v->picture);
	pthread_mutex_unlock(&v->lock);
	return p;
}

bool ckpt_view_fixed(struct ckpt_view *v, struct ckpt_slot *s)
{
	struct ckpt_picture *p = ckpt_view_picture(v);
	bool fixed = ckpt_picture_finished(p, v->store, s) || ckpt_picture_index(p, s) < 0;

	ckpt_picture_unref(p);
	return fixed;
}

void ckpt_view_wake(struct ckpt_view *v)
{
	uint64_t one = 1;

	/* Full means that it is awake already. */
	if (write(v->wake, &one, sizeof(one)) < 0)
		return;
}

void ckpt_news_add(struct ckpt_view *v, enum ckpt_change what, uint64_t id, const char *name)
{
	struct ckpt_news *n;

	if (!v->telling)
		return;
	if (v->n_news == v->cap_news) {
		size_t cap = v->cap_news ? 2 * v->cap_news : 64;
		void *grown = realloc(v->news, cap * sizeof(*v->news));

		/* Without it a name that left stays cached until it is wanted,
		 * and what is read below it is ESTALE all the same. */
		if (!grown)
			return;
		v->news = grown;
		v->cap_news = cap;
	}
	n = &v->news[v->n_news++];
	*n = (struct ckpt_news){ .what = what, .id = id };
	if (name)
		memcpy(n->name, name, strnlen(name, sizeof(n->name) - 1));
}

void ckpt_complain(struct ckpt_view *v, struct ckpt_slot *s, const char *sentence)
{
	int64_t now = ckpt_when_monotonic();
	struct ckpt_listed *l;
	unsigned left_out = 0;
	bool say = false;

	pthread_mutex_lock(&v->lock);
	if (!v->complaints_since || now - v->complaints_since > CKPT_COMPLAINT_MS) {
		left_out = v->complaints_left_out;
		v->complaints_since = now;
		v->complaints = v->complaints_left_out = 0;
	}
	l = ckpt_slot_listed(s);
	if (!l || !l->complained_ms || now - l->complained_ms > CKPT_COMPLAINT_MS) {
		if (l)
			l->complained_ms = now;
		say = v->complaints < CKPT_COMPLAINTS_MAX;
		*(say ? &v->complaints : &v->complaints_left_out) += 1;
	}
	pthread_mutex_unlock(&v->lock);
	if (left_out)
		ckpt_log_add(v->opts.log, CKPT_LOG_DAMAGED, "%s: %u more checkpoint%s found damaged",
			     ckpt_store_label(v->store), left_out, left_out == 1 ? " was" : "s were");
	if (say)
		ckpt_log_add(v->opts.log, CKPT_LOG_DAMAGED, "%s", sentence);
}

bool ckpt_view_passing(int rc)
{
	return rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -EINTR || rc == -EAGAIN;
}
