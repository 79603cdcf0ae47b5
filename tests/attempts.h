/* attempts.h - what somebody would try who has taken a daemon over
 *
 * Each is made by an actor (actor.h), either as a system call or, where there
 * is an operation for it, through its ring.  The table says what has to come
 * of it.
 */
#ifndef CKPTFS_TESTS_ATTEMPTS_H
#define CKPTFS_TESTS_ATTEMPTS_H

#include <netinet/in.h>
#include <sys/un.h>

#include "tests/actor.h"

struct ckpt_world {
	struct ckpt_actor actor;
	bool ring;	 /* through the ring what can be */
	const char *dir; /* root/, secret, open/ (for everybody), mnt/ */
	int root;	 /* the process's descriptor of dir/root */
	pid_t victim;	 /* a process of the same user */
	struct sockaddr_in tcp, udp;
	struct sockaddr_un abstract, path;
	socklen_t abstract_len, path_len;
};

enum ckpt_refusal {
	BY_CALLS,   /* seccomp: EPERM */
	NO_SUCH,    /* seccomp: ENOSYS */
	BY_FILES,   /* Landlock: EACCES; with another root directory it isn't there */
	BY_LINK,    /* as that, and EXDEV */
	BY_NETWORK, /* Landlock, or an empty network: nobody listens there */
	BY_PLACE,   /* only root's mount: an empty network, another root directory */
};

struct ckpt_attempt {
	const char *what;
	long (*go)(struct ckpt_world *w); /* -errno, or it worked */
	enum ckpt_refusal refusal;
	bool by_ring; /* there is an operation for it */
	bool works;   /* the user may do that, where he is not confined */
};

extern const struct ckpt_attempt ckpt_attempts[];
extern const size_t ckpt_n_attempts;

#endif
