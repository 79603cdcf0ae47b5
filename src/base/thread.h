/* thread.h - threads that no signal for the process ends up in
 *
 * Signals are for the thread that waits for them, so all are blocked in the
 * others.  But not SIGSYS: it belongs to the call that was refused (refused.h),
 * and the kernel ends a process that has it blocked.
 */
#ifndef CKPT_BASE_THREAD_H
#define CKPT_BASE_THREAD_H

#include <pthread.h>

/* As pthread_create(): 0, or an errno. */
int ckpt_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
