/* requests.h - what is mounted, and the requests, for the parts of this target
 *
 * requests.c is the program that the input is, requests_known.c what the kernel
 * knows, requests_look.c the requests that look, requests_change.c those that
 * change something or would, requests_root.c the root behind the mount.
 */
#ifndef CKPT_TESTS_FUZZ_REQUESTS_H
#define CKPT_TESTS_FUZZ_REQUESTS_H

#include <stdbool.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/requests_kernel.h"

/* Who may use the control files. */
#define MOUNTER 1000

#define N_UUIDS 4
extern const char *const requests_uuid[N_UUIDS];

/* --- requests_root.c ----------------------------------------------------------- */

/* Mount a root of three checkpoints, as if for the first time. */
void requests_begin(void);
/* Nothing is open any more. */
void requests_end(void);
/* Whether a batch can have so many bytes, or these at off. */
bool requests_batch_size(uint64_t size);
bool requests_batch_has(uint64_t off, const uint8_t *data, size_t len);
/* As a pipeline, or somebody worse, changes the root. */
void requests_change_root(struct bytes *b);

/* --- requests_known.c ---------------------------------------------------------- */

#define NODES_MAX 64
#define HANDLES_MAX 16
#define NAME_MAX_LEN 255

struct handle {
	uint64_t fh, node;
	bool is_dir;
	bool is_settled; /* then size is what its file has */
	uint64_t size;
};

struct kernel {
	struct bytes in;
	uint64_t node[NODES_MAX];
	size_t n_nodes;
	struct handle handle[HANDLES_MAX];
	size_t n_handles;
};

void remember(struct kernel *k, uint64_t node);
/* One that was answered, one of our own, or any number. */
uint64_t take_node(struct kernel *k);
uint32_t take_uid(struct kernel *k);
/* NULL: none is open. */
struct handle *take_handle(struct kernel *k, bool dir);
size_t take_name(struct kernel *k, char name[NAME_MAX_LEN + 1]);

/* --- requests_look.c ----------------------------------------------------------- */

void do_lookup(struct kernel *k);
void do_getattr(struct kernel *k);
void do_readlink(struct kernel *k);
void do_open(struct kernel *k, bool dir);
/* Look one name after the other up, and open what is there, as cat does. */
void do_path(struct kernel *k);
void do_read(struct kernel *k);
void do_readdir(struct kernel *k, bool plus);
void do_release(struct kernel *k);
void release_handle(struct kernel *k, struct handle *h);

/* --- requests_change.c --------------------------------------------------------- */

void do_write(struct kernel *k);
void do_setattr(struct kernel *k);
void do_forget(struct kernel *k);
void do_other(struct kernel *k);
void do_xattr(struct kernel *k);

#endif
