/* value.h - what is behind the '=' of an option */
#ifndef CKPT_CMD_VALUE_H
#define CKPT_CMD_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* A whole number: digits, and nothing else. */
bool ckpt_value_u64(const char *text, uint64_t *out);
bool ckpt_value_utf8(const char *text);

#endif
