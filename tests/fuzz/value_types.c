/* The types and objects are those of the tests of states. */
#include "tests/state_random.c"
