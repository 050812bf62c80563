#include "engine/timers.h"

#include <stdlib.h>

static void put(struct timers *t, const struct entity_table *table, uint32_t i, struct timer v)
{
    t->at[i] = v;
    entity_table_at(table, v.number)->timer_place = i + 1;
}

static void sift_up(struct timers *t, const struct entity_table *table, uint32_t i, struct timer v)
{
    while (i > 0 && t->at[(i - 1) / TIMER_CHILDREN].due_ms > v.due_ms) {
        put(t, table, i, t->at[(i - 1) / TIMER_CHILDREN]);
        i = (i - 1) / TIMER_CHILDREN;
    }
    put(t, table, i, v);
}

static void sift_down(struct timers *t, const struct entity_table *table, uint32_t i, struct timer v)
{
    for (;;) {
        uint32_t first = i * TIMER_CHILDREN + 1, least = first;
        if (first >= t->count) {
            break;
        }
        for (uint32_t c = first + 1; c < first + TIMER_CHILDREN && c < t->count; c++) {
            least = t->at[c].due_ms < t->at[least].due_ms ? c : least;
        }
        if (t->at[least].due_ms >= v.due_ms) {
            break;
        }
        put(t, table, i, t->at[least]);
        i = least;
    }
    put(t, table, i, v);
}

static void move(struct timers *t, const struct entity_table *table, uint32_t i, struct timer v)
{
    if (i > 0 && t->at[(i - 1) / TIMER_CHILDREN].due_ms > v.due_ms) {
        sift_up(t, table, i, v);
    } else {
        sift_down(t, table, i, v);
    }
}

static void take_out(struct timers *t, const struct entity_table *table, struct entity *x)
{
    uint32_t i = x->timer_place - 1;
    struct timer last = t->at[--t->count];
    x->timer_place = 0;
    if (i < t->count) {
        move(t, table, i, last);
    }
}

static int reserve(struct timers *t)
{
    if (t->count < t->capacity) {
        return 0;
    }
    uint32_t capacity = t->capacity ? 2 * t->capacity : 256;
    struct timer *at = realloc(t->at, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    t->at = at;
    t->capacity = capacity;
    return 0;
}

int timers_set(struct timers *t, const struct entity_table *table, uint32_t number)
{
    struct entity *x = entity_table_at(table, number);
    struct timer v = {x->due_ms, number};
    if (x->due_ms == INT64_MAX) {
        if (x->timer_place != 0) {
            take_out(t, table, x);
        }
        return 0;
    }
    if (x->timer_place != 0) {
        move(t, table, x->timer_place - 1, v);
        return 0;
    }
    if (reserve(t) != 0) {
        return CUBE_ENOMEM;
    }
    sift_up(t, table, t->count++, v);
    return 0;
}

uint32_t timers_below(const struct timers *t, uint32_t place, uint32_t ret_places[TIMER_CHILDREN])
{
    uint32_t count = 0, first = place * TIMER_CHILDREN + 1;
    for (uint32_t c = first; c < first + TIMER_CHILDREN && c < t->count; c++) {
        if (t->at[c].due_ms == t->at[place].due_ms) {
            ret_places[count++] = c;
        }
    }
    return count;
}

void timers_close(struct timers *t)
{
    free(t->at);
    *t = (struct timers){0};
}
