#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/limits.h"
#include "store/ops.h"

int ckpt_store_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		    struct ckpt_err *err)
{
	struct ckpt_stat st;

	return ckpt_store_open_seen(s, dir, name, out, &st, err);
}

/* Read f whole, unless its version is known.  1: it grew meanwhile, so these are
 * not all its bytes. */
static int read_once(struct ckpt_file *f, const char *name, size_t max, const struct ckpt_version *known,
		     struct ckpt_blob *blob, struct ckpt_err *err)
{
	const struct ckpt_store_ops *ops = f->store->ops;
	struct ckpt_version after;
	struct ckpt_stat st;
	ssize_t n;
	int rc = ops->fstat(f, &st, err);

	if (!rc)
		rc = ops->version(f, &blob->version, err);
	if (rc || (known && !memcmp(known, &blob->version, sizeof(*known))))
		return rc;
	if (st.size > max)
		return ckpt_fail(
			err, EFBIG,
			"%s in storage root %s is too large: it has %llu bytes, at most %zu are allowed",
			name, f->store->label, (unsigned long long)st.size, max);
	/* One byte more than its size: so that growth shows. */
	blob->data = malloc((size_t)st.size + 1);
	if (!blob->data)
		return ckpt_fail_nomem(err);
	n = ops->pread(f, blob->data, (size_t)st.size + 1, 0, err);
	if (n < 0)
		return (int)n;
	rc = ops->version(f, &after, err);
	if (rc)
		return rc;
	if ((uint64_t)n != st.size || memcmp(&after, &blob->version, sizeof(after)))
		return 1;
	blob->len = (size_t)n;
	blob->data[n] = '\0';
	return 0;
}

int ckpt_store_read_changed(struct ckpt_store *s, const char *dir, const char *name, size_t max,
			    const struct ckpt_version *known, struct ckpt_blob *blob, struct ckpt_err *err)
{
	int rc = 1, tries;

	/* All zero is also the version of "absent". */
	memset(blob, 0, sizeof(*blob));
	for (tries = 0; rc == 1 && tries < CKPT_STORE_TRIES; tries++) {
		struct ckpt_file *f;

		rc = ckpt_store_open(s, dir, name, &f, err);
		if (rc)
			break;
		rc = read_once(f, name, max, known, blob, err);
		ckpt_file_close(f);
		if (rc) {
			free(blob->data);
			memset(blob, 0, sizeof(*blob));
		}
	}
	if (rc == 1)
		return ckpt_fail(err, EAGAIN,
				 "%s in storage root %s changed while it was read, %d times: try again later",
				 name, s->label, CKPT_STORE_TRIES);
	return rc;
}

bool ckpt_file_is(struct ckpt_file *f, const struct ckpt_version *v)
{
	struct ckpt_version now;

	return !f->store->ops->version(f, &now, NULL) && !memcmp(&now, v, sizeof(now));
}

int ckpt_store_read(struct ckpt_store *s, const char *dir, const char *name, size_t max,
		    struct ckpt_blob *blob, struct ckpt_err *err)
{
	return ckpt_store_read_changed(s, dir, name, max, NULL, blob, err);
}
