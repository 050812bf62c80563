#include "support/failmalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

#define SWEEP_MAX 1000000ul

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *at, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *at, size_t n);

static unsigned long left; /* 0 = off */
static bool hit;

static bool fails_now(void)
{
    if (left == 0 || --left > 0) {
        return false;
    }
    hit = true;
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

void failmalloc_set(unsigned long n)
{
    left = n;
    hit = false;
}

void failmalloc_off(void)
{
    left = 0;
}

bool failmalloc_hit(void)
{
    return hit;
}

static unsigned long sweep(int (*fn)(void *arg), void *arg, bool tolerant)
{
    for (unsigned long n = 1; n <= SWEEP_MAX; n++) {
        failmalloc_set(n);
        int rc = fn(arg);
        failmalloc_off();
        if (!failmalloc_hit()) {
            assert_int_equal(rc, 0);
            return n - 1;
        }
        if (rc != CUBE_ENOMEM && !(tolerant && rc == 0)) {
            fail_msg("allocation %lu failed and %s was returned", n, rc ? err_name(rc) : "0");
        }
    }
    fail_msg("still allocating after %lu allocations", SWEEP_MAX);
    return SWEEP_MAX;
}

unsigned long failmalloc_sweep(int (*fn)(void *arg), void *arg)
{
    return sweep(fn, arg, false);
}

unsigned long failmalloc_sweep_tolerant(int (*fn)(void *arg), void *arg)
{
    return sweep(fn, arg, true);
}
