/* Lets an allocation of the processes fail: malloc, calloc and realloc of everything that is linked in pass through here. */
#ifndef CUBE_TESTS_SIM_STARVE_H
#define CUBE_TESTS_SIM_STARVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The n-th allocation from now on fails, and only that one; 0: none. */
void sim_starve(uint64_t n);

/* One is still to fail. */
uint64_t sim_starving(void); /* so many allocations until then; 0: none will */

/* Allocations that failed so far. */
uint64_t sim_starved(void);

/* realloc for the simulator itself, which never lacks memory. */
void *sim_memory(void *at, size_t size);

#endif
