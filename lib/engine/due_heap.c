#include "engine/due_heap.h"

#include <stdlib.h>

#include "base/check.h"

static void place_at(struct due_heap *h, uint32_t i, struct due_entry e)
{
    h->at[i] = e;
    h->place[e.id] = i;
}

static void sift_up(struct due_heap *h, uint32_t i, struct due_entry e)
{
    while (i > 0 && h->at[(i - 1) / 2].due_ms > e.due_ms) {
        place_at(h, i, h->at[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    place_at(h, i, e);
}

static void sift_down(struct due_heap *h, uint32_t i, struct due_entry e)
{
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child + 1 < h->count && h->at[child + 1].due_ms < h->at[child].due_ms) {
            child++;
        }
        if (child >= h->count || h->at[child].due_ms >= e.due_ms) {
            break;
        }
        place_at(h, i, h->at[child]);
        i = child;
    }
    place_at(h, i, e);
}

/* Puts an entry where a free place i is. */
static void settle(struct due_heap *h, uint32_t i, struct due_entry e)
{
    if (i > 0 && h->at[(i - 1) / 2].due_ms > e.due_ms) {
        sift_up(h, i, e);
    } else {
        sift_down(h, i, e);
    }
}

int due_heap_reserve(struct due_heap *h, uint32_t ids)
{
    if (ids <= h->ids) {
        return 0;
    }
    uint32_t room = h->ids ? h->ids : 16;
    while (room < ids) {
        room *= 2;
    }
    struct due_entry *at = realloc(h->at, room * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    h->at = at;
    uint32_t *place = realloc(h->place, room * sizeof *place);
    if (!place) {
        return CUBE_ENOMEM;
    }
    h->place = place;
    while (h->ids < room) {
        h->place[h->ids++] = DUE_NOWHERE;
    }
    return 0;
}

static void take_out(struct due_heap *h, uint32_t id)
{
    uint32_t i = h->place[id];
    h->place[id] = DUE_NOWHERE;
    struct due_entry last = h->at[--h->count];
    if (i < h->count) {
        settle(h, i, last);
    }
}

void due_heap_set(struct due_heap *h, uint32_t id, int64_t due_ms)
{
    CHECK_PRE(id < h->ids);
    uint32_t i = h->place[id];
    if (due_ms == INT64_MAX) {
        if (i != DUE_NOWHERE) {
            take_out(h, id);
        }
        return;
    }
    if (i == DUE_NOWHERE) {
        i = h->count++;
    }
    settle(h, i, (struct due_entry){due_ms, id});
}

int64_t due_heap_first(const struct due_heap *h)
{
    return h->count ? h->at[0].due_ms : INT64_MAX;
}

uint32_t due_heap_pop(struct due_heap *h)
{
    CHECK_PRE(h->count > 0);
    uint32_t id = h->at[0].id;
    take_out(h, id);
    return id;
}

/* The list serves as the queue of places to look at: a child is due only when its parent is. */
uint32_t due_heap_until(const struct due_heap *h, int64_t t_ms, uint32_t *ret_ids)
{
    uint32_t count = 0;
    if (h->count > 0 && h->at[0].due_ms <= t_ms) {
        ret_ids[count++] = 0;
    }
    for (uint32_t next = 0; next < count; next++) {
        uint32_t place = ret_ids[next];
        for (uint32_t child = 2 * place + 1; child <= 2 * place + 2 && child < h->count; child++) {
            if (h->at[child].due_ms <= t_ms) {
                ret_ids[count++] = child;
            }
        }
        ret_ids[next] = h->at[place].id;
    }
    return count;
}

void due_heap_close(struct due_heap *h)
{
    free(h->at);
    free(h->place);
    *h = (struct due_heap){0};
}
