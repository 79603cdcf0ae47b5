#include "cmd/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface, as far as it is used: linux/landlock.h may be older
 * than the kernel that we come to run on.  The numbers are those of every
 * architecture. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#define GIVE_VERSION UINT32_C(1)
#define PATH_BENEATH 1

/* Zero in what a kernel does not know is as if it were not there. */
struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t dir;
} __attribute__((packed));

#define BIT(n) (UINT64_C(1) << (n))
#define WRITE_FILE BIT(1)
#define READ_FILE BIT(2)
#define READ_DIR BIT(3)
#define REMOVE_DIR BIT(4)
#define REMOVE_FILE BIT(5)
#define MAKE_DIR BIT(7)
#define MAKE_REG BIT(8)
#define TRUNCATE BIT(14)

/* No rename or link from one directory to another, nothing special made. */
#define NEEDED (WRITE_FILE | READ_FILE | READ_DIR | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE)

static struct ruleset all_of(int abi)
{
	/* The first has 13 rights; then came REFER, TRUNCATE, IOCTL_DEV.  Without
	 * REFER such a rename is refused anyway. */
	struct ruleset r = { .fs = BIT(13) - 1 };

	if (abi >= 2)
		r.fs |= BIT(13);
	if (abi >= 3)
		r.fs |= BIT(14);
	if (abi >= 5)
		r.fs |= BIT(15);
	if (abi >= 4)
		r.net = BIT(0) | BIT(1); /* bind and connect */
	if (abi >= 6)
		r.scoped = BIT(0) | BIT(1); /* abstract sockets, signals */
	return r;
}

static int restrict_to(int dir, const struct ruleset *all)
{
	const struct path_beneath root = { .allowed = NEEDED & all->fs, .dir = dir };
	int rules = (int)syscall(SYS_landlock_create_ruleset, all, sizeof(*all), 0);
	int rc = 0;

	if (rules < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, rules, PATH_BENEATH, &root, 0) != 0 ||
	    syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		rc = -errno;
	close(rules);
	return rc;
}

int ckpt_landlock(int dir, struct ckpt_err *err)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, GIVE_VERSION), rc;
	struct ruleset all;

	/* ENOSYS: built without; EOPNOTSUPP: not among the modules of lsm=. */
	if (abi < 1)
		return ckpt_fail(err, ENOTSUP,
				 "no Landlock: this kernel does not have it (Linux 5.13, and 'landlock' in "
				 "/sys/kernel/security/lsm), or a container refuses it");
	all = all_of(abi);
	rc = restrict_to(dir, &all);
	return rc ? ckpt_fail_errno(err, -rc, "no Landlock: the kernel refuses it") : abi;
}
