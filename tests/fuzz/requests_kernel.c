#include "tests/fuzz/requests_kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* No request has a unique from here on. */
#define NEVER (UINT64_C(1) << 62 | 1)

/* Interrupts that libfuse may still remember. */
#define INTERRUPTS_MAX 4

static struct {
	struct fuse_session *se;
	int device;
	uint64_t last;	/* unique of a request */
	uint64_t asked; /* 0: nobody waits */
	struct kernel_reply reply;
	uint64_t interrupted; /* the last that was */
	uint64_t never;	      /* unique of the last interrupt of none */
	uint64_t pending[INTERRUPTS_MAX];
	size_t n_pending; /* so far; the oldest is overwritten */
} k = { .never = NEVER };

/* --- answers --------------------------------------------------------------- */

/* One that found no request is answered when a later one comes. */
static void take_interrupt(const struct fuse_out_header *out)
{
	size_t i = 0;

	while (i < INTERRUPTS_MAX && k.pending[i] != out->unique)
		i++;
	MUST(i < INTERRUPTS_MAX && out->error == -EAGAIN && out->len == sizeof(*out),
	     "an answer that nobody waits for: unique %llu, error %d", (unsigned long long)out->unique,
	     out->error);
	k.pending[i] = 0;
}

static void take_answer(const struct fuse_out_header *out, const uint8_t *data, size_t len)
{
	MUST(out->error <= 0 && out->error > -1000 && (out->error == 0 || len == 0), "error %d", out->error);
	if (!k.asked || out->unique != k.asked) {
		take_interrupt(out);
		return;
	}
	k.asked = 0;
	k.reply.error = -out->error;
	k.reply.len = len;
	memcpy(k.reply.data, data, len);
}

/* What libfuse has written since the last time. */
static void take_answers(void)
{
	static uint8_t buf[(INTERRUPTS_MAX + 1) * (sizeof(struct fuse_out_header) + KERNEL_DATA_MAX)];
	off_t end = lseek(k.device, 0, SEEK_CUR);
	size_t len = (size_t)end, at = 0;
	struct fuse_out_header out;

	if (!end)
		return;
	MUST(end > 0 && len <= sizeof(buf), "%zu bytes", len);
	MUST(pread(k.device, buf, len, 0) == (ssize_t)len && lseek(k.device, 0, SEEK_SET) == 0, "no answer");
	for (; at < len; at += out.len) {
		MUST(len - at >= sizeof(out), "%zu bytes are left", len - at);
		memcpy(&out, buf + at, sizeof(out));
		MUST(out.len >= sizeof(out) && out.len <= len - at, "%u is not %zu", out.len, len - at);
		MUST(out.len <= sizeof(out) + KERNEL_DATA_MAX, "%u bytes", out.len);
		take_answer(&out, buf + at + sizeof(out), out.len - sizeof(out));
	}
}

/* --- requests -------------------------------------------------------------- */

/* In memory of just its size. */
static void send(uint32_t opcode, uint64_t unique, uint64_t node, uint32_t uid, const struct kernel_arg *arg)
{
	struct fuse_in_header in = {
		.opcode = opcode, .unique = unique, .nodeid = node, .uid = uid, .pid = 1
	};
	struct fuse_buf buf = { .fd = -1 };
	size_t len = sizeof(in);

	for (const struct kernel_arg *a = arg; a->data; a++)
		len += a->len;
	in.len = (uint32_t)len;
	buf.mem = malloc(len);
	buf.size = len;
	MUST(buf.mem, "no memory");
	memcpy(buf.mem, &in, sizeof(in));
	len = sizeof(in);
	for (; arg->data; len += arg->len, arg++)
		memcpy((char *)buf.mem + len, arg->data, arg->len);
	fuse_session_process_buf(k.se, &buf);
	free(buf.mem);
	take_answers();
}

const struct kernel_reply *kernel_ask(uint32_t opcode, uint64_t node, uint32_t uid,
				      const struct kernel_arg *arg)
{
	uint64_t unique = k.last += 2;

	k.asked = unique;
	send(opcode, unique, node, uid, arg);
	MUST(!k.asked, "request %u has no answer", opcode);
	return &k.reply;
}

void kernel_tell(uint32_t opcode, uint64_t node, const struct kernel_arg *arg)
{
	send(opcode, k.last += 2, node, 0, arg);
}

/* The unique of the request, and a bit.  An interrupt that finds its request is
 * not answered at all. */
void kernel_interrupt(bool next)
{
	const struct fuse_interrupt_in in = { .unique = next ? k.last + 2 : NEVER };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	uint64_t unique = next ? in.unique | 1 : (k.never += 2);

	if (next && k.interrupted == in.unique)
		return; /* the kernel does it once */
	if (next)
		k.interrupted = in.unique;
	k.pending[k.n_pending++ % INTERRUPTS_MAX] = unique;
	send(FUSE_INTERRUPT, unique, 0, 0, arg);
	/* More than it may remember. */
	if (k.n_pending % INTERRUPTS_MAX == 0)
		kernel_settle();
}

void kernel_settle(void)
{
	const struct kernel_arg none[] = { { 0 } };

	/* Each request makes libfuse answer one, unless it is interrupted itself. */
	for (int i = 0; i <= INTERRUPTS_MAX && k.n_pending; i++)
		kernel_ask(FUSE_STATFS, FUSE_ROOT_ID, 0, none);
	memset(k.pending, 0, sizeof(k.pending));
	k.n_pending = 0;
}

/* --- the session ------------------------------------------------------------ */

static void initialise(void)
{
	const struct fuse_init_in in = { .major = FUSE_KERNEL_VERSION,
					 .minor = 36,
					 .max_readahead = 131072,
					 .flags = ~(uint32_t)0 & ~(uint32_t)FUSE_INIT_EXT };
	const struct kernel_arg arg[] = { { &in, sizeof(in) }, { 0 } };
	const struct kernel_reply *r = kernel_ask(FUSE_INIT, 0, 0, arg);

	MUST(r->error == 0 && r->len >= FUSE_COMPAT_22_INIT_OUT_SIZE, "INIT: %d", r->error);
}

static void say_how_many(void)
{
	fprintf(stderr, "%llu requests\n", (unsigned long long)(k.last / 2));
}

/* The device is a file in memory: each answer is written behind the last one. */
void kernel_start(struct ckpt_fuse *f)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char device[32];

	MUST(fuse_opt_add_arg(&args, "ckptfs") == 0, "no memory");
	f->se = k.se = fuse_session_new(&args, &ckpt_fuse_ops, sizeof(ckpt_fuse_ops), f);
	fuse_opt_free_args(&args);
	k.device = memfd_create("kernel", MFD_CLOEXEC);
	MUST(k.se && k.device >= 0, "no session");
	snprintf(device, sizeof(device), "/dev/fd/%d", k.device);
	MUST(fuse_session_mount(k.se, device) == 0, "no device");
	initialise();
	atexit(say_how_many);
}
