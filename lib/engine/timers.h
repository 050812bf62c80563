/* When entities are due: a heap of (instant, entity), each entity at most once. */
#ifndef CUBE_ENGINE_TIMERS_H
#define CUBE_ENGINE_TIMERS_H

#include "engine/entity_table.h"

struct timer {
    int64_t due_ms;
    uint32_t number; /* of the entity */
};

/* Zeroes are a valid empty heap. */
struct timers {
    struct timer *at;
    uint32_t count, capacity;
};

/* Sets the timer of an entity to its due_ms; INT64_MAX takes it out. Never needs memory when the entity
 * has a timer already. CUBE_ENOMEM: nothing changed. */
int timers_set(struct timers *t, const struct entity_table *table, uint32_t number) CUBE_MUST_CHECK;

#define TIMER_CHILDREN 4u

/* The places right below one that are due at the same instant as it; returns how many. Place 0 is due first. */
uint32_t timers_below(const struct timers *t, uint32_t place, uint32_t ret_places[TIMER_CHILDREN]);

/* The earliest instant; INT64_MAX when there is none. */
static inline int64_t timers_next(const struct timers *t)
{
    return t->count ? t->at[0].due_ms : INT64_MAX;
}

void timers_close(struct timers *t);

#endif
