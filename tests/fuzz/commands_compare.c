#include <string.h>

#include "store/mem.h"
#include "tests/fuzz/commands.h"

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In place; what order an answer has is not a rule. */
static void sort_lines(struct ckpt_buf *b)
{
	struct ckpt_buf sorted = CKPT_BUF_INIT;
	char *line[64], *s, *save = NULL;
	size_t n = 0;

	ckpt_buf_adds(b, "");
	for (s = strtok_r(b->data, "\n", &save); s && n < 64; s = strtok_r(NULL, "\n", &save))
		line[n++] = s;
	qsort(line, n, sizeof(*line), by_line);
	ckpt_buf_adds(&sorted, "");
	for (size_t i = 0; i < n; i++)
		ckpt_buf_addf(&sorted, "%s\n", line[i]);
	ckpt_buf_release(b);
	*b = sorted;
}

/* Of all names and their inodes.  A number is never used twice, and a file never
 * changes once it has a name. */
static uint64_t mark(const struct mem_dir *d)
{
	uint64_t v = d->n;

	for (size_t i = 0; i < d->n; i++) {
		const struct mem_name *n = &d->names[i];

		v = (v ^ (n->dir ? n->dir->ino : n->file->ino)) * UINT64_C(0x9e3779b97f4a7c15);
		v ^= v >> 29;
		if (n->dir)
			v = v * 31 + mark(n->dir);
	}
	return v;
}

static void describe(const struct mem_dir *d, const char *dir, struct ckpt_buf *out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct mem_name *n = &d->names[i];

		ckpt_buf_adds(out, dir);
		ckpt_buf_addc(out, '/');
		ckpt_buf_adds(out, n->name);
		if (n->dir) {
			ckpt_buf_addc(out, '\n');
			describe(n->dir, n->name, out);
			continue;
		}
		ckpt_buf_addc(out, '\t');
		if (n->file->len)
			ckpt_buf_add(out, n->file->data, n->file->len);
		ckpt_buf_addc(out, '\n');
	}
}

void must_be_tree(struct root *of, const char *after)
{
	static struct ckpt_buf got, want; /* used again: they are long */

	ckpt_buf_clear(&got);
	ckpt_buf_clear(&want);
	ckpt_buf_adds(&got, "");
	describe(&of->mem->root, "", &got);
	model_tree(&of->model, &want);
	MUST(strcmp(got.data, want.data) == 0, "after %s there is\n%sand not\n%s", after, got.data,
	     want.data);
	of->seen_mark = mark(&of->mem->root);
	of->seen = of->model;
}

void must_still_be_tree(struct root *of, const char *after)
{
	if (mark(&of->mem->root) != of->seen_mark || memcmp(&of->model, &of->seen, sizeof(of->seen)) != 0)
		must_be_tree(of, after);
}

void must_be_outcome(const char *what, int rc, const struct ckpt_err *err, struct ckpt_buf *answer,
		     struct outcome *want)
{
	if (want->n_codes) {
		MUST(rc < 0, "%s worked, and must fail with %d", what, want->code[0]);
		must_be_error(rc, err, want->code);
	} else {
		MUST(rc == 0, "%s failed: %s", what, err->msg);
		sort_lines(answer);
		sort_lines(&want->text);
		MUST(strcmp(answer->data, want->text.data) == 0, "%s answered\n%sand not\n%s", what,
		     answer->data, want->text.data);
	}
	ckpt_buf_release(answer);
	outcome_release(want);
	must_still_be_tree(r, what);
}
