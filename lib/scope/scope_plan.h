/* Which scopes there are: the organisation, single dimensions, combinations. And their keys. */
#ifndef CUBE_SCOPE_SCOPE_PLAN_H
#define CUBE_SCOPE_SCOPE_PLAN_H

#include <stdint.h>

#include "base/buf.h"
#include "event/dimension.h"

#define SCOPE_KINDS_MAX 32

struct scope_kind {
    uint8_t count;           /* 0 = the organisation */
    uint8_t dims[DIM_COUNT]; /* enum dimension, in the order configured */
};

struct scope_plan {
    uint32_t count; /* at least 1 */
    struct scope_kind kinds[SCOPE_KINDS_MAX]; /* [0] is the organisation */
};

/* Appends the key of the scope of this kind with these values: "organisation", "region=north",
 * "region=north,segment=smb". values[i] belongs to kind->dims[i]. CUBE_ENOMEM. */
int scope_key_append(const struct scope_kind *kind, const struct text *values, struct buf *out) CUBE_MUST_CHECK;

/* Returns the scope task, below tasks, that owns the scope of this key: hash64(key) mod tasks. */
uint32_t scope_task_of(struct text key, uint32_t tasks);

#endif
