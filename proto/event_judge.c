#include "proto/event_decoding.h"
#include "proto/kind_fields.h"

#define ENVELOPE_BIT(id) (UINT64_C(1) << ((id)-NAME_ID_DIMS))

static bool met(const struct decoding *d, uint8_t id)
{
    return (d->seen.at[id >> 6] & ~d->null.at[id >> 6]) >> (id & 63) & 1;
}

static enum decode_outcome missing(struct decoding *d, enum check_step step, struct text name)
{
    decoding_note(d, step, REFUSAL_MISSING_FIELD, "field \"%.*s\" is missing", (int)name.len,
                  name.at);
    return DECODED_REFUSED;
}

static uint8_t first_bit(uint64_t word)
{
    return (uint8_t)__builtin_ctzll(word);
}

static enum decode_outcome judge_version(struct decoding *d)
{
    if (!met(d, NAME_ID_V)) {
        return missing(d, STEP_VERSION, TEXT_LITERAL("v"));
    }
    decoding_note(d, STEP_VERSION, REFUSAL_VERSION, "field \"v\" is not the integer 1");
    return DECODED_REFUSED;
}

/* The kind is none of this topic. */
static enum decode_outcome judge_kind(struct decoding *d)
{
    if (!met(d, NAME_ID_KIND)) {
        return missing(d, STEP_KIND, TEXT_LITERAL("kind"));
    }
    if (!d->kind_is_text) {
        decoding_note(d, STEP_KIND, REFUSAL_WRONG_TYPE, "field \"kind\" is not text");
        return DECODED_REFUSED;
    }
    enum event_kind k = kind_find_any(d->kind);
    if (k == KIND_NONE) {
        return DECODED_IGNORED;
    }
    struct text name = kind_rows[k].name, home = topic_role_names[kind_rows[k].topic];
    struct text here = topic_role_names[d->topic];
    decoding_note(d, STEP_KIND, REFUSAL_WRONG_TOPIC, "kind \"%.*s\" belongs to %.*s, not to %.*s",
                  (int)name.len, name.at, (int)home.len, home.at, (int)here.len, here.at);
    return DECODED_REFUSED;
}

static enum decode_outcome missing_either(struct decoding *d, uint64_t either)
{
    struct text a = name_text(first_bit(either)), b = name_text(first_bit(either & (either - 1)));
    decoding_note(d, STEP_REQUIRED, REFUSAL_MISSING_FIELD, "field \"%.*s\" or \"%.*s\" is missing",
                  (int)a.len, a.at, (int)b.len, b.at);
    return DECODED_REFUSED;
}

static bool required_there(struct decoding *d)
{
    const struct needs *needs = &d->s->needs[d->kind_id];
    uint64_t fields = d->seen.at[0] & ~d->null.at[0], names = d->seen.at[1] & ~d->null.at[1];
    uint64_t no_field = needs->fields & ~fields, no_name = needs->names & ~names;
    bool neither = needs->either && !(needs->either & fields);
    if (!(no_name | no_field) && !neither) {
        return true;
    }
    if (no_name) {
        (void)missing(d, STEP_REQUIRED, name_text((uint8_t)(NAME_ID_DIMS + first_bit(no_name))));
    } else if (no_field) {
        (void)missing(d, STEP_REQUIRED, name_text(first_bit(no_field)));
    } else {
        (void)missing_either(d, needs->either);
    }
    return false;
}

/* The entity of a customer's event was put into its place by the pass. */
static void settle_entity(struct decoding *d)
{
    struct event *e = d->e;
    e->present = d->seen.at[0] & ~d->null.at[0];
    if (d->topic == TOPIC_HR) {
        e->entity = e->slot[EVENT_AGENT].text;
        e->present &= ~(UINT64_C(1) << EVENT_AGENT);
    } else if (d->kind_id == KIND_BENCHMARK) {
        e->entity = e->slot[EVENT_SUBJECT].text;
    }
}

/* Here the scales are looked at: no other field has one. */
static __attribute__((noinline)) void judge_scales(struct decoding *d)
{
    const char *scale = "";
    enum event_field f = kind_value_misfit(d->e, &scale);
    if (f != EVENT_FIELD_NONE) {
        struct text name = field_rows[f].name;
        decoding_note(d, STEP_TYPE, REFUSAL_WRONG_TYPE, "field \"%.*s\" is not %s", (int)name.len,
                      name.at, scale);
    }
}

/* Only when every type was right: the slots hold what they should, except numbers that are not
 * finite. */
static void judge_values(struct decoding *d)
{
    struct event *e = d->e;
    if (e->id.len == 0 || e->entity.len == 0) {
        struct text name = e->id.len == 0 ? TEXT_LITERAL("id") : kind_entity_name(e->kind);
        decoding_note(d, STEP_TYPE, REFUSAL_WRONG_TYPE, "field \"%.*s\" is empty", (int)name.len,
                      name.at);
        return;
    }
    e->present &= ~d->not_finite;
    if (e->present & JUDGED_FIELDS) {
        judge_scales(d);
    }
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len < 8 || len > 16) {
        return memcmp(a, b, len) == 0;
    }
    return utf8_word(a) == utf8_word(b) && utf8_word(a + len - 8) == utf8_word(b + len - 8);
}

static enum decode_outcome judge_key(struct decoding *d, const uint8_t *key, size_t key_len)
{
    struct text entity = d->e->entity;
    if (key && key_len == entity.len && same_bytes(key, (const uint8_t *)entity.at, key_len)) {
        return DECODED_EVENT;
    }
    struct text name = kind_entity_name(d->kind_id);
    if (!key) {
        decoding_note(d, STEP_KEY, REFUSAL_KEY_MISMATCH, "the record has no key");
    } else {
        decoding_note(d, STEP_KEY, REFUSAL_KEY_MISMATCH, "the key differs from field \"%.*s\"",
                      (int)name.len, name.at);
    }
    return DECODED_REFUSED;
}

enum decode_outcome event_judge(struct decoding *d, const uint8_t *key, size_t key_len)
{
    if (d->step < STEP_VERSION) {
        return DECODED_REFUSED;
    }
    if (!d->version_fits) {
        return judge_version(d);
    }
    if (d->kind_id == KIND_NONE) {
        return judge_kind(d);
    }
    if (!required_there(d)) {
        return DECODED_REFUSED;
    }
    d->e->kind = d->kind_id;
    d->e->topic = d->topic;
    settle_entity(d);
    if (d->step > STEP_TYPE) {
        judge_values(d);
    }
    return d->step != STEP_NONE ? DECODED_REFUSED : judge_key(d, key, key_len);
}

void needs_init(struct needs needs[KIND_COUNT])
{
    for (int k = 0; k < KIND_COUNT; k++) {
        const struct kind_fields *row = &kind_fields[k];
        bool hr = kind_rows[k].topic == TOPIC_HR;
        uint64_t envelope = ENVELOPE_BIT(NAME_ID_ID) | ENVELOPE_BIT(NAME_ID_TS);
        needs[k].fields = row->required | (hr ? FIELD_BIT(AGENT) : 0);
        needs[k].names = row->required_dims | envelope |
                         (hr || k == KIND_BENCHMARK ? 0 : ENVELOPE_BIT(NAME_ID_CUSTOMER));
        needs[k].either = row->either;
    }
}
