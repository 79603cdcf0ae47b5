/* stage.c - one checkpoint of many states and batches by a stage of the library,
 * as a program that links it would write it:  stage ROOT STATES BATCHES */
#include <ckptfs/stage.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH_BYTES 4096

static void check(int rc, const struct ckpt_err *err)
{
	if (!rc)
		return;
	fprintf(stderr, "stage: %s\n", err->msg);
	exit(1);
}

static void add_states(struct ckpt_stage *stage, int n, struct ckpt_err *err)
{
	static char bytes[1000];
	struct ckpt_bytes object = { bytes, sizeof(bytes) };
	char name[32];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "state-%06d", i);
		check(ckpt_stage_state(stage, &(struct ckpt_state){ name, &ckpt_type_bytes, &object }, err),
		      err);
	}
}

static void add_batches(struct ckpt_stage *stage, int n, struct ckpt_err *err)
{
	static const char bytes[BATCH_BYTES];
	char name[256];

	for (int i = 0; i < n; i++) {
		struct ckpt_batch_writer *w;

		check(ckpt_stage_batch(stage, 0, &w, err), err);
		check(ckpt_batch_append(w, bytes, sizeof(bytes), err), err);
		check(ckpt_batch_finish(w, name, err), err);
	}
}

int main(int argc, char **argv)
{
	const uint64_t fingerprint = 42;
	const struct ckpt_commit_opts opts = { .fingerprint = &fingerprint };
	struct ckpt_root *root;
	struct ckpt_stage *stage;
	struct ckpt_err err;

	if (argc != 4)
		return 2;
	check(ckpt_root_open_dir(argv[1], NULL, &root, &err), &err);
	check(ckpt_stage_new(root, &stage, &err), &err);
	add_states(stage, atoi(argv[2]), &err);
	add_batches(stage, atoi(argv[3]), &err);
	check(ckpt_stage_commit(stage, &opts, NULL, &err), &err);
	ckpt_stage_free(stage);
	ckpt_root_free(root);
	return 0;
}
