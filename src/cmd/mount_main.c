#include "cmd/mount.h"
#include "cmd/say.h"

int main(int argc, char **argv)
{
	ckpt_say_init();
	return ckpt_mount_main(argc, argv, true);
}
