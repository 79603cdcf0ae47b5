#include "view/inside.h"
#include "view/limits.h"

static void unlink_kept(struct ckpt_view *v, struct ckpt_slot *s)
{
	struct ckpt_listed *l = s->listed;

	*(l->newer ? &l->newer->listed->older : &v->newest_used) = l->older;
	*(l->older ? &l->older->listed->newer : &v->oldest_used) = l->newer;
	l->newer = l->older = NULL;
}

static void link_kept(struct ckpt_view *v, struct ckpt_slot *s)
{
	struct ckpt_listed *l = s->listed;

	l->older = v->newest_used;
	l->newer = NULL;
	*(l->older ? &l->older->listed->newer : &v->oldest_used) = s;
	v->newest_used = s;
}

static void unkeep(struct ckpt_view *v, struct ckpt_slot *s)
{
	if (!s->listed || !s->listed->contents)
		return;
	unlink_kept(v, s);
	v->kept_bytes -= s->listed->contents->bytes;
	ckpt_contents_unref(s->listed->contents);
	s->listed->contents = NULL;
}

void ckpt_contents_drop(struct ckpt_view *v, struct ckpt_slot *s)
{
	unkeep(v, s);
	ckpt_slot_unlisted(s);
}

void ckpt_contents_keep(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents *c)
{
	struct ckpt_slot *old, *next;

	unkeep(v, s);
	s->listed->contents = ckpt_contents_ref(c);
	v->kept_bytes += c->bytes;
	link_kept(v, s);
	/* The lists of one that is read can't be read again once it has left. */
	for (old = v->oldest_used; old && v->kept_bytes > CKPT_CONTENTS_CACHE; old = next) {
		next = old->listed->newer;
		if (old->present && old != s && !ckpt_slot_leased(old))
			ckpt_contents_drop(v, old);
	}
}

struct ckpt_contents *ckpt_contents_kept(struct ckpt_view *v, struct ckpt_slot *s)
{
	if (!s->listed->contents)
		return NULL;
	unlink_kept(v, s);
	link_kept(v, s);
	return ckpt_contents_ref(s->listed->contents);
}
