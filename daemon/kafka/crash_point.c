#include "kafka/crash_point.h"

#ifdef CUBED_CRASH_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool names(const char *wanted, const char *name, long *ret_n)
{
    size_t len = strlen(name);
    if (strncmp(wanted, name, len) != 0 || (wanted[len] != '\0' && wanted[len] != ':')) {
        return false;
    }
    *ret_n = wanted[len] == ':' ? strtol(wanted + len + 1, NULL, 10) : 1;
    return true;
}

void crash_point(const char *name)
{
    /* One name per process, hence one counter: the only global of the test builds. */
    static atomic_long passages;
    const char *wanted = getenv("CUBED_CRASH");
    long n = 0;
    if (wanted && names(wanted, name, &n) && atomic_fetch_add(&passages, 1) + 1 == n) {
        raise(SIGKILL);
    }
}

#else
extern int crash_point_nowhere;
#endif
