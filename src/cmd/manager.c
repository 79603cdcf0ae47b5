#include "cmd/manager.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/journal.h"
#include "base/thread.h"
#include "base/vfail.h"

/* Twice within the time in which one is expected. */
#define BEATS 2
/* What can be asked for: more often would be work, more seldom no watch. */
#define BEAT_MS_MIN 100
#define BEAT_MS_MAX (24 * 3600 * INT64_C(1000))

/* Asked for of this process, how often? */
static int64_t wanted_beat(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	int64_t ms;
	char *end;

	if (!usec || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	ms = strtoll(usec, &end, 10) / 1000 / BEATS;
	if (*end || ms <= 0)
		return 0;
	return ms < BEAT_MS_MIN ? BEAT_MS_MIN : ms > BEAT_MS_MAX ? BEAT_MS_MAX : ms;
}

void ckpt_manager_open(struct ckpt_manager *m, bool foreground)
{
	const char *address = getenv("NOTIFY_SOCKET");

	if (address && foreground)
		m->fd = ckpt_journal_connect(address);
	if (m->fd >= 0)
		m->beat_ms = wanted_beat();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void ckpt_manager_tell(const struct ckpt_manager *m, const char *lines)
{
	/* A manager that is not there misses nothing. */
	if (m->fd >= 0 && send(m->fd, lines, strlen(lines), MSG_NOSIGNAL) < 0)
		return;
}

void ckpt_manager_status(const struct ckpt_manager *m, const char *fmt, ...)
{
	char line[CKPT_ERR_MAX + 16];
	struct ckpt_err e;
	va_list ap;

	va_start(ap, fmt);
	ckpt_vfail(&e, EIO, fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "STATUS=%s", e.msg);
	ckpt_manager_tell(m, line);
}

void ckpt_manager_failed(const struct ckpt_manager *m, const struct ckpt_err *why)
{
	char line[32];

	ckpt_manager_status(m, "%s", why->msg);
	snprintf(line, sizeof(line), "ERRNO=%d", why->code);
	ckpt_manager_tell(m, line);
}

/* False: it is time to end. */
static bool wait_for_beat(struct ckpt_manager *m)
{
	struct timespec until;
	bool end;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += m->beat_ms / 1000;
	until.tv_nsec += m->beat_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&m->lock);
	while (!m->end && pthread_cond_timedwait(&m->ended, &m->lock, &until) != ETIMEDOUT)
		;
	end = m->end;
	pthread_mutex_unlock(&m->lock);
	return !end;
}

static void *beat(void *arg)
{
	struct ckpt_manager *m = arg;

	do {
		m->look(m->ctx);
		ckpt_manager_tell(m, "WATCHDOG=1");
	} while (wait_for_beat(m));
	return NULL;
}

int ckpt_manager_begin(struct ckpt_manager *m, void (*look)(void *ctx), void *ctx, struct ckpt_err *err)
{
	pthread_condattr_t monotonic;
	int rc;

	if (!m->beat_ms)
		return 0;
	m->look = look;
	m->ctx = ctx;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&m->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	rc = ckpt_thread_start(&m->thread, beat, m);
	m->beating = rc == 0;
	return rc ? ckpt_fail_errno(err, rc, "can't start the thread that gives signs of life") : 0;
}

void ckpt_manager_close(struct ckpt_manager *m)
{
	if (m->beating) {
		pthread_mutex_lock(&m->lock);
		m->end = true;
		pthread_cond_signal(&m->ended);
		pthread_mutex_unlock(&m->lock);
		pthread_join(m->thread, NULL);
		pthread_cond_destroy(&m->ended);
		m->beating = false;
	}
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}
