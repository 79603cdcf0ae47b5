/* sync_calls.h - fsync() and syncfs() that wait for no disk, and note what they were asked
 *
 * In the place of the system's, for all of the program that has them.
 */
#ifndef CKPT_TESTS_SYNC_CALLS_H
#define CKPT_TESTS_SYNC_CALLS_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* Shared with the process that calls syncfs(). */
extern struct calls {
	pthread_mutex_t lock;
	ino_t synced[8192]; /* by fsync() */
	size_t n;
	ino_t bad;	    /* whose bytes can't be written */
	unsigned all;	    /* calls of syncfs() */
	int all_code;	    /* what they fail with */
	void (*then)(void); /* right after them */
	bool let_go;	    /* atomic; they need not wait any more */
	bool done;	    /* atomic; they did not */
} * calls;

/* Before all else; false: no memory. */
bool calls_new(void);
bool was_synced(ino_t ino);

#endif
