#include "tests/fuzz/requests_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* No request has a unique from here on. */
#define NEVER (UINT64_C(1) << 62 | 1)

/* Interrupts that libfuse may still remember. */
#define INTERRUPTS_MAX 4

static struct {
	struct fuse_session *se;
	int device;
	uint64_t last; /* unique of a request */
	unsigned n;    /* requests since kernel_begin() */
	uint64_t answers;
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

/* One message, as the kernel takes it: a header, and all of it at once. */
static ssize_t take_answer(const struct iovec *iov, int count)
{
	struct fuse_out_header out;
	size_t len = 0;

	MUST(count > 0 && iov[0].iov_len == sizeof(out), "an answer without a header");
	memcpy(&out, iov[0].iov_base, sizeof(out));
	MUST(out.error <= 0 && out.error > -1000 && (out.error == 0 || out.len == sizeof(out)), "error %d",
	     out.error);
	if (k.asked && out.unique == k.asked) {
		k.asked = 0;
		k.reply.error = -out.error;
		for (int i = 1; i < count; len += iov[i].iov_len, i++) {
			MUST(iov[i].iov_len <= KERNEL_DATA_MAX - len, "%zu bytes and %zu more", len,
			     iov[i].iov_len);
			if (iov[i].iov_len)
				memcpy(k.reply.data + len, iov[i].iov_base, iov[i].iov_len);
		}
		k.reply.len = len;
		MUST(out.len == sizeof(out) + len, "%u is not %zu", out.len, sizeof(out) + len);
	} else {
		take_interrupt(&out);
	}
	return out.len;
}

/* In place of the C library's: what libfuse writes to its device comes here,
 * without a system call. */
ssize_t writev(int fd, const struct iovec *iov, int count)
{
	return k.se && fd == k.device ? take_answer(iov, count) : syscall(SYS_writev, fd, iov, count);
}

/* --- requests -------------------------------------------------------------- */

static void note(uint64_t what)
{
	k.answers = (k.answers ^ what) * UINT64_C(0x9e3779b97f4a7c15);
	k.answers ^= k.answers >> 29;
}

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
	k.n++;
	fuse_session_process_buf(k.se, &buf);
	free(buf.mem);
}

const struct kernel_reply *kernel_ask(uint32_t opcode, uint64_t node, uint32_t uid,
				      const struct kernel_arg *arg)
{
	uint64_t unique = k.last += 2;

	k.asked = unique;
	send(opcode, unique, node, uid, arg);
	MUST(!k.asked, "request %u has no answer", opcode);
	note((uint64_t)opcode << 32 | (uint32_t)k.reply.error);
	/* An entry begins with the node's id. */
	if (opcode == FUSE_LOOKUP && k.reply.len >= sizeof(node)) {
		memcpy(&node, k.reply.data, sizeof(node));
		note(node);
	}
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

void kernel_begin(void)
{
	k.n = 0;
	k.answers = 0;
}

uint64_t kernel_answers(void)
{
	count_steps("requests", k.n);
	return k.answers;
}

void kernel_start(struct ckpt_fuse *f)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char device[32];

	MUST(fuse_opt_add_arg(&args, "ckptfs") == 0, "no memory");
	k.se = fuse_session_new(&args, &ckpt_fuse_ops, sizeof(ckpt_fuse_ops), f);
	fuse_opt_free_args(&args);
	k.device = open("/dev/null", O_RDWR | O_CLOEXEC);
	MUST(k.se && k.device >= 0, "no session");
	f->se = k.se;
	snprintf(device, sizeof(device), "/dev/fd/%d", k.device);
	MUST(fuse_session_mount(k.se, device) == 0, "no device");
	initialise();
}
