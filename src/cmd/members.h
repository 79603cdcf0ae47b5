/* members.h - the members of a JSON object, looked at in its text
 *
 * The text is compact, as the engine keeps that of an entry; whatever is in it,
 * nothing beyond its end is looked at.
 */
#ifndef CKPT_CMD_MEMBERS_H
#define CKPT_CMD_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

/* A name is without its quotes, but with its escapes. */
struct ckpt_member {
	const char *name, *value;
	size_t name_len, value_len;
};

/* One after the other; begin with an empty one. */
bool ckpt_member_next(const char *object, size_t len, struct ckpt_member *m);
/* Whether there is one of that name (ASCII), however it is escaped. */
bool ckpt_member_there(const char *object, size_t len, const char *name);

#endif
