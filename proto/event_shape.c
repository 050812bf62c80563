#include "proto/event_shape.h"

#include <stddef.h>

#include "proto/event_shaping.h"
#include "proto/msgpack_values.h"

enum { HEAD_BYTES = 3 };

const uint8_t shape_head_names[HEAD_MEMBERS] = {NAME_ID_V, NAME_ID_ID, NAME_ID_TS, NAME_ID_KIND};

_Static_assert(ENVELOPE_BYTES > TAIL_BYTES, "what can be read by its shape fills the tail");

/* ---- reading ---------------------------------------------------------------------------------------- */

static inline const uint8_t *step_value(const struct decode_scratch *s, const struct shape_step *step, void *to, const uint8_t *at)
{
    if (__builtin_expect(step->type == NAME_TEXT, 1)) {
        return text_value(s, to, at);
    }
    return step->type == SHAPE_NO_VALUE ? at : number_value((enum name_type)step->type, to, at);
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

_Static_assert(TAIL_BYTES + 2 * (HEAD_BYTES + ENVELOPE_BYTES) <= SHORT_ROOM, "before a short record and behind it there is room");

/* Beyond the end of a short record its envelope might be looked for: it moves to where that is harmless. */
static __attribute__((noinline)) const uint8_t *short_one(struct decode_scratch *s, const uint8_t *value, size_t len)
{
    return memcpy(s->shorts[s->turn % DECODED_AHEAD_MAX] + TAIL_BYTES, value, len);
}

bool event_shape_decode(struct decode_scratch *s, enum event_topic topic, struct text key, const uint8_t *value, size_t len,
                        struct event *ret_e)
{
    enum event_kind kind;
    if (__builtin_expect(len < HEAD_BYTES + ENVELOPE_BYTES, 0)) {
        value = short_one(s, value, len);
    }
    const uint8_t *at = value;
    uint32_t members = head_read(&at);
    at = envelope_read(s, topic, ret_e, at, &kind);
    if (!at) {
        return false;
    }
    const struct record_shape *shape = &s->shapes[SHAPE_MSGPACK][kind][members % SHAPES_OF_KIND];
    const struct shape_step *steps = s->steps[SHAPE_MSGPACK][kind][members % SHAPES_OF_KIND];
    struct shape_reader r = {at, value + len - TAIL_BYTES, value + len, (uint32_t)len};
    dims_clear(ret_e);
    if (!shape->steps_count || shape->members != members || steps_stop(s, steps, steps + shape->steps_count, &r, ret_e, step_value)) {
        return false;
    }
    return r.at == r.end && shape_fill(shape, kind, topic, key, (uint32_t)len, ret_e);
}

/* ---- learning --------------------------------------------------------------------------------------- */

bool draft_add(struct shape_draft *d, const uint8_t *before, size_t len, uint8_t type, uint16_t offset)
{
    for (size_t piece = 0; len > 0; before += piece, len -= piece) {
        if (d->steps_count == SHAPE_STEPS_MAX) {
            return false;
        }
        uint8_t bytes[sizeof(struct bytes16)] = {0};
        piece = len < sizeof bytes ? len : sizeof bytes;
        memcpy(bytes, before, piece);
        d->steps[d->steps_count++] = (struct shape_step){.before = bytes16_load(bytes),
                                                         .within = (1u << piece) - 1,
                                                         .offset = offset,
                                                         .len = (uint8_t)piece,
                                                         .type = piece == len ? type : SHAPE_NO_VALUE};
    }
    return true;
}

static uint16_t entity_offset(enum event_kind kind)
{
    if (kind_rows[kind].topic == TOPIC_HR) {
        return offsetof(struct event, slot) + EVENT_AGENT * sizeof(union event_slot);
    }
    return kind == KIND_BENCHMARK ? offsetof(struct event, slot) + EVENT_SUBJECT * sizeof(union event_slot) : offsetof(struct event, entity);
}

void draft_keep(const struct shape_draft *d, struct decode_scratch *s, enum shape_form form, enum event_kind kind)
{
    uint32_t which = d->members % SHAPES_OF_KIND;
    struct record_shape *shape = &s->shapes[form][kind][which];
    shape->members = d->members;
    shape->present = d->met.at[0] & ~(kind_rows[kind].topic == TOPIC_HR ? FIELD_BIT(AGENT) : 0);
    shape->entity = entity_offset(kind);
    shape->judged = (shape->present & JUDGED_FIELDS) != 0;
    shape->steps_count = (uint8_t)d->steps_count;
    memcpy(s->steps[form][kind][which], d->steps, d->steps_count * sizeof *d->steps);
}

/* False: a member is none of ours, or the envelope stands in another order. */
static bool members_walk(const struct name_index *names, struct msgpack_cursor *c, struct shape_draft *d)
{
    struct mp_tally tally = {0};
    for (uint32_t i = 0; i < d->members; i++) {
        const uint8_t *key = c->at;
        struct mp_token t;
        const struct name_slot *slot = NULL;
        if (!msgpack_cursor_next(c, &t) && t.type == MP_STR) {
            slot = name_index_find(names, (struct text){(const char *)t.bytes.at, t.bytes.len});
        }
        bool right = slot && (i < HEAD_MEMBERS ? slot->id == shape_head_names[i]
                                               : slot->type <= NAME_BOOL && draft_add(d, key, (size_t)(c->at - key), slot->type, slot->offset));
        if (!right || msgpack_cursor_skip(c, 1, &tally)) {
            return false;
        }
        d->met.at |= slot->bit.at;
    }
    return d->members >= HEAD_MEMBERS;
}

void event_shape_learn(struct decode_scratch *s, enum event_kind kind, const uint8_t *value, size_t len)
{
    const uint8_t *at = value;
    if (len < HEAD_BYTES) {
        return;
    }
    uint32_t members = head_read(&at);
    struct shape_draft draft;
    struct msgpack_cursor c = {at, value + len};
    if (s->shapes[SHAPE_MSGPACK][kind][members % SHAPES_OF_KIND].other++ % SHAPE_LEARN_STEP) {
        return;
    }
    draft.members = members;
    draft.steps_count = 0;
    draft.met = (struct name_bits){{0, 0}};
    if (members_walk(s->names, &c, &draft)) {
        draft_keep(&draft, s, SHAPE_MSGPACK, kind);
    }
}
