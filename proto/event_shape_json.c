/* Records as JSON. Between two values stand the same bytes in all records of a shape, the closing quote of a text and the
 * opening one of the next included: they are compared as a whole, white space and all. */
#include "proto/event_shaping.h"
#include "proto/json_values.h"

#include <stddef.h>

_Static_assert(sizeof(struct bytes16) + JSON_VALUE_ROOM <= TAIL_BYTES, "a step reads no further than it may");

/* ---- reading ---------------------------------------------------------------------------------------- */

static inline const uint8_t *step_value(const struct decode_scratch *s, const struct shape_step *step, void *to, const uint8_t *at)
{
    (void)s;
    if (__builtin_expect(step->type == NAME_TEXT, 1)) {
        return json_text_value(to, at);
    }
    switch (step->type) {
    case NAME_DECIMAL: return json_decimal_value(to, at);
    case NAME_INTEGER: return json_integer_value(to, at);
    case NAME_BOOL: return json_bool_value(to, at);
    case NAME_TS: return json_ts_value(to, at);
    default: return at;
    }
}

/* The bytes of a text from the one on at which the quick way stopped, with all checks. 0: it has escapes, or something is
 * wrong with it. */
static __attribute__((noinline)) uint32_t text_rest(const uint8_t *at, const uint8_t *end)
{
    struct json_scan scan;
    struct json_token t = {.type = JSON_SCAN_TEXT};
    json_scan_init(&scan, at, (size_t)(end - at));
    return json_text_read(&scan, &t) || t.escaped || !t.valid ? 0 : t.raw.len;
}

/* Behind the text of the step stands no quote. False: the text does not go on, or not as a text may. */
static inline bool text_goes_on(const struct shape_step *step, struct shape_reader *r, struct event *e)
{
    struct text *text = (struct text *)(void *)((uint8_t *)e + step->offset);
    if (step->type != NAME_TEXT || r->at >= r->end || *r->at == '"') {
        return false;
    }
    uint32_t rest = text_rest(r->at, r->end);
    if (!rest || text->len + rest > RECORD_STRING_MAX) {
        return false;
    }
    text->len += rest;
    r->at += rest;
    r->roomy = text->len > EVENT_TEXT_ROOM ? 0 : r->roomy;
    return true;
}

/* All steps. That a text is long or goes beyond ASCII shows at the step behind it: it costs the others nothing. */
static inline bool all_read(struct decode_scratch *s, const struct shape_step *steps, uint32_t count, struct shape_reader *r, struct event *e)
{
    const struct shape_step *step = steps, *stop = steps + count;
    while ((step = steps_stop(s, step, stop, r, e, step_value))) {
        if (step == steps || !text_goes_on(step - 1, r, e)) {
            return false;
        }
    }
    return true;
}

static inline struct shape_head *head_of(struct decode_scratch *s, const uint8_t *value)
{
    return &s->heads[(utf8_word(value) * UINT64_C(0x9e30691c238642eb)) >> 62];
}

/* Up to the end of the kind's name. */
static inline enum event_kind head_read(struct decode_scratch *s, enum event_topic topic, struct shape_reader *r, struct event *e)
{
    const struct shape_head *head = head_of(s, r->at);
    struct text name;
    if (!head->steps_count || !all_read(s, head->steps, head->steps_count, r, e) || !reader_has_room(s, r)) {
        return KIND_NONE;
    }
    r->at = json_text_value(&name, r->at);
    return name_index_kind_roomy(s->names, name, topic);
}

/* Which of the shapes of the kind it is only shows where it differs from them; what was read until there is right. */
bool event_shape_decode_json(struct decode_scratch *s, enum event_topic topic, struct text key, const uint8_t *value, size_t len,
                             struct event *ret_e)
{
    if (len < TAIL_BYTES) {
        return false;
    }
    struct shape_reader behind = {value, value + len - TAIL_BYTES, value + len, (uint32_t)len};
    enum event_kind kind = head_read(s, topic, &behind, ret_e);
    if (kind == KIND_NONE) {
        return false;
    }
    dims_clear(ret_e);
    for (unsigned i = 0; i < SHAPES_OF_KIND; i++) {
        unsigned which = (s->recent[kind] + i) % SHAPES_OF_KIND;
        const struct record_shape *shape = &s->shapes[SHAPE_JSON][kind][which];
        struct shape_reader r = behind;
        if (shape->steps_count && all_read(s, s->steps[SHAPE_JSON][kind][which], shape->steps_count, &r, ret_e) && r.at == r.end) {
            s->recent[kind] = (uint8_t)which;
            return shape_fill(shape, kind, topic, key, r.roomy, ret_e);
        }
    }
    return false;
}

/* ---- learning --------------------------------------------------------------------------------------- */

/* A record on the way to a draft. */
struct walk {
    struct json_scan scan;
    const uint8_t *before; /* the next value: where the last one ended */
    struct shape_draft *draft;
    struct shape_head *head;
};

/* Where a value begins that a step may read; NULL: it is of another type. */
static const uint8_t *value_begin(const struct walk *w, const struct json_token *t)
{
    switch (t->type) {
    case JSON_SCAN_TEXT:
    case JSON_SCAN_NUMBER: return (const uint8_t *)t->raw.at;
    case JSON_SCAN_TRUE: return w->scan.at - 4;
    case JSON_SCAN_FALSE: return w->scan.at - 5;
    default: return NULL;
    }
}

/* The steps so far are those of the head, up to the text of the kind. */
static bool head_keep(struct walk *w)
{
    struct shape_draft *d = w->draft;
    if (d->steps_count > SHAPE_HEAD_STEPS) {
        return false;
    }
    memcpy(w->head->steps, d->steps, d->steps_count * sizeof *d->steps);
    w->head->steps_count = d->steps_count;
    d->steps_count = 0;
    return true;
}

/* The version is 1 in all records: it belongs to what stands before the id. */
static bool value_walk(struct walk *w, const struct name_slot *slot, const struct json_token *t)
{
    const uint8_t *begin = value_begin(w, t);
    uint32_t i = w->draft->members++;
    if (!begin || (i < HEAD_MEMBERS ? slot->id != shape_head_names[i] : slot->type > NAME_BOOL)) {
        return false;
    }
    w->draft->met.at |= slot->bit.at;
    if (slot->id == NAME_ID_V) {
        return text_equal(t->raw, TEXT_LITERAL("1"));
    }
    uint16_t offset = slot->id == NAME_ID_TS ? offsetof(struct event, ts_ms) : slot->offset;
    uint8_t type = slot->id == NAME_ID_KIND ? SHAPE_NO_VALUE : slot->type;
    bool added = draft_add(w->draft, w->before, (size_t)(begin - w->before), type, offset);
    w->before = t->type == JSON_SCAN_TEXT || t->type == JSON_SCAN_NUMBER ? begin + t->raw.len : w->scan.at;
    return added && (slot->id != NAME_ID_KIND || head_keep(w));
}

/* False: some member is none of ours, or the envelope stands in another order. */
static bool members_walk(struct walk *w, const struct name_index *names)
{
    struct json_token key, value;
    if (json_scan_next(&w->scan, &key)) {
        return false;
    }
    while (!json_scan_next(&w->scan, &key) && key.type == JSON_SCAN_KEY) {
        const struct name_slot *slot = key.escaped ? NULL : name_index_find(names, key.raw);
        if (!slot || json_scan_next(&w->scan, &value) || !value_walk(w, slot, &value)) {
            return false;
        }
    }
    return w->draft->members >= HEAD_MEMBERS && draft_add(w->draft, w->before, (size_t)(w->scan.end - w->before), SHAPE_NO_VALUE, 0);
}

void event_shape_learn_json(struct decode_scratch *s, enum event_kind kind, const uint8_t *value, size_t len)
{
    if (s->shapes[SHAPE_JSON][kind][0].other++ % SHAPE_LEARN_STEP || len < TAIL_BYTES) {
        return;
    }
    struct shape_draft draft;
    struct walk w = {.before = value, .draft = &draft, .head = head_of(s, value)};
    draft.met = (struct name_bits){{0, 0}};
    draft.members = draft.steps_count = 0;
    json_scan_init(&w.scan, value, len);
    if (members_walk(&w, s->names)) {
        draft_keep(&draft, s, SHAPE_JSON, kind);
    }
}
