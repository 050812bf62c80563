/* The jobs port: work that shares nothing, done side by side. Implemented by daemon/os with threads; without it the work is
 * done one after the other. */
#ifndef CUBE_PORT_JOBS_H
#define CUBE_PORT_JOBS_H

#include <stdint.h>

struct jobs {
    void *self;
    uint32_t width; /* so many are done at once, at least 1 */

    /* Calls each once for every number below count, in any order, on any threads, the caller's among them, and returns when
     * all calls have returned: what they wrote is there for the caller. Never fails: at worst it does all itself. */
    void (*run)(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg);

    /* The same, without the caller's thread, which calls meanwhile again and again until all calls have returned. NULL: there
     * is only run. */
    void (*run_beside)(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg, void (*meanwhile)(void *arg),
                       void *meanwhile_arg);
};

#endif
