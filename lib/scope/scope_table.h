/* The scopes and scope sets one entity task has met: dimension values -> ids -> the scopes an event
 * counts in. A set is looked up once per combination of values and then costs one probe. */
#ifndef CUBE_SCOPE_SCOPE_TABLE_H
#define CUBE_SCOPE_SCOPE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "event/dimension.h"
#include "scope/scope_plan.h"

struct scope_table;

/* The values of all dimensions of an event or entity, as interned ids; DIM_ABSENT where there is none. */
#define DIM_ABSENT UINT32_MAX
struct dim_values {
    uint32_t id[DIM_COUNT];
};

/* The scopes that one combination of dimension values counts in, ascending by kind. Lives as long as
 * the table; scope ids are dense from 0 within the table; scope id 0 is the organisation. A loose set is part
 * of another one and not in the table. */
#define SCOPE_SET_LOOSE UINT32_MAX
struct scope_set {
    uint32_t id, count;
    struct dim_values values;
    uint32_t scopes[];
};

int scope_table_create(const struct scope_plan *plan, uint32_t scopes_max, uint64_t seed,
                       struct scope_table **ret_t) CUBE_MUST_CHECK;
void scope_table_destroy(struct scope_table *t);

/* Bits 1 << enum dimension of the dimensions that any kind of scope uses. */
uint32_t scope_table_dims(const struct scope_table *t);

/* Interns one value of a dimension; when scopes_max of it are there, a further one is SCOPE_OVERFLOW. CUBE_ENOMEM. */
int scope_table_value(struct scope_table *t, enum dimension d, struct text value, uint32_t *ret_id) CUBE_MUST_CHECK;
struct text scope_table_value_text(const struct scope_table *t, enum dimension d, uint32_t id);

/* The id is that of the dimension's value: quickly, but false for long texts, too. */
bool scope_table_value_is(const struct scope_table *t, enum dimension d, uint32_t id, struct text value);

/* The most sets of one table; a combination beyond them counts in the organisation only. */
#define SCOPE_SETS_MAX ((1u << 24) - 1)

/* Finds or makes the set of a combination. Values of dimensions that no scope uses do not matter and are
 * DIM_ABSENT in the set. In place of scopes beyond scopes_max stands the overflow of their kind; they are counted as refused.
 * CUBE_ENOMEM: nothing changed. */
int scope_table_set(struct scope_table *t, const struct dim_values *v, const struct scope_set **ret_set) CUBE_MUST_CHECK;
/* The same of which the id is enough: the set itself is not touched. */
int scope_table_set_id(struct scope_table *t, const struct dim_values *v, uint32_t *ret_id) CUBE_MUST_CHECK;

/* How an event says its dimensions: the length and the bytes of each that it names, in their order. */
struct said_dims {
    const uint8_t *at;
    uint32_t len;   /* of those that scopes or records have; 0: it is not known what they mean, nor looked for */
    uint32_t place; /* where that will be looked for */
    uint8_t named;  /* those dimensions, as bits */
};

#define SAID_RECORD_DIMS 3 /* values of an entity's record */

/* Three steps, the first two some events before the last: tells len and place, and fetches what stands there; fetches the set. texts: of
 * the event, by dimension, from the same bytes. ids: of the record of its entity. Where the table has grown or the record has changed since,
 * the place is a wrong one: bytes and ids are compared there, so nothing is found, and no harm is done. */
void scope_table_said_prefetch(const struct scope_table *t, const struct text *texts, const uint32_t ids[SAID_RECORD_DIMS], struct said_dims *s);
void scope_table_said_prefetch_set(const struct scope_table *t, const struct said_dims *s);
/* The set that was told for the same bytes and ids; NULL: it is not known. */
const struct scope_set *scope_table_said(const struct scope_table *t, const struct said_dims *s, const uint32_t ids[SAID_RECORD_DIMS]);

/* Tells the set of events that say this, of entities whose records have these values. */
void scope_table_said_is(struct scope_table *t, const struct said_dims *s, const uint32_t ids[SAID_RECORD_DIMS], const struct scope_set *set);

/* A set by its id. */
const struct scope_set *scope_table_set_at(const struct scope_table *t, uint32_t id);

/* The key text of a scope id; borrowed for the life of the table. */
struct text scope_table_key(const struct scope_table *t, uint32_t scope);
/* Index of its kind in the scope plan. */
uint32_t scope_table_kind(const struct scope_table *t, uint32_t scope);
uint32_t scope_table_count(const struct scope_table *t);
uint64_t scope_table_refused(const struct scope_table *t);
uint64_t scope_table_values_refused(const struct scope_table *t); /* values that became SCOPE_OVERFLOW */
uint64_t scope_table_bytes(const struct scope_table *t);

#endif
