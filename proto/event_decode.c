#include "proto/event_decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/event_decoding.h"

/* At first everything is taken for the version, which stands in front of most records. */
static void guess_init(struct name_guess *g, const struct name_index *names)
{
    const struct name_slot *s = name_index_find(names, TEXT_LITERAL("v"));
    uint16_t version = (uint16_t)((const uint8_t *)s - (const uint8_t *)names->fields);
    for (size_t id = 0; id <= NAME_ID_END; id++) {
        g->next[0][id] = version;
    }
    for (size_t k = 1; k <= KIND_COUNT; k++) {
        memcpy(g->next[k], g->next[0], sizeof g->next[0]);
    }
}

/* The steps of a shape that has none are not looked at. */
static void shapes_forget(struct decode_scratch *s)
{
    memset(s->shapes, 0, sizeof s->shapes);
    memset(s->recent, 0, sizeof s->recent);
    for (int i = 0; i < SHAPE_HEADS; i++) {
        s->heads[i].steps_count = 0;
    }
}

int decode_scratch_create(struct decode_scratch **ret_s)
{
    return decode_scratch_create_with(NULL, ret_s);
}

int decode_scratch_create_with(const struct name_index *names, struct decode_scratch **ret_s)
{
    struct decode_scratch *s = malloc(sizeof *s);
    if (!s) {
        return CUBE_ENOMEM;
    }
    if (!names) {
        name_index_init(&s->own);
    }
    s->names = names ? names : &s->own;
    guess_init(&s->guess, s->names);
    for (uint32_t len = 0; len < 32; len++) {
        s->text_bits[len] = (uint32_t)((UINT64_C(2) << len) - 2);
    }
    needs_init(s->needs);
    shapes_forget(s);
    memset(s->tails, 0, sizeof s->tails); /* they are read past their ends, never judged by what is there */
    memset(s->shorts, 0, sizeof s->shorts);
    key_set_init(&s->unknown, (uint64_t)(uintptr_t)s);
    s->used = s->turn = 0;
    *ret_s = s;
    return 0;
}

void decode_scratch_destroy(struct decode_scratch *s)
{
    free(s);
}

bool decode_scratch_is_lent(const struct decode_scratch *s)
{
    return s->used > 0;
}

static enum decode_outcome refuse(struct refusal *r, enum refusal_reason reason, const char *detail)
{
    r->reason = reason;
    snprintf(r->detail, sizeof r->detail, "%s", detail);
    return DECODED_REFUSED;
}

static void decoding_init(struct decoding *d, struct decode_scratch *s, enum event_topic topic,
                          struct event *e, struct refusal *r)
{
    d->s = s;
    d->e = e;
    d->r = r;
    d->topic = topic;
    d->step = STEP_NONE;
    d->seen = d->sum = d->null = (struct name_bits){{0, 0}};
    d->not_finite = 0;
    d->version_fits = d->kind_is_text = d->unknown_keys = false;
    d->kind = (struct text){0};
    d->kind_id = KIND_NONE;
}

/* Reads a record with all checks. */
static __attribute__((noinline)) enum decode_outcome decode_any(struct decode_scratch *s, enum event_topic topic, const uint8_t *key,
                                                                size_t key_len, const uint8_t *value, size_t value_len,
                                                                struct event *ret_e, struct refusal *ret_r)
{
    struct decoding d;
    decoding_init(&d, s, topic, ret_e, ret_r);
    memset(ret_e->dims, 0, sizeof ret_e->dims);
    ret_e->entity = (struct text){0};
    bool json = value_len && value[0] == '{';
    if (json) {
        event_decode_json(&d, value, value_len);
    } else {
        event_decode_msgpack(&d, value, value_len);
    }
    if (d.seen.at[0] != d.sum.at[0] || d.seen.at[1] != d.sum.at[1]) {
        decoding_note_twice(&d);
    }
    enum decode_outcome outcome = event_judge(&d, key, key_len);
    if (outcome == DECODED_EVENT) {
        (json ? event_shape_learn_json : event_shape_learn)(s, d.kind_id, value, value_len);
    }
    return outcome;
}

enum decode_outcome event_decode(struct decode_scratch *s, enum event_topic topic,
                                 const uint8_t *key, size_t key_len, const uint8_t *value,
                                 size_t value_len, struct event *ret_e, struct refusal *ret_r)
{
    if (value && value_len > RECORD_BYTES_MAX) {
        return refuse(ret_r, REFUSAL_TOO_LARGE, "the record is longer than 1 MiB");
    }
    if (key && key_len > RECORD_KEY_MAX) {
        return refuse(ret_r, REFUSAL_TOO_LARGE, "the key is longer than 1 KiB");
    }
    if (!value) {
        return refuse(ret_r, REFUSAL_UNDECODABLE, "the record has no value");
    }
    s->used = 0;
    s->turn++;
    struct text key_text = {(const char *)key, (uint32_t)key_len};
    if (value_len && value[0] == '{' ? event_shape_decode_json(s, topic, key_text, value, value_len, ret_e)
                                     : event_shape_decode(s, topic, key_text, value, value_len, ret_e)) {
        return DECODED_EVENT;
    }
    return decode_any(s, topic, key, key_len, value, value_len, ret_e, ret_r);
}

void decoding_note(struct decoding *d, enum check_step step, enum refusal_reason reason,
                   const char *format, ...)
{
    if (step >= d->step) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(d->r->detail, sizeof d->r->detail, format, args);
    va_end(args);
    d->step = step;
    d->r->reason = reason;
}

void decoding_note_error(struct decoding *d, int rc)
{
    if (rc == CUBE_ELIMIT) {
        decoding_note(d, STEP_LARGE, REFUSAL_TOO_LARGE,
                      "a text longer than 64 KiB or more than %d members", RECORD_ELEMENTS_MAX);
    } else if (rc == CUBE_ETRUNCATED) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "the record ends too early");
    } else {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE,
                      "the record is neither MessagePack nor JSON");
    }
}

static const char *wanted(const struct name_slot *s)
{
    static const char *const words[] = {
        [NAME_TEXT] = "text",
        [NAME_DECIMAL] = "a number",
        [NAME_INTEGER] = "an integer",
        [NAME_BOOL] = "a boolean",
        [NAME_TS] = "an integer",
        [NAME_VERSION] = "the integer 1",
        [NAME_KIND] = "text",
    };
    return words[s->type];
}

void decoding_note_type(struct decoding *d, const struct name_slot *s, enum found f)
{
    static const char *const words[] = {
        [FOUND_BOOL] = "a boolean",
        [FOUND_NUMBER] = "a number",
        [FOUND_TEXT] = "text",
        [FOUND_BYTES] = "bytes",
        [FOUND_ARRAY] = "an array",
        [FOUND_MAP] = "a map",
        [FOUND_EXTENSION] = "an extension",
    };
    struct text name = name_text(s->id);
    if (s->type == NAME_VERSION || s->type == NAME_KIND) {
        return; /* judged by what was not noted */
    }
    decoding_note(d, STEP_TYPE, REFUSAL_WRONG_TYPE, "field \"%.*s\" is %s, not %s", (int)name.len,
                  name.at, words[f], wanted(s));
}

void decoding_note_range(struct decoding *d, const struct name_slot *s, const char *allowed)
{
    struct text name = name_text(s->id);
    decoding_note(d, STEP_TYPE, REFUSAL_WRONG_TYPE, "field \"%.*s\" is not %s", (int)name.len,
                  name.at, allowed);
}

void decoding_note_not_finite(struct decoding *d, const struct name_slot *s)
{
    struct text name = name_text(s->id);
    if (s->id < NAME_ID_DIMS) {
        d->not_finite |= UINT64_C(1) << s->id;
    }
    decoding_note(d, STEP_FINITE, REFUSAL_NOT_FINITE, "field \"%.*s\" is not finite", (int)name.len,
                  name.at);
}

void decoding_note_twice(struct decoding *d)
{
    decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "a key stands twice in the map");
}

void decoding_unknown_key(struct decoding *d, struct text key, bool valid)
{
    if (!valid) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "a key is not valid UTF-8");
        return;
    }
    if (!d->unknown_keys) {
        d->unknown_keys = true;
        key_set_clear(&d->s->unknown);
    }
    if (!key_set_add(&d->s->unknown, key)) {
        decoding_note_twice(d);
    }
}
