#include "cmd/mountopts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cmd/table.h"

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

static int seconds(const char *name, const char *text, int64_t min, int64_t *ms, struct ckpt_err *err)
{
	int64_t v = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9' && v <= CKPT_MOUNT_SECONDS_MAX; s++)
		v = v * 10 + (*s - '0');
	if (s == text || *s || v < min || v > CKPT_MOUNT_SECONDS_MAX)
		return ckpt_fail(err, EINVAL, "mount option %s=%s: give whole seconds from %d to %d", name,
				 text, (int)min, CKPT_MOUNT_SECONDS_MAX);
	*ms = v * 1000;
	return 0;
}

static int number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *out,
		  struct ckpt_err *err)
{
	uint64_t v = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9' && v <= max; s++)
		v = v * 10 + (uint64_t)(*s - '0');
	if (s == text || *s || v < min || v > max)
		return ckpt_fail(err, EINVAL, "mount option %s=%s: give a number from %llu to %llu", name,
				 text, (unsigned long long)min, (unsigned long long)max);
	*out = v;
	return 0;
}

/* Not more than the process may open, with some to spare. */
static int hold_files(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	struct rlimit r;
	uint64_t max = UINT32_MAX;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_max != RLIM_INFINITY)
		max = r.rlim_max > CKPT_MOUNT_SPARE_FILES ? r.rlim_max - CKPT_MOUNT_SPARE_FILES : 1;
	return number("hold-files", text, 1, max, &o->hold_files, err);
}

static int hold_free(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
{
	uint64_t v = 0;
	int rc = number("hold-free", text, 0, 99, &v, err);

	o->hold_free = (unsigned)v;
	return rc;
}

static int sandbox(struct ckpt_mountopts *o, const char *text, struct ckpt_err *err)
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

/* The flags of our own. */
static bool *find_flag(struct ckpt_mountopts *o, const char *word)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "allow_other", &o->allow_other },
		{ "allow-empty", &o->allow_empty },
		{ "nonempty", &o->nonempty },
		{ "show_control", &o->show_control },
		{ "sweep", &o->sweep },
		{ "debug", &o->debug },
		{ "noexec", &o->noexec },
		{ "no_passthrough", &o->no_passthrough },
		{ "io_uring", &o->io_uring },
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(word, flags[i].name) == 0)
			return flags[i].flag;
	return NULL;
}

static int one_option(struct ckpt_mountopts *o, const char *word, struct ckpt_err *err)
{
	bool *flag = find_flag(o, word);

	if (flag) {
		*flag = true;
		return 0;
	}
	if (strncmp(word, "lease=", 6) == 0)
		return seconds("lease", word + 6, 0, &o->lease_ms, err);
	if (strncmp(word, "poll=", 5) == 0)
		return seconds("poll", word + 5, 1, &o->poll_ms, err);
	if (strncmp(word, "hold-files=", 11) == 0)
		return hold_files(o, word + 11, err);
	if (strncmp(word, "hold-free=", 10) == 0)
		return hold_free(o, word + 10, err);
	if (strncmp(word, "sandbox=", 8) == 0)
		return sandbox(o, word + 8, err);
	if (strncmp(word, "fsname=", 7) == 0 && word[7]) {
		o->fsname = word + 7;
		return 0;
	}
	if (word[0] == '\0' || is_ignored(word) || o->sloppy)
		return 0;
	return ckpt_fail(err, EINVAL, "unknown mount option '%s'; 'ckptfs mount --help' lists them", word);
}

/* After all words are known: -s counts wherever it stands. */
static int all_options(struct ckpt_mountopts *o, struct ckpt_err *err)
{
	char *word = o->words.data, *comma;
	int rc = 0;

	if (o->words.failed)
		return ckpt_fail_nomem(err);
	for (; word && rc == 0; word = comma ? comma + 1 : NULL) {
		comma = strchr(word, ',');
		if (comma)
			*comma = '\0';
		rc = one_option(o, word, err);
	}
	return rc;
}

static int one_letter(struct ckpt_mountopts *o, char letter, bool helper)
{
	switch (letter) {
	case 'f':
		*(helper ? &o->fake : &o->foreground) = true;
		return 0;
	case 's':
		o->sloppy = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	case 'n': /* there is no mtab to write */
	case 'r': /* it is read-only */
	case 'w':
		return 0;
	default:
		return -EINVAL;
	}
}

static int check_type(const char *type, struct ckpt_err *err)
{
	if (strcmp(type, "ckptfs") == 0 || strcmp(type, "fuse.ckptfs") == 0)
		return 0;
	return ckpt_fail(err, EINVAL, "file system type '%s' is not ckptfs", type);
}

/* A letter that takes a value: the rest of the word, or the next one. */
static int valued(struct ckpt_mountopts *o, char letter, const char *value, struct ckpt_err *err)
{
	if (letter == 't')
		return check_type(value, err);
	if (letter == 'N') {
		o->mnt_namespace = value;
		return 0;
	}
	if (o->words.len)
		ckpt_buf_addc(&o->words, ',');
	ckpt_buf_adds(&o->words, value);
	return 0;
}

static int letters(struct ckpt_mountopts *o, int argc, char *const *argv, int *i, bool helper,
		   struct ckpt_err *err)
{
	const char *word = argv[*i], *s;

	for (s = word + 1; *s; s++) {
		if (strchr("otN", *s)) {
			if (!s[1] && *i + 1 >= argc)
				return ckpt_fail(err, EINVAL, "a value must follow '-%c'", *s);
			return valued(o, *s, s[1] ? s + 1 : argv[++*i], err);
		}
		if (one_letter(o, *s, helper) != 0)
			return ckpt_fail(err, EINVAL, "unknown option '%s'; see 'ckptfs mount --help'", word);
	}
	return 0;
}

static int one_word(struct ckpt_mountopts *o, int argc, char *const *argv, int *i, bool helper,
		    struct ckpt_err *err)
{
	const char *word = argv[*i];

	if (strcmp(word, "--help") == 0)
		o->help = true;
	else if (strcmp(word, "--version") == 0)
		o->version = true;
	else if (strncmp(word, "--", 2) == 0)
		return ckpt_fail(err, EINVAL, "unknown option '%s'; see 'ckptfs mount --help'", word);
	else if (word[0] == '-' && word[1])
		return letters(o, argc, argv, i, helper, err);
	else if (!o->root)
		o->root = word;
	else if (!o->dir)
		o->dir = word;
	else
		return ckpt_fail(err, EINVAL, "one operand too many: '%s'; mount takes ROOT and DIR", word);
	return 0;
}

/* The words lie one after the other, as the kernel put them there; only so far
 * as they do can the place be written over. */
static void find_title(int argc, char *const *argv, struct ckpt_mountopts *out)
{
	char *end = argv[0];
	int i;

	for (i = 0; i < argc && argv[i] == end; i++)
		end += strlen(end) + 1;
	out->title = argv[0];
	out->title_len = (size_t)(end - argv[0]);
}

int ckpt_mountopts_parse(int argc, char *const *argv, bool helper, struct ckpt_mountopts *out,
			 struct ckpt_err *err)
{
	int i, rc = 0;

	*out = (struct ckpt_mountopts){ .lease_ms = CKPT_MOUNT_LEASE_SECONDS * 1000,
					.hold_free = CKPT_MOUNT_HOLD_FREE };
	find_title(argc, argv, out);
	for (i = 1; i < argc && rc == 0; i++)
		rc = one_word(out, argc, argv, &i, helper, err);
	if (rc == 0)
		rc = all_options(out, err);
	if (rc || out->help || out->version)
		return rc;
	if (!out->root || !out->dir)
		return ckpt_fail(
			err, EINVAL,
			"mount takes a storage root and a directory to show it in; see 'ckptfs mount "
			"--help'");
	return 0;
}

void ckpt_mountopts_release(struct ckpt_mountopts *o)
{
	ckpt_buf_release(&o->words);
}

void ckpt_mountopts_kernel(const struct ckpt_mountopts *o, struct ckpt_buf *out)
{
	/* Not "ro": then the kernel would refuse to open control. */
	ckpt_buf_adds(out, "nosuid,nodev,default_permissions");
	if (o->noexec)
		ckpt_buf_adds(out, ",noexec");
	if (o->allow_other)
		ckpt_buf_adds(out, ",allow_other");
}

void ckpt_mountopts_help(struct ckpt_buf *out)
{
	static const char *const rows[][2] = {
		{ "allow_other", "let other users in, as far as the modes of the root's files do" },
		{ "allow-empty", "also a directory with neither a catalog nor a pipeline's lock file" },
		{ "nonempty", "also over a directory that is not empty" },
		{ "show_control", "list .ckptfs" },
		{ "sweep", "first remove what no checkpoint needs" },
		{ "lease=SECONDS", "how long a checkpoint is kept after its last reader (60)" },
		{ "hold-files=N", "how many files are kept open for readers (half of what may be open)" },
		{ "hold-free=PERCENT", "below this much free space none are (5)" },
		{ "poll=SECONDS", "look at the root this often, also where it can be watched" },
		{ "sandbox=require", "fail where the daemon can't be confined; =off: don't (auto)" },
		{ "fsname=NAME", "shown as the device (the root's path)" },
		{ "no_passthrough", "files are read through ckptfs, not by the kernel itself" },
		{ "io_uring", "requests come by io_uring, where kernel and libfuse have it" },
		{ "debug", "print every request of the kernel; with -f" },
	};
	struct ckpt_table t;
	size_t i;

	ckpt_buf_adds(out,
		      "ckptfs mount [-f] ROOT DIR [-o OPTION,...]: show the checkpoints of a storage root as "
		      "directories\n"
		      "mount.ckptfs ROOT DIR [-sfnv] [-o OPTION,...]: the same, for mount(8)\n\n");
	ckpt_table_init(&t, "lll");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ckpt_table_cell(&t, " ");
		ckpt_table_cell(&t, "%s", rows[i][0]);
		ckpt_table_cell(&t, "%s", rows[i][1]);
	}
	ckpt_table_end(&t, out);
	ckpt_buf_adds(out, "\n"
			   "The general options of mount(8) are taken and mean nothing here.\n"
			   "ckptfs mount -f stays in the foreground; mount.ckptfs -f only checks.\n"
			   "Unmount by umount, fusermount3 -u, or SIGTERM to the daemon.\n"
			   "Exit status: that of mount(8).\n\n"
			   "Example: ckptfs mount /data /mnt/ckpt -o allow_other,lease=300\n");
}
