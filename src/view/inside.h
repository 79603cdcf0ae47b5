/* inside.h - the inside of a struct ckpt_view, for the files of the view
 *
 * Two locks.  view->lock guards the pointer to the picture, the slots and what
 * waits to be told to the kernel; view->lease_lock the leases.  Neither is held
 * across I/O, and nobody takes one while holding the other.
 *
 * What must not run twice at once (a refresh, reading the same lists, asking
 * for the same lease) is marked as under way by a flag under the lock, and who
 * comes second waits on a condition.
 */
#ifndef CKPT_VIEW_INSIDE_H
#define CKPT_VIEW_INSIDE_H

#include <pthread.h>

#include "view/contents.h"
#include "view/inode.h"
#include "view/picture.h"
#include "view/slot.h"
#include "view/view.h"

/* What is there of a checkpoint from the first lease of it to its end.  All of it
 * under lease_lock. */
struct ckpt_use {
	struct ckpt_slot *slot;	       /* a reference, once there is a lease */
	struct ckpt_lease *lease;      /* NULL: not yet */
	struct ckpt_hold *hold;	       /* NULL: nothing is held */
	unsigned open;		       /* open files and directories */
	struct ckpt_view_file *opened; /* those that are files of the store */
	bool taking;		       /* somebody asks the store for the lease */
	int64_t last_use;	       /* monotonic ms */
	struct ckpt_use *next, *prev;  /* of those with a lease */
};

/* Something to be told: an entry of the mount's root, or an inode. */
struct ckpt_news {
	enum ckpt_change what;
	uint64_t id;
	char name[CKPT_UUID_TEXT];
};

struct ckpt_view {
	struct ckpt_store *store;
	struct ckpt_view_opts opts;

	pthread_mutex_t lock;
	pthread_cond_t turn; /* a refresh or a load has ended */
	/* Under lock. */
	struct ckpt_picture *picture; /* never NULL once the view is made */
	struct ckpt_slots slots;
	bool refreshing;
	uint64_t turns;	     /* refreshes begun */
	uint64_t turns_done; /* the number of the last one that ended */
	int turn_rc;	     /* its result; not 0: what is shown is older, and turn_err says why */
	struct ckpt_err turn_err;
	struct ckpt_news *news;
	size_t n_news, cap_news;
	bool telling; /* the thread runs, so news are taken */
	bool stopping;
	struct ckpt_slot *newest_used, *oldest_used; /* slots with kept lists */
	size_t kept_bytes;
	int64_t complaints_since;
	unsigned complaints, complaints_left_out;

	pthread_mutex_t lease_lock;
	pthread_cond_t lease_turn; /* the store has answered */
	/* Under lease_lock. */
	struct ckpt_use *leased; /* the newest first */
	size_t held;		 /* descriptors of holds */
	size_t files;		 /* all that were opened for readers: held, open, leases */
	uint64_t refused;
	bool refusing;	    /* until there is room again */
	int64_t refused_ms; /* monotonic; when the log was told; 0: never */

	/* Of start and stop, which no two threads call. */
	pthread_t thread;
	bool started;
	int wake; /* an eventfd */

	/* The thread's own. */
	struct ckpt_watch *watch;
	struct ckpt_slot *watched;
	uint64_t pictured; /* the generation that was told last */
	bool pictured_ok;  /* and how it was */
	bool watching;	   /* atomic: by hints of the store, not by looking */

	/* Atomic. */
	uint64_t controls; /* nodes of control that were given out */
	uint64_t looked;   /* checkpoints that were looked up by their name */
};

/* A reference to the current picture. */
struct ckpt_picture *ckpt_view_picture(struct ckpt_view *v);
/* It is finished, or has left: nothing of it is replaced any more. */
bool ckpt_view_fixed(struct ckpt_view *v, struct ckpt_slot *s);
/* Wake the thread. */
void ckpt_view_wake(struct ckpt_view *v);
/* Refresh as ckpt_view_refresh() does; without force a catalog that looks
 * unchanged is not read again. */
int ckpt_refresh(struct ckpt_view *v, bool force, struct ckpt_err *err);
/* What says nothing about the root, only about us at this moment. */
bool ckpt_view_passing(int rc);
/* Tell the log about damage, but not too often. */
void ckpt_complain(struct ckpt_view *v, struct ckpt_slot *s, const char *sentence);
/* Add to the news; under the lock. */
void ckpt_news_add(struct ckpt_view *v, enum ckpt_change what, uint64_t id, const char *name);

/* --- missing.c: what is not there any more -------------------------------- */

/* Something of s is not there: look at the root again, and say whether s has
 * left it (ESTALE) or is damaged (false). */
bool ckpt_view_left(struct ckpt_view *v, struct ckpt_slot *s);
/* The store refuses a file that s needs, with rc and e: what that means for
 * the one who wants it.  ESTALE if s has left, EIO if it is damaged. */
int ckpt_view_missing(struct ckpt_view *v, struct ckpt_slot *s, int rc, const struct ckpt_err *e,
		      struct ckpt_err *err);

/* --- lease.c: reading only what is protected ----------------------------- */

/* Count one more open file or directory of s, and hold its lease.  ESTALE if
 * it is being or has been removed, EIO if it can't be protected, EMFILE... */
int ckpt_lease_open(struct ckpt_view *v, struct ckpt_slot *s, bool listing, struct ckpt_err *err);
void ckpt_lease_close(struct ckpt_view *v, struct ckpt_slot *s);
/* It was used, if it is leased at all. */
void ckpt_lease_touch(struct ckpt_view *v, struct ckpt_slot *s);
void ckpt_lease_status(struct ckpt_view *v, struct ckpt_buf *out);

/* --- lease_end.c ---------------------------------------------------------- */

/* End those that are due; all, if now is INT64_MAX.  The ms until the next is
 * due, or -1. */
int64_t ckpt_lease_expire(struct ckpt_view *v, int64_t now);
/* End the one that nobody has open and that was used longest ago; false if there
 * is none. */
bool ckpt_lease_end_idle(struct ckpt_view *v);

/* --- watch.c: the view's own thread -------------------------------------- */

void *ckpt_watch_run(void *view);

#endif
