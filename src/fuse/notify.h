/* notify.h - telling the kernel what it must forget
 *
 * The kernel takes the lock of a directory to forget a name in it, and may
 * hold that lock while it waits for an answer of ours.  So it is told by a
 * thread of its own, which answers nothing and holds no lock of ours.
 *
 * The same lock makes the order right: a look-up in a directory that is under
 * way when the picture changes has reached the kernel before its name is
 * forgotten.
 */
#ifndef CKPT_FUSE_NOTIFY_H
#define CKPT_FUSE_NOTIFY_H

#include "view/view.h"

/* News that wait; whoever brings more waits until there is room, so none is
 * lost. */
#define CKPT_NOTIFY_QUEUE 4096

struct ckpt_notify;
struct fuse_session;

/* NULL: no memory, or no thread. */
struct ckpt_notify *ckpt_notify_new(struct fuse_session *se);
/* No news are told any more, and nobody waits; add does nothing. */
void ckpt_notify_stop(struct ckpt_notify *n);
void ckpt_notify_free(struct ckpt_notify *n); /* NULL is allowed */

void ckpt_notify_add(struct ckpt_notify *n, const struct ckpt_change_event *event);

#endif
