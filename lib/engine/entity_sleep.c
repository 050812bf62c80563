#include "engine/entity_sleep.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/entity_state.h"
#include "engine/points.h"

#define AWAKE_FIRST 256u

/* A packed block: its owner and whether totals are wide, the totals, the facts. */
enum { HEAD_WIDE_BIT = 32, HEAD_WORDS = 1 };

static bool is_asleep(const struct entity *x)
{
    return !x->awake && x->packed;
}

/* ---- packing ---------------------------------------------------------------------------------------- */

static bool totals_are_wide(const struct fact_home *h, const struct entity *x)
{
    bool wide = false;
    for (unsigned t = 0; t < h->tracks; t++) {
        cube_i128 total = cell_get_wide(facts_track(h, x, t));
        wide |= total != (int64_t)total;
    }
    return wide;
}

static uint64_t *totals_pack(const struct fact_home *h, const struct entity *x, bool wide, uint64_t *to)
{
    for (unsigned t = 0; t < h->tracks; t++) {
        cube_i128 total = cell_get_wide(facts_track(h, x, t));
        *to++ = (uint64_t)total;
        if (wide) {
            *to++ = (uint64_t)(total >> 64);
        }
    }
    return to;
}

static const uint64_t *totals_unpack(const struct fact_home *h, struct entity *x, bool wide, const uint64_t *from)
{
    for (unsigned t = 0; t < h->tracks; t++) {
        cube_i128 total = (int64_t)*from;
        if (wide) {
            total = (cube_i128)((cube_u128)(uint64_t)from[1] << 64 | from[0]);
        }
        cell_set_wide(facts_track(h, x, t), total);
        from += wide ? 2 : 1;
    }
    return from;
}

/* Fills an entity that has no block, awake, from a packed block. */
static int unpack(struct entity_engine *e, const uint64_t *block, struct entity *x)
{
    bool wide = block[0] >> HEAD_WIDE_BIT & 1;
    uint32_t count = x->fact_count;
    x->facts = NULL;
    x->fact_count = x->fact_capacity = 0;
    int rc = facts_reserve(&e->home, x, count + 1);
    if (rc == 0) {
        fact_unpack(&e->sleepers.plan, totals_unpack(&e->home, x, wide, block + HEAD_WORDS), count, x->facts);
        facts_fill(x, count);
    }
    return rc;
}

static int room_reserve(struct sleepers *s, uint32_t words)
{
    if (words > s->room_words) {
        uint64_t *room = realloc(s->room, 2 * (size_t)words * sizeof *room);
        if (!room) {
            return CUBE_ENOMEM;
        }
        s->room = room;
        s->room_words = 2 * words;
    }
    return 0;
}

/* Into the room: how long it will be shows when it is there. */
static int pack(struct entity_engine *e, const struct entity *x, uint32_t *ret_words)
{
    struct sleepers *s = &e->sleepers;
    if (room_reserve(s, HEAD_WORDS + 2 * e->home.tracks + FACT_WORDS_MAX * x->fact_count) != 0) {
        return CUBE_ENOMEM;
    }
    bool wide = totals_are_wide(&e->home, x);
    s->room[0] = (uint64_t)wide << HEAD_WIDE_BIT;
    uint64_t *end = fact_pack(&s->plan, x->facts, x->fact_count, totals_pack(&e->home, x, wide, s->room + HEAD_WORDS));
    *ret_words = (uint32_t)(end - s->room);
    return 0;
}

static int fall_asleep(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    if (!x->facts) {
        x->awake = false;
        return 0;
    }
    uint32_t words;
    if (e->type == ENTITY_CUSTOMER) {
        points_settle(e->model, x);
    }
    if (pack(e, x, &words) != 0) {
        return CUBE_ENOMEM;
    }
    uint64_t *block = packed_get(&e->sleepers.pool, words, number);
    if (!block) {
        return CUBE_ENOMEM;
    }
    block[0] |= e->sleepers.room[0];
    memcpy(block + HEAD_WORDS, e->sleepers.room + HEAD_WORDS, (words - HEAD_WORDS) * sizeof *block);
    uint32_t count = x->fact_count;
    uint16_t marks = x->mark_count;
    facts_close(&e->home, x);
    x->packed = block;
    x->fact_count = count;
    x->mark_count = marks;
    x->fact_capacity = words;
    x->awake = false;
    return 0;
}

/* The block of another may move into the place. */
static void packed_drop(struct entity_engine *e, uint64_t *block, uint32_t words)
{
    uint32_t owner;
    if (packed_put(&e->sleepers.pool, block, words, &owner)) {
        entity_table_at(&e->table, owner)->packed = block;
    }
}

/* ---- who is awake ------------------------------------------------------------------------------------ */

static int awake_reserve(struct sleepers *s)
{
    uint32_t capacity = s->capacity ? 2 * s->capacity : AWAKE_FIRST;
    capacity = capacity < s->max ? capacity : s->max;
    uint32_t *awake = realloc(s->awake, capacity * sizeof *awake);
    if (!awake) {
        return CUBE_ENOMEM;
    }
    s->awake = awake;
    s->capacity = capacity;
    return 0;
}

/* The one that woke first makes room. */
static int awake_add(struct entity_engine *e, uint32_t number)
{
    struct sleepers *s = &e->sleepers;
    if (s->count < s->max) {
        if (s->count == s->capacity && awake_reserve(s) != 0) {
            return CUBE_ENOMEM;
        }
        s->awake[s->count++] = number;
        return 0;
    }
    uint32_t first = s->awake[s->first];
    int rc = entity_table_at(&e->table, first)->awake ? fall_asleep(e, first) : 0;
    if (rc == 0) {
        s->awake[s->first] = number;
        s->first = s->first + 1 < s->max ? s->first + 1 : 0;
    }
    return rc;
}

int entity_wake(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    if (x->awake) {
        return 0;
    }
    if (awake_add(e, number) != 0) {
        return CUBE_ENOMEM;
    }
    int rc = 0;
    if (x->packed) {
        uint64_t *block = x->packed;
        uint32_t words = x->fact_capacity;
        rc = unpack(e, block, x);
        packed_drop(e, block, words);
    }
    x->awake = true;
    return rc;
}

int entity_settle(struct entity_engine *e, uint32_t number)
{
    return e->sleepers.count < e->sleepers.max ? awake_add(e, number) : fall_asleep(e, number);
}

void entity_facts_close(struct entity_engine *e, struct entity *x)
{
    if (!is_asleep(x)) {
        facts_close(&e->home, x);
        return;
    }
    packed_drop(e, x->packed, x->fact_capacity);
    x->packed = NULL;
    x->fact_count = x->fact_capacity = x->mark_count = 0;
}

int entity_look(struct entity_engine *e, const struct entity *x, const struct entity **ret_x)
{
    struct entity *copy = e->sleepers.looked;
    if (!is_asleep(x)) {
        *ret_x = x;
        return 0;
    }
    facts_close(&e->home, copy);
    *copy = *x;
    int rc = unpack(e, x->packed, copy);
    *ret_x = copy;
    return rc;
}

/* ---- life -------------------------------------------------------------------------------------------- */

int sleepers_open(struct sleepers *s, const struct model *m, uint32_t max)
{
    s->max = max;
    s->looked = calloc(1, sizeof *s->looked);
    s->plan = (struct pack_plan){points_horizon(&m->points), m->cancel_within_ms + m->time.lateness_ms + 1};
    return s->looked ? 0 : CUBE_ENOMEM;
}

void sleepers_close(struct entity_engine *e)
{
    struct sleepers *s = &e->sleepers;
    for (uint32_t i = 0; i < e->table.used; i++) {
        entity_facts_close(e, entity_table_at(&e->table, i));
    }
    if (s->looked) {
        facts_close(&e->home, s->looked);
    }
    packed_pool_close(&s->pool);
    free(s->awake);
    free(s->room);
    free(s->looked);
}

uint64_t sleepers_bytes(const struct sleepers *s)
{
    return s->capacity * sizeof *s->awake + s->room_words * sizeof *s->room + s->pool.bytes + sizeof *s->looked;
}
