#include "base/thread.h"

#include <signal.h>

int ckpt_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t most, before;
	int rc;

	sigfillset(&most);
	sigdelset(&most, SIGSYS);
	pthread_sigmask(SIG_SETMASK, &most, &before);
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}
