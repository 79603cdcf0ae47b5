#include "view/stamp.h"

#include "base/when.h"

/* Coarser than any file system's clock (FAT: two seconds). */
#define TICK_MS 3000

void ckpt_stamp_take(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_stamp *out)
{
	struct ckpt_stat st = { 0 };

	*out = (struct ckpt_stamp){ .rc = ckpt_store_stat(store, dir, name, &st, NULL) };
	if (out->rc)
		return;
	out->ino = st.ino;
	out->size = st.size;
	out->mtime = st.mtime;
	out->ctime = st.ctime;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool ckpt_stamp_equal(const struct ckpt_stamp *a, const struct ckpt_stamp *b)
{
	return a->rc == b->rc && a->ino == b->ino && a->size == b->size && same_time(a->mtime, b->mtime) &&
	       same_time(a->ctime, b->ctime);
}

static bool old(struct timespec t, int64_t now_ms)
{
	return now_ms - ckpt_when_of(&t) > TICK_MS;
}

bool ckpt_stamp_quiet(const struct ckpt_stamp *s, int64_t now_ms)
{
	return !s->rc && old(s->mtime, now_ms) && old(s->ctime, now_ms);
}
