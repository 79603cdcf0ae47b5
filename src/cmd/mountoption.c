#include "cmd/mountoption.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include "cmd/table.h"
#include "cmd/value.h"

/* Said by mount(8) and fstab(5) to everybody, and nothing to a mount that is
 * read-only, has no devices, runs nothing as another user and keeps no time of
 * access.  (Always ours: nosuid and nodev.) */
static const char *const ignored[] = {
	"defaults",    "auto",		"noauto",   "user",	  "nouser",	"users",    "nousers",
	"owner",       "noowner",	"group",    "nogroup",	  "_netdev",	"nofail",   "ro",
	"rw",	       "atime",		"noatime",  "relatime",	  "norelatime", "diratime", "nodiratime",
	"strictatime", "nostrictatime", "lazytime", "nolazytime", "sync",	"async",    "dirsync",
	"suid",	       "nosuid",	"dev",	    "nodev",	  "exec",	"silent",   "loud",
	"mand",	       "nomand",	"iversion", "noiversion", NULL,
};
static const char *const ignored_prefix[] = { "x-", "X-", "comment=", "user=", "uhelper=", "helper=", NULL };

static bool is_ignored(const char *word)
{
	size_t i;

	for (i = 0; ignored[i]; i++)
		if (strcmp(word, ignored[i]) == 0)
			return true;
	for (i = 0; ignored_prefix[i]; i++)
		if (strncmp(word, ignored_prefix[i], strlen(ignored_prefix[i])) == 0)
			return true;
	return false;
}

static bool whole(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	return ckpt_value_u64(text, out) && *out >= min && *out <= max;
}

static int seconds(const char *name, const char *text, unsigned min, int64_t *ms, struct ckpt_err *err)
{
	uint64_t v;

	if (!whole(text, min, CKPT_MOUNT_SECONDS_MAX, &v))
		return ckpt_fail(err, EINVAL, "mount option %s=%s: give whole seconds from %u to %d", name,
				 text, min, CKPT_MOUNT_SECONDS_MAX);
	*ms = (int64_t)v * 1000;
	return 0;
}

static int number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *out,
		  struct ckpt_err *err)
{
	uint64_t v;

	if (!whole(text, min, max, &v))
		return ckpt_fail(err, EINVAL, "mount option %s=%s: give a number from %llu to %llu", name,
				 text, (unsigned long long)min, (unsigned long long)max);
	*out = v;
	return 0;
}

/* Not more than the process may open, with some to spare. */
static int take_hold_files(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	struct rlimit r;
	uint64_t max = UINT32_MAX;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_max != RLIM_INFINITY)
		max = r.rlim_max > CKPT_MOUNT_SPARE_FILES ? r.rlim_max - CKPT_MOUNT_SPARE_FILES : 1;
	return number("hold-files", text, 1, max, &o->hold_files, err);
}

static int take_hold_free(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	uint64_t v = 0;
	int rc = number("hold-free", text, 0, 99, &v, err);

	o->hold_free = (unsigned)v;
	return rc;
}

static int take_sandbox(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	static const char *const words[] = {
		[CKPT_SANDBOX_AUTO] = "auto", [CKPT_SANDBOX_REQUIRE] = "require", [CKPT_SANDBOX_OFF] = "off"
	};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			o->sandbox = i;
			return 0;
		}
	}
	return ckpt_fail(err, EINVAL, "mount option sandbox=%s: give auto, require or off", text);
}

static int take_lease(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	return seconds("lease", text, 0, &o->lease_ms, err);
}

static int take_poll(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	return seconds("poll", text, 1, &o->poll_ms, err);
}

static int unknown(const struct ckpt_mountopts *o, const char *word, struct ckpt_err *err)
{
	if (o->sloppy)
		return 0;
	return ckpt_fail(err, EINVAL, "unknown mount option '%s'; 'ckptfs mount --help' lists them", word);
}

static int take_fsname(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	if (!*text)
		return unknown(o, "fsname=", err);
	o->fsname = text;
	return 0;
}

/* Our own, in the order of --help. */
static const struct {
	const char *name; /* a value follows '=' */
	const char *help; /* NULL: mount(8) says it */
	size_t flag;	  /* of struct ckpt_mountopts, where take is NULL */
	int (*take)(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err);
} options[] = {
#define FLAG(member) offsetof(struct ckpt_mountopts, member), NULL
	{ "allow_other", "let other users in, as far as the modes of the root's files do",
	  FLAG(allow_other) },
	{ "allow-empty", "also a directory with neither a catalog nor a pipeline's lock file",
	  FLAG(allow_empty) },
	{ "nonempty", "also over a directory that is not empty", FLAG(nonempty) },
	{ "show_control", "list .ckptfs", FLAG(show_control) },
	{ "sweep", "first remove what no checkpoint needs", FLAG(sweep) },
	{ "lease=SECONDS", "how long a checkpoint is kept after its last reader (60)", 0, take_lease },
	{ "hold-files=N", "how many files are kept open for readers (half of what may be open)", 0,
	  take_hold_files },
	{ "hold-free=PERCENT", "below this much free space none are (5)", 0, take_hold_free },
	{ "poll=SECONDS", "look at the root this often, also where it can be watched", 0, take_poll },
	{ "sandbox=require", "fail where the daemon can't be confined; =off: don't (auto)", 0, take_sandbox },
	{ "fsname=NAME", "shown as the device (the root's path)", 0, take_fsname },
	{ "no_passthrough", "files are read through ckptfs, not by the kernel itself", FLAG(no_passthrough) },
	{ "io_uring", "requests come by io_uring, where kernel and libfuse have it", FLAG(io_uring) },
	{ "debug", "print every request of the kernel; with -f", FLAG(debug) },
	{ "noexec", NULL, FLAG(noexec) },
#undef FLAG
};
#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

int ckpt_mountopts_take(struct ckpt_mountopts *o, const char *word, struct ckpt_err *err)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const char *name = options[i].name;

		if (options[i].take) {
			size_t len = strcspn(name, "=") + 1;

			if (strncmp(word, name, len) == 0)
				return options[i].take(o, word + len, err);
		} else if (strcmp(word, name) == 0) {
			*(bool *)((char *)o + options[i].flag) = true;
			return 0;
		}
	}
	return word[0] == '\0' || is_ignored(word) ? 0 : unknown(o, word, err);
}

void ckpt_mountopts_list(struct ckpt_buf *out)
{
	struct ckpt_table t;

	ckpt_table_init(&t, "lll");
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (!options[i].help)
			continue;
		ckpt_table_cell(&t, " ");
		ckpt_table_cell(&t, "%s", options[i].name);
		ckpt_table_cell(&t, "%s", options[i].help);
	}
	ckpt_table_end(&t, out);
}
