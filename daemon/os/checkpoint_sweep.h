/* Removes copies that nobody will use again: partitions move to other instances, and a copy holds personal data. */
#ifndef CUBE_OS_CHECKPOINT_SWEEP_H
#define CUBE_OS_CHECKPOINT_SWEEP_H

#include "os/checkpoint_store.h"

#define CHECKPOINT_SWEEP_MS INT64_C(3600000) /* looked for so often */

/* If it is time, removes the files of each copy whose `.new` was last written longer than max_age ago, unless it is in
 * use: no restore would take it. Only in a directory that is locked. */
void checkpoint_sweep(struct checkpoint_store *s, bool (*in_use)(void *arg, const char *copy), void *arg);

#endif
