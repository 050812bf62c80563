/* When which scope is to be looked at next: a binary heap of instants, one per id, that can be moved. */
#ifndef CUBE_ENGINE_DUE_HEAP_H
#define CUBE_ENGINE_DUE_HEAP_H

#include <stdint.h>

#include "base/error.h"

/* Zeroes are a valid empty heap. */
struct due_heap {
    struct due_entry {
        int64_t due_ms;
        uint32_t id;
    } * at;
    uint32_t *place; /* by id: place in at, DUE_NOWHERE when it waits for nothing */
    uint32_t count, ids;
};

#define DUE_NOWHERE UINT32_MAX

/* Makes room for the ids below `ids`. CUBE_ENOMEM: nothing changed. */
int due_heap_reserve(struct due_heap *h, uint32_t ids) CUBE_MUST_CHECK;

/* Sets the instant of an id that has room; INT64_MAX takes it out. */
void due_heap_set(struct due_heap *h, uint32_t id, int64_t due_ms);

/* The earliest instant; INT64_MAX when nothing waits. */
int64_t due_heap_first(const struct due_heap *h);

/* Takes out the id of the earliest instant; ids of one instant come in no particular order. Only when
 * something waits. */
uint32_t due_heap_pop(struct due_heap *h);

/* Writes the ids whose instant is not after t_ms to ret_ids, which has room for all, in no particular order, and
 * returns their number. They stay. */
uint32_t due_heap_until(const struct due_heap *h, int64_t t_ms, uint32_t *ret_ids);

void due_heap_close(struct due_heap *h);

#endif
