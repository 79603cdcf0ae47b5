/* store_posix.h - what only the store on a file system promises */
#ifndef CKPT_TESTS_STORE_POSIX_H
#define CKPT_TESTS_STORE_POSIX_H

#include <check.h>
#include <stdio.h>
#include <sys/types.h>

/* The root's path, for those who go round the store. */
extern char root_path[];

void store_posix_links(TCase *tc);
void store_posix_mounts(TCase *tc);
void store_posix_locks(TCase *tc);
void store_posix_files(TCase *tc);

/* The path of name in the root; valid until the fourth call from now. */
const char *in_root(const char *name);
/* Write and read a file as somebody else would. */
void plant(const char *name, const char *text);
void expect_planted(const char *name, const char *text);
/* Start a child that gets ready, says so, and waits to be killed. */
pid_t child(void (*prepare)(void));
void end(pid_t pid);
/* Skip the rest of a test, with the reason. */
#define SKIP(reason)                                                                                         \
	do {                                                                                                 \
		printf("skipped: %s: %s\n", __func__, reason);                                               \
		return;                                                                                      \
	} while (0)

#endif
