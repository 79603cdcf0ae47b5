/* refused.h - what becomes of a call that the seccomp filter refuses
 *
 * The filter answers with SIGSYS (SCMP_ACT_TRAP), and its handler makes the call
 * fail with EPERM.  Not with ERRNO at once, since then only the kernel's log
 * would know, which nobody in a container reads; not by a notification to a
 * process that watches, since whoever holds its descriptor can let calls
 * through.  The handler may do next to nothing, so it writes the call's number
 * into a pipe; a thread reads it and puts a line into the log, one for each
 * kind of call.
 */
#ifndef CKPT_CMD_REFUSED_H
#define CKPT_CMD_REFUSED_H

#include <stdbool.h>

#include "base/log.h"
#include "ckptfs/err.h"

/* Whether the handler can answer for a call on this machine. */
bool ckpt_refused_can_answer(void);
/* Before the filter, once a process. */
int ckpt_refused_init(struct ckpt_err *err);
/* After it, so that the thread is confined like the others. */
int ckpt_refused_start(struct ckpt_log *log, struct ckpt_err *err);
/* Everything that was refused is in the log.  Before it is freed. */
void ckpt_refused_stop(void);

#endif
