#include "sim/sim_starve.h"

#include <stdint.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/sim_memory.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *at, size_t n);
void __real_free(void *at);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *at, size_t n);
void __wrap_free(void *at);

static uint64_t left, starved;

static bool fails_now(void)
{
    if (left == 0 || --left > 0) {
        return false;
    }
    starved++;
    return true;
}

static void *take(size_t n)
{
    void *at = sim_block_take(n);
    return at ? at : __real_malloc(n);
}

static void *take_again(void *at, size_t n)
{
    if (!at) {
        return take(n);
    }
    size_t had = sim_block_size(at);
    if (had == 0) {
        return __real_realloc(at, n);
    }
    if (n <= had) {
        return at;
    }
    void *grown = take(n < SIM_BLOCK_MAX / 2 ? 2 * n : n); /* what grows once grows again: then it is there */
    if (grown) {
        memcpy(grown, at, had);
        sim_block_give(at);
    }
    return grown;
}

void *__wrap_malloc(size_t n)
{
    return fails_now() ? NULL : take(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
    if (fails_now()) {
        return NULL;
    }
    size_t size;
    void *at = __builtin_mul_overflow(count, n, &size) ? NULL : sim_block_take(size);
    return at ? memset(at, 0, size) : __real_calloc(count, n);
}

void *__wrap_realloc(void *at, size_t n)
{
    return fails_now() ? NULL : take_again(at, n);
}

void __wrap_free(void *at)
{
    if (at && !sim_block_give(at)) {
        __real_free(at);
    }
}

void sim_starve(uint64_t n)
{
    left = n;
}

uint64_t sim_starving(void)
{
    return left;
}

uint64_t sim_starved(void)
{
    return starved;
}

void *sim_memory(void *at, size_t size)
{
    return sim_sure(take_again(at, size));
}
