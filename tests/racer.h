/* racer.h - somebody hostile with write access beneath a storage root
 *
 * In one directory lie a root, what is OUTSIDE of it, an archive, and a lair of
 * the attacker's.  An attacker changes names of the root without a pause: puts
 * links, directories, mounts and devices in their place and takes them away
 * again, or cuts files short.  Meanwhile a victim reads, writes and removes
 * through the store and the engine, a round after the other.
 *
 * Every byte outside is CANARY, and none inside: so a byte that was read from
 * outside is known when it is seen.  What lies outside has the names that the
 * root has, so that whoever is led there finds what he looks for.  It must be
 * the same in the end: each name, its inode, links, times and bytes.
 *
 * What the attacker moves into the root is inside, whoever had it before, and a
 * directory that the victim has opened there stays inside for as long as it is
 * open, also where it is moved out meanwhile: the kernel has no remedy.  A hard
 * link is a name of the root too: its bytes are read, and removing it takes the
 * name away; but the file behind it is not written to.
 */
#ifndef CKPT_TESTS_RACER_H
#define CKPT_TESTS_RACER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CANARY 0xC5
#define CANARY_IDENTIFIER "from outside"
#define BATCH_SIZE 20000 /* several pages */
#define TREE "tree"	 /* the directory that is removed again and again */
#define STATE_FILE "pspine-0.dat"

/* --- racer_world.c ------------------------------------------------------ */

struct world {
	char top[256], root[300], outside[300], lair[300], archive[300], far[300];
	int root_fd, outside_fd, lair_fd;
	char uuid[2][40]; /* two checkpoints of the root that are looked at */
	char batch[80];	  /* a batch that both need */
	char hard[80];	  /* outside, with more links than one while it is raced for */
};

/* End with a sentence. */
void die(const char *what, const char *on) __attribute__((noreturn));
/* Make the directories, and what lies outside (a tmpfs of this process's own). */
void world_make(struct world *w, const char *top);
/* Empty the root and the archives and fill the root again; nobody may attack
 * meanwhile. */
void world_fill(struct world *w);
/* The state of all that lies outside, to be compared; on the heap. */
char *world_outside(struct world *w);

/* --- racer_attack.c ----------------------------------------------------- */

struct attack {
	const char *name;
	/* One change, and back again.  i counts. */
	void (*once)(struct world *w, unsigned i);
	/* What the victim must have met, as errnos; 0 ends. */
	int meets[4];
	bool short_reads, links; /* or these */
};
extern const struct attack attacks[];
extern const size_t n_attacks;

/* --- racer_turns.c ------------------------------------------------------ */

/* Let them at each other. */
void turns_begin(struct world *w, const struct attack *a, bool interleave);
/* The attacker: a moment in which something is out of place. */
void turns_pause(unsigned i);
/* The victim: until turns_go_on() nothing is out of place, and nobody attacks. */
void turns_rest(void);
void turns_go_on(void);
/* How many changes there were. */
unsigned long turns_end(void);

/* --- racer_victim.c ----------------------------------------------------- */

#define ERRNOS 140
struct tally {
	unsigned long ok, failed[ERRNOS]; /* operations, by what became of them */
	unsigned long flips;		  /* one that went otherwise than the time before */
	unsigned long shorts;		  /* reads of less than the batch had */
	unsigned long links;		  /* files with more names than one */
	unsigned long engine_ok;	  /* of those: commits, gcs, sweeps, archivings */
	unsigned long bytes;
	unsigned long from_outside; /* must be 0 */
	unsigned long strange;	    /* must be 0: a signal, an error without a sentence */
	char first[1200];	    /* the first of those, in words */
};
struct victim;
struct victim *victim_new(struct world *w, struct tally *t);
void victim_free(struct victim *v);
/* One look at, and one change of, everything by the store. */
void victim_store_round(struct victim *v, unsigned i);
/* The same by the engine: verify, commit, gc, sweep, archive. */
void victim_engine_round(struct victim *v, unsigned i);

/* --- racer_mounted.c ---------------------------------------------------- */

/* Read all of a mounted root, so many times, with commands in between.  False:
 * its daemon does not answer any more. */
bool mounted_rounds(struct world *w, const struct attack *a, unsigned long rounds, struct tally *t);

#endif
