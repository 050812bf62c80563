/* Entities touched since their records were last written, in the order of their first touch, and the sorted walk over all.
 * One that was written out of turn leaves a gap. An entity knows the low bits of its place. */
#include <stdlib.h>

#include "base/check.h"
#include "engine/entity_erased.h"
#include "engine/entity_state.h"

#define PLACE_MASK ((1u << 30) - 1)
#define GAP UINT32_MAX

/* Of a record in the changelog, about. */
enum { HEAD_BYTES = 64, FACT_BYTES = 8 };

/* Makes room for so many. */
static int queue_reserve(struct number_queue *q, uint64_t count)
{
    struct number_queue bigger = *q;
    bigger.capacity = q->capacity ? q->capacity : 256;
    while (bigger.capacity < count) {
        bigger.capacity *= 2;
    }
    bigger.at = malloc(bigger.capacity * sizeof *bigger.at);
    if (!bigger.at) {
        return CUBE_ENOMEM;
    }
    for (uint64_t n = q->first; n < q->next; n++) {
        *number_at(&bigger, n) = *number_at(q, n);
    }
    free(q->at);
    *q = bigger;
    return 0;
}

int number_queue_push(struct number_queue *q, uint32_t number)
{
    uint64_t count = q->next - q->first;
    if (count == q->capacity && (count > PLACE_MASK / 2 || queue_reserve(q, 2 * count))) {
        return CUBE_ENOMEM;
    }
    *number_at(q, q->next++) = number;
    return 0;
}

int entity_dirty(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    struct number_queue *q = &e->dirty.all;
    if (x->touched) {
        return 0;
    }
    if (x->dirty_place == 0) {
        uint32_t place = (uint32_t)q->next & PLACE_MASK;
        if (number_queue_push(q, number)) {
            return CUBE_ENOMEM;
        }
        x->dirty_place = place + 1;
    }
    if (e->notes && !x->listed && number_queue_push(&e->unnoted, number)) {
        return CUBE_ENOMEM;
    }
    x->touched = true;
    x->listed = e->notes;
    return 0;
}

void entity_dirty_close(struct entity_engine *e)
{
    free(e->dirty.all.at);
    free(e->dirty.urgent);
    free(e->unnoted.at);
}

uint64_t entity_dirty_bytes(const struct entity_engine *e)
{
    return ((uint64_t)e->dirty.all.capacity + e->dirty.urgent_capacity + e->unnoted.capacity) * sizeof(uint32_t);
}

int entity_urgent(struct entity_engine *e, uint32_t number)
{
    struct dirty_queue *q = &e->dirty;
    if (q->urgent_count == q->urgent_capacity) {
        uint32_t capacity = q->urgent_capacity ? 2 * q->urgent_capacity : 16;
        uint32_t *grown = realloc(q->urgent, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        q->urgent = grown;
        q->urgent_capacity = capacity;
    }
    q->urgent[q->urgent_count++] = number;
    q->urgent_bytes += HEAD_BYTES + (uint64_t)entity_table_at(&e->table, number)->fact_count * FACT_BYTES;
    return entity_dirty(e, number);
}

int entity_engine_urgent(struct entity_engine *e, struct text key, uint64_t hash)
{
    uint32_t number;
    return entity_table_find(&e->table, key, hash, &number) ? entity_urgent(e, number) : 0;
}

uint32_t entity_engine_dirty_count(const struct entity_engine *e)
{
    return (uint32_t)(e->dirty.all.next - e->dirty.all.first);
}

uint64_t entity_engine_dirty_first(const struct entity_engine *e)
{
    return e->dirty.all.first;
}

struct text entity_engine_dirty_at(const struct entity_engine *e, uint32_t i, bool *ret_erased, bool *ret_publish)
{
    CHECK_PRE(i < entity_engine_dirty_count(e));
    uint32_t number = *number_at(&e->dirty.all, e->dirty.all.first + i);
    if (number == GAP) {
        return (struct text){NULL, 0};
    }
    const struct entity *x = entity_table_at(&e->table, number);
    *ret_erased = entity_erased_is_gone(x);
    *ret_publish = x->flags & ENTITY_PUBLISH;
    return entity_key(x);
}

const struct entity *entity_dirty_entity(const struct entity_engine *e, uint32_t i)
{
    CHECK_PRE(i < entity_engine_dirty_count(e));
    return entity_table_at(&e->table, *number_at(&e->dirty.all, e->dirty.all.first + i));
}

uint32_t entity_engine_urgent_count(const struct entity_engine *e)
{
    return e->dirty.urgent_count;
}

uint64_t entity_engine_urgent_bytes(const struct entity_engine *e)
{
    return e->dirty.urgent_bytes;
}

uint32_t entity_dirty_index(const struct entity_engine *e, const struct entity *x)
{
    return (x->dirty_place - 1 - (uint32_t)e->dirty.all.first) & PLACE_MASK;
}

bool entity_engine_urgent_at(const struct entity_engine *e, uint32_t u, uint32_t *ret_i)
{
    CHECK_PRE(u < e->dirty.urgent_count);
    const struct entity *x = entity_table_at(&e->table, e->dirty.urgent[u]);
    *ret_i = entity_dirty_index(e, x);
    return x->dirty_place != 0;
}

/* The record of an entity is written. */
static void entity_clean(struct entity_engine *e, struct entity *x)
{
    x->dirty_place = 0;
    x->touched = false;
    x->flags &= (uint8_t)(e->lists_published ? 0xff : ~ENTITY_PUBLISH);
}

static void gaps_pass(struct number_queue *q)
{
    while (q->first < q->next && *number_at(q, q->first) == GAP) {
        q->first++;
    }
}

void entity_engine_urgent_written(struct entity_engine *e, uint32_t u)
{
    uint32_t i;
    struct entity *x = entity_table_at(&e->table, e->dirty.urgent[u]);
    if (entity_engine_urgent_at(e, u, &i) && !entity_erased_is_gone(x)) {
        *number_at(&e->dirty.all, e->dirty.all.first + i) = GAP;
        entity_clean(e, x);
    }
}

static void urgent_forget(struct dirty_queue *q)
{
    q->urgent_count = 0;
    q->urgent_bytes = 0;
}

void entity_engine_urgent_clean(struct entity_engine *e)
{
    for (uint32_t u = 0; u < e->dirty.urgent_count; u++) {
        entity_engine_urgent_written(e, u);
    }
    urgent_forget(&e->dirty);
    gaps_pass(&e->dirty.all);
}

void entity_engine_clean_first(struct entity_engine *e, uint32_t count)
{
    CHECK_PRE(count <= entity_engine_dirty_count(e) && e->dirty.urgent_count == 0);
    struct number_queue *q = &e->dirty.all;
    for (; count > 0; count--, q->first++) {
        uint32_t number = *number_at(q, q->first);
        if (number == GAP) {
            continue;
        }
        struct entity *x = entity_table_at(&e->table, number);
        entity_clean(e, x);
        if (entity_erased_is_gone(x)) {
            entity_table_remove(&e->table, &e->home.pool, number);
            e->erased--;
        }
    }
    gaps_pass(&e->dirty.all);
}

void entity_engine_clean(struct entity_engine *e)
{
    urgent_forget(&e->dirty);
    entity_engine_clean_first(e, entity_engine_dirty_count(e));
}

/* ---- put back -------------------------------------------------------------------------------------- */

int entity_engine_dirty_open(struct entity_engine *e, uint64_t first, uint64_t next)
{
    struct number_queue *q = &e->dirty.all;
    CHECK_PRE(q->first == q->next);
    if (next < first || next - first > PLACE_MASK / 2) {
        return CUBE_EFORMAT;
    }
    if (next - first > q->capacity && queue_reserve(q, next - first)) {
        return CUBE_ENOMEM;
    }
    q->first = first;
    q->next = next;
    for (uint64_t place = first; place < next; place++) {
        *number_at(q, place) = GAP;
    }
    return 0;
}

int entity_engine_dirty_put(struct entity_engine *e, uint32_t number, uint64_t place)
{
    struct number_queue *q = &e->dirty.all;
    struct entity *x = entity_table_at(&e->table, number);
    if (!(x->flags & ENTITY_USED)) {
        return 0;
    }
    if (place < q->first || place >= q->next || *number_at(q, place) != GAP || x->dirty_place != 0) {
        return CUBE_EFORMAT;
    }
    *number_at(q, place) = number;
    x->dirty_place = ((uint32_t)place & PLACE_MASK) + 1;
    return 0;
}

void entity_engine_dirty_settle(struct entity_engine *e)
{
    gaps_pass(&e->dirty.all);
}

/* ---- the walk over all ------------------------------------------------------------------------------ */

static int key_compare(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

int entity_engine_each(const struct entity_engine *e, int (*visit)(void *arg, struct text key), void *arg)
{
    struct text *keys = malloc(((size_t)e->table.count + 1) * sizeof *keys);
    uint32_t count = 0;
    if (!keys) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < e->table.used; i++) {
        const struct entity *x = entity_table_at(&e->table, i);
        if ((x->flags & ENTITY_USED) && !(x->flags & ENTITY_ERASED)) {
            keys[count++] = entity_key(x);
        }
    }
    qsort(keys, count, sizeof *keys, key_compare);
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        rc = visit(arg, keys[i]);
    }
    free(keys);
    return rc;
}
