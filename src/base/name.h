/* name.h - what a name in a storage root may be
 *
 * Names in the catalog and in dependencies files come from outside.  A name
 * is one path component: never empty, "." or "..", without '/' or NUL, at
 * most 255 bytes.  These predicates are the only place that decides it.
 */
#ifndef CKPT_BASE_NAME_H
#define CKPT_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define CKPT_NAME_MAX 255

/* The names of the format, in one place. */
#define CKPT_CATALOG "checkpoints.feldera"
#define CKPT_MARKER "CHECKPOINT"
#define CKPT_DEPENDENCIES "dependencies.json"
#define CKPT_STATE "state.json"
#define CKPT_STEPS "steps.bin"
#define CKPT_PIDLOCK "feldera.pidlock"
#define CKPT_PINS "ckptfs-pins.json"
#define CKPT_LOST_FOUND "lost+found"
#define CKPT_SPINE_PREFIX "pspine-batches"

/* One valid path component. */
bool ckpt_name_ok(const char *name, size_t len);

/* One of the root's own names: never removed, never a batch or state file,
 * whatever type it has. */
bool ckpt_name_is_own(const char *name);

/* A valid batch: one component that ends in ".feldera" and is not an own
 * name. */
bool ckpt_name_is_batch(const char *name, size_t len);

/* A valid state file: one component, not an own name.  (state.json inside a
 * checkpoint's directory is the controller's, not a state file.) */
bool ckpt_name_is_state_file(const char *name, size_t len);

/* A regular file at the top level that Feldera may have made and a sweep may
 * therefore remove: its extension is "feldera" or "mut". */
bool ckpt_name_is_sweepable(const char *name);

/* A file that somebody is writing, or did not finish, anywhere. */
bool ckpt_name_is_temporary(const char *name);

#endif
