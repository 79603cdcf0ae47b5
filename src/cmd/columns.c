#include "cmd/columns.h"

#include <inttypes.h>
#include <string.h>

/* --- cells ------------------------------------------------------------------ */

static void uuid_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	char text[CKPT_UUID_TEXT];

	ckpt_table_cell(t, "%s", ckpt_uuid_text(&r->entry->uuid, text));
}

static void created_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	char text[CKPT_TEXT_MAX];

	ckpt_table_cell(t, "%s", ckpt_date_text(r->ms, text));
}

static void age_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	char text[CKPT_TEXT_MAX];

	ckpt_table_cell(t, "%s", r->ms ? ckpt_age_text(r->now_ms - r->ms, text) : "-");
}

static void size_cell(struct ckpt_table *t, bool known, uint64_t bytes)
{
	char text[CKPT_TEXT_MAX];

	ckpt_table_cell(t, "%s", known ? ckpt_size_text(bytes, text) : "-");
}

static void own_size_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	size_cell(t, r->entry->size.present, r->entry->size.value);
}

static void fingerprint_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	ckpt_table_cell(t, "%" PRIu64, r->entry->fingerprint);
}

static void steps_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	ckpt_u64_cell(t, &r->entry->steps);
}

static void records_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	ckpt_u64_cell(t, &r->entry->processed_records);
}

static void identifier_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	const struct ckpt_entry *e = r->entry;

	ckpt_table_shown(t, e->identifier ? e->identifier : "-", e->identifier ? e->identifier_len : 1);
}

static void state_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	ckpt_table_cell(t, "%s", ckpt_more_state(r->more));
}

static void batches_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	if (r->more->details.readable)
		ckpt_table_cell(t, "%" PRIu64, r->more->details.batches);
	else
		ckpt_table_cell(t, "-");
}

static void batch_bytes_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	size_cell(t, r->more->details.readable, r->more->details.batch_bytes);
}

static void state_bytes_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	size_cell(t, r->more->details.readable, r->more->details.state_bytes);
}

static void marks_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	static const char *const text[] = { "-",    "resumes",	    "pinned",	   "resumes,pinned",
					    "read", "resumes,read", "pinned,read", "resumes,pinned,read" };

	ckpt_table_cell(t, "%s", text[ckpt_row_marks(r)]);
}

static void pins_cell(struct ckpt_table *t, const struct ckpt_row *r)
{
	struct ckpt_buf names = CKPT_BUF_INIT;

	for (size_t k = 0; ckpt_row_marks(r) & CKPT_MARK_PINNED && k < r->marks->pins.n; k++)
		if (ckpt_marks_is_pinned_by(r->marks, k, &r->entry->uuid))
			ckpt_buf_addf(&names, "%s%s", names.len ? "," : "", r->marks->pins.pin[k].name);
	ckpt_table_shown(t, names.len ? names.data : "-", names.len ? names.len : 1);
	t->cells.failed |= names.failed;
	ckpt_buf_release(&names);
}

/* --- order ------------------------------------------------------------------ */

static int cmp_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int cmp_known(const struct ckpt_u64 *a, const struct ckpt_u64 *b)
{
	return a->present && b->present ? cmp_u64(a->value, b->value) : (int)a->present - (int)b->present;
}

static int by_uuid(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return ckpt_uuid_cmp(&a->entry->uuid, &b->entry->uuid);
}

static int by_created(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return a->ms < b->ms ? -1 : a->ms > b->ms;
}

static int by_age(const struct ckpt_row *a, const struct ckpt_row *b)
{
	/* Here too, what is not known comes first. */
	return a->ms && b->ms ? by_created(b, a) : by_created(a, b);
}

static int by_own_size(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_known(&a->entry->size, &b->entry->size);
}

static int by_fingerprint(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_u64(a->entry->fingerprint, b->entry->fingerprint);
}

static int by_steps(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_known(&a->entry->steps, &b->entry->steps);
}

static int by_records(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_known(&a->entry->processed_records, &b->entry->processed_records);
}

/* By bytes, so that it is the same everywhere. */
static int by_identifier(const struct ckpt_row *a, const struct ckpt_row *b)
{
	const struct ckpt_entry *x = a->entry, *y = b->entry;
	const size_t n = x->identifier_len < y->identifier_len ? x->identifier_len : y->identifier_len;
	int order;

	if (!x->identifier || !y->identifier)
		return (x->identifier != NULL) - (y->identifier != NULL);
	order = memcmp(x->identifier, y->identifier, n);
	return order ? order : cmp_u64(x->identifier_len, y->identifier_len);
}

static int by_state(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return strcmp(ckpt_more_state(a->more), ckpt_more_state(b->more));
}

static int by_batches(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_u64(a->more->details.batches, b->more->details.batches);
}

static int by_batch_bytes(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_u64(a->more->details.batch_bytes, b->more->details.batch_bytes);
}

static int by_state_bytes(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_u64(a->more->details.state_bytes, b->more->details.state_bytes);
}

static int by_marks(const struct ckpt_row *a, const struct ckpt_row *b)
{
	return cmp_u64(ckpt_row_marks(a), ckpt_row_marks(b));
}

/* --- the table -------------------------------------------------------------- */

static const struct ckpt_column all[] = {
	{ "uuid", "UUID", 'l', 0, uuid_cell, by_uuid },
	{ "created", "CREATED", 'l', 0, created_cell, by_created },
	{ "age", "AGE", 'r', 0, age_cell, by_age },
	{ "size", "SIZE", 'r', 0, own_size_cell, by_own_size },
	{ "state", "STATE", 'l', CKPT_NEEDS_FILES, state_cell, by_state },
	{ "batches", "BATCHES", 'r', CKPT_NEEDS_FILES, batches_cell, by_batches },
	{ "batch_bytes", "BATCH FILES", 'r', CKPT_NEEDS_FILES, batch_bytes_cell, by_batch_bytes },
	{ "state_bytes", "STATE FILES", 'r', CKPT_NEEDS_FILES, state_bytes_cell, by_state_bytes },
	{ "steps", "STEPS", 'r', 0, steps_cell, by_steps },
	{ "records", "RECORDS", 'r', 0, records_cell, by_records },
	{ "fingerprint", "FINGERPRINT", 'r', 0, fingerprint_cell, by_fingerprint },
	{ "marks", "MARKS", 'l', CKPT_NEEDS_MARKS, marks_cell, by_marks },
	{ "pins", "PINS", 'L', CKPT_NEEDS_MARKS, pins_cell, by_marks },
	{ "identifier", "IDENTIFIER", 'L', 0, identifier_cell, by_identifier },
};
#define N_ALL (sizeof(all) / sizeof(all[0]))

const struct ckpt_column *ckpt_column_find(const char *name, size_t len)
{
	for (size_t i = 0; i < N_ALL; i++)
		if (strlen(all[i].name) == len && memcmp(all[i].name, name, len) == 0)
			return &all[i];
	return NULL;
}

void ckpt_columns_names(struct ckpt_buf *out)
{
	for (size_t i = 0; i < N_ALL; i++)
		ckpt_buf_addf(out, "%s%s", i ? ", " : "", all[i].name);
}
