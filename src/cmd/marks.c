#include "cmd/marks.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/pins.h"

bool ckpt_marks_is_pinned_by(const struct ckpt_marks *m, size_t k, const struct ckpt_uuid *u)
{
	const struct ckpt_pin *p = &m->pins.pin[k];

	return ckpt_uuid_cmp(&p->uuid, u) == 0 && !ckpt_pin_is_expired(p, m->now_ms);
}

static void mark_pinned(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, struct ckpt_marks *m)
{
	struct ckpt_err why = { 0 };

	if (ckpt_pins_read(cmd->store, &m->pins, &why) != 0)
		ckpt_cmd_warn(cmd, "%s", why.msg);
	for (size_t k = 0; k < m->pins.n; k++) {
		ptrdiff_t i = ckpt_catalog_find(c, &m->pins.pin[k].uuid);

		if (i >= 0 && ckpt_marks_is_pinned_by(m, k, &c->entry[i]->uuid))
			m->mark[i] |= CKPT_MARK_PINNED;
	}
}

/* Asking disturbs nobody. */
static int mark_read(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, struct ckpt_marks *m,
		     struct ckpt_err *err)
{
	struct ckpt_err why = { 0 };
	struct ckpt_lease *none;
	char dir[CKPT_UUID_TEXT];
	bool warned = false;
	int rc;

	for (size_t i = 0; i < c->n; i++) {
		if (cmd->env.stop && cmd->env.stop(cmd->env.ctx))
			return ckpt_fail(err, EINTR, "%s: interrupted while looking at the checkpoints",
					 ckpt_store_label(cmd->store));
		if (cmd->env.progress)
			cmd->env.progress(cmd->env.ctx, "checkpoints looked at", i, c->n);
		rc = ckpt_store_lease(cmd->store, ckpt_uuid_text(&c->entry[i]->uuid, dir), CKPT_LEASE_ASK,
				      &none, &why);
		if (rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE) {
			*err = why; /* our own want */
			return rc;
		}
		if (rc == -EBUSY)
			m->mark[i] |= CKPT_MARK_READ;
		else if (rc && rc != -ENOENT) /* without a CHECKPOINT nobody can */
			m->mark[i] |= CKPT_MARK_UNSURE;
		if (m->mark[i] & CKPT_MARK_UNSURE && !warned)
			ckpt_cmd_warn(cmd, "whether somebody reads a checkpoint is not known: %s", why.msg);
		warned |= m->mark[i] & CKPT_MARK_UNSURE;
	}
	return 0;
}

int ckpt_marks_read(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, const struct ckpt_resume *resume,
		    struct ckpt_marks *out, struct ckpt_err *err)
{
	ptrdiff_t i = resume && resume->names ? ckpt_catalog_find(c, &resume->uuid) : -1;

	*out = (struct ckpt_marks){ .mark = calloc(c->n + 1, sizeof(*out->mark)),
				    .now_ms = ckpt_cmd_now_ms(cmd) };
	if (!out->mark)
		return ckpt_fail_nomem(err);
	if (i >= 0)
		out->mark[i] |= CKPT_MARK_RESUMES;
	mark_pinned(cmd, c, out);
	return mark_read(cmd, c, out, err);
}

void ckpt_marks_release(struct ckpt_marks *m)
{
	free(m->mark);
	ckpt_pins_release(&m->pins);
	*m = (struct ckpt_marks){ 0 };
}
