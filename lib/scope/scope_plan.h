/* Which scopes there are: the organisation, single dimensions, combinations. And their keys. */
#ifndef CUBE_SCOPE_SCOPE_PLAN_H
#define CUBE_SCOPE_SCOPE_PLAN_H

#include <stdbool.h>
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
 * "region=north,segment=smb" (values: scope_value.h). values[i] belongs to kind->dims[i]. CUBE_ENOMEM. */
int scope_key_append(const struct scope_kind *kind, const struct text *values, struct buf *out) CUBE_MUST_CHECK;

/* What the values of a scope are called that stands for all scopes of its kind beyond a bound: region=overflow. */
#define SCOPE_OVERFLOW "overflow"

/* Appends the key of that scope of a kind; of the organisation its own: it is never beyond a bound. CUBE_ENOMEM. */
int scope_key_overflow(const struct scope_kind *kind, struct buf *out) CUBE_MUST_CHECK;

/* True when scopes of one kind lie inside scopes of another: it has all dimensions of that one, and more. */
bool scope_kind_inside(const struct scope_kind *fine, const struct scope_kind *coarse);

/* Takes a key apart: ret_values[i], borrowed from the key and as scope_value_append made it, belongs to
 * kind->dims[i]. CUBE_EFORMAT: not a key of this kind. */
int scope_key_values(const struct scope_kind *kind, struct text key, struct text ret_values[DIM_COUNT]) CUBE_MUST_CHECK;

/* Whether a scope of this kind can have this key: what scope_key_append makes, and no more. */
bool scope_key_is_of(const struct scope_kind *kind, struct text key);

/* Appends the key of the scope of kind `coarse` that the scope of this key and kind `fine` lies inside.
 * CUBE_EFORMAT: not a key of kind `fine`, or not inside. CUBE_ENOMEM. */
int scope_key_outer(const struct scope_kind *fine, struct text key, const struct scope_kind *coarse,
                    struct buf *out) CUBE_MUST_CHECK;

/* Returns the scope task, below tasks, that owns the scope of this key: hash64(key) mod tasks. */
uint32_t scope_task_of(struct text key, uint32_t tasks);

#endif
