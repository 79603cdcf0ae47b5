/* wordcount - counts the words of standard input, and survives being killed
 *
 *	wordcount ROOT [MILLISECONDS] < text
 *
 * Every MILLISECONDS (1000) the counts, and how far the input was read, are
 * committed as a checkpoint to the storage root ROOT.  Started again with the
 * same input it goes on where the last checkpoint was.  At the end it commits
 * once more and prints the counts.
 *
 *	cc wordcount.c $(pkg-config --cflags --libs ckptfs) -o wordcount
 */
#define _POSIX_C_SOURCE 200809L
#include <ckptfs/restore.h>
#include <ckptfs/stage.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- what is kept ---------------------------------------------------------- */

struct word {
	char *text;
	uint64_t count;
};
static struct ckpt_array words; /* of struct word, sorted by text */
static uint64_t bytes_read;

static const struct ckpt_member word_members[] = {
	CKPT_MEMBER(struct word, text, &ckpt_type_string),
	CKPT_MEMBER(struct word, count, &ckpt_type_u64),
};
static const struct ckpt_type word_type = CKPT_RECORD("word", struct word, word_members);
static const struct ckpt_type words_type = CKPT_ARRAY_OF(&word_type);
static const struct ckpt_state states[] = {
	{ "words", &words_type, &words },
	{ "bytes_read", &ckpt_type_u64, &bytes_read },
};
#define N_STATES (sizeof(states) / sizeof(states[0]))

/* --- counting -------------------------------------------------------------- */

static void *must(void *p)
{
	if (!p) {
		fputs("wordcount: no memory\n", stderr);
		exit(1);
	}
	return p;
}

static struct word *find(const char *text)
{
	struct word *w = words.items;
	size_t low = 0, high = words.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(text, w[mid].text);

		if (order == 0)
			return &w[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	words.items = w = must(realloc(w, (words.n + 1) * sizeof(*w)));
	memmove(&w[low + 1], &w[low], (words.n - low) * sizeof(*w));
	words.n++;
	w[low].text = must(strdup(text));
	w[low].count = 0;
	return &w[low];
}

static void count_line(char *line)
{
	for (char *p = line; *p;) {
		char *begin = p;

		while (isalpha((unsigned char)*p)) {
			*p = (char)tolower((unsigned char)*p);
			p++;
		}
		if (p == begin) {
			p++;
			continue;
		}
		char after = *p;

		*p = '\0';
		find(begin)->count++;
		*p = after;
	}
}

/* --- checkpoints ------------------------------------------------------------ */

static int save(struct ckpt_root *root, uint64_t fingerprint, struct ckpt_err *err)
{
	const struct ckpt_commit_opts opts = { .fingerprint = &fingerprint,
					       .processed_records = { bytes_read, true } };
	struct ckpt_stage *stage;
	struct ckpt_plan plan;
	int rc = ckpt_stage_new(root, &stage, err);

	for (size_t i = 0; !rc && i < N_STATES; i++)
		rc = ckpt_stage_state(stage, &states[i], err);
	if (!rc)
		rc = ckpt_stage_commit(stage, &opts, NULL, err);
	ckpt_stage_free(stage);
	if (rc)
		return rc;
	/* The newest two stay, and whatever is pinned or being read. */
	rc = ckpt_gc(root, &(struct ckpt_gc_opts){ 0 }, &plan, err);
	ckpt_plan_release(&plan);
	return rc;
}

/* 1: there was a checkpoint; 0: there was none. */
static int load(struct ckpt_root *root, uint64_t fingerprint, struct ckpt_err *err)
{
	const struct ckpt_restore_opts opts = { .which = CKPT_RESTORE_NEWEST, .fingerprint = &fingerprint };
	struct ckpt_restore *restore;
	int rc = ckpt_restore_new(root, &opts, &restore, err);

	if (rc == -ENOENT)
		return 0;
	if (!rc)
		rc = ckpt_restore_states(restore, states, N_STATES, err);
	ckpt_restore_free(restore);
	return rc ? rc : 1;
}

/* --- the program ------------------------------------------------------------- */

static int64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read on behind what was read before. */
static int count_input(struct ckpt_root *root, uint64_t fingerprint, int64_t every, struct ckpt_err *err)
{
	int64_t last = milliseconds();
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;

	for (uint64_t i = 0; i < bytes_read && getchar() != EOF; i++)
		;
	while (!rc && (n = getline(&line, &cap, stdin)) > 0) {
		count_line(line);
		bytes_read += (uint64_t)n;
		if (milliseconds() - last < every)
			continue;
		rc = save(root, fingerprint, err);
		last = milliseconds();
	}
	free(line);
	return rc ? rc : save(root, fingerprint, err);
}

static int run(const char *dir, int64_t every, struct ckpt_err *err)
{
	struct ckpt_root *root = NULL;
	uint64_t fingerprint;
	int rc = ckpt_states_fingerprint(states, N_STATES, &fingerprint, err);

	if (!rc)
		rc = ckpt_root_open_dir(dir, NULL, &root, err);
	if (!rc)
		rc = load(root, fingerprint, err);
	if (rc > 0)
		fprintf(stderr, "wordcount: goes on at byte %" PRIu64 "\n", bytes_read);
	if (rc >= 0)
		rc = count_input(root, fingerprint, every, err);
	ckpt_root_free(root);
	return rc;
}

int main(int argc, char **argv)
{
	struct ckpt_err err;

	if (argc != 2 && argc != 3) {
		fputs("usage: wordcount ROOT [MILLISECONDS] < text\n", stderr);
		return 2;
	}
	if (run(argv[1], argc == 3 ? strtol(argv[2], NULL, 10) : 1000, &err)) {
		fprintf(stderr, "wordcount: %s\n", err.msg);
		return 1;
	}
	for (size_t i = 0; i < words.n; i++) {
		const struct word *w = (const struct word *)words.items + i;

		printf("%s %" PRIu64 "\n", w->text, w->count);
	}
	ckpt_state_release(&words_type, &words);
	return 0;
}
