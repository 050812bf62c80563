/* What a scope table met lately: short values, and sets by the set they differ from in a dimension. Only scope_table.c and
 * the test of this include it. */
#ifndef CUBE_SCOPE_RECENT_H
#define CUBE_SCOPE_RECENT_H

#include <stdlib.h>

#include "base/error.h"
#include "event/dimension.h"
#include "scope/scope_table.h"
#include "scope/short_texts.h"

#define RECENT_FIRST 16u /* values; a power of two, as the other */
#define RECENT_MORE 256u /* when more than that have been met */

#define NEAR_PLACES 4u /* where a set may stand: a power of two */

struct recent_value {
    struct packed_text text;
    uint32_t id;
    uint8_t dimension, len; /* len 0: empty place */
};

static inline bool recent_is(const struct recent_value *r, struct packed_text p, enum dimension d, uint32_t len)
{
    return packed_equal(r->text, p) && r->len == len && r->dimension == d;
}

static inline unsigned recent_place(struct packed_text p, enum dimension d)
{
    uint64_t h = (p.first ^ (p.last << 29 | p.last >> 35) ^ (uint64_t)d << 60) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(h >> 56);
}

/* Zeroes have no places: nothing is looked for nor put before recent_reserve. */
struct recent_values {
    struct recent_value *at;
    uint32_t places, added;
};

static inline const struct recent_value *recent_find(const struct recent_values *v, struct packed_text p, enum dimension d, uint32_t len)
{
    uint32_t i = recent_place(p, d) & (v->places - 1);
    return recent_is(&v->at[i], p, d, len) ? &v->at[i] : recent_is(&v->at[i ^ 1], p, d, len) ? &v->at[i ^ 1] : NULL;
}

/* Most tables meet few values: all places would cost them more than they save. What the fewer ones held is met again. CUBE_ENOMEM. */
static inline int recent_reserve(struct recent_values *v)
{
    if (v->places == RECENT_MORE || v->added < v->places) {
        return 0;
    }
    uint32_t places = v->places ? RECENT_MORE : RECENT_FIRST;
    struct recent_value *at = calloc(places, sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    free(v->at);
    v->at = at;
    v->places = places;
    return 0;
}

/* Moves who came before to the place beside. */
static inline void recent_put(struct recent_values *v, const struct recent_value *r)
{
    uint32_t i = recent_place(r->text, (enum dimension)r->dimension) & (v->places - 1);
    v->at[i ^ 1] = v->at[i];
    v->at[i] = *r;
    v->added++;
}

static inline uint32_t values_hash(const struct dim_values *v)
{
    uint64_t w[DIM_COUNT / 2], h = 0;
    memcpy(w, v, sizeof w);
    for (unsigned i = 0; i < DIM_COUNT / 2; i++) {
        h = (h << 23 | h >> 41) ^ w[i];
        h *= UINT64_C(0x9E3779B97F4A7C15);
    }
    return (uint32_t)(h >> 32);
}

static inline bool values_equal(const struct dim_values *a, const struct dim_values *b)
{
    uint32_t differ = 0;
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        differ |= a->id[d] ^ b->id[d];
    }
    return differ == 0;
}

/* The set that differs from another in a dimension, by the short value it has there. */
struct near_set {
    struct packed_text text;
    uint64_t from; /* the other's id, the dimension and the length of the value */
    const struct scope_set *set; /* NULL: empty place */
};

static inline uint64_t near_from(uint32_t set, enum dimension d, uint32_t len)
{
    return (uint64_t)set << 16 | (uint64_t)d << 8 | len;
}

/* Of a power of two of places the first of the four where a set may stand; the others are its neighbours. Values that differ in
 * their last byte differ in the high bits, so these say it. */
static inline uint32_t near_sets_place(uint32_t places, struct packed_text text, uint64_t from)
{
    uint64_t h = (text.first ^ (text.last << 29 | text.last >> 35) ^ from * UINT64_C(0xBF58476D1CE4E5B9)) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)((h >> 32) * places >> 32);
}

/* A hint, returns the place. Empty texts and long ones are not looked for: any place will do. */
static inline uint32_t near_sets_prefetch(const struct near_set *at, uint32_t places, struct text value, uint64_t from)
{
    uint32_t i = value.len - 1 < PACKED_MAX ? near_sets_place(places, text_pack(value), from) : 0;
    __builtin_prefetch(&at[i]);
    return i;
}

static inline bool near_set_is(const struct near_set *n, struct packed_text text, uint64_t from)
{
    return ((n->text.first ^ text.first) | (n->text.last ^ text.last) | (n->from ^ from)) == 0 && n->set;
}

static inline const struct near_set *near_sets_find(const struct near_set *at, uint32_t places, struct packed_text text, uint64_t from)
{
    uint32_t i = near_sets_place(places, text, from);
    for (uint32_t k = 0; k < NEAR_PLACES; k++) {
        if (near_set_is(&at[i ^ k], text, from)) {
            return &at[i ^ k];
        }
    }
    return NULL;
}

/* Takes the place over from who came before, who moves on to the next one, as do those behind up to an empty place. Only where there is
 * none somebody goes. */
static inline void near_sets_put(struct near_set *at, uint32_t places, const struct near_set *n)
{
    uint32_t i = near_sets_place(places, n->text, n->from), k = 0;
    while (k < NEAR_PLACES - 1 && at[i ^ k].set) {
        k++;
    }
    for (; k > 0; k--) {
        at[i ^ k] = at[i ^ (k - 1)];
    }
    at[i] = *n;
}

#endif
