#include "proto/name_index.h"

#include <stddef.h>

#include "base/check.h"

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
    [NAME_ID_V - NAME_ID_V] = ENVELOPE("v", NAME_VERSION, 0),
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
_Static_assert(NAME_ID_END <= 128, "two words hold one bit for each name");
_Static_assert(sizeof(struct event) <= UINT16_MAX, "offsets of struct event fit");

static void tagged_words(struct text name, uint64_t ret_w[2])
{
    uint8_t bytes[NAME_ROOM] = {0};
    bytes[0] = (uint8_t)(0xa0 | name.len);
    memcpy(bytes + 1, name.at, name.len);
    memcpy(ret_w, bytes, sizeof bytes);
}

static void insert_field(struct name_index *ix, struct text name, uint8_t id, uint8_t type,
                         size_t offset)
{
    CHECK_PRE(name.len > 0 && name.len <= NAME_SHORT_MAX);
    uint64_t w[2];
    tagged_words(name, w);
    size_t h = name_hash(w[0], w[1]);
    while (ix->fields[h].len) {
        h = (h + 1) % NAME_SLOTS;
    }
    ix->fields[h] = (struct name_slot){.low = w[0],
                                       .high = w[1],
                                       .len = (uint8_t)name.len,
                                       .id = id,
                                       .type = type,
                                       .bit = UINT64_C(1) << (id & 63),
                                       .word = id >> 6,
                                       .offset = (uint16_t)offset};
}

struct words {
    uint64_t first, middle, last;
};

/* Shifted, because first and last word of a name of eight bytes are the same. */
static size_t kind_hash(struct words w)
{
    return name_hash(w.first, w.last >> 7);
}

static inline struct words kind_words(struct text name, size_t readable)
{
    const uint8_t *at = (const uint8_t *)name.at;
    struct words w = {0, 0, 0};
    if (name.len >= 8) {
        w.first = utf8_word(at);
        w.last = utf8_word(at + name.len - 8);
        w.middle = name.len > 16 ? utf8_word(at + 8) : 0;
    } else if (readable >= 8) {
        w.first = utf8_word(at) & ~(UINT64_MAX << (8 * name.len));
    } else {
        memcpy(&w.first, at, name.len);
    }
    return w;
}

static void insert_kind(struct name_index *ix, enum event_kind kind)
{
    struct text name = kind_rows[kind].name;
    CHECK_PRE(name.len > 0 && name.len <= KIND_NAME_MAX);
    struct words w = kind_words(name, name.len);
    struct kind_slot *table = ix->kinds[kind_rows[kind].topic];
    size_t h = kind_hash(w);
    while (table[h].len) {
        h = (h + 1) % NAME_SLOTS;
    }
    table[h] = (struct kind_slot){.first = w.first,
                                  .middle = w.middle,
                                  .last = w.last,
                                  .len = name.len,
                                  .kind = (uint8_t)kind};
}

/* No text has the first byte 1, so no key is taken for a free slot. */
static void clear(struct name_index *ix)
{
    memset(ix, 0, sizeof *ix);
    for (size_t i = 0; i < NAME_SLOTS; i++) {
        ix->fields[i].low = 1;
    }
}

void name_index_init(struct name_index *ix)
{
    clear(ix);
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

const struct name_slot *name_index_find(const struct name_index *ix, struct text name)
{
    if (name.len == 0 || name.len > NAME_SHORT_MAX) {
        return NULL;
    }
    uint64_t w[2];
    tagged_words(name, w);
    for (size_t h = name_hash(w[0], w[1]);; h = (h + 1) % NAME_SLOTS) {
        const struct name_slot *s = &ix->fields[h];
        if (s->low == w[0] && s->high == w[1]) {
            return s;
        }
        if (s->len == 0) {
            return NULL;
        }
    }
}

enum event_kind name_index_kind(const struct name_index *ix, struct text name, size_t readable,
                                enum event_topic topic)
{
    struct words w = kind_words(name, readable);
    for (size_t h = kind_hash(w);; h = (h + 1) % NAME_SLOTS) {
        const struct kind_slot *s = &ix->kinds[topic][h];
        if (s->first == w.first && s->last == w.last && s->middle == w.middle &&
            s->len == name.len) {
            return s->len ? (enum event_kind)s->kind : KIND_NONE;
        }
        if (s->len == 0) {
            return KIND_NONE;
        }
    }
}
