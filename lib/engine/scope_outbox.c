#include <stdlib.h>

#include "base/check.h"
#include "engine/scope_gone.h"

static int outbox_reserve(struct outbox *o)
{
    if (o->count < o->capacity) {
        return 0;
    }
    uint32_t capacity = o->capacity ? o->capacity * 2 : 8;
    struct decision *at = realloc(o->at, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    o->at = at;
    struct move_set **moves = realloc(o->moves, capacity * sizeof(struct move_set *));
    if (!moves) {
        return CUBE_ENOMEM;
    }
    o->moves = moves;
    o->capacity = capacity;
    return 0;
}

int outbox_add(struct outbox *o, const struct decision *d, struct move_set *moves)
{
    int rc = outbox_reserve(o);
    if (rc) {
        return rc;
    }
    struct decision *at = &o->at[o->count];
    *at = *d;
    if (moves) {
        moves->refs++;
        at->move_count = moves->count;
        memcpy(at->moves, moves->moves, moves->count * sizeof *at->moves);
    }
    o->moves[o->count++] = moves;
    return 0;
}

static void outbox_clear(struct outbox *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        move_set_release(o->moves[i]);
    }
    o->count = 0;
}

void outbox_close(struct outbox *o)
{
    outbox_clear(o);
    free(o->at);
    free(o->moves);
    *o = (struct outbox){0};
}

uint32_t scope_engine_decision_count(const struct scope_engine *e)
{
    return e->outbox.count;
}

const struct decision *scope_engine_decision_at(const struct scope_engine *e, uint32_t i)
{
    CHECK_PRE(i < e->outbox.count);
    return &e->outbox.at[i];
}

void scope_engine_decisions_clear(struct scope_engine *e)
{
    outbox_clear(&e->outbox);
    scope_gone_close(&e->gone);
}

uint32_t id_queue_at(const struct id_queue *q, uint32_t i)
{
    CHECK_PRE(i < q->count);
    uint64_t place = (uint64_t)q->first + i;
    return q->at[place < q->capacity ? place : place - q->capacity];
}

int id_queue_reserve(struct id_queue *q, uint32_t ids)
{
    if (ids <= q->capacity) {
        return 0;
    }
    uint32_t capacity = q->capacity ? q->capacity : 16;
    while (capacity < ids) {
        capacity *= 2;
    }
    uint32_t *at = malloc(capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < q->count; i++) {
        at[i] = id_queue_at(q, i);
    }
    free(q->at);
    *q = (struct id_queue){at, 0, q->count, capacity};
    return 0;
}

void id_queue_add(struct id_queue *q, uint32_t id)
{
    CHECK_PRE(q->count < q->capacity);
    uint64_t place = (uint64_t)q->first + q->count++;
    q->at[place < q->capacity ? place : place - q->capacity] = id;
}

uint32_t id_queue_pop(struct id_queue *q)
{
    uint32_t id = id_queue_at(q, 0);
    q->first = q->first + 1 == q->capacity ? 0 : q->first + 1;
    q->count--;
    return id;
}
