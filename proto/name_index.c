#include "proto/name_index.h"

#include <stddef.h>

#include "base/check.h"
#include "proto/event_decode.h"

struct envelope_row {
    struct text name;
    uint8_t type;
    uint16_t offset;
};

#define ENVELOPE(name, type, offset)           \
    {                                          \
        {name, sizeof(name) - 1}, type, offset \
    }

static const struct envelope_row envelope[] = {
    [0] = ENVELOPE("v", NAME_VERSION, 0), /* NAME_ID_V */
    [NAME_ID_ID -
        NAME_ID_V] = ENVELOPE("id", NAME_TEXT, offsetof(struct event, id)),
    [NAME_ID_TS -
        NAME_ID_V] = ENVELOPE("ts", NAME_TS, 0),
    [NAME_ID_KIND -
        NAME_ID_V] = ENVELOPE("kind", NAME_KIND, 0),
    [NAME_ID_CUSTOMER -
        NAME_ID_V] =
        ENVELOPE("customer", NAME_TEXT, offsetof(struct event, entity)),
};

static const uint8_t type_of_field[] = {[FIELD_TEXT] = NAME_TEXT,
                                        [FIELD_DECIMAL] = NAME_DECIMAL,
                                        [FIELD_INTEGER] = NAME_INTEGER,
                                        [FIELD_BOOL] = NAME_BOOL};

_Static_assert((int)EVENT_FIELD_COUNT <= (int)NAME_ID_DIMS,
               "ids of fields and dimensions do not overlap");
/* Sums of bits: 4096 members of the highest bit in use must not carry out of its word. */
_Static_assert(EVENT_FIELD_COUNT <= 52 && NAME_ID_END <= 64 + 52, "a record cannot let bits of names overflow");
_Static_assert(RECORD_ELEMENTS_MAX <= 4096, "likewise");
_Static_assert(sizeof(struct event) <= UINT16_MAX, "offsets of struct event fit");

/* The MessagePack form of a short text, zero-filled. */
static struct bytes16 tagged_bytes(struct text name)
{
    uint8_t bytes[NAME_ROOM] = {0};
    bytes[0] = (uint8_t)(0xa0 | name.len);
    memcpy(bytes + 1, name.at, name.len < NAME_SHORT_MAX ? name.len : NAME_SHORT_MAX);
    return bytes16_load(bytes);
}

static size_t slot_first(struct bytes16 tagged)
{
    const uint8_t *at = (const uint8_t *)&tagged;
    return name_hash(utf8_word(at), utf8_word(at + 8));
}

struct name_words {
    uint64_t low, high;
};

/* Bits of the first n bytes. */
static uint32_t bits_within(uint32_t n)
{
    return n < 16 ? (1u << n) - 1 : 0xffff;
}

static void insert_field(struct name_index *ix, struct text name, uint8_t id, uint8_t type,
                         size_t offset)
{
    CHECK_PRE(name.len > 0 && name.len <= NAME_SHORT_MAX);
    struct bytes16 tagged = tagged_bytes(name);
    size_t h = slot_first(tagged);
    while (ix->fields[h].len) {
        h = (h + 1) % NAME_SLOTS;
    }
    struct name_slot *s = &ix->fields[h];
    *s = (struct name_slot){.tagged = tagged,
                            .within = bits_within(1 + name.len),
                            .len = (uint8_t)name.len,
                            .id = id,
                            .type = type,
                            .offset = (uint16_t)offset};
    s->bit.at[id >> 6] = UINT64_C(1) << (id & 63);
}

/* A kind's name as it stands in a map. */
struct kind_bytes {
    uint8_t bytes[KIND_KEY_LEN + 1 + KIND_NAME_MAX];
};

static const uint8_t *kind_in_place(struct text name, struct kind_bytes *b)
{
    memset(b, 0, sizeof *b);
    memcpy(b->bytes, KIND_KEY, KIND_KEY_LEN);
    b->bytes[KIND_KEY_LEN] = (uint8_t)(0xa0 | name.len);
    memcpy(b->bytes + KIND_KEY_LEN + 1, name.at, name.len);
    return b->bytes + KIND_KEY_LEN;
}

static void insert_kind(struct name_index *ix, enum event_kind kind)
{
    struct text name = kind_rows[kind].name;
    struct kind_bytes b;
    CHECK_PRE(name.len >= KIND_NAME_MIN && name.len <= KIND_NAME_MAX);
    const uint8_t *at = kind_in_place(name, &b);
    struct kind_slot *table = ix->kinds + kind_rows[kind].topic * NAME_SLOTS;
    size_t h = kind_hash(at, name.len);
    while (table[h].len) {
        h = (h + 1) % NAME_SLOTS;
    }
    table[h] = (struct kind_slot){.first = bytes16_load(at),
                                  .within = bits_within(1 + name.len),
                                  .len = (uint8_t)name.len,
                                  .kind = (uint8_t)kind};
    if (name.len > NAME_SHORT_MAX) {
        table[h].last = bytes16_load(at + name.len - 15);
    }
}

void name_index_init(struct name_index *ix)
{
    memset(ix, 0, sizeof *ix);
    for (size_t i = 0; i < TOPIC_COUNT * NAME_SLOTS; i++) {
        ix->kinds[i].within = 1; /* no text begins with the byte 0 of a free slot */
    }
    for (size_t f = 0; f < EVENT_FIELD_COUNT; f++) {
        insert_field(ix, field_rows[f].name, (uint8_t)f, type_of_field[field_rows[f].type],
                     offsetof(struct event, slot) + f * sizeof(union event_slot));
    }
    for (size_t d = 0; d < DIM_COUNT; d++) {
        insert_field(ix, dimension_names[d], (uint8_t)(NAME_ID_DIMS + d), NAME_TEXT,
                     offsetof(struct event, dims) + d * sizeof(struct text));
    }
    for (size_t i = 0; i < sizeof envelope / sizeof envelope[0]; i++) {
        insert_field(ix, envelope[i].name, (uint8_t)(NAME_ID_V + i), envelope[i].type,
                     envelope[i].offset);
    }
    for (int k = 0; k < KIND_COUNT; k++) {
        insert_kind(ix, (enum event_kind)k);
    }
}

struct text name_text(uint8_t id)
{
    if (id < NAME_ID_DIMS) {
        /* cppcheck-suppress arrayIndexOutOfBoundsCond ; below NAME_ID_DIMS an id is one of a row */
        return field_rows[id].name;
    }
    return id < NAME_ID_V ? dimension_names[id - NAME_ID_DIMS] : envelope[id - NAME_ID_V].name;
}

/* The MessagePack form of a short text as two words, put together of overlapping ones: written byte by byte and read
 * back at once it would be waited for. */
static struct name_words tagged_words(struct text name)
{
    const uint8_t *at = (const uint8_t *)name.at;
    uint32_t len = name.len;
    uint64_t low, high = 0;
    if (len >= 8) {
        low = utf8_word(at);
        high = len > 8 ? utf8_word(at + len - 8) >> 8 * (16 - len) : 0;
    } else if (len >= 4) {
        uint32_t first, last;
        memcpy(&first, at, sizeof first);
        memcpy(&last, at + len - 4, sizeof last);
        /* cppcheck-suppress shiftTooManyBits ; len is below 8 here */
        low = first | (uint64_t)last << 8 * (len - 4);
    } else {
        low = at[0] | (uint64_t)at[len / 2] << 8 * (len / 2) | (uint64_t)at[len - 1] << 8 * (len - 1);
    }
    return (struct name_words){low << 8 | 0xa0 | len, high << 8 | low >> 56};
}

static bool slot_has(const struct name_slot *s, struct name_words w)
{
    const uint8_t *at = (const uint8_t *)&s->tagged;
    return ((utf8_word(at) ^ w.low) | (utf8_word(at + 8) ^ w.high)) == 0;
}

const struct name_slot *name_index_find(const struct name_index *ix, struct text name)
{
    if (name.len == 0 || name.len > NAME_SHORT_MAX) {
        return NULL;
    }
    struct name_words w = tagged_words(name);
    for (size_t h = name_hash(w.low, w.high); ix->fields[h].len; h = (h + 1) % NAME_SLOTS) {
        if (slot_has(&ix->fields[h], w)) {
            return &ix->fields[h];
        }
    }
    return NULL;
}

enum event_kind name_index_kind(const struct name_index *ix, struct text name, enum event_topic topic)
{
    if (name.len < KIND_NAME_MIN || name.len > KIND_NAME_MAX) {
        return KIND_NONE;
    }
    struct kind_bytes b;
    const uint8_t *at = kind_in_place(name, &b);
    const struct kind_slot *table = ix->kinds + topic * NAME_SLOTS;
    for (size_t h = kind_hash(at, name.len); table[h].len; h = (h + 1) % NAME_SLOTS) {
        if (kind_slot_is(&table[h], at, name.len)) {
            return (enum event_kind)table[h].kind;
        }
    }
    return KIND_NONE;
}
