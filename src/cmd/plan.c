#include "cmd/plan.h"

#include <inttypes.h>
#include <string.h>

#include "cmd/jsonout.h"
#include "cmd/table.h"

/* "file", "directory/file", "directory/". */
static void item_name(const struct ckpt_item *it, struct ckpt_buf *out)
{
	ckpt_buf_clear(out);
	if (it->dir)
		ckpt_buf_addf(out, "%s/", it->dir);
	if (it->name)
		ckpt_buf_adds(out, it->name);
}

static void items_json(struct ckpt_buf *out, const struct ckpt_plan *p)
{
	struct ckpt_buf name = CKPT_BUF_INIT;
	size_t i;

	ckpt_jo_open(out, "items", '[');
	for (i = 0; i < p->n_items; i++) {
		item_name(&p->items[i], &name);
		if (name.failed) {
			out->failed = true;
			break;
		}
		ckpt_jo_open(out, NULL, '{');
		ckpt_jo_text(out, "name", name.data);
		ckpt_jo_u64(out, "bytes", p->items[i].bytes);
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_close(out, ']');
	ckpt_buf_release(&name);
}

void ckpt_plan_checkpoints_json(struct ckpt_buf *out, const struct ckpt_plan *p)
{
	ckpt_jo_uuids(out, "removed", p->removed, p->n_removed);
	ckpt_jo_open(out, "kept", '[');
	for (size_t i = 0; i < p->n_kept; i++)
		ckpt_jo_reason(out, &p->kept[i].uuid, p->kept[i].why);
	ckpt_jo_close(out, ']');
}

/* A sweep removes names of the root, a directory as a whole. */
static void swept_json(struct ckpt_buf *out, const struct ckpt_plan *p)
{
	ckpt_jo_open(out, "removed", '[');
	for (size_t i = 0; i < p->n_items; i++)
		if (!p->items[i].dir || !p->items[i].name)
			ckpt_jo_text(out, NULL, p->items[i].dir ? p->items[i].dir : p->items[i].name);
	ckpt_jo_close(out, ']');
}

static void names_json(struct ckpt_buf *out, const char *key, char *const *name, size_t n)
{
	size_t i;

	ckpt_jo_open(out, key, '[');
	for (i = 0; i < n; i++)
		ckpt_jo_text(out, NULL, name[i]);
	ckpt_jo_close(out, ']');
}

void ckpt_plan_left_json(struct ckpt_buf *out, const struct ckpt_plan *p)
{
	size_t i;

	ckpt_jo_open(out, "left", '[');
	for (i = 0; i < p->n_left; i++)
		ckpt_jo_text(out, NULL, p->left[i].name);
	ckpt_jo_close(out, ']');
	ckpt_jo_open(out, "left_why", '[');
	for (i = 0; i < p->n_left; i++) {
		ckpt_jo_open(out, NULL, '{');
		ckpt_jo_text(out, "name", p->left[i].name);
		ckpt_jo_text(out, "why", p->left[i].why);
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_close(out, ']');
}

static void print_json(struct ckpt_buf *out, const struct ckpt_plan *p, enum ckpt_plan_kind kind,
		       bool dry_run)
{
	ckpt_jo_open(out, NULL, '{');
	if (dry_run)
		ckpt_jo_bool(out, "dry_run", true);
	if (kind == CKPT_PLAN_SWEEP) {
		ckpt_jo_u64(out, "usage", p->usage);
		swept_json(out, p);
		names_json(out, "missing", p->missing, p->n_missing);
	} else {
		ckpt_plan_checkpoints_json(out, p);
	}
	ckpt_jo_u64(out, "files", p->files);
	ckpt_jo_u64(out, "bytes", p->bytes);
	ckpt_plan_left_json(out, p);
	/* After the fact the sums say it; before, every file by name. */
	if (dry_run)
		items_json(out, p);
	names_json(out, "notes", p->notes, p->n_notes);
	ckpt_jo_close(out, '}');
}

static void items_text(struct ckpt_buf *out, const struct ckpt_plan *p)
{
	struct ckpt_buf name = CKPT_BUF_INIT;
	struct ckpt_table t;
	size_t i;

	ckpt_table_init(&t, "lrl");
	for (i = 0; i < p->n_items; i++) {
		item_name(&p->items[i], &name);
		ckpt_table_cell(&t, "remove");
		ckpt_table_cell(&t, "%" PRIu64, p->items[i].bytes);
		ckpt_table_shown(&t, name.failed ? "" : name.data, name.failed ? 0 : name.len);
		out->failed |= name.failed;
	}
	ckpt_table_end(&t, out);
	ckpt_buf_release(&name);
}

static void kept_text(struct ckpt_buf *out, const struct ckpt_plan *p)
{
	char uuid[CKPT_UUID_TEXT];
	size_t i;

	for (i = 0; i < p->n_kept; i++)
		ckpt_buf_addf(out, "keep %s: %s\n", ckpt_uuid_text(&p->kept[i].uuid, uuid), p->kept[i].why);
}

/* Lines of a word, a name from outside, and more. */
static void name_line(struct ckpt_buf *out, const char *word, const char *name, const char *why)
{
	ckpt_buf_addf(out, "%s ", word);
	ckpt_buf_add_shown(out, name, strlen(name));
	if (why)
		ckpt_buf_addf(out, ": %s", why);
	ckpt_buf_addc(out, '\n');
}

static void sum_text(struct ckpt_buf *out, const struct ckpt_plan *p, enum ckpt_plan_kind kind, bool dry_run)
{
	char bytes[CKPT_TEXT_MAX], usage[CKPT_TEXT_MAX];
	const char *verb = dry_run ? "would remove" : "removed";

	ckpt_size_text(p->bytes, bytes);
	if (kind != CKPT_PLAN_SWEEP)
		ckpt_buf_addf(out, "%s %zu checkpoint%s: %" PRIu64 " file%s, %s\n", verb, p->n_removed,
			      ckpt_plural(p->n_removed), p->files, ckpt_plural(p->files), bytes);
	else
		ckpt_buf_addf(out, "%s %" PRIu64 " file%s, %s; %s %s in use\n", verb, p->files,
			      ckpt_plural(p->files), bytes, ckpt_size_text(p->usage, usage),
			      dry_run ? "would be" : "are");
}

static void print_text(struct ckpt_buf *out, const struct ckpt_plan *p, enum ckpt_plan_kind kind,
		       bool dry_run)
{
	size_t i;

	items_text(out, p);
	if (kind == CKPT_PLAN_GC)
		kept_text(out, p);
	for (i = 0; i < p->n_missing; i++)
		name_line(out, "missing", p->missing[i], "a checkpoint needs it");
	for (i = 0; i < p->n_left; i++)
		name_line(out, "left", p->left[i].name, p->left[i].why);
	for (i = 0; i < p->n_notes; i++)
		name_line(out, "note:", p->notes[i], NULL);
	sum_text(out, p, kind, dry_run);
}

static void print(struct ckpt_cmd *cmd, const struct ckpt_plan *plan, enum ckpt_plan_kind kind, bool dry_run,
		  bool json)
{
	if (plan->failed)
		cmd->out.failed = true;
	else if (json)
		print_json(&cmd->out, plan, kind, dry_run);
	else
		print_text(&cmd->out, plan, kind, dry_run);
	/* A sweep always leaves lost+found; it says so in its answer. */
	if (!dry_run && !json && plan->n_left && kind != CKPT_PLAN_SWEEP)
		ckpt_cmd_warn(cmd, "%s: %zu name%s could not be removed; 'ckptfs sweep' finishes it",
			      ckpt_store_label(cmd->store), plan->n_left, ckpt_plural(plan->n_left));
}

int ckpt_plan_end(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_plan *plan,
		  enum ckpt_plan_kind kind, int rc)
{
	if (rc == 0 || plan->n_removed || plan->n_items)
		print(cmd, plan, kind, ckpt_args_has(args, "dry-run"), args->json);
	ckpt_plan_release(plan);
	return rc;
}
