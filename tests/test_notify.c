/* News for the kernel: none is lost, in their order, also where more come than wait. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fuse/notify.h"
#include "tests/suite.h"

/* In place of libfuse's: the kernel takes no news until the gate is open. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gate;
static size_t taken;
static bool in_order;

int fuse_lowlevel_notify_inval_inode(struct fuse_session *se, uint64_t ino, off_t off, off_t len);
int fuse_lowlevel_notify_inval_entry(struct fuse_session *se, uint64_t parent, const char *name, size_t len);

int fuse_lowlevel_notify_inval_inode(struct fuse_session *se, uint64_t ino, off_t off, off_t len)
{
	(void)se, (void)off, (void)len;
	pthread_mutex_lock(&lock);
	while (!gate)
		pthread_cond_wait(&changed, &lock);
	in_order = in_order && ino == taken;
	taken++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return 0;
}

int fuse_lowlevel_notify_inval_entry(struct fuse_session *se, uint64_t parent, const char *name, size_t len)
{
	(void)name;
	return fuse_lowlevel_notify_inval_inode(se, parent, 0, (off_t)len);
}

struct bringer {
	struct ckpt_notify *n;
	size_t news, brought; /* the second under lock */
};

static void *bring(void *arg)
{
	struct bringer *b = arg;

	for (size_t i = 0; i < b->news; i++) {
		const struct ckpt_change_event e = { .what = CKPT_CHANGE_INODE, .id = i };

		ckpt_notify_add(b->n, &e);
		pthread_mutex_lock(&lock);
		b->brought++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* Wait until *count is n; no longer than a moment if it is not to become that. */
static bool reaches(const size_t *count, size_t n, time_t seconds)
{
	struct timespec until;
	bool reached;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&lock);
	while (*count < n && !rc)
		rc = pthread_cond_timedwait(&changed, &lock, &until);
	reached = *count == n;
	pthread_mutex_unlock(&lock);
	return reached;
}

static void open_gate(bool open)
{
	pthread_mutex_lock(&lock);
	gate = open;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

START_TEST(news_wait_for_room_and_none_is_lost)
{
	/* One is with the thread that tells, the others are in the queue. */
	const size_t room = CKPT_NOTIFY_QUEUE + 1;

	for (size_t news = room - 1; news <= room + 1; news++) {
		struct bringer b = { .news = news };
		pthread_t t;

		open_gate(false);
		taken = 0;
		in_order = true;
		b.n = ckpt_notify_new(NULL);
		ck_assert_ptr_nonnull(b.n);
		ck_assert_int_eq(pthread_create(&t, NULL, bring, &b), 0);
		ck_assert(reaches(&b.brought, news < room ? news : room, 60));
		ck_assert(news <= room || !reaches(&b.brought, room + 1, 1));
		open_gate(true);
		pthread_join(t, NULL);
		ck_assert(reaches(&taken, news, 60));
		ck_assert(in_order);
		ckpt_notify_free(b.n);
	}
}
END_TEST

START_TEST(the_end_waits_for_no_room)
{
	struct bringer b = { .news = CKPT_NOTIFY_QUEUE + 2 };
	pthread_t t;

	open_gate(false);
	taken = 0;
	b.n = ckpt_notify_new(NULL);
	ck_assert_int_eq(pthread_create(&t, NULL, bring, &b), 0);
	ck_assert(reaches(&b.brought, CKPT_NOTIFY_QUEUE + 1, 60));
	open_gate(true);
	ckpt_notify_stop(b.n);
	pthread_join(t, NULL);
	ckpt_notify_free(b.n);
}
END_TEST

int main(void)
{
	const TTest *tests[] = { news_wait_for_room_and_none_is_lost, the_end_waits_for_no_room };
	TCase *tc = tcase_create("notify");

	tcase_set_timeout(tc, 300);
	suite_add_all(tc, tests);
	return suite_run_one("notify", tc);
}
