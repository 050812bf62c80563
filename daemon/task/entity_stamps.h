/* How much of a task's inputs the changelog record of an entity holds: the stamp in front of each record, and while a
 * task is restored the stamps of all entities. */
#ifndef CUBE_TASK_ENTITY_STAMPS_H
#define CUBE_TASK_ENTITY_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/varint.h"
#include "proto/commit_record.h"

/* An event of input i is in the record iff its offset is below next[i] and its ts before applied_ms. */
struct stamp {
    int64_t applied_ms; /* INT64_MIN: nothing was applied yet */
    int64_t next[COMMIT_INPUTS_MAX];
};

/* Appends the stamp with which the value of an entity begins. CUBE_ENOMEM. */
int stamp_put(struct buf *out, const struct stamp *s, uint32_t inputs) CUBE_MUST_CHECK;

/* Reads one off the front. CUBE_EVERSION, CUBE_ETRUNCATED, CUBE_EFORMAT. */
int stamp_get(struct cursor *c, uint32_t inputs, struct stamp *ret_s) CUBE_MUST_CHECK;

/* Stamps by number of the entity. Zeroes are an empty table. */
struct stamps {
    struct stamp *all; /* records of one commit lie side by side: mostly one stamp serves many */
    uint32_t count, capacity;
    uint32_t *of; /* by number: index in all + 1; 0 none */
    uint32_t of_capacity;
};

/* Sets the stamp of an entity. CUBE_ENOMEM. */
int stamps_set(struct stamps *t, uint32_t number, const struct stamp *s) CUBE_MUST_CHECK;
/* The stamp of an entity; NULL: it has none. */
static inline const struct stamp *stamps_of(const struct stamps *t, uint32_t number)
{
    return number < t->of_capacity && t->of[number] ? &t->all[t->of[number] - 1] : NULL;
}

void stamps_close(struct stamps *t);

#endif
