#include "proto/event_shape.h"

#include <stddef.h>

#include "proto/event_decoding.h"
#include "proto/kind_fields.h"
#include "proto/msgpack_values.h"

/* Of the records that are not of a known shape every so many-th is looked at: they may be all different. */
enum { LEARN_STEP = 16 };

/* The envelope without its customer. */
enum { HEAD_MEMBERS = 4, HEAD_BYTES = 3 };

_Static_assert(ENVELOPE_BYTES > TAIL_BYTES, "what can be read by its shape fills the tail");

static inline struct record_shape *shape_of(struct decode_scratch *s, enum event_kind kind, uint32_t members)
{
    return &s->shapes[kind][members % SHAPES_OF_KIND];
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static inline bool step_is(const struct shape_step *step, const uint8_t *at)
{
    return (~bytes16_same(bytes16_load(at), step->tagged) & step->within) == 0;
}

static inline const uint8_t *step_value(const struct decode_scratch *s, const struct shape_step *step, struct event *e, const uint8_t *at)
{
    void *to = (uint8_t *)e + step->offset;
    return __builtin_expect(step->type == NAME_TEXT, 1) ? text_value(s, to, at) : number_value((enum name_type)step->type, to, at);
}

/* Reads all members; false: one is another or of another form, or the record does not end with the last. */
static inline bool steps_read(struct decode_scratch *s, const struct record_shape *shape, const uint8_t *at, const uint8_t *end, struct event *e)
{
    const struct shape_step *step = shape->steps, *stop = step + shape->steps_count;
    const uint8_t *quick = end - TAIL_BYTES;
    for (; step < stop; step++) {
        if (__builtin_expect(at >= quick, 0)) {
            if (quick == end || at >= end) {
                return false;
            }
            uint8_t *tail = s->tails[s->turn % DECODED_AHEAD_MAX];
            memcpy(tail, quick, TAIL_BYTES);
            at = tail + (at - quick);
            quick = end = tail + TAIL_BYTES;
        }
        if (!step_is(step, at) || !(at = step_value(s, step, e, at + 1 + step->len))) {
            return false;
        }
    }
    return at == end;
}

static bool same_bytes(struct text a, struct text b)
{
    const uint8_t *x = (const uint8_t *)a.at, *y = (const uint8_t *)b.at;
    if (a.len != b.len) {
        return false;
    }
    if (a.len - 8u > 8) {
        return a.len == 0 || memcmp(x, y, a.len) == 0;
    }
    return utf8_word(x) == utf8_word(y) && utf8_word(x + a.len - 8) == utf8_word(y + a.len - 8);
}

static inline bool values_are_right(const struct record_shape *shape, const struct event *e, struct text key)
{
    const char *scale;
    return e->id.len && e->entity.len && key.at && same_bytes(key, e->entity) &&
           (!shape->judged || kind_value_misfit(e, &scale) == EVENT_FIELD_NONE);
}

/* The number of members of a map in one of its two usual forms, 0 in any other. */
static inline uint32_t head_read(const uint8_t **at)
{
    const uint8_t *head = *at;
    if (head[0] == 0xde) {
        *at = head + HEAD_BYTES;
        return (uint32_t)big16(head + 1);
    }
    *at = head + 1;
    return (head[0] & 0xf0) == 0x80 ? head[0] & 0x0fu : 0;
}

bool event_shape_decode(struct decode_scratch *s, enum event_topic topic, struct text key, const uint8_t *value, size_t len,
                        struct event *ret_e)
{
    struct event *e = ret_e;
    const uint8_t *at = value;
    enum event_kind kind;
    if (len < HEAD_BYTES + ENVELOPE_BYTES) {
        return false;
    }
    uint32_t members = head_read(&at);
    at = envelope_read(s, topic, e, at, &kind);
    if (!at) {
        return false;
    }
    const struct record_shape *shape = shape_of(s, kind, members);
    for (int i = 0; i < DIM_COUNT; i += 4) { /* quicker than one memset, which begins slowly */
        memset(&e->dims[i], 0, 4 * sizeof e->dims[i]);
    }
    if (!shape->steps_count || shape->steps_count + HEAD_MEMBERS != members || !steps_read(s, shape, at, value + len, e)) {
        return false;
    }
    e->kind = kind;
    e->topic = topic;
    e->roomy = (uint32_t)len;
    e->present = shape->present;
    e->entity = *(const struct text *)(const void *)((const uint8_t *)e + shape->entity);
    return values_are_right(shape, e, key);
}

/* ---- learning --------------------------------------------------------------------------------------- */

static bool step_add(struct record_shape *shape, const struct name_slot *slot)
{
    if (shape->steps_count == SHAPE_STEPS_MAX || slot->type > NAME_BOOL) {
        return false;
    }
    shape->steps[shape->steps_count++] = (struct shape_step){slot->tagged, slot->within, slot->offset, slot->len, slot->type};
    return true;
}

/* The slots of all members; false: one is none of ours, or the envelope stands in another order. */
static bool members_walk(const struct name_index *names, struct msgpack_cursor *c, uint32_t members, struct record_shape *shape,
                         struct name_bits *met)
{
    static const uint8_t head[HEAD_MEMBERS] = {NAME_ID_V, NAME_ID_ID, NAME_ID_TS, NAME_ID_KIND};
    struct mp_tally tally = {0};
    for (uint32_t i = 0; i < members; i++) {
        struct mp_token t;
        const struct name_slot *slot = NULL;
        if (!msgpack_cursor_next(c, &t) && t.type == MP_STR) {
            slot = name_index_find(names, (struct text){(const char *)t.bytes.at, t.bytes.len});
        }
        bool right = slot && (i < HEAD_MEMBERS ? slot->id == head[i] : step_add(shape, slot));
        if (!right || msgpack_cursor_skip(c, 1, &tally)) {
            return false;
        }
        met->at |= slot->bit.at;
    }
    return members >= HEAD_MEMBERS;
}

static bool has_needs(const struct needs *needs, const struct name_bits *met)
{
    return !(needs->fields & ~met->at[0]) && !(needs->names & ~met->at[1]) && (!needs->either || (needs->either & met->at[0]));
}

static uint16_t entity_offset(enum event_kind kind)
{
    if (kind_rows[kind].topic == TOPIC_HR) {
        return offsetof(struct event, slot) + EVENT_AGENT * sizeof(union event_slot);
    }
    return kind == KIND_BENCHMARK ? offsetof(struct event, slot) + EVENT_SUBJECT * sizeof(union event_slot) : offsetof(struct event, entity);
}

void event_shape_learn(struct decode_scratch *s, enum event_kind kind, const uint8_t *value, size_t len)
{
    const uint8_t *at = value;
    if (len < HEAD_BYTES + ENVELOPE_BYTES) {
        return;
    }
    uint32_t members = head_read(&at);
    struct record_shape *known = shape_of(s, kind, members), shape = {0};
    struct msgpack_cursor c = {at, value + len};
    struct name_bits met = {{0, 0}};
    if (known->other++ % LEARN_STEP || !members_walk(s->names, &c, members, &shape, &met) || !has_needs(&s->needs[kind], &met)) {
        return;
    }
    shape.other = known->other;
    shape.present = met.at[0] & ~(kind_rows[kind].topic == TOPIC_HR ? FIELD_BIT(AGENT) : 0);
    shape.entity = entity_offset(kind);
    shape.judged = (shape.present & JUDGED_FIELDS) != 0;
    *known = shape;
}
