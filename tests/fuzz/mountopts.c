/* mountopts.c - the words of mount.ckptfs (the first byte is odd) and of
 * ckptfs mount, each with its NUL
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/mountopts.h"
#include "tests/fuzz/fuzz.h"

#define WORDS_MAX 64

static const int codes[] = { EINVAL, 0 };

static bool is_word(const char *s, char *const *word, int n)
{
	for (int i = 1; i < n; i++)
		if (word[i] == s)
			return true;
	return false;
}

/* Nothing that was written may become an option of the kernel's but these. */
static void must_be_kernels(const struct ckpt_mountopts *o)
{
	struct ckpt_buf want = CKPT_BUF_INIT, got = CKPT_BUF_INIT;

	ckpt_mountopts_kernel(o, &got);
	ckpt_buf_addf(&want, "nosuid,nodev,default_permissions%s%s", o->noexec ? ",noexec" : "",
		      o->allow_other ? ",allow_other" : "");
	MUST(strcmp(want.data, got.data) == 0, "%s", got.data);
	ckpt_buf_release(&want);
	ckpt_buf_release(&got);
}

static void must_be(const struct ckpt_mountopts *o, char *const *word, int n, bool helper)
{
	MUST(o->lease_ms >= 0 && o->lease_ms <= CKPT_MOUNT_SECONDS_MAX * INT64_C(1000) &&
		     o->lease_ms % 1000 == 0,
	     "lease %lld", (long long)o->lease_ms);
	MUST(o->poll_ms >= 0 && o->poll_ms <= CKPT_MOUNT_SECONDS_MAX * INT64_C(1000) &&
		     o->poll_ms % 1000 == 0,
	     "poll %lld", (long long)o->poll_ms);
	MUST(o->hold_free <= 99, "hold-free %u", o->hold_free);
	MUST(!(helper ? o->foreground : o->fake), "-f");
	must_be_kernels(o);
	if (o->help || o->version)
		return;
	MUST(is_word(o->root, word, n) && is_word(o->dir, word, n) && o->root != o->dir, "operands");
	MUST(!o->fsname || (o->fsname[0] && !strchr(o->fsname, ',')), "fsname %s", o->fsname);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bool helper = len && data[0] & 1;
	struct ckpt_mountopts o;
	struct ckpt_err err = { 0 };
	char *word[WORDS_MAX + 2], *text;
	int rc, n = 0;

	if (len == 0)
		return 0;
	text = malloc(len + 2);
	MUST(text, "no memory");
	/* argv[0] lies before the others. */
	memcpy(text, "m", 2);
	memcpy(text + 2, data + 1, len - 1);
	text[len + 1] = '\0';
	for (char *s = text; s < text + len + 2 && n <= WORDS_MAX; s += strlen(s) + 1)
		word[n++] = s;
	word[n] = NULL;
	rc = ckpt_mountopts_parse(n, word, helper, &o, &err);
	MUST(o.title == text && o.title_len <= len + 2, "title of %zu bytes", o.title_len);
	if (rc)
		must_be_error(rc, &err, codes);
	else
		must_be(&o, word, n, helper);
	ckpt_mountopts_release(&o);
	free(text);
	return 0;
}
