/* The names a decoder knows - fields, dimensions, envelope, kinds - found by two words and a
 * multiplication. Built once per decoder from the tables of lib, so that no name is written down
 * twice. */
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
#define NAME_SHORT_MAX 15 /* names of fields, dimensions and envelope are at most this long */

#define KIND_NAME_MAX 24 /* names of kinds: three words tell them apart */

/* Bytes that name_index_find_tagged may touch from its position on. */
#define NAME_ROOM 16

struct name_slot {
    uint64_t low, high; /* a byte 0xa0 + length, then the name, zero-filled: its MessagePack form */
    uint64_t bit;       /* 1 << (id & 63) */
    uint16_t offset;
    uint8_t len;  /* 0: free */
    uint8_t id;   /* enum name_id */
    uint8_t type; /* enum name_type */
    uint8_t word; /* id / 64 */
};

struct kind_slot {
    uint64_t first, last; /* the first and the last 8 bytes; of a shorter name all of it, and 0 */
    uint64_t middle;      /* of a name of more than 16 bytes those from the 8th on, else 0 */
    uint32_t len;         /* 0: free */
    uint8_t kind;
};

struct name_index {
    struct name_slot fields[NAME_SLOTS];
    struct kind_slot kinds[TOPIC_COUNT][NAME_SLOTS];
};

void name_index_init(struct name_index *ix);

/* Returns the wire name of an id. */
struct text name_text(uint8_t id);

/* Returns the slot of a field, dimension or envelope name, NULL for any other. */
const struct name_slot *name_index_find(const struct name_index *ix, struct text name);

/* Returns the kind with this name on this topic, KIND_NONE if there is none. `readable` bytes from
 * name.at on may be touched. */
enum event_kind name_index_kind(const struct name_index *ix, struct text name, size_t readable,
                                enum event_topic topic);

/* The multiplier leaves no two of today's names in one slot. Any other would do, only slower: what
 * is not in its first slot is found by name_index_find. */
static inline size_t name_hash(uint64_t low, uint64_t high)
{
    return (size_t)(((low ^ high) * UINT64_C(0x83b58a0e7bb0150d)) >> 56);
}

/* Per first byte, what of the first and the next eight bytes belongs to a short MessagePack text
 * that begins with it. */
#define NAME_LOW(n) (UINT64_MAX >> (64 - 8 * (n)))
static const uint64_t name_mask_low[256] = {
    [0xa0] = NAME_LOW(1),
    [0xa1] = NAME_LOW(2),
    [0xa2] = NAME_LOW(3),
    [0xa3] = NAME_LOW(4),
    [0xa4] = NAME_LOW(5),
    [0xa5] = NAME_LOW(6),
    [0xa6] = NAME_LOW(7),
    [0xa7] = UINT64_MAX,
    [0xa8] = UINT64_MAX,
    [0xa9] = UINT64_MAX,
    [0xaa] = UINT64_MAX,
    [0xab] = UINT64_MAX,
    [0xac] = UINT64_MAX,
    [0xad] = UINT64_MAX,
    [0xae] = UINT64_MAX,
    [0xaf] = UINT64_MAX,
};
static const uint64_t name_mask_high[256] = {
    [0xa8] = NAME_LOW(1),
    [0xa9] = NAME_LOW(2),
    [0xaa] = NAME_LOW(3),
    [0xab] = NAME_LOW(4),
    [0xac] = NAME_LOW(5),
    [0xad] = NAME_LOW(6),
    [0xae] = NAME_LOW(7),
    [0xaf] = UINT64_MAX,
};

/* at stands on the first byte of a MessagePack key and NAME_ROOM bytes may be read. Returns its
 * slot; NULL when it is no short text, not known, or not in its first slot. */
static inline const struct name_slot *name_index_find_tagged(const struct name_index *ix,
                                                             const uint8_t *at)
{
    uint64_t low = utf8_word(at) & name_mask_low[*at],
             high = utf8_word(at + 8) & name_mask_high[*at];
    size_t offset = name_hash(low, high) * sizeof(struct name_slot);
    const struct name_slot *s =
        (const struct name_slot *)(const void *)((const uint8_t *)ix->fields + offset);
    return s->low == low && s->high == high ? s : NULL;
}

#endif
