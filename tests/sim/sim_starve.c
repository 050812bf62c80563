#include "sim/sim_starve.h"

#include "sim/sim.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *at, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *at, size_t n);

static uint64_t left, starved;

static bool fails_now(void)
{
    if (left == 0 || --left > 0) {
        return false;
    }
    starved++;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return fails_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
    return fails_now() ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *at, size_t n)
{
    return fails_now() ? NULL : __real_realloc(at, n);
}

void sim_starve(uint64_t n)
{
    left = n;
}

bool sim_is_starving(void)
{
    return left > 0;
}

uint64_t sim_starved(void)
{
    return starved;
}

void *sim_memory(void *at, size_t size)
{
    return sim_sure(__real_realloc(at, size));
}
