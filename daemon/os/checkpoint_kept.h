/* What a task keeps at a clean stop (port/checkpoint.h): a file `.kept` beside its copy. It is written once, never appended
 * to, and counts only when its last frame is marked: whatever is torn or damaged is no file. Without fsync: after a
 * loss of power it is one of these. */
#ifndef CUBE_OS_CHECKPOINT_KEPT_H
#define CUBE_OS_CHECKPOINT_KEPT_H

#include "os/checkpoint_chain.h"

/* One that is being written. */
struct checkpoint_keeping {
    int fd;             /* -1: none has been begun */
    bool failed;        /* told; nothing is kept */
    struct buf waiting; /* what goes behind its first `written` bytes */
    size_t begin;       /* of the frame in waiting */
    uint64_t written, chain;
};

/* Whoever did not come to its end has kept nothing. */
void checkpoint_kept_stop(const struct checkpoint_paths *p, const struct checkpoint_calls *calls, struct checkpoint_keeping *k);

/* Reads the whole file. each may be NULL; its first non-zero is returned. CUBE_ENOTFOUND: there is none; CUBE_EUSAGE: of another
 * copy; else as checkpoint_reader.h. */
int checkpoint_kept_walk(const struct checkpoint_paths *p, const struct checkpoint_calls *calls, checkpoint_frame_fn *each, void *arg,
                         struct checkpoint_place *ret_place) CUBE_MUST_CHECK;

#endif
