/** @file
 * uuid.h - the name of a checkpoint
 *
 * A checkpoint is named by a uuid, and so is its directory in the storage
 * root: 36 characters, lower case.  Feldera makes them by version 7, so that
 * they carry the time at which they were made.
 *
 * These functions neither allocate nor fail otherwise than they say, and may be
 * called by any thread.
 */
#ifndef CKPTFS_UUID_H
#define CKPTFS_UUID_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the text of a uuid: 36 characters and a NUL. */
#define CKPT_UUID_TEXT 37

/** A uuid; it never grows. */
struct ckpt_uuid {
	unsigned char b[16]; /**< as in the text, from left to right */
};

/** Read the 36-character form, upper or lower case.  Anything else, and the
 * nil uuid, is false; *out is then untouched. */
bool ckpt_uuid_parse(const char *text, struct ckpt_uuid *out);

/** Write the 36-character form in lower case; returns text. */
char *ckpt_uuid_text(const struct ckpt_uuid *u, char text[CKPT_UUID_TEXT]);

/** Total order by bytes, which for version 7 is the order of time: negative, 0
 * or positive as memcmp(3). */
int ckpt_uuid_cmp(const struct ckpt_uuid *a, const struct ckpt_uuid *b);

/** The milliseconds since the epoch that a version-7 uuid carries.  False for
 * every other version; *ms is then untouched. */
bool ckpt_uuid_time_ms(const struct ckpt_uuid *u, int64_t *ms);

/** Make a version-7 uuid of a time in milliseconds since the epoch and ten
 * random bytes. */
void ckpt_uuid_make(struct ckpt_uuid *out, int64_t ms, const unsigned char random[10]);

#ifdef __cplusplus
}
#endif

#endif
