/* Which set of scopes an event counts in, by the bytes with which it says its dimensions and by what the record of its entity has: one look
 * instead of one for each value. Only scope_table_inner.h and the test of this include it. */
#ifndef CUBE_SCOPE_KNOWN_DIMS_H
#define CUBE_SCOPE_KNOWN_DIMS_H

#include <stddef.h>
#include <stdlib.h>

#include "scope/scope_table.h"

#define KNOWN_FIRST 8u       /* places; a power of two, as the most */
#define KNOWN_MOST 65536u
#define KNOWN_NEIGHBOURS 4u  /* places where one may stand, a power of two */
#define KNOWN_LINE 64u
#define KNOWN_BYTES 106u     /* of dimensions; what has more is not kept */

/* Most are found in the first line. */
struct known_dims {
    const struct scope_set *set; /* NULL: an empty place */
    uint32_t ids[SAID_RECORD_DIMS];
    uint8_t named, len;
    uint8_t bytes[KNOWN_BYTES];
};

_Static_assert(sizeof(struct known_dims) == 2 * KNOWN_LINE, "no third line is looked at");

/* Zeroes have no places: nothing is looked for nor put before known_reserve. */
struct known_table {
    struct known_dims *at; /* in that room, from the beginning of a line on */
    void *room;
    uint32_t places, added;
};

typedef uint64_t known_pair __attribute__((vector_size(16)));

static inline uint64_t known_word(const uint8_t *at)
{
    uint64_t w;
    memcpy(&w, at, sizeof w);
    return w;
}

static inline known_pair known_words(const uint8_t *at)
{
    known_pair w;
    memcpy(&w, at, sizeof w);
    return w;
}

/* Fewer than eight bytes. */
static __attribute__((noinline)) uint64_t known_few(const uint8_t *at, uint32_t len)
{
    uint64_t w = 0;
    for (uint32_t i = 0; i < len; i++) {
        w = w << 8 | at[i];
    }
    return w;
}

static inline uint64_t known_mix(uint64_t h, uint64_t w)
{
    return ((h << 23 | h >> 41) ^ w) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint64_t known_hash(const struct said_dims *s, const uint32_t ids[SAID_RECORD_DIMS])
{
    uint64_t h = known_mix(ids[0] ^ (uint64_t)ids[1] << 32, ids[2] ^ (uint64_t)s->named << 32), w;
    if (s->len < sizeof h) {
        return known_mix(h, known_few(s->at, s->len));
    }
    const uint8_t *last = s->at + s->len - sizeof w;
    for (const uint8_t *at = s->at; at < last; at += sizeof w) {
        h = known_mix(h, known_word(at));
    }
    return known_mix(h, known_word(last));
}

/* The same bytes, so many of both. */
static inline bool known_same(const uint8_t *a, const uint8_t *b, uint32_t len)
{
    if (len < sizeof(known_pair)) {
        return len < sizeof(uint64_t) ? known_few(a, len) == known_few(b, len)
                                      : ((known_word(a) ^ known_word(b)) | (known_word(a + len - 8) ^ known_word(b + len - 8))) == 0;
    }
    uint32_t last = len - (uint32_t)sizeof(known_pair);
    known_pair differ = known_words(a + last) ^ known_words(b + last);
    for (uint32_t i = 0; i < last; i += (uint32_t)sizeof(known_pair)) {
        differ |= known_words(a + i) ^ known_words(b + i);
    }
    return (differ[0] | differ[1]) == 0;
}

/* By the high bits: what differs in its last byte only may not differ in others. */
static inline uint32_t known_place(const struct known_table *t, uint64_t hash)
{
    return (uint32_t)((hash >> 32) * t->places >> 32);
}

/* No empty place is: what is looked for has bytes. */
static inline bool known_is(const struct known_dims *k, const struct said_dims *s, const uint32_t ids[SAID_RECORD_DIMS])
{
    uint32_t differ = (k->ids[0] ^ ids[0]) | (k->ids[1] ^ ids[1]) | (k->ids[2] ^ ids[2]) | ((uint32_t)k->named ^ s->named) | (k->len ^ s->len);
    return differ == 0 && known_same(k->bytes, s->at, s->len);
}

/* A hint for who will look: s->place. */
static inline void known_prefetch(const struct known_table *t, const struct said_dims *s)
{
    const struct known_dims *k = &t->at[s->place];
    __builtin_prefetch(k);
    if (offsetof(struct known_dims, bytes) + s->len > KNOWN_LINE) {
        __builtin_prefetch((const char *)k + KNOWN_LINE);
    }
}

static __attribute__((noinline)) const struct known_dims *known_beside(const struct known_table *t, const struct said_dims *s,
                                                                       const uint32_t ids[SAID_RECORD_DIMS])
{
    for (uint32_t k = 1; k < KNOWN_NEIGHBOURS; k++) {
        if (known_is(&t->at[s->place ^ k], s, ids)) {
            return &t->at[s->place ^ k];
        }
    }
    return NULL;
}

static inline const struct known_dims *known_find(const struct known_table *t, const struct said_dims *s, const uint32_t ids[SAID_RECORD_DIMS])
{
    return known_is(&t->at[s->place], s, ids) ? &t->at[s->place] : known_beside(t, s, ids);
}

/* Takes the place over from who came before, who moves on to the next one, as do those behind up to an empty place. Only where there is
 * none somebody goes. */
static inline void known_put(struct known_table *t, const struct known_dims *k)
{
    struct said_dims s = {.at = k->bytes, .len = k->len, .named = k->named};
    uint32_t i = known_place(t, known_hash(&s, k->ids)), n = 0;
    while (n < KNOWN_NEIGHBOURS - 1 && t->at[i ^ n].set) {
        n++;
    }
    for (; n > 0; n--) {
        t->at[i ^ n] = t->at[i ^ (n - 1)];
    }
    t->at[i] = *k;
}

static inline void known_close(struct known_table *t)
{
    free(t->room);
    *t = (struct known_table){0};
}

/* Room for one more: a quarter of the places is in use at most, until there are the most. False: no memory, nothing changed. */
static inline bool known_reserve(struct known_table *t)
{
    if (t->places == KNOWN_MOST || 4 * (t->added + 1) <= t->places) {
        return true;
    }
    struct known_table more = {.places = t->places ? 2 * t->places : KNOWN_FIRST, .added = t->added};
    more.room = calloc(2 * (size_t)more.places + 1, KNOWN_LINE);
    if (!more.room) {
        return false;
    }
    more.at = (struct known_dims *)(((uintptr_t)more.room + KNOWN_LINE - 1) & ~(uintptr_t)(KNOWN_LINE - 1));
    for (uint32_t i = 0; i < t->places; i++) {
        if (t->at[i].set) {
            known_put(&more, &t->at[i]);
        }
    }
    free(t->room);
    *t = more;
    return true;
}

static inline uint64_t known_bytes(const struct known_table *t)
{
    return (uint64_t)t->places * sizeof *t->at;
}

#endif
