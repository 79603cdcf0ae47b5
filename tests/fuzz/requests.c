/* requests.c - what the kernel may ask, in any order, with any node id
 *
 * The input is a program: a byte says which request comes next, those after it
 * what it asks about.  Ids come from earlier answers, are put together by hand,
 * or are just numbers.  Meanwhile the root changes: by commands written to
 * control, which are the real ones, and as a pipeline does it.
 */
#include "tests/fuzz/requests.h"

#define STEPS_MAX 64
/* The first inputs, such as a corpus, and one in so many are run twice. */
#define FIRST 256
#define AGAIN 32

static void step(struct kernel *k)
{
	switch (take(&k->in) % 16) {
	case 0:
	case 1:
		do_lookup(k);
		break;
	case 2:
		do_getattr(k);
		break;
	case 3:
		do_open(k, false);
		break;
	case 4:
		do_open(k, true);
		break;
	case 5:
		do_read(k);
		break;
	case 6:
		do_readdir(k, false);
		break;
	case 7:
		do_readdir(k, true);
		break;
	case 8:
		do_write(k);
		break;
	case 9:
		do_release(k);
		break;
	case 10:
		do_readlink(k);
		break;
	case 11:
		do_setattr(k);
		break;
	case 12:
		do_forget(k);
		break;
	case 13:
		do_other(k);
		break;
	case 14:
		requests_change_root(&k->in);
		break;
	case 15:
		switch (take(&k->in) % 8) {
		case 0:
			kernel_interrupt(take(&k->in) & 1);
			break;
		case 1:
			do_xattr(k);
			break;
		default:
			do_path(k);
			break;
		}
		break;
	}
}

/* A number that says how each request was answered. */
static uint64_t run(const uint8_t *data, size_t len)
{
	struct kernel k = { .in = { data, data + len }, .node = { FUSE_ROOT_ID }, .n_nodes = 1 };

	requests_begin();
	kernel_begin();
	for (int i = 0; i < STEPS_MAX && k.in.p < k.in.end; i++)
		step(&k);
	while (k.n_handles)
		release_handle(&k, &k.handle[0]);
	kernel_settle();
	requests_end();
	return kernel_answers();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static unsigned n;
	uint64_t answers = run(data, len);

	/* What others have left must make no difference. */
	MUST((++n > FIRST && n % AGAIN) || run(data, len) == answers,
	     "it was answered otherwise the second time");
	return 0;
}
