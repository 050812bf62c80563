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

/* The most bytes of one. */
#define STAMP_BYTES_MAX ((size_t)(2 + COMMIT_INPUTS_MAX) * VARINT_BYTES_MAX)

/* Stamps by number of the entity. Zeroes are an empty table. */
struct stamps {
    struct stamp *all; /* records of one commit lie side by side: mostly one stamp serves many */
    uint8_t last[STAMP_BYTES_MAX]; /* as it was read */
    size_t last_len; /* 0: none yet */
    uint32_t count, capacity;
    uint32_t *of; /* by number: index in all + 1; 0 none */
    uint32_t of_capacity;
};

/* Reads a stamp off the front, like stamp_get; *ret_place: for stamps_set. CUBE_ENOMEM, too. */
int stamps_get(struct stamps *t, struct cursor *c, uint32_t inputs, uint32_t *ret_place) CUBE_MUST_CHECK;
/* Sets the stamp of an entity. CUBE_ENOMEM. */
int stamps_set(struct stamps *t, uint32_t number, uint32_t place) CUBE_MUST_CHECK;
/* The stamp of an entity; NULL: it has none. */
static inline const struct stamp *stamps_of(const struct stamps *t, uint32_t number)
{
    return number < t->of_capacity && t->of[number] ? &t->all[t->of[number] - 1] : NULL;
}

void stamps_close(struct stamps *t);

#endif
