#include "cmd/problems.h"

#include <string.h>

#include "cmd/jsonout.h"

void ckpt_problems_json(struct ckpt_buf *out, const struct ckpt_problems *p)
{
	size_t i;

	ckpt_jo_open(out, "problems", '[');
	for (i = 0; i < p->n; i++) {
		ckpt_jo_open(out, NULL, '{');
		ckpt_jo_uuid(out, "uuid", &p->problem[i].uuid);
		ckpt_jo_text(out, "file", p->problem[i].file);
		ckpt_jo_text(out, "what", p->problem[i].what);
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_close(out, ']');
}

void ckpt_problems_text(struct ckpt_buf *out, const struct ckpt_problems *p)
{
	char uuid[CKPT_UUID_TEXT];
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct ckpt_problem *q = &p->problem[i];

		/* The sentence names the file, and perhaps the checkpoint. */
		ckpt_uuid_text(&q->uuid, uuid);
		if (!strstr(q->what, uuid))
			ckpt_buf_addf(out, "%s: ", uuid);
		ckpt_buf_add_shown(out, q->what, strlen(q->what));
		ckpt_buf_addc(out, '\n');
	}
}
