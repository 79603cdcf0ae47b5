/* awake.h - wait for a moment without sleeping
 *
 * The next request of somebody who reads file after file is some microseconds away, and
 * to be woken is most of the time that a small answer takes, also for the one who wakes;
 * more where a sleeping processor is a virtual one.  So a thread looks again and again for
 * a moment before it sleeps.  How long follows from how soon the last ones came, and
 * nothing is taken from anybody: where somebody else gets the processor at a yield, it
 * sleeps from then on.
 */
#ifndef CKPT_FUSE_AWAKE_H
#define CKPT_FUSE_AWAKE_H

#include <stdbool.h>
#include <stdint.h>

struct ckpt_awake {
	int64_t since; /* when it began to wait */
	int64_t ns;    /* how long of that it stays awake */
};

/* Something can be read from fd. */
bool ckpt_awake_has(int fd);
/* Return once there is, or when it is time to sleep.  allowed: else sleep at once. */
void ckpt_awake_wait(struct ckpt_awake *a, int fd, bool allowed);
/* It came, or not: decide for the next time. */
void ckpt_awake_came(struct ckpt_awake *a);

#endif
