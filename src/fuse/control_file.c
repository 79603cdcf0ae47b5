#include "fuse/control_file.h"

#include <stdlib.h>

bool ckpt_control_counted(enum ckpt_ctl ctl)
{
	return ctl != CKPT_CTL_STATUS && ctl != CKPT_CTL_METRICS;
}

struct ckpt_control_file *ckpt_control_new(struct ckpt_fuse *f, enum ckpt_ctl ctl)
{
	struct ckpt_control_file *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	c->refs = 1;
	c->fuse = f;
	c->ctl = ctl;
	c->fresh = ctl == CKPT_CTL_CONTROL;
	if (ckpt_control_counted(ctl))
		__atomic_add_fetch(&f->controls, 1, __ATOMIC_RELAXED);
	return c;
}

void ckpt_control_ref(struct ckpt_control_file *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
}

void ckpt_control_unref(struct ckpt_control_file *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (ckpt_control_counted(c->ctl))
		__atomic_sub_fetch(&c->fuse->controls, 1, __ATOMIC_RELAXED);
	pthread_mutex_destroy(&c->lock);
	ckpt_buf_release(&c->text);
	free(c);
}

void ckpt_control_answer(struct ckpt_control_file *c, struct ckpt_buf *answer)
{
	struct ckpt_buf before;

	pthread_mutex_lock(&c->lock);
	before = c->text;
	c->text = *answer;
	c->at = 0;
	c->fresh = false;
	pthread_mutex_unlock(&c->lock);
	ckpt_buf_release(&before);
	*answer = (struct ckpt_buf)CKPT_BUF_INIT;
}
