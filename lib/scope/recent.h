/* The short values that a scope table met lately. Only scope_table_inner.h and the test of this include it. */
#ifndef CUBE_SCOPE_RECENT_H
#define CUBE_SCOPE_RECENT_H

#include <stdlib.h>

#include "base/error.h"
#include "event/dimension.h"
#include "scope/scope_table.h"
#include "scope/short_texts.h"

#define RECENT_FIRST 16u /* values; a power of two, as the other */
#define RECENT_MORE 256u /* when more than that have been met */

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

#endif
