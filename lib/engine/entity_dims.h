/* The dimensions of an event and of the entity's record (domain 2): which values hold, and the scope sets. */
#ifndef CUBE_ENGINE_ENTITY_DIMS_H
#define CUBE_ENGINE_ENTITY_DIMS_H

#include "engine/applying.h"
#include "engine/entity.h"
#include "engine/entity_engine.h"

/* The dimensions a record keeps, by slot of entity.dims. */
extern const uint8_t record_dims[2][RECORD_DIMS];

/* Sets the dimensions the event names in the record, where its (ts, id) is the larger, and finds a->flow and
 * a->stock. With no entity the event's own dimensions are all there are. *ret_from: the set the entity stood
 * in before; equals a->stock when it did not move. CUBE_ENOMEM. */
int entity_dims_apply(struct applying *a, enum entity_type type, const struct scope_set **ret_from) CUBE_MUST_CHECK;

/* The values of the record's dimensions; all others are absent. */
static inline struct dim_values entity_dims_values(enum entity_type type, const struct entity *x)
{
    struct dim_values v;
    memset(&v, 0xff, sizeof v);
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        v.id[record_dims[type][slot]] = x->dims[slot];
    }
    return v;
}

/* Finds the scope set of the record's dimensions. CUBE_ENOMEM. */
int entity_dims_stock(struct scope_table *scopes, enum entity_type type, const struct entity *x,
                      const struct scope_set **ret_set) CUBE_MUST_CHECK;

#endif
