#include "proto/name_index.h"

#include <stddef.h>

#include "base/check.h"

struct envelope_row {
    struct text name;
    uint8_t type;
    uint16_t offset;
};

#define ENVELOPE(name, type, offset)                                                               \
    {                                                                                              \
        {name, sizeof(name) - 1}, type, offset                                                     \
    }

static const struct envelope_row envelope[] = {
    [NAME_ID_V - NAME_ID_V] = ENVELOPE("v", NAME_VERSION, 0),
    [NAME_ID_ID - NAME_ID_V] = ENVELOPE("id", NAME_TEXT, offsetof(struct event, id)),
    [NAME_ID_TS - NAME_ID_V] = ENVELOPE("ts", NAME_TS, 0),
    [NAME_ID_KIND - NAME_ID_V] = ENVELOPE("kind", NAME_KIND, 0),
    [NAME_ID_CUSTOMER - NAME_ID_V] = ENVELOPE("customer", NAME_TEXT, offsetof(struct event, entity)),
};

static const uint8_t type_of_field[] = {
    [FIELD_TEXT] = NAME_TEXT, [FIELD_DECIMAL] = NAME_DECIMAL, [FIELD_INTEGER] = NAME_INTEGER, [FIELD_BOOL] = NAME_BOOL};

_Static_assert((int)EVENT_FIELD_COUNT <= (int)NAME_ID_DIMS, "ids of fields and dimensions do not overlap");
_Static_assert(NAME_ID_END <= 128, "two words hold one bit for each name");
_Static_assert(sizeof(struct event) <= UINT16_MAX, "offsets of struct event fit");

static void insert(struct name_slot *table, struct text name, struct name_slot s)
{
    uint64_t w[2];
    name_words((const uint8_t *)name.at, name.len, name.len, w);
    s.low = w[0];
    s.high = w[1];
    s.len = (uint8_t)name.len;
    uint32_t h = name_hash(w[0], w[1]);
    while (table[h].len) {
        h = (h + 1) % NAME_SLOTS;
    }
    table[h] = s;
}

static void insert_field(struct name_index *ix, struct text name, uint8_t id, uint8_t type, size_t offset)
{
    CHECK_PRE(name.len <= NAME_SHORT_MAX);
    insert(ix->fields, name, (struct name_slot){.id = id, .type = type, .offset = (uint16_t)offset});
}

void name_index_init(struct name_index *ix)
{
    memset(ix, 0, sizeof *ix);
    for (size_t f = 0; f < EVENT_FIELD_COUNT; f++) {
        insert_field(ix, field_rows[f].name, (uint8_t)f, type_of_field[field_rows[f].type],
                     offsetof(struct event, slot) + f * sizeof(union event_slot));
    }
    for (size_t d = 0; d < DIM_COUNT; d++) {
        insert_field(ix, dimension_names[d], (uint8_t)(NAME_ID_DIMS + d), NAME_TEXT,
                     offsetof(struct event, dims) + d * sizeof(struct text));
    }
    for (size_t i = 0; i < sizeof envelope / sizeof envelope[0]; i++) {
        insert_field(ix, envelope[i].name, (uint8_t)(NAME_ID_V + i), envelope[i].type, envelope[i].offset);
    }
    for (size_t k = 0; k < KIND_COUNT; k++) {
        insert(ix->kinds[kind_rows[k].topic], kind_rows[k].name, (struct name_slot){.id = (uint8_t)k});
    }
}

struct text name_text(uint8_t id)
{
    if (id < NAME_ID_DIMS) {
        return field_rows[id].name;
    }
    return id < NAME_ID_V ? dimension_names[id - NAME_ID_DIMS] : envelope[id - NAME_ID_V].name;
}

enum event_kind name_index_kind(const struct name_index *ix, struct text name, size_t readable, enum event_topic topic)
{
    uint64_t w[2];
    name_words((const uint8_t *)name.at, name.len, readable, w);
    for (uint32_t h = name_hash(w[0], w[1]);; h = (h + 1) % NAME_SLOTS) {
        const struct name_slot *s = &ix->kinds[topic][h];
        if (s->len == 0) {
            return KIND_NONE;
        }
        if (s->low == w[0] && s->high == w[1] && s->len == name.len &&
            (name.len <= NAME_SHORT_MAX || text_equal(kind_rows[s->id].name, name))) {
            return (enum event_kind)s->id;
        }
    }
}
