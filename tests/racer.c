/* racer.c - races by somebody hostile, so many rounds of each kind
 *
 *	racer DIR ROUNDS [KIND...]
 *
 * DIR is empty; a tmpfs is mounted on it, in a namespace of its own (so this
 * takes root).  Each kind is raced so many rounds interleaved, as many in
 * parallel (racer_turns.c), and some against a mounted daemon.  Prints a line for each: "ok", or "not ok" and
 *what was wrong.  Also not ok: a kind in which victim and attacker never met.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "racer.h"

/* The engine's rounds are a hundred times as long. */
#define ENGINE_EVERY 25
/* So many rounds, and the root is made anew: what is left of it by then may be
 * nothing that an engine works on. */
#define FILL_EVERY 100
/* A round of the mount reads all of it. */
#define MOUNTED_SHARE 20
/* Interleaved, the victim must have met each of the attack's results once in so
 * many rounds. */
#define MEETS_EVERY 500

static struct world w;

/* In how many rounds both must have been at it. */
static bool met(const struct attack *a, const struct tally *t, unsigned long rounds)
{
	const unsigned long least = rounds / MEETS_EVERY + 1;
	bool all = t->flips >= least && t->engine_ok >= least;

	for (size_t i = 0; i < 4 && a->meets[i]; i++)
		all = all && t->failed[a->meets[i]] >= least;
	if (a->short_reads)
		all = all && t->shorts >= least;
	if (a->links)
		all = all && t->links >= least;
	return all;
}

static void print_tally(const struct tally *t, unsigned long rounds, unsigned long changes)
{
	printf("  %lu rounds, %lu changes: %lu operations done, %lu turned out otherwise than before; "
	       "%lu by the engine; %lu bytes, %lu short reads; refused:",
	       rounds, changes, t->ok, t->flips, t->engine_ok, t->bytes, t->shorts);
	for (int i = 0; i < ERRNOS; i++)
		if (t->failed[i])
			printf(" %s %lu", strerrorname_np(i), t->failed[i]);
	printf("\n");
}

/* The first line that is not the same. */
static void print_change(const char *before, const char *after)
{
	while (strcspn(before, "\n") == strcspn(after, "\n") &&
	       !strncmp(before, after, strcspn(before, "\n") + 1)) {
		before += strcspn(before, "\n") + 1;
		after += strcspn(after, "\n") + 1;
	}
	printf("  what lies outside was\n    %.*s\n  and is\n    %.*s\n", (int)strcspn(before, "\n"), before,
	       (int)strcspn(after, "\n"), after);
}

/* What was wrong, and whether all was well. */
static bool judge(const struct tally *t, const char *before)
{
	char *after = world_outside(&w);
	bool same = strcmp(before, after) == 0;

	if (t->from_outside || t->strange)
		printf("  %lu times something from outside, %lu times something strange; first: %s\n",
		       t->from_outside, t->strange, t->first);
	if (!same)
		print_change(before, after);
	free(after);
	return same && !t->from_outside && !t->strange;
}

static bool print_result(bool good, const struct attack *a, const char *how)
{
	printf("%s %s, %s: no byte from outside, and nothing outside changed\n", good ? "ok" : "not ok",
	       a->name, how);
	fflush(stdout);
	return good;
}

static void rounds_by_the_engine(struct victim *v, unsigned long rounds)
{
	for (unsigned long i = 0; i < rounds; i++) {
		if (i % FILL_EVERY == FILL_EVERY - 1) {
			turns_rest();
			world_fill(&w);
			turns_go_on();
		}
		victim_store_round(v, (unsigned)i);
		if (i % ENGINE_EVERY == 0)
			victim_engine_round(v, (unsigned)(i / ENGINE_EVERY));
	}
}

static bool race(const struct attack *a, unsigned long rounds, bool interleave)
{
	char *before = world_outside(&w);
	struct tally t = { 0 };
	struct victim *v;
	bool good;

	world_fill(&w);
	v = victim_new(&w, &t);
	turns_begin(&w, a, interleave);
	rounds_by_the_engine(v, rounds);
	print_tally(&t, rounds, turns_end());
	victim_free(v);
	good = judge(&t, before);
	free(before);
	if (interleave && !met(a, &t, rounds)) {
		printf("  attacker and victim did not meet\n");
		good = false;
	}
	return print_result(good, a, interleave ? "interleaved" : "parallel");
}

static bool race_mounted(const struct attack *a, unsigned long rounds)
{
	char *before = world_outside(&w);
	struct tally t = { 0 };
	bool alive, good;

	world_fill(&w);
	alive = mounted_rounds(&w, a, rounds, &t);
	print_tally(&t, rounds, 0);
	good = judge(&t, before) && alive;
	free(before);
	if (!alive)
		printf("  the daemon does not answer any more\n");
	return print_result(good, a, "mounted");
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	bool good = true;

	if (!rounds) {
		fprintf(stderr, "usage: racer DIR ROUNDS [KIND...]\n");
		return 2;
	}
	world_make(&w, argv[1]);
	for (size_t i = 0; i < n_attacks; i++) {
		bool wanted = argc == 3;

		for (int arg = 3; arg < argc; arg++)
			wanted |= strcmp(argv[arg], attacks[i].name) == 0;
		if (wanted) {
			good &= race(&attacks[i], rounds, true);
			good &= race(&attacks[i], rounds, false);
			good &= race_mounted(&attacks[i], rounds / MOUNTED_SHARE + 1);
		}
	}
	return good ? 0 : 1;
}
