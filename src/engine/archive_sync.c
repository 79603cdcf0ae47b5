/* One sync of all in the place of one of each file. */
#include <errno.h>

#include "engine/archive.h"

int ckpt_held_interrupted(struct ckpt_root *archive, const struct ckpt_held *h, struct ckpt_err *err)
{
	return ckpt_fail(err, EINTR, "%s: interrupted; checkpoint %s was not added",
			 ckpt_store_label(archive->store), h->dir);
}

static int check_stop(struct ckpt_root *archive, const struct ckpt_held *h, struct ckpt_err *err)
{
	return ckpt_root_stopped(archive) ? ckpt_held_interrupted(archive, h, err) : 0;
}

static bool is_stopped(void *archive)
{
	return ckpt_root_stopped(archive);
}

static size_t count_missing(const struct ckpt_held *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_file; i++)
		n += h->file[i].missing;
	return n;
}

/* Who never stops waits for it himself. */
void ckpt_put_sync_ready(const struct ckpt_root *archive, struct ckpt_held *h)
{
	if (h->links && ckpt_root_is_stoppable(archive))
		h->syncing = ckpt_store_sync_ready(archive->store);
}

void ckpt_put_sync_begin(struct ckpt_held *h)
{
	h->syncing = ckpt_store_sync_begin(h->syncing, count_missing(h));
}

int ckpt_put_sync(struct ckpt_root *archive, struct ckpt_held *h, struct ckpt_err *err)
{
	const size_t n = count_missing(h);
	const int begun = h->syncing;
	int rc = check_stop(archive, h, err);

	if (rc || !n || !h->links)
		return rc;
	h->syncing = -1;
	rc = ckpt_store_sync_all(archive->store, n, begun,
				 ckpt_root_is_stoppable(archive) ? is_stopped : NULL, archive, NULL);
	h->durable = !rc;
	return rc == -EINTR ? ckpt_held_interrupted(archive, h, err) : check_stop(archive, h, err);
}
