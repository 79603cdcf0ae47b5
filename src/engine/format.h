/* format.h - Feldera's files as values
 *
 * Three kinds of file are read here: the catalog (checkpoints.feldera), a
 * checkpoint's dependencies (dependencies.json, or the pspine-batches* files
 * of older ones), and which checkpoint a state.json belongs to.  All of them
 * are JSON with integers of 64 unsigned bits.
 *
 * The catalog is an array of independent objects, so it is cut into the text
 * of each entry first (json.h), and each entry is parsed by itself.  An entry
 * keeps its own text: a rewrite of the catalog is these texts, joined, so that
 * members unknown to us survive unchanged and in place, and an unchanged entry
 * is never parsed twice (catalog.h).
 *
 * Errors: EUCLEAN for content that breaks the format, with a sentence that
 * names the file and, where there is one, the entry and the member; EFBIG
 * above a bound.  Functions here do no I/O; the label names the file in
 * messages.
 */
#ifndef CKPT_ENGINE_FORMAT_H
#define CKPT_ENGINE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/names.h"
#include "ckptfs/err.h"
#include "engine/catalog.h"

/* Bounds.  A catalog of 50,000 entries is about 12 MB, a dependencies file of
 * 100,000 batches about 5 MB; a state.json holds what the connectors note. */
#define CKPT_CATALOG_BYTES_MAX ((size_t)64 << 20)
#define CKPT_DEPS_BYTES_MAX ((size_t)64 << 20)
#define CKPT_STATE_BYTES_MAX ((size_t)64 << 20)
#define CKPT_IDENTIFIER_MAX 65536
#define CKPT_DEPS_NAMES_MAX 1000000 /* batches, or state files, of one checkpoint */

/* Parse the text of one catalog entry into a new struct ckpt_entry (one
 * reference).  It must be an object with a valid uuid (36 characters, not
 * nil) and an unsigned fingerprint; identifier (a string), size, steps and
 * processed_records (unsigned) may be null or absent; no member twice; other
 * members are kept.  what names the entry in messages ("entry 3 of the
 * catalog /data/checkpoints.feldera"). */
int ckpt_entry_parse(const char *text, size_t len, const char *what, struct ckpt_entry **out,
		     struct ckpt_err *err);

/* A new entry (one reference), its text as Feldera writes it: compact, members
 * in Feldera's order, absent values as null. identifier may be NULL. */
struct ckpt_entry_values {
	struct ckpt_uuid uuid;
	const char *identifier;
	size_t identifier_len;
	uint64_t fingerprint;
	struct ckpt_u64 size, steps, processed_records;
};
int ckpt_entry_make(const struct ckpt_entry_values *v, struct ckpt_entry **out, struct ckpt_err *err);
/* The same with its text given, which must say what *v says. */
int ckpt_entry_new(const struct ckpt_entry_values *v, const char *text, size_t text_len,
		   struct ckpt_entry **out, struct ckpt_err *err);

/* Version 0, and two empty sets, for those who add spine files.  Release
 * *deps also after an error. */
int ckpt_deps_init(struct ckpt_deps *deps, struct ckpt_err *err);

/* Parse a dependencies.json into *deps (initialised by this function; release
 * it by ckpt_deps_release, also after an error).  Every name must be a valid
 * batch, or a valid state file. */
int ckpt_deps_parse(const char *text, size_t len, const char *label, struct ckpt_deps *deps,
		    struct ckpt_err *err);
/* The same two with the names in the order of the file, perhaps some of them
 * twice: sets that are not sealed.  The second is ckpt_deps_read() with the bytes
 * of the file; text->data (to be freed, also after an error) is NULL where there
 * is none. */
int ckpt_deps_parse_listed(const char *text, size_t len, const char *label, struct ckpt_deps *deps,
			   struct ckpt_err *err);
int ckpt_deps_read_listed(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_deps *deps,
			  struct ckpt_blob *text, struct ckpt_err *err);
int ckpt_deps_seal(struct ckpt_deps *deps, struct ckpt_err *err);
/* Add the "files" of one pspine-batches* file to deps->batches (unsealed). */
int ckpt_spine_parse(const char *text, size_t len, const char *label, struct ckpt_deps *deps,
		     struct ckpt_err *err);
/* Write a dependencies.json of deps->version (1 or 2), compact. */
void ckpt_deps_write(const struct ckpt_deps *deps, struct ckpt_buf *out);

/* The checkpoint that a state.json belongs to: its "circuit", a catalog entry
 * (one reference), or NULL where that is null or absent.  what names the
 * file. */
int ckpt_state_parse(const char *text, size_t len, const char *what, struct ckpt_entry **circuit,
		     struct ckpt_err *err);

#endif
