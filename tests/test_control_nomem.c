/* Without memory for what a file of .ckptfs shows, nobody is shown a part of it, and the
 * log says why. */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>

#include "fuse/inside.h"
#include "tests/suite.h"

/* In place of libfuse's: what a request is, and how it was answered. */
struct fuse_req {
	struct ckpt_fuse *fuse;
	int code; /* 0: it was opened, or read */
	struct fuse_file_info fi;
	sem_t answered;
};

static const struct fuse_ctx nobody;

void *fuse_req_userdata(fuse_req_t req)
{
	return req->fuse;
}

const struct fuse_ctx *fuse_req_ctx(fuse_req_t req)
{
	(void)req;
	return &nobody;
}

void fuse_req_interrupt_func(fuse_req_t req, fuse_interrupt_func_t func, void *data)
{
	(void)req, (void)func, (void)data;
}

int fuse_reply_err(fuse_req_t req, int err)
{
	req->code = err;
	return sem_post(&req->answered);
}

int fuse_reply_open(fuse_req_t req, const struct fuse_file_info *fi)
{
	req->code = 0;
	req->fi = *fi;
	return sem_post(&req->answered);
}

int fuse_reply_buf(fuse_req_t req, const char *buf, size_t size)
{
	(void)buf, (void)size;
	req->code = 0;
	return sem_post(&req->answered);
}

/* It ends in the middle. */
static int show_a_part(void *ctx, enum ckpt_ctl what, struct ckpt_buf *out, struct ckpt_err *err)
{
	(void)ctx, (void)what, (void)err;
	ckpt_buf_adds(out, "what a gc would rem");
	out->failed = true;
	return 0;
}

static struct ckpt_fuse fuse;
static struct fuse_req req;

static void begin(void)
{
	fuse = (struct ckpt_fuse){ .opts = { .log = ckpt_log_new(false, false), .show = show_a_part } };
	pthread_mutex_init(&fuse.handles_lock, NULL);
	fuse.looker = ckpt_engine_new();
	ck_assert_ptr_nonnull(fuse.looker);
	req = (struct fuse_req){ .fuse = &fuse, .code = -1 };
	sem_init(&req.answered, 0, 0);
}

static void end(void)
{
	ckpt_engine_free(fuse.looker);
	ckpt_handle_free_all(&fuse);
	ckpt_log_free(fuse.opts.log);
	pthread_mutex_destroy(&fuse.handles_lock);
}

START_TEST(a_file_that_can_not_be_made_up_is_not_opened_and_the_log_says_why)
{
	const struct fuse_file_info fi = { .flags = O_RDONLY };
	struct ckpt_buf log = CKPT_BUF_INIT;

	ckpt_control_open(&req, CKPT_CTL_GC, &fi);
	ck_assert_int_eq(sem_wait(&req.answered), 0);
	ck_assert_int_eq(req.code, ENOMEM);
	ckpt_log_dump(fuse.opts.log, &log);
	ck_assert_ptr_nonnull(log.data);
	ck_assert_msg(strstr(log.data, "there is not enough memory") != NULL, "%s", log.data);
	ckpt_buf_release(&log);
}
END_TEST

START_TEST(half_of_the_help_is_an_error)
{
	const struct fuse_file_info fi = { .flags = O_RDWR };

	ckpt_control_open(&req, CKPT_CTL_CONTROL, &fi);
	ck_assert_int_eq(req.code, 0);
	ckpt_control_read(&req, ckpt_handle_of(&req.fi), 4096, 0);
	ck_assert_int_eq(req.code, ENOMEM);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("control-nomem");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_file_that_can_not_be_made_up_is_not_opened_and_the_log_says_why);
	tcase_add_test(tc, half_of_the_help_is_an_error);
	return suite_run_one("control-nomem", tc);
}
