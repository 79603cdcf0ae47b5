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

static void describe(const struct mem_dir *d, const char *dir, struct ckpt_buf *out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct mem_name *n = &d->names[i];

		ckpt_buf_addf(out, "%s/%s", dir, n->name);
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

void must_be_tree(const struct root *of, const char *after)
{
	struct ckpt_buf got = CKPT_BUF_INIT, want = CKPT_BUF_INIT;

	ckpt_buf_adds(&got, "");
	describe(&of->mem->root, "", &got);
	model_tree(&of->model, &want);
	MUST(strcmp(got.data, want.data) == 0, "after %s there is\n%sand not\n%s", after, got.data,
	     want.data);
	ckpt_buf_release(&got);
	ckpt_buf_release(&want);
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
	must_be_tree(r, what);
}
