/* The files of one copy, read as one chain of frames: `.base` (the copy rewritten), `.old` (what came after it and is to
 * be rewritten with it next), `.new` (what is appended to). Each may be missing, torn or damaged at any place; a file
 * counts only when it goes on from where the one before it ended. */
#ifndef CUBE_OS_CHECKPOINT_CHAIN_H
#define CUBE_OS_CHECKPOINT_CHAIN_H

#include "os/checkpoint_reader.h"

enum checkpoint_part { PART_BASE, PART_OLD, PART_NEW, PART_COUNT };

#define CHECKPOINT_PATH_MAX 1024

/* Where a copy lies: its files are path + ".base", ".old", ".new", ".tmp" while it is rewritten. */
struct checkpoint_paths {
    char part[PART_COUNT][CHECKPOINT_PATH_MAX];
    char tmp[CHECKPOINT_PATH_MAX];
    char kept[CHECKPOINT_PATH_MAX]; /* of versions that wrote such a file at a clean stop: removed */
    char directory[CHECKPOINT_PATH_MAX];
    char identity[CHECKPOINT_IDENTITY_MAX];
};

/* Where the copy ends: behind its last marked frame. */
struct checkpoint_end {
    bool found;                  /* a marked frame */
    struct checkpoint_mark mark; /* the last one, with the last `at` known to its lineage */
    uint64_t chain;              /* what goes on from here is seeded with this, or follows it */
    enum checkpoint_part part;   /* the file of the last marked frame ... */
    uint64_t offset;             /* ... and where that ends in it */
    uint64_t follows;            /* of the last file that belongs to the chain: where it goes on from */
    int64_t made_ms;             /* of the first file; 0 without one */
    uint64_t bytes[PART_COUNT];  /* of the files that belong to the chain */
    int trouble;                 /* what was met on the way: an enum checkpoint_trouble, or -1 */
    enum checkpoint_part trouble_part;
};

/* Whether a file with this head is of this copy. */
bool checkpoint_is_ours(const struct checkpoint_paths *p, const struct checkpoint_head *h);

/* The enum checkpoint_trouble that a code of checkpoint_reader.h is; -1: none, as for a file that ends within a frame. */
int checkpoint_trouble_of(int rc);

typedef int checkpoint_frame_fn(void *arg, const struct checkpoint_frame *f);

/* Walks the first files (parts) of a copy as far as they are usable, or up to `until`, the end of an earlier walk. Each
 * sees the frames as they come, marked or not; its first non-zero ends the walk and is returned. CUBE_ENOMEM, CUBE_EIO
 * only when `until` was not reached. */
int checkpoint_chain_walk(const struct checkpoint_calls *calls, const struct checkpoint_paths *p, int parts, const struct checkpoint_end *until,
                          checkpoint_frame_fn *each, void *arg, struct checkpoint_end *ret_end) CUBE_MUST_CHECK;

#endif
