#include "cmd/which.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "engine/catalog.h"

#define DIGITS_MIN 4
/* As many as a line or two of a terminal hold. */
#define LISTED_MAX 6

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What a uuid's 36 characters may begin with. */
static bool is_beginning(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < n; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? word[i] != '-' : !is_digit(word[i]))
			return false;
	return n > 0 && n < CKPT_UUID_TEXT - 1;
}

bool ckpt_which_ok(const char *word)
{
	struct ckpt_uuid u;

	return strcmp(word, CKPT_WHICH_LATEST) == 0 || ckpt_uuid_parse(word, &u) || is_beginning(word);
}

static bool begins(const struct ckpt_entry *e, const char *word)
{
	char text[CKPT_UUID_TEXT];

	return strncasecmp(ckpt_uuid_text(&e->uuid, text), word, strlen(word)) == 0;
}

/* The newest first: it is mostly one of them that is meant. */
static void list(const struct ckpt_catalog *c, const char *word, size_t n, struct ckpt_buf *out)
{
	char text[CKPT_UUID_TEXT];
	size_t listed = 0;

	for (size_t i = c->n; i-- > 0 && listed < LISTED_MAX;)
		if (begins(c->entry[i], word))
			ckpt_buf_addf(out, "%s%s", listed++ ? ", " : "",
				      ckpt_uuid_text(&c->entry[i]->uuid, text));
	if (n > listed)
		ckpt_buf_addf(out, " and %zu older", n - listed);
}

static int no_such(struct ckpt_root *root, const char *word, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(ckpt_root_store(root));

	return ckpt_fail(err, ENOENT,
			 "%s: no checkpoint's uuid begins with '%s'; 'ckptfs list %s' shows those that are",
			 label, word, label);
}

static int find_beginning(struct ckpt_root *root, const char *word, struct ckpt_uuid *out,
			  struct ckpt_err *err)
{
	const struct ckpt_catalog *c = ckpt_root_catalog(root);
	struct ckpt_buf names = CKPT_BUF_INIT;
	const bool is_short = strlen(word) < DIGITS_MIN;
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < c->n; i++)
		if (begins(c->entry[i], word)) {
			*out = c->entry[i]->uuid;
			n++;
		}
	if (n == 0)
		return no_such(root, word, err);
	if (n == 1 && !is_short)
		return 0;
	list(c, word, n, &names);
	if (names.failed)
		rc = ckpt_fail_nomem(err);
	else if (is_short)
		rc = ckpt_fail(err, EINVAL,
			       "'%s' is too short a beginning of a uuid (%d digits at least): %s", word,
			       DIGITS_MIN, names.data);
	else
		rc = ckpt_fail(err, EINVAL, "'%s' is the beginning of %zu checkpoints' uuids: %s", word, n,
			       names.data);
	ckpt_buf_release(&names);
	return rc;
}

static int find_latest(struct ckpt_root *root, struct ckpt_uuid *out, struct ckpt_err *err)
{
	ptrdiff_t i;
	int rc = ckpt_newest_finished(root, &i, err);

	if (rc == 0 && i < 0)
		rc = ckpt_fail(err, ENOENT, "%s: there is no finished checkpoint that '%s' could name",
			       ckpt_store_label(ckpt_root_store(root)), CKPT_WHICH_LATEST);
	if (rc == 0)
		*out = ckpt_root_catalog(root)->entry[i]->uuid;
	return rc;
}

int ckpt_which(struct ckpt_root *root, const char *word, struct ckpt_uuid *out, struct ckpt_err *err)
{
	if (ckpt_uuid_parse(word, out))
		return 0;
	if (strcmp(word, CKPT_WHICH_LATEST) == 0)
		return find_latest(root, out, err);
	return find_beginning(root, word, out, err);
}
