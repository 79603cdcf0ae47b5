/* requests_engine.c - commands are run where they come, in one thread
 *
 * In place of src/fuse/engine.c, so that an input has one effect and no
 * execution waits for a thread.  An interrupt that came before its request
 * cancels it, as there.
 */
#include <stdlib.h>

#include "fuse/inside.h"

struct ckpt_engine {
	char unused;
};

struct ckpt_engine *ckpt_engine_new(void)
{
	return calloc(1, sizeof(struct ckpt_engine));
}

void ckpt_engine_stop(struct ckpt_engine *e)
{
	(void)e;
}

void ckpt_engine_free(struct ckpt_engine *e)
{
	free(e);
}

static void on_interrupt(fuse_req_t req, void *data)
{
	(void)req;
	((struct ckpt_job *)data)->stop = true;
}

bool ckpt_engine_add(struct ckpt_engine *e, struct ckpt_job *job)
{
	job->engine = e;
	fuse_req_interrupt_func(job->req, on_interrupt, job);
	if (job->stop)
		job->cancel(job);
	else
		job->run(job);
	free(job);
	return true;
}

void ckpt_job_settle(struct ckpt_job *job)
{
	fuse_req_interrupt_func(job->req, NULL, NULL);
}

bool ckpt_job_stopped(void *job)
{
	return ((struct ckpt_job *)job)->stop;
}
