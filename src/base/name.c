#include "base/name.h"

#include <string.h>

/* The root's own names: the files that are not checkpoints or batches, of all
 * versions of the pipeline, and our own. */
#define OWN(name)                                                                                            \
	{                                                                                                    \
		name, sizeof(name) - 1                                                                       \
	}
static const struct {
	const char *name;
	size_t len; /* a gc asks for a million names */
} own_names[] = {
	OWN(CKPT_CATALOG),	  OWN(CKPT_STATE),	OWN(CKPT_STEPS),       OWN(CKPT_PIDLOCK),
	OWN(CKPT_PINS),		  OWN(CKPT_LOST_FOUND), OWN("status.json"),    OWN("status.json.mut"),
	OWN("activated.feldera"), OWN("adhoc-tmp"),	OWN("datafusion-tmp"), OWN("coordinator"),
};

static bool equal(const char *name, size_t len, const char *s)
{
	return strlen(s) == len && memcmp(name, s, len) == 0;
}

static bool is_own(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++)
		if (len == own_names[i].len && !memcmp(name, own_names[i].name, len))
			return true;
	return false;
}

bool ckpt_name_ok(const char *name, size_t len)
{
	if (len == 0 || len > CKPT_NAME_MAX)
		return false;
	if (equal(name, len, ".") || equal(name, len, ".."))
		return false;
	return !memchr(name, '/', len) && !memchr(name, '\0', len);
}

bool ckpt_name_is_own(const char *name)
{
	return is_own(name, strlen(name));
}

bool ckpt_name_is_batch(const char *name, size_t len)
{
	static const char suffix[] = ".feldera";
	size_t n = sizeof(suffix) - 1;

	return ckpt_name_ok(name, len) && len > n && memcmp(name + len - n, suffix, n) == 0 &&
	       !is_own(name, len);
}

bool ckpt_name_is_state_file(const char *name, size_t len)
{
	/* dependencies.json is the list itself: it can't be an item of it. */
	return ckpt_name_ok(name, len) && !is_own(name, len) && !equal(name, len, CKPT_DEPENDENCIES);
}

bool ckpt_name_is_temporary(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strcmp(dot, ".mut");
}

bool ckpt_name_is_sweepable(const char *name)
{
	/* Feldera asks Rust's Path::extension(): what follows the last dot, and
	 * there is none where nothing precedes that dot. */
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name || !ckpt_name_ok(name, strlen(name)) || ckpt_name_is_own(name))
		return false;
	return strcmp(dot, ".feldera") == 0 || strcmp(dot, ".mut") == 0;
}
