/** @file
 * state.h - objects that write themselves to bytes and come back
 *
 * The counterpart of Feldera's Checkpoint trait.  An object of a C program is
 * described by a struct ckpt_type: what it is made of and where its parts lie.
 * From that description alone ckptfs writes the object to bytes, makes it
 * again from them, counts its entries and frees it.
 *
 * There are ready types for numbers, strings and bytes, and makers for
 * optional, boxed, repeated and composed ones.  They are constants and nest
 * freely, also into themselves through an optional, a box or an array:
 *
 *	struct word { char *text; uint64_t count; };
 *	static const struct ckpt_member word_members[] = {
 *		CKPT_MEMBER(struct word, text, &ckpt_type_string),
 *		CKPT_MEMBER(struct word, count, &ckpt_type_u64),
 *	};
 *	static const struct ckpt_type word = CKPT_RECORD("word", struct word, word_members);
 *	static const struct ckpt_type words = CKPT_ARRAY_OF(&word);
 *
 * The bytes carry the text of the type ("array<record word{text: string,
 * count: u64}>"), so that a program whose state has changed is told how, and a
 * checksum.  They are the same on every machine; docs/state-format.md has them.
 *
 * Memory.  What hangs on an object (a string, the items of an array) is on the
 * heap, one malloc() each, and belongs to the object.  ckpt_state_release()
 * frees it.  An object is initialised by ckpt_state_init() or, where it holds no
 * CKPT_EMPTY with a default, by zeros.
 *
 * Errors: 0 or a negative errno, and a sentence (err.h; err may be NULL).  EUCLEAN: the bytes
 * are damaged.  EINVAL: they are of another type, or the object can't be
 * written (a box that holds nothing).  ENOTSUP: of a later version.  ERANGE: a
 * number does not fit this machine's.  ELOOP: nested too deeply.
 *
 * Threads.  No function here has a state of its own: any number of them may
 * run at the same time, on different objects, or reading the same one.
 */
#ifndef CKPTFS_STATE_H
#define CKPTFS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/custom.h"
#include "ckptfs/err.h"
#include "ckptfs/type.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- to bytes and back --------------------------------------------------- */

/** Write an object (Feldera's Checkpoint::checkpoint).  *out is on the heap: the
 * caller frees out->data.  It is zeros on failure. */
int ckpt_state_checkpoint(const struct ckpt_type *type, const void *object, struct ckpt_bytes *out,
			  struct ckpt_err *err);
/** Make the object what the bytes say (Feldera's Checkpoint::restore).  What it
 * held before is released; on failure it is as it was.  what names the bytes in
 * sentences ("state words"). */
int ckpt_state_restore(const struct ckpt_type *type, void *object, const void *data, size_t len,
		       const char *what, struct ckpt_err *err);

/** Give an object that is no object yet its first value: zeros, and defaults. */
void ckpt_state_init(const struct ckpt_type *type, void *object);
/** Free what hangs on an object, and initialise it again. */
void ckpt_state_release(const struct ckpt_type *type, void *object);

/** The text of a type, as the bytes carry it.  On the heap, the caller's; NULL on
 * failure (EINVAL: the type is made of what can be none; ELOOP: nested too
 * deeply; E2BIG: longer than 64 KiB). */
char *ckpt_type_text(const struct ckpt_type *type, struct ckpt_err *err);

/** A state of a program: an object under a name.  It never grows. */
struct ckpt_state {
	const char *name;	      /**< that of its file without ".dat"; as of a type's */
	const struct ckpt_type *type; /**< never NULL */
	void *object;		      /**< the program's own */
};
/** The fingerprint of a program: a number made of its n states' names and types
 * (in any order), so that it changes when they do.  The same on every machine,
 * and by every version of this library. */
int ckpt_states_fingerprint(const struct ckpt_state *states, size_t n, uint64_t *out, struct ckpt_err *err);

/* --- counting, as Feldera's NumEntries ----------------------------------- */

/** How many entries an object has (Feldera's NumEntries::num_entries_shallow).
 * Scalars, strings and records count 1; an array counts its items.  A box
 * counts what it holds; an optional 1, or what it holds. */
uint64_t ckpt_entries_shallow(const struct ckpt_type *type, const void *object);
/** The same (NumEntries::num_entries_deep), but of an array each item with all
 * that it holds. */
uint64_t ckpt_entries_deep(const struct ckpt_type *type, const void *object);
/** Whether every object of the type has the same number
 * (NumEntries::CONST_NUM_ENTRIES), and which. */
bool ckpt_entries_constant(const struct ckpt_type *type, uint64_t *n);

#ifdef __cplusplus
}
#endif

#endif
