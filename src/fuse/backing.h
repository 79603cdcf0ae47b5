/* backing.h - files that the kernel reads itself
 *
 * Passthrough: with a backing id in the answer to open, the kernel reads the
 * file of the root directly: no request, no copy, no second page cache.  An id
 * is registered (a callback: it takes a privilege that we have given up), and
 * given back once nothing of the inode is open any more.
 *
 * One inode, one way.  For the kernel all open files of an inode (a node of
 * ours) have the same backing id, or none of them has one; an open that goes
 * the other way fails with EIO.  So the first one to open a node decides, those
 * who come meanwhile wait for that, and it stays so until the last has closed.
 * The kernel has forgotten the id of an inode by the time that we hear of its
 * last close, so the next one to open may decide anew.
 *
 * Where it can't be had (an ordinary user's mount, an older kernel or libfuse,
 * a root on a stacked file system) the kernel caches what it reads through us.
 * What is true of the whole mount turns passthrough off, with the reason.
 * Small files are read through us anyway: where nobody has read one yet, the kernel
 * is given all of it before the open is answered, and never asks.
 *
 * Giving waits for pages that the kernel reads into, and that may be waiting for an
 * answer of ours.  So it is done by the one who decides: before that nothing of the
 * node is open, and since the last close nothing of it is read.
 */
#ifndef CKPT_FUSE_BACKING_H
#define CKPT_FUSE_BACKING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"

/* Files below this are read through us: one request, which brings all of it, and
 * then the kernel has it, is less than to register and to give back. */
#define CKPT_BACKING_MIN (128 * 1024)

/* Nodes that are open are found by their numbers; a chain of some ten where
 * 10,000 are open at once. */
#define CKPT_BACKING_BUCKETS 1024

/* A node that is open. */
struct ckpt_backing {
	struct ckpt_backing *next;
	uint64_t node;
	unsigned open;
	bool deciding;
	/* Fixed once decided. */
	int id;	    /* 0: none */
	bool given; /* the kernel has all of it */
};

struct ckpt_backings {
	int (*open)(void *ctx, int fd);
	void (*close)(void *ctx, int id);
	void *ctx;
	/* Give the kernel all bytes of a small file; false: it did not take them.  NULL
	 * where it can't. */
	bool (*give)(void *giver, uint64_t node, int fd, size_t size);
	void *giver;
	struct ckpt_log *log;

	pthread_mutex_t lock;
	pthread_cond_t decided;
	/* Under lock. */
	struct ckpt_backing *bucket[CKPT_BACKING_BUCKETS];
	bool on;	 /* from init until something turns it off */
	const char *why; /* it is not on; a constant */
	uint64_t registered, given_back, refused;
};

void ckpt_backings_init(struct ckpt_backings *b);
void ckpt_backings_release(struct ckpt_backings *b);
/* The kernel was asked; why: it can't (a constant), or NULL: it can. */
void ckpt_backings_turn_on(struct ckpt_backings *b, const char *why);

/* One more open file of a node, whose bytes are fd's, so many (-1: to be asked).  If it is the first, wanted:
 * by passthrough; fresh: nobody has read it, so the kernel is given it if it is small.  NULL: no memory.  To
 * be closed before or after its answer to the kernel has failed, or once the kernel has closed it. */
struct ckpt_backing *ckpt_backing_open(struct ckpt_backings *b, uint64_t node, int fd, int64_t size,
				       bool wanted, bool fresh);
void ckpt_backing_close(struct ckpt_backings *b, struct ckpt_backing *n); /* NULL is allowed */

struct ckpt_backing_stats {
	bool on;
	const char *why; /* it is not; a constant */
	uint64_t open, registered, refused;
};
void ckpt_backings_stats(struct ckpt_backings *b, struct ckpt_backing_stats *out);
/* Members of status.json. */
void ckpt_backings_status(struct ckpt_backings *b, struct ckpt_buf *out);

#endif
