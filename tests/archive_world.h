/* archive_world.h - a source and an archive, for tests
 *
 * From memory to memory (copies), from disk to disk (links), or from disk to
 * memory; the archiver's stores count, and fail when told to.
 */
#ifndef CKPT_TESTS_ARCHIVE_WORLD_H
#define CKPT_TESTS_ARCHIVE_WORLD_H

#include <check.h>

#include "ckptfs/archive.h"
#include "tests/fixture.h"
#include "tests/store_fault.h"

enum { MEM_TO_MEM, DISK_TO_DISK, DISK_TO_MEM, KINDS };

/* One root. */
struct side {
	struct ckpt_mem *mem;
	char path[64];
	struct ckpt_store *store;
	struct ckpt_root *root;
	struct fault fault;
};

extern struct side src, arch;
extern struct ckpt_archived out; /* of the last archive() */
extern struct ckpt_err e;
extern struct ckpt_buf before, after; /* for snapshots */

/* The archiver asks between two files whether it is to stop: the act_at-th
 * time, act happens to the source. */
extern unsigned asked, act_at;
extern bool stops; /* and whether that is to be */
extern void (*act)(void);

void begin(int kind);
void end(void);

#define BATCHES(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* Commit n to the source, with a batch of its own and one that all share. */
void commit(unsigned n);
/* As the controller does: n's own state.json, and then the root's. */
void finish(unsigned n, bool root_too);
/* What a pipeline does with its oldest: the catalog first. */
void forget(unsigned n);
/* The directory of n; valid until the next call. */
const char *dir_of(unsigned n);

int archive(const struct ckpt_archive_opts *o);
void archive_all(void);
int archive_nth(unsigned n);

/* All that the archive's catalog names is there. */
void sound(void);
/* And it names exactly these, in this order, with the source's entries. */
void holds(size_t n, const unsigned *which);
#define HOLDS(...) holds(sizeof((unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned), (unsigned[]){ __VA_ARGS__ })
void content(struct ckpt_store *s, const char *dir, const char *name, const char *text);

/* Run what is in t, ending each with end(), and give the exit status. */
int archive_run(const char *name, TCase *t);

#endif
