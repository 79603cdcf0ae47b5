#include "view/hold.h"

#include <errno.h>
#include <stdlib.h>

#include "base/name.h"
#include "base/when.h"
#include "view/limits.h"

/* --- taking -------------------------------------------------------------- */

/* What is to be opened, and where it is kept then. */
struct wanted {
	struct ckpt_hold *hold;
	struct ckpt_each *each;
	struct ckpt_shared **open, ***keep;
	struct ckpt_stat *st;
	size_t n;
	bool listing;
	char dir[CKPT_UUID_TEXT];
};

static void want(struct wanted *w, const char *dir, const char *name, struct ckpt_shared **keep)
{
	w->each[w->n] = (struct ckpt_each){ dir, name };
	w->st[w->n].kind = CKPT_KIND_OTHER; /* until it was looked at */
	w->keep[w->n++] = keep;
}

static void want_all(struct wanted *w, struct ckpt_slot *s)
{
	struct ckpt_hold *h = w->hold;
	struct ckpt_stat st;

	ckpt_slot_name(s, w->dir);
	/* Batches first: they are what a pipeline's gc deletes first. */
	for (uint32_t i = 0; i < h->lists->deps.batches->n; i++)
		want(w, NULL, ckpt_contents_batch(h->lists, i), &h->batch[i]);
	for (uint32_t i = 0; i < h->lists->files.n; i++)
		want(w, w->dir, ckpt_contents_file(h->lists, i), &h->file[i]);
	if (!ckpt_store_stat(h->view->store, w->dir, CKPT_STATE, &st, NULL))
		want(w, w->dir, CKPT_STATE, &h->state);
}

static void note_failure(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	struct ckpt_hold *h = ctx;

	(void)i, (void)why;
	h->why = rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM ? "no more descriptors or memory"
								 : "files that are not there any more";
}

/* Listing it tells what is wrong with it. */
static void no_matter(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	(void)ctx, (void)i, (void)rc, (void)why;
}

/* n of them are open. */
static void keep_seen(struct wanted *w, size_t n)
{
	struct ckpt_hold *h = w->hold;
	size_t listed = h->lists->deps.batches->n + h->lists->files.n, more = w->n - n < n ? w->n - n : n;

	ckpt_store_stat_each(h->view->store, w->each + n, more, w->st + n, no_matter, NULL);
	h->seen = calloc(listed + 1, sizeof(*h->seen));
	for (size_t i = 0; h->seen && i < listed; i++)
		ckpt_seen_take(&h->seen[i], &w->st[i]);
	h->seen_ms = ckpt_when_monotonic();
}

static void open_wanted(struct wanted *w)
{
	struct ckpt_hold *h = w->hold;
	size_t n = ckpt_hold_reserve(h->view, w->n);

	ckpt_shared_open_each(h->view, w->each, n, w->open, w->st, note_failure, h);
	if (n < w->n && !h->why)
		h->why = "the bound of -o hold-files";
	h->wanted = w->n;
	for (size_t i = 0; i < n; i++) {
		*w->keep[i] = w->open[i];
		h->n += w->open[i] != NULL;
	}
	ckpt_hold_give_back(h->view, n - h->n);
	if (w->listing && h->fixed)
		keep_seen(w, n);
}

static void hold_all(struct ckpt_hold *h, struct ckpt_slot *s, bool listing)
{
	size_t max = h->lists->deps.batches->n + h->lists->files.n + 1;
	struct wanted w = { .hold = h,
			    .each = calloc(max, sizeof(*w.each)),
			    .open = calloc(max, sizeof(struct ckpt_shared *)),
			    .keep = calloc(max, sizeof(struct ckpt_shared **)),
			    .st = calloc(max, sizeof(*w.st)),
			    .listing = listing };

	if (w.each && w.open && w.keep && w.st) {
		want_all(&w, s);
		open_wanted(&w);
	} else {
		h->wanted = max;
		h->why = "no more descriptors or memory";
	}
	free(w.each);
	free(w.open);
	free(w.keep);
	free(w.st);
}

struct ckpt_hold *ckpt_hold_new(struct ckpt_view *v, struct ckpt_slot *s, bool listing)
{
	struct ckpt_hold *h;

	if (!v->opts.hold_files || ckpt_hold_nearly_full(v))
		return NULL;
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->refs = 1;
	h->view = v;
	h->fixed = ckpt_view_fixed(v, s);
	if (ckpt_contents_sound(v, s, &h->lists, NULL)) {
		free(h);
		return NULL;
	}
	h->batch = calloc(h->lists->deps.batches->n + 1, sizeof(*h->batch));
	h->file = calloc(h->lists->files.n + 1, sizeof(*h->file));
	if (!h->batch || !h->file) {
		ckpt_hold_unref(h);
		return NULL;
	}
	hold_all(h, s, listing);
	return h;
}

struct ckpt_hold *ckpt_hold_get(struct ckpt_view *v, struct ckpt_slot *s)
{
	struct ckpt_hold *h;

	if (!ckpt_slot_leased(s))
		return NULL;
	pthread_mutex_lock(&v->lease_lock);
	h = s->use ? s->use->hold : NULL;
	if (h)
		__atomic_add_fetch(&h->refs, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&v->lease_lock);
	return h;
}

void ckpt_hold_unref(struct ckpt_hold *h)
{
	if (!h || __atomic_sub_fetch(&h->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; h->batch && i < h->lists->deps.batches->n; i++)
		ckpt_shared_unref(h->batch[i]);
	for (size_t i = 0; h->file && i < h->lists->files.n; i++)
		ckpt_shared_unref(h->file[i]);
	ckpt_shared_unref(h->state);
	ckpt_hold_give_back(h->view, h->n);
	ckpt_contents_unref(h->lists);
	free(h->batch);
	free(h->file);
	free(h->seen);
	free(h);
}

/* --- using --------------------------------------------------------------- */

static struct ckpt_shared *find_held(const struct ckpt_hold *h, const struct ckpt_place *p)
{
	if (p->kind == CKPT_NODE_STATE || (p->kind == CKPT_NODE_STATEFILE && p->index == CKPT_INDEX_STATE))
		return h->state;
	/* Lists of another number would give the index another meaning. */
	if (!p->lists || p->lists->number != h->lists->number)
		return NULL;
	if (p->kind == CKPT_NODE_BATCH)
		return h->batch[p->index];
	return p->kind == CKPT_NODE_STATEFILE ? h->file[p->index] : NULL;
}

struct ckpt_shared *ckpt_hold_file(const struct ckpt_hold *h, const struct ckpt_place *p, bool gone)
{
	return h && (h->fixed || gone) ? ckpt_shared_ref(find_held(h, p)) : NULL;
}

bool ckpt_hold_seen(const struct ckpt_hold *h, const struct ckpt_place *p, struct ckpt_stat *st)
{
	size_t i = p->index;

	if (!h || !h->seen || !p->lists || p->lists->number != h->lists->number ||
	    ckpt_when_monotonic() - h->seen_ms >= CKPT_SEEN_MS)
		return false;
	if (p->kind == CKPT_NODE_STATEFILE)
		i += h->lists->deps.batches->n;
	return ckpt_seen_tell(&h->seen[i], st);
}

bool ckpt_hold_has_state(const struct ckpt_hold *h)
{
	return h && h->state;
}
