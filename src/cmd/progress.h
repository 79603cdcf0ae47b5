/* progress.h - how far a command is, for who waits for it
 *
 * On a terminal a bar in one line of standard error, which goes when the
 * command ends; elsewhere a line now and then.  Nothing at all in the first half
 * second, nor with --quiet.
 */
#ifndef CKPT_CMD_PROGRESS_H
#define CKPT_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* From now on somebody waits. */
void ckpt_progress_begin(bool quiet);
/* As env.progress (open.h). */
void ckpt_progress(void *ctx, const char *what, uint64_t done, uint64_t total);
/* Take the bar away, before anything else is said. */
void ckpt_progress_end(void);

#endif
