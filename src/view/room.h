/* room.h - descriptors, of which a process may have only so many
 *
 * Whoever opens something for a reader asks for room first.  What is held and what
 * readers have open stops at three quarters, so that there are leases to be had:
 * without one nothing may be read, or even listed.  What lies beyond the view's
 * bound is left for the catalog and for commands.
 *
 * Where there is no room, what nobody uses goes first: idle leases with what they
 * hold, the one used longest ago before the others; then what is held of the
 * checkpoint that was leased first.  Only then it is EMFILE, which is counted, said
 * in status.json, and now and then in the log.  So one client that opens more and
 * more is slowed down and then refused, and the others go on.
 */
#ifndef CKPT_VIEW_ROOM_H
#define CKPT_VIEW_ROOM_H

#include "view/inside.h"

enum ckpt_room {
	CKPT_ROOM_HOLD,
	CKPT_ROOM_OPEN,	 /* a file that a reader wants */
	CKPT_ROOM_LEASE, /* of a checkpoint */
};

/* Room for one descriptor, at nobody's cost; EMFILE. */
int ckpt_room_take(struct ckpt_view *v, enum ckpt_room kind, struct ckpt_err *err);
/* The same for a reader who waits: what nobody uses makes room (room_make.c). */
int ckpt_room_make(struct ckpt_view *v, enum ckpt_room kind, struct ckpt_err *err);
void ckpt_room_give(struct ckpt_view *v);
/* The system refused one although there was room: it is said too. */
void ckpt_room_refused(struct ckpt_view *v);
void ckpt_room_stats(struct ckpt_view *v, struct ckpt_view_stats *out);

#endif
