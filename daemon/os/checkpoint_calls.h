/* What the files of checkpoints need of the machine, behind functions so that tests can make each of them fail. Called
 * on the loop's thread and on threads of the pool. */
#ifndef CUBE_OS_CHECKPOINT_CALLS_H
#define CUBE_OS_CHECKPOINT_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* All return a negative errno when they fail. */
struct checkpoint_calls {
    void *arg;
    int (*open)(void *arg, const char *path, int flags);                                        /* flags of open(2); a descriptor */
    int64_t (*read)(void *arg, int fd, void *at, size_t len, uint64_t offset);                  /* bytes, 0 at the end */
    int64_t (*write)(void *arg, int fd, const void *at, size_t len, uint64_t offset);           /* bytes, maybe fewer */
    int64_t (*size)(void *arg, int fd);
    int (*truncate)(void *arg, int fd, uint64_t len);
    int (*sync)(void *arg, int fd);
    int (*close)(void *arg, int fd);
    int (*rename)(void *arg, const char *from, const char *to);
    int (*unlink)(void *arg, const char *path);
    /* Calls each for the files of a directory, with the wall clock of their last writing. Each may unlink. */
    int (*list)(void *arg, const char *directory, void (*each)(void *each_arg, const char *name, int64_t written_ms), void *each_arg);
    int (*lock)(void *arg, int fd);                                                             /* -EWOULDBLOCK: somebody else has it */
    int64_t (*now_ms)(void *arg);                                                               /* wall clock */
};

/* Those of the machine: files for the owner only, interrupted calls repeated. */
extern const struct checkpoint_calls checkpoint_calls_machine;

/* Writes all of it. A negative errno: some of it may stand there. */
int checkpoint_write_all(const struct checkpoint_calls *c, int fd, const void *at, size_t len, uint64_t offset) CUBE_MUST_CHECK;

#endif
