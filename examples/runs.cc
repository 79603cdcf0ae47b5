// runs - counts how often it was run, in C++
//
//	runs ROOT
//
//	c++ -std=c++17 runs.cc $(pkg-config --cflags --libs ckptfs) -o runs
#include <ckptfs/restore.h>
#include <ckptfs/stage.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>

static uint64_t runs;
static const ckpt_state states[] = { { "runs", &ckpt_type_u64, &runs } };

static int restore(ckpt_root *root, ckpt_err *err)
{
	ckpt_restore_opts opts = {}; // the newest
	ckpt_restore *r;
	int rc = ckpt_restore_new(root, &opts, &r, err);

	if (rc == -ENOENT)
		return 0; // the first run
	if (!rc)
		rc = ckpt_restore_states(r, states, 1, err);
	ckpt_restore_free(r);
	return rc;
}

static int save(ckpt_root *root, ckpt_err *err)
{
	uint64_t fingerprint;
	ckpt_commit_opts opts = {};
	ckpt_stage *stage;
	int rc = ckpt_states_fingerprint(states, 1, &fingerprint, err);

	if (rc)
		return rc;
	opts.fingerprint = &fingerprint;
	rc = ckpt_stage_new(root, &stage, err);
	if (!rc)
		rc = ckpt_stage_state(stage, &states[0], err);
	if (!rc)
		rc = ckpt_stage_commit(stage, &opts, nullptr, err);
	ckpt_stage_free(stage);
	return rc;
}

int main(int argc, char **argv)
{
	ckpt_root *root = nullptr;
	ckpt_err err;

	if (argc != 2) {
		std::fputs("usage: runs ROOT\n", stderr);
		return 2;
	}
	int rc = ckpt_root_open_dir(argv[1], nullptr, &root, &err);
	if (!rc)
		rc = restore(root, &err);
	if (!rc) {
		runs++;
		rc = save(root, &err);
	}
	if (rc)
		std::fprintf(stderr, "runs: %s\n", err.msg);
	else
		std::printf("%" PRIu64 "\n", runs);
	ckpt_root_free(root);
	return rc ? 1 : 0;
}
