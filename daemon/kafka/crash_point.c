#include "kafka/crash_point.h"

#ifdef CUBED_CRASH_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STAND_SECONDS = 20 };

static bool names(const char *wanted, const char *name, long *ret_n)
{
    size_t len = strlen(name);
    if (strncmp(wanted, name, len) != 0 || (wanted[len] != '\0' && wanted[len] != ':')) {
        return false;
    }
    *ret_n = wanted[len] == ':' ? strtol(wanted + len + 1, NULL, 10) : 1;
    return true;
}

static bool is_passed(const char *wanted, const char *name, atomic_long *passages)
{
    long n = 0;
    return wanted && names(wanted, name, &n) && atomic_fetch_add(passages, 1) + 1 == n;
}

void crash_point(const char *name)
{
    /* One name per process, hence one counter each: the only globals of the test builds. */
    static atomic_long crashes, stands;
    if (is_passed(getenv("CUBED_CRASH"), name, &crashes)) {
        raise(SIGKILL);
    }
    if (is_passed(getenv("CUBED_STAND"), name, &stands)) {
        sleep(STAND_SECONDS);
    }
}

#else
extern int crash_point_nowhere;
#endif
