/* The checkpoint port over files in one directory: a copy per changelog partition, written as records land, read when a
 * task is put back. Two processes never share a directory. Without a directory, or with one that does not serve, nothing
 * is kept and nothing found; troubles are counted, and one line is logged of each kind. */
#ifndef CUBE_OS_CHECKPOINT_FILES_H
#define CUBE_OS_CHECKPOINT_FILES_H

#include <uv.h>

#include "os/checkpoint_calls.h"
#include "os/log.h"
#include "port/checkpoint.h"

#define CHECKPOINT_REWRITE_OVER (UINT64_C(16) << 20) /* a copy is rewritten when it is twice as long as it was then, and this much more */
#define CHECKPOINT_PARTITIONS_MAX 65536 /* of one role; of further ones no copy is kept */

struct checkpoint_files_options {
    const char *directory;            /* NULL or "": off */
    const char *identity;             /* cluster and application: what a copy must agree in; at most some 500 bytes */
    const char *topics[ROLE_COUNT];   /* names of the changelog topics */
    int64_t max_age_ms;
    uv_loop_t *loop;                  /* rewriting is work of its pool */
    struct logger *log;
    const struct checkpoint_calls *calls; /* NULL: the machine's */
    uint64_t seed;                    /* drawn: of the directory, if that has none yet */
    uint64_t rewrite_over;            /* bytes; 0: CHECKPOINT_REWRITE_OVER */
};

struct checkpoint_files;

/* Texts are copied; loop, log and calls are borrowed. CUBE_ENOMEM. CUBE_ELIMIT: a text is too long. */
int checkpoint_files_create(const struct checkpoint_files_options *o, struct checkpoint_files **ret_f) CUBE_MUST_CHECK;

/* Closes all copies and waits for rewriting under way. The loop must turn once more before it is closed. */
void checkpoint_files_destroy(struct checkpoint_files *f);

/* A directory is configured. */
bool checkpoint_files_on(const struct checkpoint_files *f);

struct checkpoint checkpoint_files_port(struct checkpoint_files *f);
void checkpoint_files_status(const struct checkpoint_files *f, struct checkpoint_status *ret_s);

/* Pieces of copies, of some 64 KiB at most, that were looked at by who reads them, more than once each. Callable while they are read on other
 * threads: that stands still when it does not change. */
uint64_t checkpoint_files_steps(struct checkpoint_files *f);

/* A copy that takes no more, or could not be made smaller the last time. */
struct checkpoint_ill {
    const char *copy; /* "customers-3", as its task; borrowed */
    bool stopped;
    int64_t since_ms, now_ms;
};

/* Calls each for every one of them, by changelog and partition; a non-zero of it stops and is returned. */
int checkpoint_files_ill_each(const struct checkpoint_files *f, int (*each)(void *arg, const struct checkpoint_ill *i), void *arg);

#endif
