/* rules.h - the rules of the format, once more
 *
 * Written from the description of the format and not from the code, so that
 * the fuzz targets have a second opinion.
 */
#ifndef CKPT_TESTS_FUZZ_RULES_H
#define CKPT_TESTS_FUZZ_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the UTF-8 character at s (RFC 3629), 0: none. */
size_t rule_utf8(const char *s, size_t len);
/* C0, DEL, C1, and what separates lines or turns the direction of a text. */
bool rule_is_control(const char *s, size_t len);

bool rule_is_batch(const char *s, size_t len);
bool rule_is_state_file(const char *s, size_t len);
bool rule_is_pin_name(const char *s, size_t len);

/* 36 characters, not nil; b is filled in. */
bool rule_uuid(const char *s, size_t len, unsigned char b[16]);

/* RFC 3339 with a capital T and Z, in milliseconds since the epoch. */
bool rule_time(const char *s, size_t len, int64_t *ms);

#endif
