/* The names a decoder knows - fields, dimensions, envelope, kinds - found by two words and a multiplication.
 * Built once per decoder from the tables of lib, so that no name is written down twice. */
#ifndef CUBE_PROTO_NAME_INDEX_H
#define CUBE_PROTO_NAME_INDEX_H

#include <stdint.h>

#include "event/event.h"
#include "proto/utf8.h"

enum name_type {
    NAME_TEXT,    /* goes to a text at `offset` in struct event */
    NAME_DECIMAL, /* to an event slot */
    NAME_INTEGER,
    NAME_BOOL,
    NAME_TS,
    NAME_VERSION,
    NAME_KIND
};

/* Ids of names: those of fields, then of dimensions, then the envelope. */
enum name_id {
    NAME_ID_DIMS = 64,
    NAME_ID_V = NAME_ID_DIMS + DIM_COUNT,
    NAME_ID_ID,
    NAME_ID_TS,
    NAME_ID_KIND,
    NAME_ID_CUSTOMER,
    NAME_ID_END
};

#define NAME_SLOTS 256
#define NAME_SHORT_MAX 16 /* names of fields, dimensions and envelope are at most this long */

struct name_slot {
    uint64_t low, high; /* the first 16 bytes, zero-filled */
    uint16_t offset;
    uint8_t len;        /* 0: free */
    uint8_t id;         /* enum name_id or enum event_kind */
    uint8_t type;       /* enum name_type */
};

struct name_index {
    struct name_slot fields[NAME_SLOTS];
    struct name_slot kinds[TOPIC_COUNT][NAME_SLOTS];
};

void name_index_init(struct name_index *ix);

/* Returns the wire name of an id. */
struct text name_text(uint8_t id);

/* Returns the kind with this name on this topic, KIND_NONE if there is none. `readable` bytes from name.at on
 * may be touched. */
enum event_kind name_index_kind(const struct name_index *ix, struct text name, size_t readable, enum event_topic topic);

/* The multipliers leave no two of today's names in one slot; any others would do, only slower. */
static inline uint32_t name_hash(uint64_t low, uint64_t high)
{
    return (uint32_t)(((low ^ high >> 5) * UINT64_C(0x9E3779B97F4A7C15)) >> 56);
}

static const uint64_t name_masks[NAME_SHORT_MAX + 1][2] = {
#define LOW(n) (UINT64_MAX >> (64 - 8 * (n)))
    {0, 0},           {LOW(1), 0},      {LOW(2), 0},      {LOW(3), 0},      {LOW(4), 0},      {LOW(5), 0},
    {LOW(6), 0},      {LOW(7), 0},      {LOW(8), 0},      {LOW(8), LOW(1)}, {LOW(8), LOW(2)}, {LOW(8), LOW(3)},
    {LOW(8), LOW(4)}, {LOW(8), LOW(5)}, {LOW(8), LOW(6)}, {LOW(8), LOW(7)}, {LOW(8), LOW(8)},
#undef LOW
};

/* The first bytes of at[0..len) as two zero-filled words; `readable` bytes from at on may be touched. */
static inline void name_words(const uint8_t *at, size_t len, size_t readable, uint64_t ret_w[2])
{
    size_t n = len < NAME_SHORT_MAX ? len : NAME_SHORT_MAX;
    if (readable >= NAME_SHORT_MAX) {
        ret_w[0] = utf8_word(at) & name_masks[n][0];
        ret_w[1] = utf8_word(at + 8) & name_masks[n][1];
    } else {
        ret_w[0] = ret_w[1] = 0;
        memcpy(ret_w, at, n);
    }
}

/* Returns the slot of a field, dimension or envelope name, NULL for any other. */
static inline const struct name_slot *name_index_find(const struct name_index *ix, const uint8_t *at, size_t len,
                                                      size_t readable)
{
    uint64_t w[2];
    name_words(at, len, readable, w);
    uint32_t h = name_hash(w[0], w[1]);
    for (;; h = (h + 1) % NAME_SLOTS) {
        const struct name_slot *s = &ix->fields[h];
        if (s->low == w[0] && s->high == w[1] && s->len == len) {
            return s;
        }
        if (s->len == 0) {
            return NULL;
        }
    }
}

#endif
