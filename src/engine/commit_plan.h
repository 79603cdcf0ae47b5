/* commit_plan.h - what a commit is to write: chosen and gathered, nothing is changed */
#ifndef CKPT_ENGINE_COMMIT_PLAN_H
#define CKPT_ENGINE_COMMIT_PLAN_H

#include "base/name.h"
#include "base/names.h"
#include "engine/catalog.h"

struct ckpt_commit_plan {
	struct ckpt_root *root;
	const struct ckpt_commit_opts *opts;
	const struct ckpt_names *staged; /* NULL, or the batches */
	struct ckpt_uuid uuid;
	char dir[CKPT_UUID_TEXT];
	struct ckpt_deps deps; /* as written */
	uint64_t fingerprint;
};

/* As the options say, or a new one. */
int ckpt_commit_plan_uuid(struct ckpt_commit_plan *p, struct ckpt_err *err);
/* As the options say, or that of the newest. */
int ckpt_commit_plan_fingerprint(struct ckpt_commit_plan *p, struct ckpt_err *err);
/* Its batches and state files.  The directory is there. */
int ckpt_commit_plan_names(struct ckpt_commit_plan *p, struct ckpt_err *err);
/* Of dependencies.json: as the options say, or that of the newest. */
int ckpt_commit_plan_version(const struct ckpt_commit_plan *p);
/* Its line in the catalog, with the bytes that lie in the directory now. */
int ckpt_commit_plan_entry(const struct ckpt_commit_plan *p, struct ckpt_entry **out, struct ckpt_err *err);

#endif
