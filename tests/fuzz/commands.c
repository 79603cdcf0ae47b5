/* commands.c - random commands on a root, and the same on a model of the rules
 *
 * The input is a program: a byte says what happens next, those after it to what.
 * Commands run on the engine and on the model (commands_model.h); a pipeline
 * stages checkpoints, writes state.json, takes the lock; readers come and go;
 * somebody else drops, damages and adds files.  After each step the answer, the
 * error, and all of the root are compared.
 */
#include <string.h>

#include "tests/fuzz/commands.h"

#define STEPS_MAX 48

struct root root[2], *r;
struct bytes in;

static void step(void)
{
	uint8_t op = take(&in);

	r = &root[op / 32 % 4 == 3];
	switch (op % 32) {
	case 0:
	case 1:
	case 2:
		stage();
		break;
	case 3:
	case 4:
	case 5:
		do_commit();
		break;
	case 6:
	case 7:
		do_gc();
		break;
	case 8:
		do_remove();
		break;
	case 9:
		do_sweep();
		break;
	case 10:
		do_verify();
		break;
	case 11:
	case 12:
		do_pin(true);
		break;
	case 13:
		do_pin(false);
		break;
	case 14:
		do_rebuild();
		break;
	case 15:
		drop_batch();
		break;
	case 16:
		damage_dir();
		break;
	case 17:
		damage_catalog();
		break;
	case 18:
		write_state();
		break;
	case 19:
		add_junk();
		break;
	case 20:
		damage_pins();
		break;
	case 21:
		toggle_reader();
		break;
	case 22:
		toggle_lock();
		break;
	case 23:
	case 24:
	case 25:
		do_archive();
		break;
	case 26:
		root[0].model.now_ms += take(&in) * 100;
		root[1].model.now_ms = root[0].model.now_ms;
		break;
	}
}

static void begin(struct root *of)
{
	memset(of, 0, sizeof(*of));
	model_init(&of->model);
	of->mem = ckpt_mem_new();
	MUST(of->mem && ckpt_store_open_mem(of->mem, &of->ours, NULL) == 0 &&
		     ckpt_store_open_mem(of->mem, &of->theirs, NULL) == 0,
	     "no memory");
}

static void end(struct root *of)
{
	must_be_tree(of, "all");
	for (unsigned i = 0; i < N_CKPT; i++)
		ckpt_lease_release(of->lease[i]);
	ckpt_lock_release(of->lock);
	ckpt_store_free(of->ours);
	ckpt_store_free(of->theirs);
	ckpt_mem_free(of->mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned n;

	in = (struct bytes){ data, data + len };
	begin(&root[0]);
	begin(&root[1]);
	for (n = 0; n < STEPS_MAX && in.p < in.end; n++)
		step();
	count_steps("steps", n);
	end(&root[0]);
	end(&root[1]);
	return 0;
}
