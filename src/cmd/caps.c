#include "cmd/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(cap) (UINT32_C(1) << (cap))

/* All of these are below 32. */
static int keep(uint32_t caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &head, data) != 0)
		return -errno;
	data[0].permitted &= caps;
	/* Not only what is still effective: becoming another user towards file
	 * systems takes what concerns files away from that. */
	data[0].effective = data[0].permitted;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){ 0 };
	return syscall(SYS_capset, &head, data) == 0 ? 0 : -errno;
}

void ckpt_caps_keep_for_unmounting(void)
{
	keep(BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_READ_SEARCH));
}

void ckpt_caps_bound(void)
{
	int cap;

	/* EINVAL: the kernel knows no more. */
	for (cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
}

int ckpt_caps_drop(struct ckpt_err *err)
{
	int rc = keep(0);

	return rc ? ckpt_fail_errno(err, -rc, "can't give up the capabilities") : 0;
}
