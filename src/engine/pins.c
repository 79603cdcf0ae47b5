#include "ckptfs/pins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/pins_format.h"
#include "engine/root.h"

bool ckpt_pin_is_expired(const struct ckpt_pin *p, int64_t now_ms)
{
	return p->expires && p->expires_ms <= now_ms;
}

void ckpt_pins_release(struct ckpt_pins *pins)
{
	for (size_t i = 0; i < pins->n; i++)
		ckpt_pin_release(&pins->pin[i]);
	free(pins->pin);
	free(pins->rest);
	*pins = (struct ckpt_pins)CKPT_PINS_INIT;
}

int ckpt_pins_read(struct ckpt_store *store, struct ckpt_pins *out, struct ckpt_err *err)
{
	char label[CKPT_ERR_MAX / 2];
	struct ckpt_blob blob;
	int rc = ckpt_store_read(store, NULL, CKPT_PINS, CKPT_PINS_BYTES_MAX, &blob, err);

	*out = (struct ckpt_pins)CKPT_PINS_INIT;
	out->version = blob.version;
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	snprintf(label, sizeof(label), "%s/%s", ckpt_store_label(store), CKPT_PINS);
	rc = ckpt_pins_parse(blob.data, blob.len, label, out, err);
	free(blob.data);
	return rc;
}

/* --- changing them ------------------------------------------------------ */

/* The pins under the lock. */
static int begin(struct ckpt_root *root, const char *name, struct ckpt_lock **lock, struct ckpt_pins *pins,
		 struct ckpt_err *err)
{
	struct ckpt_err why;
	int rc;

	*pins = (struct ckpt_pins)CKPT_PINS_INIT;
	*lock = NULL;
	if (!ckpt_pin_name_ok(name))
		return ckpt_fail(
			err, EINVAL,
			"'%s' can't be the name of a pin: that has 1 to %d bytes of UTF-8 without '/' and "
			"control characters, and is neither '.' nor '..'",
			name, CKPT_PIN_NAME_MAX);
	rc = ckpt_root_lock(root, NULL, lock, &why);
	if (rc == -EBUSY)
		return ckpt_fail(
			err, EBUSY,
			"%s; a running pipeline would not heed a pin; 'ckptfs archive' keeps checkpoints "
			"beside it",
			why.msg);
	if (rc) {
		if (err)
			*err = why;
		return rc;
	}
	return ckpt_pins_read(root->store, pins, err);
}

/* Where name is, or would be. */
static size_t place(const struct ckpt_pins *pins, const char *name, bool *found)
{
	size_t low = 0, high = pins->n;

	*found = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(pins->pin[mid].name, name);

		if (c == 0)
			*found = true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void drop_expired(struct ckpt_pins *pins, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < pins->n; i++) {
		if (ckpt_pin_is_expired(&pins->pin[i], now_ms))
			ckpt_pin_release(&pins->pin[i]);
		else
			pins->pin[kept++] = pins->pin[i];
	}
	pins->n = kept;
}

/* Feldera's sweep at the start of a pipeline removes files whose name ends in
 * ".mut", which is what the store calls a file for the moment between its sync
 * and its rename.  Nobody starts while we hold the lock, and what a crash
 * leaves there is no loss: the pins under their own name are still the old
 * ones, whole. */
static int put(struct ckpt_root *root, struct ckpt_pins *pins, struct ckpt_err *err)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_pins again = CKPT_PINS_INIT;
	int rc;

	ckpt_pins_write(pins, &b);
	if (b.failed)
		rc = ckpt_fail_nomem(err);
	else if (b.len > CKPT_PINS_BYTES_MAX)
		rc = ckpt_fail(err, EINVAL,
			       "%s: the pins would take more than %zu bytes, so nothing was changed; unpin "
			       "some first",
			       ckpt_store_label(root->store), CKPT_PINS_BYTES_MAX);
	else
		/* What we could not read again would stop every gc. */
		rc = ckpt_pins_parse(b.data, b.len, "the pins that are to be written", &again, err);
	if (!rc)
		rc = ckpt_store_replace(root->store, CKPT_PINS, b.data, b.len, &pins->version, err);
	ckpt_pins_release(&again);
	ckpt_buf_release(&b);
	return rc;
}

/* Let go, and give what then lies on disk to the caller: what was written, if
 * it can't be read back.  The change is durable, whatever that says. */
static int end(struct ckpt_root *root, struct ckpt_lock *lock, struct ckpt_pins *pins, struct ckpt_pins *out,
	       int rc)
{
	if (!rc && out && ckpt_pins_read(root->store, out, NULL)) {
		ckpt_pins_release(out);
		*out = *pins;
		*pins = (struct ckpt_pins)CKPT_PINS_INIT;
	}
	ckpt_pins_release(pins);
	ckpt_lock_release(lock);
	return rc;
}

static int check_new(struct ckpt_root *root, const struct ckpt_pins *pins, const char *name,
		     const struct ckpt_uuid *uuid, const int64_t *expires_ms, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(root->store);
	char text[CKPT_UUID_TEXT];
	bool taken;
	size_t i = place(pins, name, &taken);

	if (taken)
		return ckpt_fail(err, EEXIST,
				 "%s: there is a pin '%s' already, on checkpoint %s; 'ckptfs unpin' takes it "
				 "away, then "
				 "the name is free",
				 label, name, ckpt_uuid_text(&pins->pin[i].uuid, text));
	if (ckpt_catalog_find(root->catalog, uuid) < 0)
		return ckpt_catalog_lacks(root->store, uuid, ", so it can't be pinned", err);
	if (expires_ms && *expires_ms <= ckpt_root_now_ms(root))
		return ckpt_fail(err, EINVAL,
				 "%s: pin '%s' would have expired already; give a time in the future", label,
				 name);
	if (expires_ms && *expires_ms > CKPT_PIN_EXPIRES_MAX)
		return ckpt_fail(err, EINVAL,
				 "%s: pin '%s' can't expire after the year 9999; without an expiry it holds "
				 "for good",
				 label, name);
	if (pins->n >= CKPT_PINS_MAX)
		return ckpt_fail(err, EINVAL, "%s has %zu pins, and more are not allowed; unpin some first",
				 label, pins->n);
	return 0;
}

int ckpt_pin(struct ckpt_root *root, const char *name, const struct ckpt_uuid *uuid,
	     const int64_t *expires_ms, struct ckpt_pins *out, struct ckpt_err *err)
{
	struct ckpt_lock *lock;
	struct ckpt_pins pins;
	struct ckpt_pin pin = { 0 };
	bool found;
	size_t at;
	int rc = begin(root, name, &lock, &pins, err);

	if (out)
		*out = (struct ckpt_pins)CKPT_PINS_INIT;
	if (!rc) {
		drop_expired(&pins, ckpt_root_now_ms(root));
		rc = check_new(root, &pins, name, uuid, expires_ms, err);
	}
	if (!rc)
		rc = ckpt_pin_make(&pin, name, uuid, ckpt_root_now_ms(root), expires_ms, err);
	if (!rc) {
		struct ckpt_pin *grown = reallocarray(pins.pin, pins.n + 1, sizeof(*grown));

		rc = grown ? 0 : ckpt_fail_nomem(err);
		pins.pin = grown ? grown : pins.pin;
	}
	if (!rc) {
		at = place(&pins, name, &found);
		memmove(&pins.pin[at + 1], &pins.pin[at], (pins.n - at) * sizeof(pin));
		pins.pin[at] = pin;
		pins.n++;
		rc = put(root, &pins, err);
	} else {
		ckpt_pin_release(&pin);
	}
	return end(root, lock, &pins, out, rc);
}

int ckpt_unpin(struct ckpt_root *root, const char *name, struct ckpt_pins *out, struct ckpt_err *err)
{
	struct ckpt_lock *lock;
	struct ckpt_pins pins;
	bool found = false;
	size_t at;
	int rc = begin(root, name, &lock, &pins, err);

	if (out)
		*out = (struct ckpt_pins)CKPT_PINS_INIT;
	if (!rc) {
		at = place(&pins, name, &found);
		if (!found)
			rc = ckpt_fail(err, ENOENT,
				       "%s: there is no pin '%s' ('ckptfs pins %s' shows those that are)",
				       ckpt_store_label(root->store), name, ckpt_store_label(root->store));
	}
	if (!rc) {
		ckpt_pin_release(&pins.pin[at]);
		memmove(&pins.pin[at], &pins.pin[at + 1], (pins.n - at - 1) * sizeof(*pins.pin));
		pins.n--;
		drop_expired(&pins, ckpt_root_now_ms(root));
		rc = put(root, &pins, err);
	}
	return end(root, lock, &pins, out, rc);
}
