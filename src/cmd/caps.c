#include "cmd/caps.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(cap) (UINT32_C(1) << (cap))

/* All of these are below 32.  If it fails we only keep more than we need. */
static void keep(uint32_t caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &head, data) != 0)
		return;
	data[0].permitted &= caps;
	data[0].effective &= caps;
	data[1] = (struct __user_cap_data_struct){ 0 };
	syscall(SYS_capset, &head, data);
}

void ckpt_caps_keep_for_unmounting(void)
{
	keep(BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_READ_SEARCH));
}

void ckpt_caps_keep_for_files(void)
{
	keep(BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_CHOWN) | BIT(CAP_FOWNER));
}
