/* broker_run.h - the inside of the broker: its process, and what is said to it
 *
 * Packets over a socket: a question, and one answer to each.
 */
#ifndef CKPT_CMD_BROKER_RUN_H
#define CKPT_CMD_BROKER_RUN_H

#include <stdint.h>

#include "cmd/broker.h"

enum ckpt_broker_verb {
	CKPT_BROKER_UNMOUNT = 'u', /* and go */
	CKPT_BROKER_GO = 'q',
	CKPT_BROKER_REGISTER = 'r', /* with a descriptor */
	CKPT_BROKER_GIVE_BACK = 'g',
	CKPT_BROKER_WATCH = 'w',
};

struct ckpt_broker_ask {
	int32_t verb;
	int32_t id; /* to give back, or of the thread to watch */
};

struct ckpt_broker_answer {
	int32_t value; /* a backing id or 0; below 0 an errno */
};

/* The life of the process; fd is its end of the socket, daemon who started it. */
_Noreturn void ckpt_broker_run(int fd, pid_t daemon, const struct ckpt_broker_job *job);

#endif
