/* limits.h - the bounds of states, and why */
#ifndef CKPT_STATE_LIMITS_H
#define CKPT_STATE_LIMITS_H

/* Types inside types: more than anybody writes by hand, and little stack. */
#define CKPT_TYPE_DEPTH_MAX 64

/* Objects inside objects, where a type contains itself. */
#define CKPT_STATE_DEPTH_MAX 1000

/* Bytes of a type's text. */
#define CKPT_TYPE_TEXT_MAX 65536

/* Bytes of the name of a state, a record, a member or a custom type. */
#define CKPT_STATE_NAME_MAX 200

/* Bytes of a state's file, which is read as a whole. */
#define CKPT_STATE_FILE_MAX ((size_t)1 << 40)

/* Items of an array that are written in no bytes at all: nothing else bounds
 * what a damaged length would ask for. */
#define CKPT_STATE_NOTHINGS_MAX ((uint64_t)1 << 20)

#endif
