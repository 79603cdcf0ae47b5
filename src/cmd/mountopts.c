#include "cmd/mountopts.h"

#include <errno.h>
#include <string.h>

#include "cmd/mountoption.h"

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
		rc = ckpt_mountopts_take(o, word, err);
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
	ckpt_buf_adds(out,
		      "ckptfs mount [-f] ROOT DIR [-o OPTION,...]: show the checkpoints of a storage root as "
		      "directories\n"
		      "mount.ckptfs ROOT DIR [-sfnv] [-o OPTION,...]: the same, for mount(8)\n\n");
	ckpt_mountopts_list(out);
	ckpt_buf_adds(out, "\n"
			   "The general options of mount(8) are taken and mean nothing here.\n"
			   "ckptfs mount -f stays in the foreground; mount.ckptfs -f only checks.\n"
			   "Unmount by umount, fusermount3 -u, or SIGTERM to the daemon.\n"
			   "Exit status: that of mount(8).\n\n"
			   "Example: ckptfs mount /data /mnt/ckpt -o allow_other,lease=300\n");
}
