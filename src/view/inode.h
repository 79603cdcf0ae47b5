/* inode.h - the two numbers of a node
 *
 * The node id is what the kernel calls a node by.  It is made of a kind, a
 * number and an index, and can be taken apart again, so that no table of nodes
 * is needed.  The number stands for a checkpoint (its slot), or, for the kinds
 * that have an index, for one version of that checkpoint's lists; the index is
 * a position in one of these lists.  A number is never given twice, so an old
 * id can become unknown but never mean something else.
 *
 * st_ino is what programs see.  It is a hash of the name that owns the bytes,
 * so it is the same after every remount, in every checkpoint that shares the
 * file, and whatever numbers the file system below uses again:
 *
 *	<batch>            a batch file
 *	<uuid>/<file>      a file of a checkpoint's directory
 *	/<path>            what is made up: its path in the mount
 *
 * One exception: the directory of a checkpoint whose uuid tells its time has
 * that time (48 bits) before 14 bits of the hash.  borg goes through a directory
 * in the order of st_ino, and takes a shared batch for known only if it has met
 * it under an older name before; so an older checkpoint must come first.
 *
 * The hash is SipHash-2-4 with a key of zeros, without its lowest bit; 0 and 1
 * (the root's) become 2 and 3.  Backup tools compare these numbers over years:
 * neither the hash nor the names may ever change.
 */
#ifndef CKPT_VIEW_INODE_H
#define CKPT_VIEW_INODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/uuid.h"

enum ckpt_node_kind {
	CKPT_NODE_ROOT,
	CKPT_NODE_CKPT,	     /* <uuid>/ */
	CKPT_NODE_META,	     /* <uuid>/metadata.json */
	CKPT_NODE_DEPS,	     /* <uuid>/dependencies/ */
	CKPT_NODE_DEP,	     /* a link in it; index of the batch */
	CKPT_NODE_STORAGE,   /* <uuid>/storage/ */
	CKPT_NODE_CATALOG,   /* <uuid>/storage/checkpoints.feldera */
	CKPT_NODE_STATE,     /* <uuid>/storage/state.json */
	CKPT_NODE_STEPS,     /* <uuid>/storage/steps.bin/ */
	CKPT_NODE_STATEDIR,  /* <uuid>/storage/<uuid>/ */
	CKPT_NODE_STATEFILE, /* a file in it; index, or CKPT_INDEX_STATE */
	CKPT_NODE_BATCH,     /* <uuid>/storage/<batch>; index of the batch */
	CKPT_NODE_LATEST,    /* latest; the number is its target's */
	CKPT_NODE_CTL,	     /* .ckptfs/ */
	CKPT_NODE_CONTROL,   /* .ckptfs/control; another number at each look-up */
	CKPT_NODE_CTLFILE,   /* index says which */
	CKPT_NODE_BYTIME,    /* .ckptfs/by-time/ */
	CKPT_NODE_BYTIME_LINK,
	CKPT_NODE_BYID, /* .ckptfs/by-identifier/ */
	CKPT_NODE_BYID_LINK,
	CKPT_NODE_PINS,	     /* .ckptfs/pins/ */
	CKPT_NODE_PINS_LINK, /* the number is its target's: two pins of one checkpoint are one node */
	CKPT_NODE_KINDS
};

#define CKPT_ID_NUMBER_MAX ((UINT64_C(1) << 34) - 1)
#define CKPT_ID_INDEX_MAX ((UINT32_C(1) << 24) - 1)

/* The index of a checkpoint's own state.json: it is no part of the numbered
 * list, since it alone comes after the checkpoint was committed. */
#define CKPT_INDEX_STATE CKPT_ID_INDEX_MAX

struct ckpt_id {
	enum ckpt_node_kind kind;
	uint64_t number;
	uint32_t index;
};

uint64_t ckpt_id_pack(enum ckpt_node_kind kind, uint64_t number, uint32_t index);
/* False if there is no such kind. */
bool ckpt_id_unpack(uint64_t id, struct ckpt_id *out);

/* st_ino of the name that is formatted (cut at CKPT_OWNER_MAX). */
uint64_t ckpt_ino(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* st_ino of a checkpoint's directory; text is its uuid. */
uint64_t ckpt_ino_checkpoint(const struct ckpt_uuid *u, const char *text);

#endif
