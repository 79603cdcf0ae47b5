/* taken_over [--ring | --rings] [--free] PID DIR - what can somebody do who has taken a
 * daemon over?
 *
 * Each thread of the process PID, whose root is DIR/root, is made to try what
 * serving a mount never does (attempts.h), and must be refused.  --ring:
 * through an io_uring, which the process must be allowed to have; --rings: it is,
 * and what else it could do by calls is refused.  --free: the
 * process is not confined, and what its user may do must work: so it is the
 * confinement that refuses.  Needs root.  Prints lines for tests/functions.sh.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/attempts.h"

static struct ckpt_world w;
static bool is_free, chrooted, has_rings;
static pid_t pid;

/* --- the world ------------------------------------------------------------ */

/* The process's descriptor of DIR/root. */
static int find_root(void)
{
	char path[64], to[1024], root[1024];

	snprintf(root, sizeof(root), "%s/root", w.dir);
	for (int fd = 3; fd < 64; fd++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(path, to, sizeof(to) - 1);
		if (n > 0 && (size_t)n == strlen(root) && memcmp(to, root, (size_t)n) == 0)
			return fd;
	}
	errx(99, "%d has not opened %s", (int)pid, root);
}

static bool has_other_root(void)
{
	char path[64], to[8];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	return readlink(path, to, sizeof(to)) > 1;
}

static unsigned user_of(const char *which)
{
	char path[64], line[128];
	unsigned id = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		err(99, "%s", path);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, which, strlen(which)) == 0)
			id = (unsigned)strtoul(line + strlen(which), NULL, 10);
	fclose(f);
	return id;
}

/* It runs a program of its own, so that its user may trace it. */
static pid_t start_victim(void)
{
	const uid_t uid = user_of("Uid:");
	const gid_t gid = user_of("Gid:");
	pid_t child;
	int ready[2];
	char c;

	if (pipe2(ready, O_CLOEXEC) != 0 || (child = fork()) < 0)
		err(99, "a process to be attacked");
	if (child == 0) {
		if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
		    setresuid(uid, uid, uid) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
			_exit(99);
		execlp("sleep", "sleep", "600", (char *)NULL);
		_exit(99);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 0)
		err(99, "a process to be attacked");
	close(ready[0]);
	return child;
}

static void listen_at(int type, void *address, socklen_t *len)
{
	struct sockaddr *a = address;
	int fd = socket(a->sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, a, *len) != 0 || (type == SOCK_STREAM && listen(fd, 128) != 0) ||
	    getsockname(fd, a, len) != 0)
		err(99, "a socket to be connected to");
}

static void start_listeners(void)
{
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(local);
	int n;

	w.tcp = w.udp = local;
	listen_at(SOCK_STREAM, &w.tcp, &len);
	listen_at(SOCK_DGRAM, &w.udp, &len);
	w.abstract.sun_family = w.path.sun_family = AF_UNIX;
	n = snprintf(w.abstract.sun_path + 1, 64, "ckptfs-test-%d", (int)getpid());
	w.abstract_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
	listen_at(SOCK_STREAM, &w.abstract, &w.abstract_len);
	if (snprintf(w.path.sun_path, sizeof(w.path.sun_path), "%s/socket", w.dir) >=
	    (int)sizeof(w.path.sun_path))
		errx(99, "%s is too long for a socket", w.dir);
	unlink(w.path.sun_path);
	w.path_len = sizeof(w.path);
	listen_at(SOCK_STREAM, &w.path, &w.path_len);
	if (chmod(w.path.sun_path, 0666) != 0)
		err(99, "%s", w.path.sun_path);
}

/* --- the judge ------------------------------------------------------------ */

struct result {
	size_t tried, right;
	long last, wrong;
};

/* Without privileges nobody gets an empty network, and a Unix socket with a path
 * is no file to Landlock: a filter of calls is all there is. */
static bool is_known_gap(const struct ckpt_attempt *t)
{
	return w.ring && !chrooted && t->refusal == BY_PLACE;
}

static bool is_refused(const struct ckpt_attempt *t, long rc)
{
	const bool by_calls = !w.ring || !t->by_ring;

	switch (t->refusal) {
	case BY_CALLS:
		return rc == -EPERM;
	case NO_SUCH:
		return rc == -ENOSYS;
	case BY_FILES:
		return rc == (chrooted ? -ENOENT : -EACCES);
	case BY_LINK:
		return rc == (chrooted ? -ENOENT : -EXDEV) || (!chrooted && rc == -EACCES);
	case BY_NETWORK:
		/* EACCES: TCP, EPERM: the other, by Landlock. */
		return by_calls ? rc == -EPERM
				: rc == -EACCES || rc == -EPERM || rc == -ENETUNREACH || rc == -ECONNREFUSED;
	case BY_PLACE:
		return by_calls ? rc == -EPERM : rc == -ENETUNREACH || rc == -ENOENT;
	}
	return false;
}

static bool is_to_be_tried(const struct ckpt_attempt *t)
{
	return (!w.ring || t->by_ring) && (!is_free || t->works) &&
	       !(has_rings && !strcmp(t->what, "io_uring_setup"));
}

static void try_all(struct result *r)
{
	for (size_t i = 0; i < ckpt_n_attempts; i++) {
		const struct ckpt_attempt *t = &ckpt_attempts[i];
		long rc;

		if (!is_to_be_tried(t))
			continue;
		rc = r[i].last = t->go(&w);
		r[i].tried++;
		if (is_free ? rc >= 0 : is_refused(t, rc))
			r[i].right++;
		else
			r[i].wrong = rc;
	}
}

static const char *name_of(long rc)
{
	return rc >= 0 ? "it works" : strerrorname_np((int)-rc);
}

static bool report(const struct result *r)
{
	const char *how = w.ring ? "through a ring: " : "";
	bool fine = true;

	for (size_t i = 0; i < ckpt_n_attempts; i++) {
		const char *what = ckpt_attempts[i].what;

		if (r[i].tried == 0)
			continue;
		if (is_known_gap(&ckpt_attempts[i])) {
			printf("a known gap, %s%s: %s\n", how, what, name_of(r[i].last));
		} else if (r[i].right == r[i].tried) {
			printf("ok %s%s: %s\n", how, what, name_of(r[i].last));
		} else {
			printf("not ok %s%s: %s in %zu of %zu threads\n", how, what, name_of(r[i].wrong),
			       r[i].tried - r[i].right, r[i].tried);
			fine = false;
		}
	}
	return fine;
}

/* The kernel's own workers for a ring never run the program. */
static bool is_worker(pid_t tid)
{
	char path[64], name[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", (int)pid, (int)tid);
	f = fopen(path, "re");
	if (f && !fgets(name, sizeof(name), f))
		name[0] = '\0';
	if (f)
		fclose(f);
	return strncmp(name, "iou-", 4) == 0;
}

/* False if it is no thread to be taken over, or has just ended. */
static bool act(pid_t tid, struct result *r)
{
	long rc = 0;

	if (is_worker(tid) || !ckpt_actor_begin(&w.actor, pid, tid))
		return false;
	if (w.ring)
		rc = ckpt_actor_ring(&w.actor);
	if (rc == 0)
		try_all(r);
	ckpt_actor_end(&w.actor);
	if (rc)
		errx(99, "thread %d has no ring: %s", (int)tid, name_of(rc));
	return true;
}

static size_t act_in_each(struct result *r)
{
	const struct dirent *d;
	char path[64];
	size_t n = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (!tasks)
		err(99, "%s", path);
	while ((d = readdir(tasks))) {
		pid_t tid = (pid_t)atoi(d->d_name);

		/* What works needs no second try. */
		if (tid > 0 && !(is_free && n > 0))
			n += act(tid, r);
	}
	closedir(tasks);
	return n;
}

int main(int argc, char **argv)
{
	struct result *r = calloc(ckpt_n_attempts, sizeof(*r));
	bool fine;
	size_t n;

	for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
		if (strcmp(argv[1], "--ring") == 0)
			w.ring = true;
		else if (strcmp(argv[1], "--rings") == 0)
			has_rings = true;
		else if (strcmp(argv[1], "--free") == 0)
			is_free = true;
	}
	if (argc != 3 || !r)
		errx(2, "usage: taken_over [--ring | --rings] [--free] PID DIR");
	pid = (pid_t)atoi(argv[1]);
	w.dir = argv[2];
	w.root = find_root();
	chrooted = has_other_root();
	w.victim = start_victim();
	start_listeners();
	n = act_in_each(r);
	kill(w.victim, SIGKILL);
	unlink(w.path.sun_path);
	printf("tried in %zu threads\n", n);
	fine = report(r);
	free(r);
	return n > 0 && fine ? 0 : 1;
}
