/* alloc_fault.h - an allocation that fails when told to
 *
 * A program that is linked with alloc_fault.c has its malloc(), calloc(),
 * realloc() and free(), also inside the C library and other libraries.  Built
 * with the address sanitizer, which needs its own, only calls from our code come
 * through here (the linker's --wrap), and the sanitizer looks for leaks.
 */
#ifndef CKPT_TESTS_ALLOC_FAULT_H
#define CKPT_TESTS_ALLOC_FAULT_H

#include <stdbool.h>

/* From now on the k-th allocation of this thread fails (k 0: none), and with
 * for_good all after it. */
void alloc_fault_begin(unsigned long k, bool for_good);
/* No more; how many have failed. */
unsigned long alloc_fault_end(void);

/* Allocations of the whole process that are not freed; always 0 where somebody
 * else looks for leaks. */
long alloc_fault_live(void);

#endif
