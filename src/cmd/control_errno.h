/* control_errno.h - what a write to control may fail with
 *
 * The sentence in the answer tells the rest.
 */
#ifndef CKPT_CMD_CONTROL_ERRNO_H
#define CKPT_CMD_CONTROL_ERRNO_H

struct ckpt_control_errno {
	int code, as;
	const char *name; /* of as */
};
#define CKPT_CONTROL_ERRNOS 12
extern const struct ckpt_control_errno ckpt_control_errnos[CKPT_CONTROL_ERRNOS];

/* Anything that is not there (a damaged file, no memory, too many files) is EIO. */
const struct ckpt_control_errno *ckpt_control_errno_of(int code);

#endif
