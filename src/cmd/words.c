#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/args.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Only text: what comes here is quoted in answers and logs, and becomes names
 * in a catalog. */
static int check_text(const char *line, size_t len, struct ckpt_err *err)
{
	size_t i, used;

	for (i = 0; i < len; i += used) {
		used = ckpt_utf8_len(line + i, len - i);
		if (used == 0)
			return ckpt_fail(err, EINVAL, "the command is not UTF-8 at byte %zu", i);
		if ((unsigned char)line[i] == 0x7f || ((unsigned char)line[i] < 0x20 && !is_blank(line[i])))
			return ckpt_fail(
				err, EINVAL,
				"a control character (0x%02x) at byte %zu; write one command a line, "
				"with blanks between its words",
				(unsigned char)line[i], i);
	}
	return 0;
}

/* Take the word that begins at s; its end is after it.  Written in place: a
 * word never grows. */
static char *take_word(char *s, char *end, bool *open)
{
	char *to = s;
	bool quoted = false;

	for (; s < end && (quoted || !is_blank(*s)); s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (quoted && *s == '\\' && s + 1 < end && (s[1] == '"' || s[1] == '\\'))
			*to++ = *++s;
		else
			*to++ = *s;
	}
	*open = quoted;
	*to = '\0';
	return s < end ? s + 1 : end;
}

int ckpt_words_split(char *line, size_t len, char ***word, size_t *n, struct ckpt_err *err)
{
	char *s = line, *end = line + len;
	bool open = false;
	int rc;

	*n = 0;
	*word = NULL;
	rc = check_text(line, len, err);
	if (rc)
		return rc;
	*word = calloc(CKPT_ARGS_MAX, sizeof(**word));
	if (!*word)
		return ckpt_fail_nomem(err);
	while (!open) {
		while (s < end && is_blank(*s))
			s++;
		if (s == end)
			return 0;
		if (*n == CKPT_ARGS_MAX)
			return ckpt_fail(err, EINVAL, "more than %d words in one command", CKPT_ARGS_MAX);
		(*word)[(*n)++] = s;
		s = take_word(s, end, &open);
	}
	return ckpt_fail(err, EINVAL, "a double quote is not closed in the command");
}
