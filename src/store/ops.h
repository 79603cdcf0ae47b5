/* ops.h - what a backend implements, by the contract (contract.h)
 *
 * A backend's objects begin with these structures; the contract's functions fill them
 * in, and call one operation each.
 */
#ifndef CKPT_STORE_OPS_H
#define CKPT_STORE_OPS_H

#include "store/contract.h"

struct ckpt_store_ops;
struct ckpt_store {
	const struct ckpt_store_ops *ops;
	char *label; /* on the heap; freed by ckpt_store_free() */
};
struct ckpt_file {
	struct ckpt_store *store;
};
struct ckpt_writer {
	struct ckpt_store *store;
};
struct ckpt_lock {
	struct ckpt_store *store;
};
struct ckpt_lease {
	struct ckpt_store *store;
};
struct ckpt_watch {
	struct ckpt_store *store;
};

struct ckpt_store_ops {
	const char *type; /* "posix" */
	/* How many opens (and stats), syncs of files, and changes of names, it gains from
	 * having at once; 0: one at a time. */
	unsigned open_abreast, sync_abreast, change_abreast;
	void (*free)(struct ckpt_store *s);
	int (*stat)(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		    struct ckpt_err *err);
	int (*list)(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		    struct ckpt_err *err);
	int (*numbers)(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err);
	int (*open)(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		    struct ckpt_stat *st, struct ckpt_err *err);
	ssize_t (*pread)(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err);
	int (*fstat)(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err);
	int (*fd)(struct ckpt_file *f);
	int (*version)(struct ckpt_file *f, struct ckpt_version *v, struct ckpt_err *err);
	void (*close)(struct ckpt_file *f);
	int (*space)(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err);
	int (*create)(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		      struct ckpt_err *err);
	int (*append)(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err);
	int (*commit)(struct ckpt_writer *w, struct ckpt_err *err);
	int (*publish)(struct ckpt_writer *w, struct ckpt_err *err);
	void (*abort)(struct ckpt_writer *w);
	int (*replace)(struct ckpt_store *s, const char *name, const void *data, size_t len,
		       const struct ckpt_version *expect, struct ckpt_err *err);
	int (*mkdir)(struct ckpt_store *s, const char *dir, struct ckpt_err *err);
	int (*adopt)(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
		     bool durable, enum ckpt_adopted *how, struct ckpt_err *err);
	int (*sync_file)(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
	int (*sync_dir)(struct ckpt_store *s, const char *dir, struct ckpt_err *err);
	int (*sync_all)(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
			struct ckpt_err *err);
	int (*sync_ready)(struct ckpt_store *s); /* NULL: never */
	int (*remove)(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
	int (*measure)(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err);
	int (*remove_tree)(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err);
	int (*lock)(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err);
	void (*unlock)(struct ckpt_lock *l);
	int (*lease)(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode,
		     struct ckpt_lease **out, struct ckpt_err *err);
	void (*unlease)(struct ckpt_lease *l);
	int (*watch)(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err);
	int (*watch_fd)(struct ckpt_watch *w);
	int (*watch_dir)(struct ckpt_watch *w, const char *dir, struct ckpt_err *err);
	int (*watch_next)(struct ckpt_watch *w, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err);
	void (*watch_close)(struct ckpt_watch *w);
};

#endif
