/* layer_flip STRIDE FILE... - flip every STRIDE-th bit of batch files, and cut
 * them off at every STRIDE-th length: each must be found, unless what it unpacks to has not changed.  Prints
 * how many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/layer_file.h"

static unsigned long found, same;

static bool flip(const char *path, unsigned char *data, const unsigned char *before, size_t len, size_t bit)
{
	bool good = true;

	data[bit / 8] ^= (unsigned char)(1u << bit % 8);
	if (layer_check(data, len, NULL))
		found++;
	else if (layer_unpacks_the_same(before, data, len, bit / 8))
		same++;
	else
		good = false;
	data[bit / 8] ^= (unsigned char)(1u << bit % 8);
	if (!good)
		printf("%s: bit %zu of byte %zu was not noticed\n", path, bit % 8, bit / 8);
	return good;
}

static bool look(const char *path, size_t stride)
{
	static unsigned char data[1 << 24], before[1 << 24];
	FILE *f = fopen(path, "r");
	struct ckpt_err e = { 0 };
	bool good;
	size_t len;

	if (!f)
		return false;
	len = fread(data, 1, sizeof(data), f);
	fclose(f);
	memcpy(before, data, len);
	good = !layer_check(data, len, &e);
	if (!good)
		printf("%s\n", e.msg);
	for (size_t bit = 0; good && bit < len * 8; bit += stride)
		good = flip(path, data, before, len, bit);
	for (size_t cut = 0; good && cut < len; cut += stride, found++)
		good = layer_check(data, cut, NULL) != 0;
	return good;
}

int main(int argc, char **argv)
{
	size_t stride = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (!stride)
		return 2;
	for (int i = 2; i < argc; i++)
		if (!look(argv[i], stride))
			return 1;
	printf("%lu changes of %d files found; %lu more change how it is packed, and not what\n", found,
	       argc - 2, same);
	return 0;
}
