#include "base/vfail.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

/* What was formatted, before it is escaped.  Escaping never makes a text
 * shorter, so whatever vsnprintf() cut off, even in the middle of a character,
 * lies behind the point where the escaped text is cut. */
#define RAW_MAX (CKPT_ERR_MAX + 8)

static void set_escaped(struct ckpt_err *err, int code, const char *raw)
{
	size_t left = strlen(raw), len = 0, used, n;
	char shown[CKPT_SHOWN_MAX];

	for (; left > 0; raw += used, left -= used) {
		n = ckpt_shown(raw, left, shown, &used);
		if (len + n >= CKPT_ERR_MAX)
			break;
		memcpy(err->msg + len, shown, n);
		len += n;
	}
	err->msg[len] = '\0';
	err->code = code;
}

int ckpt_vfail(struct ckpt_err *err, int code, const char *fmt, va_list ap)
{
	char raw[RAW_MAX];

	assert(code > 0);
	if (!err)
		return -code;
	/* An argument may well be err->msg itself: so not formatted in place. */
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		snprintf(raw, sizeof(raw), "error %d, whose message could not be formatted", code);
	set_escaped(err, code, raw);
	return -code;
}

int ckpt_fail(struct ckpt_err *err, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = ckpt_vfail(err, code, fmt, ap);
	va_end(ap);
	return r;
}

int ckpt_fail_errno(struct ckpt_err *err, int code, const char *fmt, ...)
{
	char words[128];
	char raw[RAW_MAX];
	va_list ap;
	int n;

	assert(code > 0);
	if (!err)
		return -code;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = snprintf(raw, sizeof(raw), "a message that could not be formatted");
	if ((size_t)n < sizeof(raw))
		snprintf(raw + n, sizeof(raw) - (size_t)n, ": %s", strerror_r(code, words, sizeof(words)));
	set_escaped(err, code, raw);
	return -code;
}

int ckpt_fail_nomem(struct ckpt_err *err)
{
	static const char sentence[] = "there is not enough memory";

	if (err) {
		memcpy(err->msg, sentence, sizeof(sentence));
		err->code = ENOMEM;
	}
	return -ENOMEM;
}
