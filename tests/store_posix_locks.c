/* Floor 1, posix: locks and leases between processes, and watches. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/name.h"
#include "store_posix.h"
#include "store_suite.h"

pid_t child(void (*prepare)(void))
{
	int ready[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prepare();
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

void end(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* As a Feldera pipeline does. */
static void lock_as_pipeline(void)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(in_root(CKPT_PIDLOCK), O_RDWR | O_CREAT, 0644);

	if (fd < 0 || fcntl(fd, F_SETLK, &fl))
		_exit(1);
}

static void lock_as_we_do(void)
{
	struct ckpt_store *s;
	struct ckpt_lock *l;

	if (ckpt_store_open_posix(root_path, &s, NULL) || ckpt_store_lock(s, &l, NULL, NULL))
		_exit(1);
}

static void refused_by(pid_t pid)
{
	struct ckpt_lock *l;
	char text[64];
	long holder = 0;

	FAILS(EBUSY, ckpt_store_lock(a, &l, &holder, &e));
	ck_assert_int_eq(holder, pid);
	snprintf(text, sizeof(text), "process %ld ", (long)pid);
	ck_assert_msg(strstr(e.msg, text) && strstr(e.msg, root_path), "%s", e.msg);
}

START_TEST(a_pipelines_lock_is_respected_and_its_pid_told)
{
	pid_t pid = child(lock_as_pipeline);
	struct ckpt_lock *l;

	refused_by(pid);
	end(pid);
	OK(ckpt_store_lock(a, &l, NULL, &e));
	ckpt_lock_release(l);
}
END_TEST

START_TEST(our_lock_keeps_a_pipeline_out)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct ckpt_lock *l;
	int status, fd;
	pid_t pid;

	OK(ckpt_store_lock(a, &l, NULL, &e));
	pid = fork();
	if (pid == 0) {
		fd = open(in_root(CKPT_PIDLOCK), O_RDWR | O_CLOEXEC);
		_exit(fd >= 0 && fcntl(fd, F_SETLK, &fl) && (errno == EAGAIN || errno == EACCES) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ckpt_lock_release(l);
}
END_TEST

START_TEST(another_process_of_ours_is_told_by_what_it_wrote)
{
	pid_t pid = child(lock_as_we_do);
	struct ckpt_lock *l;
	char text[64];

	refused_by(pid);
	snprintf(text, sizeof(text), "ckptfs %ld\n", (long)pid);
	expect_planted(CKPT_PIDLOCK, text);
	end(pid);
	/* What the dead one left is not kept. */
	OK(ckpt_store_lock(a, &l, NULL, &e));
	ckpt_lock_release(l);
	expect_planted(CKPT_PIDLOCK, "");
}
END_TEST

START_TEST(the_lock_file_gets_its_content_back)
{
	static const char *const texts[] = { "", "4711", "ckptfs is a word\n" };
	char longer[100], line[64];
	struct ckpt_lock *l, *other;
	long holder;

	snprintf(line, sizeof(line), "ckptfs %ld\n", (long)getpid());
	for (size_t i = 0; i < 3; i++) {
		plant(CKPT_PIDLOCK, texts[i]);
		OK(ckpt_store_lock(a, &l, NULL, &e));
		expect_planted(CKPT_PIDLOCK, line);
		ckpt_lock_release(l);
		expect_planted(CKPT_PIDLOCK, texts[i]);
	}
	/* More than a pid is not ours to touch. */
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	plant(CKPT_PIDLOCK, longer);
	OK(ckpt_store_lock(a, &l, NULL, &e));
	expect_planted(CKPT_PIDLOCK, longer);
	FAILS(EBUSY, ckpt_store_lock(b, &other, &holder, &e));
	ck_assert_int_eq(holder, 0);
	ckpt_lock_release(l);
	expect_planted(CKPT_PIDLOCK, longer);
}
END_TEST

/* Race 1. */
START_TEST(a_lock_is_on_the_file_that_has_the_name)
{
	struct ckpt_lock *l, *other;

	OK(ckpt_store_lock(a, &l, NULL, &e));
	ck_assert_int_eq(rename(in_root(CKPT_PIDLOCK), in_root("old")), 0);
	OK(ckpt_store_lock(b, &other, NULL, &e));
	ckpt_lock_release(other);
	ckpt_lock_release(l);
	expect_planted("old", "");
}
END_TEST

#define THREADS 4
#define ROUNDS 2000

/* Locks, looks whether the file has its name, and cleans up. */
static void *lock_and_unlink(void *locked)
{
	char path[400];
	struct ckpt_lock *l;
	int i, rc = 0;

	snprintf(path, sizeof(path), "%s/%s", root_path, CKPT_PIDLOCK);
	for (i = 0; !rc && i < ROUNDS; i++) {
		if (ckpt_store_lock(a, &l, NULL, NULL))
			continue;
		rc = unlink(path);
		ckpt_lock_release(l);
		__atomic_add_fetch((unsigned *)locked, 1, __ATOMIC_SEQ_CST);
	}
	return rc ? (void *)"the file that was locked was gone" : NULL;
}

/* Race 1. */
START_TEST(a_lock_is_never_on_a_file_that_is_gone)
{
	pthread_t thread[THREADS];
	unsigned locked = 0;
	void *said;
	int i;

	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, lock_and_unlink, &locked), 0);
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(thread[i], &said), 0);
		ck_assert_msg(!said, "%s", (char *)said);
	}
	ck_assert_uint_gt(locked, 0);
}
END_TEST

START_TEST(a_release_counts_also_while_a_child_has_the_descriptor)
{
	struct ckpt_lock *l, *other;
	struct ckpt_lease *lease;
	pid_t pid;

	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", CKPT_MARKER, "");
	OK(ckpt_store_lock(a, &l, NULL, &e));
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_SHARED, &lease, &e));
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	ckpt_lock_release(l);
	ckpt_lease_release(lease);
	OK(ckpt_store_lock(b, &other, NULL, &e));
	OK(ckpt_store_lease(b, "d", CKPT_LEASE_ASK, NULL, &e));
	ckpt_lock_release(other);
	end(pid);
}
END_TEST

static struct ckpt_store *leased;

static void lease_and_wait(void)
{
	struct ckpt_lease *l;

	if (ckpt_store_open_posix(root_path, &leased, NULL) ||
	    ckpt_store_lease(leased, "d", CKPT_LEASE_SHARED, &l, NULL))
		_exit(1);
}

START_TEST(a_lease_ends_with_its_process)
{
	pid_t pid;

	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", CKPT_MARKER, "");
	pid = child(lease_and_wait);
	FAILS(EBUSY, ckpt_store_lease(a, "d", CKPT_LEASE_ASK, NULL, &e));
	end(pid);
	OK(ckpt_store_lease(a, "d", CKPT_LEASE_ASK, NULL, &e));
}
END_TEST

static void look_for_loss(void *ctx, const char *dir, const char *name)
{
	(void)dir;
	*(unsigned *)ctx += !name;
}

START_TEST(a_watch_says_that_the_root_went)
{
	struct ckpt_watch *w;
	unsigned lost = 0;
	char to[400];

	snprintf(to, sizeof(to), "%s.moved", root_path);
	OK(ckpt_store_watch(a, &w, &e));
	ck_assert_int_eq(rename(root_path, to), 0);
	OK(ckpt_watch_next(w, look_for_loss, &lost, &e));
	ck_assert_uint_gt(lost, 0);
	ckpt_watch_close(w);
}
END_TEST

START_TEST(where_there_are_no_watches_one_must_poll)
{
	struct rlimit before, few;
	struct ckpt_watch *w;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	FAILS(ENOTSUP, ckpt_store_watch(a, &w, &e));
	ck_assert_ptr_null(w);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

void store_posix_locks(TCase *tc)
{
	tcase_add_test(tc, a_pipelines_lock_is_respected_and_its_pid_told);
	tcase_add_test(tc, our_lock_keeps_a_pipeline_out);
	tcase_add_test(tc, another_process_of_ours_is_told_by_what_it_wrote);
	tcase_add_test(tc, the_lock_file_gets_its_content_back);
	tcase_add_test(tc, a_lock_is_on_the_file_that_has_the_name);
	tcase_add_test(tc, a_lock_is_never_on_a_file_that_is_gone);
	tcase_add_test(tc, a_release_counts_also_while_a_child_has_the_descriptor);
	tcase_add_test(tc, a_lease_ends_with_its_process);
	tcase_add_test(tc, a_watch_says_that_the_root_went);
	tcase_add_test(tc, where_there_are_no_watches_one_must_poll);
}
