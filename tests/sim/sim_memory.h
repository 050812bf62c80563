/* Memory for schedules: blocks of few sizes that are given out again at once, from one stretch of addresses. Thousands of processes
 * that begin and die ask for the same ones over and over. Of one thread. */
#ifndef CUBE_TESTS_SIM_MEMORY_H
#define CUBE_TESTS_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: this build has none of its own (sanitizers want to see every block), or the stretch is used up, or it is more than a block holds. */
void *sim_block_take(size_t n);

/* False: it is not one of these. */
bool sim_block_give(void *at);

/* How much it holds; 0: it is not one of these. */
size_t sim_block_size(const void *at);

#endif
