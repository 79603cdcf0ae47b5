/* run_corpus.c - a target on files, instead of libFuzzer
 *
 * Each input lies in memory of exactly its size, so that a sanitizer or
 * valgrind sees a byte too far.
 */
#include <dirent.h>
#include <err.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static size_t n_inputs;

static void run_file(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	uint8_t *data;

	if (!f || fstat(fileno(f), &st))
		err(1, "%s", path);
	data = malloc((size_t)st.st_size);
	if (!data && st.st_size)
		err(1, "malloc");
	if (fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		err(1, "%s", path);
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	n_inputs++;
}

static void run_dir(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);
	char file[4096];

	if (n < 0)
		err(1, "%s", path);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			run_file(file);
		free(entry[i]);
	}
	free(entry);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st))
			err(1, "%s", argv[i]);
		if (S_ISDIR(st.st_mode))
			run_dir(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("%zu inputs\n", n_inputs);
	return n_inputs ? 0 : 1;
}
