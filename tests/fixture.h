/* fixture.h - small storage roots for tests, on any store */
#ifndef CKPT_TESTS_FIXTURE_H
#define CKPT_TESTS_FIXTURE_H

#include "base/buf.h"
#include "engine/catalog.h"

/* End the test with the sentence unless rc is 0. */
void ok(int rc, const struct ckpt_err *e);

/* c, n times, on the heap. */
char *repeat(char c, size_t n);

/* A uuid of version 7 whose time is the n-th second of 2026. */
struct ckpt_uuid nth_uuid(unsigned n);

/* A store of that memory, which is freed after it. */
struct ckpt_store *in_memory(struct ckpt_mem *mem);
/* A store of a new directory, whose path is written to path (of so many bytes),
 * and its removal with all that is in it. */
struct ckpt_store *on_disk(char *path, size_t size);
void remove_disk(const char *path);

/* Put a file, making its directory. */
void put(struct ckpt_store *s, const char *dir, const char *name, const char *text);
bool there(struct ckpt_store *s, const char *dir, const char *name);

/* Write the files of a checkpoint as a pipeline does before it commits: a
 * state file, and one spine that names these batches (made if they are not
 * there); ends with NULL. */
void stage(struct ckpt_store *s, unsigned n, const char *const *batches);
/* stage(), then commit with fingerprint 42. */
void commit_nth(struct ckpt_root *root, unsigned n, const char *const *batches);

/* Every name of the root with its content, as text, sorted: equal texts are
 * equal roots.  feldera.pidlock is left out. */
void snapshot(struct ckpt_store *s, struct ckpt_buf *out);

#endif
