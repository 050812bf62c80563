/* The names a decoder knows - fields, dimensions, envelope, kinds - found by two words and a
 * multiplication. Built from the tables of lib, so that no name is written down twice; one serves any
 * number of decoders. */
#ifndef CUBE_PROTO_NAME_INDEX_H
#define CUBE_PROTO_NAME_INDEX_H

#include <stdint.h>

#include "event/event.h"
#include "proto/bytes16.h"
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

/* Lengths of names of kinds. */
#define KIND_NAME_MIN 4
#define KIND_NAME_MAX 31
#define KIND_ROOM 32

/* Bytes that name_index_find_tagged may touch from its position on. */
#define NAME_ROOM 16

/* A bit per enum name_id: word id / 64, bit id % 64. Added up they tell whether one came twice, as long as no
 * word's highest bits are used (the assertion stands in name_index.c). */
struct name_bits {
    uint64_t at __attribute__((vector_size(16)));
};

struct name_slot {
    struct bytes16 tagged; /* a byte 0xa0 + length, then the name, zero-filled: its MessagePack form */
    struct name_bits bit;
    uint32_t within; /* bit per byte of tagged that belongs to it */
    uint16_t offset;
    uint8_t len;  /* 0: free */
    uint8_t id;   /* enum name_id */
    uint8_t type; /* enum name_type */
};

/* Where a kind stands in a MessagePack map: behind its key, a byte 0xa0 + length in front. */
#define KIND_KEY "\xa4kind"
#define KIND_KEY_LEN 5

struct kind_slot {
    struct bytes16 first; /* that byte and the name's first 15, zero-filled */
    struct bytes16 last;  /* the last 16 of a name of more than 15 */
    uint32_t within;      /* as above, of first */
    uint8_t len;          /* 0: free */
    uint8_t kind;
};

struct name_index {
    struct name_slot fields[NAME_SLOTS];
    struct kind_slot kinds[TOPIC_COUNT * NAME_SLOTS]; /* by topic */
};

void name_index_init(struct name_index *ix);

/* Returns the wire name of an id. */
struct text name_text(uint8_t id);

/* Returns the slot of a field, dimension or envelope name, NULL for any other. */
const struct name_slot *name_index_find(const struct name_index *ix, struct text name);

/* Returns the kind with this name on this topic, KIND_NONE if there is none. */
enum event_kind name_index_kind(const struct name_index *ix, struct text name, enum event_topic topic);

/* The multiplier leaves no two of today's names in one slot. Any other would do, only slower: what
 * is not in its first slot is found by name_index_find. */
static inline size_t name_hash(uint64_t low, uint64_t high)
{
    return (size_t)(((low ^ high) * UINT64_C(0x83b58a0e7bb0150d)) >> 56);
}

/* Likewise of kinds: over the last eight bytes of the name, of a shorter one with what stands before it. at stands
 * on the byte in front of a name of KIND_NAME_MIN bytes or more. */
static inline size_t kind_hash(const uint8_t *at, size_t len)
{
    return (size_t)((utf8_word(at + len - 7) * UINT64_C(0x9e30691c238642eb)) >> 56);
}

/* True when the slot is that of the name of len bytes at `at`: 0xa0 + length in front, KIND_ROOM bytes may be read. */
static inline bool kind_slot_is(const struct kind_slot *s, const uint8_t *at, size_t len)
{
    if (~bytes16_same(bytes16_load(at), s->first) & s->within) {
        return false;
    }
    return len < 16 || bytes16_same(bytes16_load(at + len - 15), s->last) == 0xffff;
}

/* As name_index_kind for a text in its place in a MessagePack map, see KIND_KEY; KIND_NONE too when the kind is not in its
 * first slot. KIND_ROOM bytes from at on may be read. */
static inline enum event_kind name_index_kind_tagged(const struct name_index *ix, const uint8_t *at, enum event_topic topic)
{
    size_t len = *at - 0xa0u;
    if (len - KIND_NAME_MIN > KIND_NAME_MAX - KIND_NAME_MIN) {
        return KIND_NONE;
    }
    const struct kind_slot *s = &ix->kinds[topic * NAME_SLOTS + kind_hash(at, len)];
    return kind_slot_is(s, at, len) ? (enum event_kind)s->kind : KIND_NONE;
}

/* The same for a text that stands anywhere; KIND_ROOM bytes may be read. */
static inline enum event_kind name_index_kind_roomy(const struct name_index *ix, struct text name, enum event_topic topic)
{
    uint8_t placed[KIND_KEY_LEN + 1 + KIND_ROOM] = KIND_KEY;
    placed[KIND_KEY_LEN] = (uint8_t)(0xa0 | name.len);
    memcpy(placed + KIND_KEY_LEN + 1, name.at, KIND_ROOM);
    return name.len < 32 ? name_index_kind_tagged(ix, placed + KIND_KEY_LEN, topic) : KIND_NONE;
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

/* True when the slot is that of the MessagePack key at `at`; NAME_ROOM bytes may be read. */
static inline bool name_slot_is(const struct name_slot *s, const uint8_t *at)
{
    return (~bytes16_same(bytes16_load(at), s->tagged) & s->within) == 0;
}

/* at stands on the first byte of a MessagePack key and NAME_ROOM bytes may be read. Returns its
 * slot; NULL when it is no short text, not known, or not in its first slot. */
static inline const struct name_slot *name_index_find_tagged(const struct name_index *ix,
                                                             const uint8_t *at)
{
    uint64_t low = utf8_word(at) & name_mask_low[*at],
             high = utf8_word(at + 8) & name_mask_high[*at];
    const struct name_slot *s = &ix->fields[name_hash(low, high)];
    return s->len && name_slot_is(s, at) ? s : NULL;
}

#endif
