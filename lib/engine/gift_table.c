#include "engine/gift_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/intern.h"

struct giver {
    bool has_now, has_next, dirty, named;
    struct axis_gift now, next; /* their contributions lie in block */
    int64_t *block;
};

struct gift_table {
    struct intern *keys;
    struct giver *at;
    uint32_t capacity, contributions, named, named_max;
    bool dirty;
};

int gift_table_create(uint32_t givers_max, uint32_t places, uint32_t contributions, uint64_t seed, struct gift_table **ret_t)
{
    struct gift_table *t = calloc(1, sizeof *t);
    if (!t || intern_create(places, seed, &t->keys)) {
        free(t);
        return CUBE_ENOMEM;
    }
    t->contributions = contributions;
    t->named_max = givers_max;
    *ret_t = t;
    return 0;
}

void gift_table_destroy(struct gift_table *t)
{
    if (!t) {
        return;
    }
    for (uint32_t i = 0; i < gift_table_count(t); i++) {
        free(t->at[i].block);
    }
    intern_destroy(t->keys);
    free(t->at);
    free(t);
}

static int room_make(struct gift_table *t)
{
    if (intern_count(t->keys) < t->capacity) {
        return 0;
    }
    uint32_t capacity = t->capacity ? 2 * t->capacity : 16;
    struct giver *at = realloc(t->at, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    t->at = at;
    t->capacity = capacity;
    return 0;
}

int gift_table_expected(struct gift_table *t, struct text key, uint32_t *ret_id)
{
    uint32_t id = intern_find(t->keys, key);
    if (id != INTERN_NONE) {
        *ret_id = id;
        return 0;
    }
    struct giver g = {.block = calloc(2 * (size_t)t->contributions + 1, sizeof *g.block)};
    int rc = g.block && !room_make(t) ? intern_add(t->keys, key, &id) : CUBE_ENOMEM;
    if (rc) {
        free(g.block);
        return rc;
    }
    t->at[id] = g;
    *ret_id = id;
    return 0;
}

int gift_table_giver(struct gift_table *t, struct text key, uint32_t *ret_id)
{
    uint32_t id = intern_find(t->keys, key);
    bool named = id != INTERN_NONE && t->at[id].named;
    int rc = named ? 0 : t->named == t->named_max ? CUBE_ELIMIT : gift_table_expected(t, key, &id);
    if (rc) {
        return rc;
    }
    t->named += !named;
    t->at[id].named = true;
    *ret_id = id;
    return 0;
}

uint32_t gift_table_count(const struct gift_table *t)
{
    return intern_count(t->keys);
}

struct text gift_table_key(const struct gift_table *t, uint32_t giver)
{
    return intern_text(t->keys, giver);
}

static struct giver *giver_at(const struct gift_table *t, uint32_t giver)
{
    CHECK_PRE(giver < intern_count(t->keys));
    return &t->at[giver];
}

static void gift_copy(const struct gift_table *t, struct axis_gift *to, const struct axis_gift *from, int64_t *room)
{
    memcpy(room, from->contributions, t->contributions * sizeof *room);
    *to = *from;
    to->contributions = room;
}

void gift_table_put(struct gift_table *t, uint32_t giver, const struct axis_gift *g)
{
    struct giver *at = giver_at(t, giver);
    gift_copy(t, &at->next, g, at->block + t->contributions);
    at->has_next = true;
}

static bool gifts_equal(const struct gift_table *t, const struct axis_gift *a, const struct axis_gift *b)
{
    return a->score == b->score && a->half == b->half && a->coverage == b->coverage &&
           memcmp(a->contributions, b->contributions, t->contributions * sizeof *a->contributions) == 0;
}

void gift_table_turn(struct gift_table *t)
{
    for (uint32_t i = 0; i < intern_count(t->keys); i++) {
        struct giver *at = &t->at[i];
        if (at->has_now == at->has_next && (!at->has_now || gifts_equal(t, &at->now, &at->next))) {
            at->has_next = false;
            continue;
        }
        if (at->has_next) {
            gift_copy(t, &at->now, &at->next, at->block);
        }
        at->has_now = at->has_next;
        at->has_next = false;
        at->dirty = t->dirty = true;
    }
}

const struct axis_gift *gift_table_now(const struct gift_table *t, uint32_t giver)
{
    const struct giver *at = giver_at(t, giver);
    return at->has_now ? &at->now : NULL;
}

void gift_table_restore(struct gift_table *t, uint32_t giver, const struct axis_gift *g)
{
    struct giver *at = giver_at(t, giver);
    at->has_now = g != NULL;
    if (g) {
        gift_copy(t, &at->now, g, at->block);
    }
}

bool gift_table_is_dirty(const struct gift_table *t, uint32_t giver)
{
    return giver_at(t, giver)->dirty;
}

bool gift_table_has_dirty(const struct gift_table *t)
{
    return t->dirty;
}

void gift_table_clean(struct gift_table *t)
{
    for (uint32_t i = 0; t->dirty && i < intern_count(t->keys); i++) {
        t->at[i].dirty = false;
    }
    t->dirty = false;
}

uint64_t gift_table_bytes(const struct gift_table *t)
{
    uint64_t each = sizeof *t->at + 2 * (uint64_t)t->contributions * sizeof(int64_t);
    return sizeof *t + intern_bytes(t->keys) + t->capacity * each;
}
