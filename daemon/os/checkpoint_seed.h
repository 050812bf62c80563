/* The seed of what is hashed in notes of copies: it lies beside them, so that the next process finds what this one has hashed. */
#ifndef CUBE_OS_CHECKPOINT_SEED_H
#define CUBE_OS_CHECKPOINT_SEED_H

#include "os/checkpoint_store.h"

/* The seed of the directory: that of its file `seed`, or drawn, which is kept there then. Where the directory is not to be had, or a file cannot
 * be read or written, it is drawn, and the copies' next reader has another one: it does without what was hashed. Troubles are told. */
uint64_t checkpoint_seed(struct checkpoint_store *s, uint64_t drawn);

#endif
