#include <inttypes.h>
#include <string.h>

#include "cmd/archive_job.h"
#include "cmd/jsonout.h"
#include "cmd/plan.h"
#include "cmd/table.h"

static void print_json(struct ckpt_buf *out, const struct ckpt_archive_result *r, bool keeps)
{
	const struct ckpt_archived *a = &r->archived;

	ckpt_jo_open(out, NULL, '{');
	ckpt_jo_uuids(out, "added", a->added, a->n_added);
	ckpt_jo_u64(out, "linked", a->linked);
	ckpt_jo_u64(out, "copied_bytes", a->copied_bytes);
	ckpt_jo_open(out, "skipped", '[');
	for (size_t i = 0; i < a->n_skipped; i++)
		ckpt_jo_reason(out, &a->skipped[i].uuid, a->skipped[i].why);
	ckpt_jo_close(out, ']');
	ckpt_jo_u64(out, "present", a->n_present);
	ckpt_jo_u64(out, "cloned", a->cloned);
	ckpt_jo_u64(out, "copied", a->copied);
	if (keeps) {
		ckpt_jo_u64(out, "unwanted", r->n_unwanted);
		ckpt_plan_checkpoints_json(out, &r->gc);
		ckpt_plan_left_json(out, &r->gc);
	}
	ckpt_jo_close(out, '}');
}

static void added_text(struct ckpt_buf *out, const struct ckpt_archived *a)
{
	char text[CKPT_UUID_TEXT], size[CKPT_TEXT_MAX];

	for (size_t i = 0; i < a->n_added; i++)
		ckpt_buf_addf(out, "archived %s\n", ckpt_uuid_text(&a->added[i], text));
	for (size_t i = 0; i < a->n_skipped; i++) {
		ckpt_buf_addf(out, "skipped %s: ", ckpt_uuid_text(&a->skipped[i].uuid, text));
		ckpt_buf_add_shown(out, a->skipped[i].why, strlen(a->skipped[i].why));
		ckpt_buf_addc(out, '\n');
	}
	if (a->n_added)
		ckpt_buf_addf(out,
			      "%zu checkpoint%s archived: %" PRIu64 " file%s linked, %" PRIu64
			      " cloned, %" PRIu64 " copied (%s)\n",
			      a->n_added, ckpt_plural(a->n_added), a->linked, ckpt_plural(a->linked),
			      a->cloned, a->copied, ckpt_size_text(a->copied_bytes, size));
	else if (a->n_present)
		ckpt_buf_addf(out, "nothing to archive: %zu checkpoint%s in the archive already\n",
			      a->n_present, a->n_present == 1 ? " is" : "s are");
}

/* Who stays wants to hear what happens, not each time all that does not. */
static void gc_text(struct ckpt_buf *out, const struct ckpt_plan *gc, bool all)
{
	char text[CKPT_UUID_TEXT], size[CKPT_TEXT_MAX];

	for (size_t i = 0; i < gc->n_removed; i++)
		ckpt_buf_addf(out, "removed %s\n", ckpt_uuid_text(&gc->removed[i], text));
	for (size_t i = 0; all && i < gc->n_kept; i++)
		ckpt_buf_addf(out, "keep %s: %s\n", ckpt_uuid_text(&gc->kept[i].uuid, text), gc->kept[i].why);
	if (gc->n_removed)
		ckpt_buf_addf(out,
			      "%zu checkpoint%s removed from the archive: %" PRIu64 " file%s, %s; %zu "
			      "stay%s\n",
			      gc->n_removed, ckpt_plural(gc->n_removed), gc->files, ckpt_plural(gc->files),
			      ckpt_size_text(gc->bytes, size), gc->n_kept, gc->n_kept == 1 ? "s" : "");
}

void ckpt_archive_print(const struct ckpt_archive_job *job, const struct ckpt_archive_result *r)
{
	const struct ckpt_archived *a = &r->archived;
	struct ckpt_buf *out = &job->cmd->out;

	if (job->args->json) {
		print_json(out, r, job->keep != NULL);
		return;
	}
	added_text(out, a);
	if (r->n_unwanted)
		ckpt_buf_addf(out,
			      "%zu checkpoint%s not archived, since the retention would remove %s at once\n",
			      r->n_unwanted, r->n_unwanted == 1 ? " is" : "s are",
			      r->n_unwanted == 1 ? "it" : "them");
	else if (!a->n_added && !a->n_present && !a->n_skipped && !r->gc.n_removed)
		ckpt_buf_adds(out, "nothing to archive: there is no finished checkpoint\n");
	gc_text(out, &r->gc, !ckpt_args_has(job->args, "watch"));
}

void ckpt_archive_result_release(struct ckpt_archive_result *r)
{
	ckpt_archived_release(&r->archived);
	ckpt_plan_release(&r->gc);
}
