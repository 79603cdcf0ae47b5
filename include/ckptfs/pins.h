/** @file
 * pins.h - checkpoints that people hold on to, by a name
 *
 * A pin is a name for a checkpoint ("before-upgrade"): as long as it is there,
 * no gc and no remove of ours takes the checkpoint away.  It may expire; from
 * that moment on it holds nothing, and the next change of the pins drops it.
 *
 * Pins lie in the root, in ckptfs-pins.json, a regular file that a pipeline's
 * own clean-up leaves alone:
 *
 *	{"version":1,"pins":[{"name":"before-upgrade","uuid":"0199...",
 *	 "created":"2026-11-24T19:36:39.123Z","expires":null}]}
 *
 * No such file means no pins, and nothing else means that: a file that can't
 * be read, is damaged, or was written by a newer ckptfs is an error, and stops
 * whoever would remove something.  Members that we don't know survive.
 *
 * A running pipeline knows no pins and removes what it likes.  So pins are
 * changed under the root's lock, as all that changes a root, and beside a
 * pipeline that is EBUSY; what helps there is an archive.
 */
#ifndef CKPTFS_PINS_H
#define CKPTFS_PINS_H

#include "ckptfs/ckpt.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How many pins a root may have: people pin by hand or by a nightly job, and
 * each gc looks at all of them. */
#define CKPT_PINS_MAX 10000
/** The last moment of the year 9999, in milliseconds since the epoch: later ones
 * have no RFC 3339. */
#define CKPT_PIN_EXPIRES_MAX INT64_C(253402300799999)
/** Bytes of a pin's name, which becomes the name of a link. */
#define CKPT_PIN_NAME_MAX 255

/** One pin.  It never grows. */
struct ckpt_pin {
	char *name;	       /**< as it was given */
	struct ckpt_uuid uuid; /**< perhaps not in the catalog any more */
	int64_t created_ms;    /**< milliseconds since the epoch */
	bool expires;	       /**< false: never */
	int64_t expires_ms;    /**< the moment from which on it holds nothing, likewise */
	char *text;	       /**< as JSON, unknown members and all */
};
/** The pins of a root. */
struct ckpt_pins {
	struct ckpt_pin *pin;	     /**< sorted by name (strcmp) */
	size_t n;		     /**< how many */
	char *rest;		     /**< the other members of the file, as JSON; NULL: no file */
	struct ckpt_version version; /**< changes when the file does */
	uint64_t reserved[2];	     /**< 0 */
};
/** No pins. */
#define CKPT_PINS_INIT                                                                                       \
	{                                                                                                    \
		0                                                                                            \
	}

/** Whether it may be the name of a pin: 1 to 255 bytes of UTF-8, one path
 * component, nothing in it that can't be shown as it is (control characters,
 * marks that turn the direction of the text). */
bool ckpt_pin_name_ok(const char *name);
/** Whether it holds nothing any more at now_ms, in milliseconds since the epoch. */
bool ckpt_pin_is_expired(const struct ckpt_pin *p, int64_t now_ms);

/** Read the pins of a root, expired ones too.  One small file: cheap enough to
 * be read whenever it has changed, and out->version says whether it has.  A
 * damaged file is EUCLEAN, one beyond its bounds EFBIG.  Release *out also
 * after an error. */
int ckpt_pins_read(struct ckpt_store *store, struct ckpt_pins *out, struct ckpt_err *err);
/** Free what they hold. */
void ckpt_pins_release(struct ckpt_pins *pins);

/** Pin a checkpoint; expires_ms, milliseconds since the epoch, may be NULL
 * (never).  Durable when it returns 0.  EEXIST if the name is taken, even if by
 * a pin of this same checkpoint: to change a pin, unpin first.  ENOENT if the
 * catalog does not have the checkpoint; EINVAL for a bad name, an expiry that is
 * not in the future, and one pin too many; EBUSY where a pipeline runs.
 * *out (may be NULL) is what then lies on disk; release it also after an
 * error. */
int ckpt_pin(struct ckpt_root *root, const char *name, const struct ckpt_uuid *uuid,
	     const int64_t *expires_ms, struct ckpt_pins *out, struct ckpt_err *err);
/** Take a pin away, durably.  ENOENT if there is no such pin; otherwise as
 * ckpt_pin(). */
int ckpt_unpin(struct ckpt_root *root, const char *name, struct ckpt_pins *out, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
