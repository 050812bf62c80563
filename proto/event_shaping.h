/* The inside of event_shape: what the two forms of a record share. Only event_shape*.c use it. */
#ifndef CUBE_PROTO_EVENT_SHAPING_H
#define CUBE_PROTO_EVENT_SHAPING_H

#include "proto/event_decoding.h"
#include "proto/kind_fields.h"

/* Of the records that are not of a known shape every so many-th is looked at: they may be all different. */
enum { SHAPE_LEARN_STEP = 16 };

/* The envelope without its customer: version, id, ts and kind. */
enum { HEAD_MEMBERS = 4 };

extern const uint8_t shape_head_names[HEAD_MEMBERS]; /* enum name_id */

/* ---- reading ---------------------------------------------------------------------------------------- */

/* Where a record is being read. Before quick TAIL_BYTES may be read. */
struct shape_reader {
    const uint8_t *at, *quick, *end;
    uint32_t roomy; /* as struct event has it, of the texts read so far */
};

/* The last bytes of the record move to where reading past them is harmless. False: it ended, or ended there already. */
static inline bool reader_has_room(struct decode_scratch *s, struct shape_reader *r)
{
    if (__builtin_expect(r->at < r->quick, 1)) {
        return true;
    }
    if (r->quick == r->end || r->at >= r->end) {
        return false;
    }
    uint8_t *tail = s->tails[s->turn % DECODED_AHEAD_MAX];
    memcpy(tail, r->quick, TAIL_BYTES);
    r->at = tail + (r->at - r->quick);
    r->quick = r->end = tail + TAIL_BYTES;
    return true;
}

static inline bool step_is(const struct shape_step *step, const uint8_t *at)
{
    return (~bytes16_same(bytes16_load(at), step->before) & step->within) == 0;
}

/* Reads the members; NULL: all of them. Otherwise the step in front of which the reader stands still: the member is another or
 * of another form, or the record ends too early. `value` reads that of a step and returns where it ends, NULL when it is of
 * another form. */
static inline __attribute__((always_inline)) const struct shape_step *steps_stop(
    struct decode_scratch *s, const struct shape_step *step, const struct shape_step *stop, struct shape_reader *r, struct event *e,
    const uint8_t *(*value)(const struct decode_scratch *s, const struct shape_step *step, void *to, const uint8_t *at))
{
    for (; step < stop; step++) {
        if (!reader_has_room(s, r) || !step_is(step, r->at)) {
            return step;
        }
        const uint8_t *next = value(s, step, (uint8_t *)e + step->offset, r->at + step->len);
        if (!next) {
            return step;
        }
        r->at = next;
    }
    return NULL;
}

static inline void dims_clear(struct event *e)
{
    for (int i = 0; i < DIM_COUNT; i += 4) { /* quicker than one memset, which begins slowly */
        memset(&e->dims[i], 0, 4 * sizeof e->dims[i]);
    }
}

static inline bool same_bytes(struct text a, struct text b)
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

/* All members of the record were read into the event. False: something is wrong with it. */
static inline bool shape_fill(const struct record_shape *shape, enum event_kind kind, enum event_topic topic, struct text key, uint32_t roomy,
                              struct event *e)
{
    const char *scale;
    e->kind = kind;
    e->topic = topic;
    e->roomy = roomy;
    e->present = shape->present;
    e->entity = *(const struct text *)(const void *)((const uint8_t *)e + shape->entity);
    return e->id.len && e->entity.len && key.at && same_bytes(key, e->entity) &&
           (!shape->judged || kind_value_misfit(e, &scale) == EVENT_FIELD_NONE);
}

/* ---- learning --------------------------------------------------------------------------------------- */

/* A shape that is being made of a record. */
struct shape_draft {
    struct name_bits met;
    uint32_t members;
    uint32_t steps_count;
    struct shape_step steps[SHAPE_STEPS_MAX];
};

/* Adds what stands from `before` on in front of a value; false: there are too many steps. */
bool draft_add(struct shape_draft *d, const uint8_t *before, size_t len, uint8_t type, uint16_t offset);

/* The draft of an event without fault becomes a shape of its kind: so all that the kind requires is among its members. */
void draft_keep(const struct shape_draft *d, struct decode_scratch *s, enum shape_form form, enum event_kind kind);

#endif
