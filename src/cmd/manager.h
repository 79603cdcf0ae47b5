/* manager.h - the service manager that has started us
 *
 * systemd's notification protocol: text in a datagram to the socket that
 * NOTIFY_SOCKET names, when the mount is usable, how it goes, that it ends, and,
 * where WATCHDOG_USEC asks for it, a sign of life now and then.  Without that
 * socket nothing happens.  Only of what runs in the foreground: what has gone to the background
 * is not the process that is waited for.
 *
 * Why not libsystemd: it is a datagram whose text systemd promises to keep, and
 * so a daemon that is confined, and distributions without systemd, need no
 * library (journal.h).
 *
 * A sign of life says that no thread keeps a lock for ever: whoever gives it asks the
 * view something first.  That a disk is slow is no reason to be killed, since with
 * the daemon goes what it holds open for readers.
 */
#ifndef CKPT_CMD_MANAGER_H
#define CKPT_CMD_MANAGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ckptfs/err.h"

struct ckpt_manager {
	int fd;		 /* -1: there is none */
	int64_t beat_ms; /* between two signs of life; 0: none are wanted */
	void (*look)(void *ctx);
	void *ctx;
	/* Of begin and end. */
	pthread_t thread;
	bool beating;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool end; /* under lock */
};

#define CKPT_MANAGER_INIT                                                                                    \
	{                                                                                                    \
		.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}

/* Connect, before we are confined and before any thread; what the environment
 * says of it is gone afterwards, so that no child takes it for its own. */
void ckpt_manager_open(struct ckpt_manager *m, bool foreground);
/* Lines of the protocol: "READY=1", "STOPPING=1". */
void ckpt_manager_tell(const struct ckpt_manager *m, const char *lines);
/* STATUS=, made of a sentence; with the errno of an end that was none. */
void ckpt_manager_status(const struct ckpt_manager *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void ckpt_manager_failed(const struct ckpt_manager *m, const struct ckpt_err *why);
/* Give signs of life from now on, each after a look; until close. */
int ckpt_manager_begin(struct ckpt_manager *m, void (*look)(void *ctx), void *ctx, struct ckpt_err *err);
void ckpt_manager_close(struct ckpt_manager *m);

#endif
