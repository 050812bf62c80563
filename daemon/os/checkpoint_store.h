/* What all copies of a process share: the directory and its lock, counts, and the telling of troubles. Copies may be read on
 * several threads. */
#ifndef CUBE_OS_CHECKPOINT_STORE_H
#define CUBE_OS_CHECKPOINT_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include <uv.h>

#include "os/checkpoint_calls.h"
#include "os/checkpoint_chain.h"
#include "os/log.h"

#define CHECKPOINT_TELL_AGAIN_MS INT64_C(3600000) /* a kind of trouble is logged once in this time; each is counted */

struct checkpoint_store {
    const struct checkpoint_calls *calls;
    uv_loop_t *loop;
    struct logger *log;
    int64_t max_age_ms;
    uint64_t rewrite_over;
    char directory[CHECKPOINT_PATH_MAX];
    atomic_ullong steps;    /* frames looked at by who reads copies, on any thread */
    pthread_mutex_t shared; /* of what follows */
    int lock_fd; /* -1: not ours */
    int64_t swept_ms;
    int64_t told_ms[CHECKPOINT_TROUBLE_COUNT];
    struct checkpoint_status status; /* what is counted; the rest is filled in when asked */
};

/* Takes the directory for this process, unless it has it already. CUBE_EIO: not to be had, told. */
int checkpoint_store_lock(struct checkpoint_store *s) CUBE_MUST_CHECK;
void checkpoint_store_unlock(struct checkpoint_store *s);

/* Counts a trouble with this copy ("customers-3") and logs the first of its kind. */
void checkpoint_store_tell(struct checkpoint_store *s, enum checkpoint_trouble trouble, const char *copy);

/* Raises one of its counts while copies may be read. */
void checkpoint_store_count(struct checkpoint_store *s, uint64_t *count, uint64_t more);

#endif
