/* A decoder that may know the shapes of records and one that never does: they must agree about every record. */
#ifndef CUBE_TESTS_TWO_DECODERS_H
#define CUBE_TESTS_TWO_DECODERS_H

#include <stdlib.h>

#include "proto/event_decoding.h"

/* A record and the key it came with. */
struct sample {
    enum event_topic topic;
    struct text key, value;
};

#define SAMPLE(topic, key, value)                                             \
    {                                                                         \
        topic, {key, sizeof(key) - 1}, { value, sizeof(value) - 1 } \
    }

struct verdict {
    enum decode_outcome outcome;
    struct event e;
    struct refusal r;
};

struct two_decoders {
    struct decode_scratch *knowing, *ignorant;
};

static inline int two_decoders_open(struct two_decoders *d)
{
    int rc = decode_scratch_create(&d->knowing);
    return rc ? rc : decode_scratch_create(&d->ignorant);
}

static inline void two_decoders_close(struct two_decoders *d)
{
    decode_scratch_destroy(d->knowing);
    decode_scratch_destroy(d->ignorant);
}

/* It learns nothing from the next record. */
static inline void decoder_will_not_learn(struct decode_scratch *s)
{
    struct record_shape *shape = &s->shapes[0][0][0];
    for (size_t i = 0; i < sizeof s->shapes / sizeof *shape; i++) {
        shape[i].other = 1;
    }
}

static inline void decoder_forget(struct decode_scratch *s)
{
    memset(s->shapes, 0, sizeof s->shapes);
    memset(s->heads, 0, sizeof s->heads);
}

static inline bool verdict_same_texts(const struct verdict *a, const struct verdict *b)
{
    bool same = text_equal(a->e.id, b->e.id) && text_equal(a->e.entity, b->e.entity);
    for (int d = 0; d < DIM_COUNT; d++) {
        same = same && !a->e.dims[d].at == !b->e.dims[d].at && text_equal(a->e.dims[d], b->e.dims[d]);
    }
    return same;
}

static inline bool verdict_same(const struct verdict *a, const struct verdict *b)
{
    if (a->outcome == DECODED_REFUSED) {
        return b->outcome == DECODED_REFUSED && a->r.reason == b->r.reason && strcmp(a->r.detail, b->r.detail) == 0;
    }
    bool same = a->outcome == b->outcome;
    if (a->outcome != DECODED_EVENT || !same) {
        return same;
    }
    same = a->e.kind == b->e.kind && a->e.topic == b->e.topic && a->e.ts_ms == b->e.ts_ms && a->e.present == b->e.present &&
           verdict_same_texts(a, b);
    for (int f = 0; f < EVENT_FIELD_COUNT && same; f++) {
        const union event_slot *x = &a->e.slot[f], *y = &b->e.slot[f];
        same = !event_has(&a->e, f) || (field_rows[f].type == FIELD_TEXT ? text_equal(x->text, y->text) : x->number == y->number);
    }
    return same;
}

/* What a roomy event says of its texts; a sanitizer sees who promised too much. */
static inline bool verdict_has_room(const struct verdict *v)
{
    static volatile uint8_t last;
    uint32_t longest = v->e.id.len > v->e.entity.len ? v->e.id.len : v->e.entity.len;
    if (v->outcome != DECODED_EVENT || !v->e.roomy) {
        return true;
    }
    last = (uint8_t)v->e.id.at[EVENT_TEXT_ROOM - 1];
    last = (uint8_t)v->e.entity.at[EVENT_TEXT_ROOM - 1];
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        if (event_has(&v->e, f) && field_rows[f].type == FIELD_TEXT) {
            last = (uint8_t)v->e.slot[f].text.at[EVENT_TEXT_ROOM - 1];
            longest = v->e.slot[f].text.len > longest ? v->e.slot[f].text.len : longest;
        }
    }
    (void)last;
    return longest <= EVENT_TEXT_ROOM;
}

/* The knowing one stays with what it knows. The bytes are copied to where a sanitizer sees who reads on. */
static inline bool two_decoders_agree(struct two_decoders *d, enum event_topic topic, struct text key, const uint8_t *at, size_t len)
{
    uint8_t *exact = malloc(len + !len);
    struct verdict known, unknown;
    if (!exact) {
        abort();
    }
    memcpy(exact, at, len);
    decoder_will_not_learn(d->knowing);
    decoder_forget(d->ignorant);
    decoder_will_not_learn(d->ignorant);
    known.outcome = event_decode(d->knowing, topic, (const uint8_t *)key.at, key.len, exact, len, &known.e, &known.r);
    unknown.outcome = event_decode(d->ignorant, topic, (const uint8_t *)key.at, key.len, exact, len, &unknown.e, &unknown.r);
    bool agree = verdict_same(&known, &unknown) && verdict_has_room(&known);
    free(exact);
    return agree;
}

#endif
