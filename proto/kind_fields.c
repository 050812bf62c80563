#include "proto/kind_fields.h"

#include <stddef.h>

#include "base/fixed.h"

const struct kind_fields kind_fields[KIND_COUNT] = {
#define X(kind, required_fields, either_fields, dims, optional_fields) \
    [KIND_##kind] = {.required = (required_fields),                    \
                     .either = (either_fields),                        \
                     .optional = (optional_fields),                    \
                     .required_dims = (dims)},
    KIND_FIELDS(X)
#undef X
};

struct text kind_entity_name(enum event_kind kind)
{
    if (kind == KIND_BENCHMARK) {
        return field_rows[EVENT_SUBJECT].name;
    }
    return kind_rows[kind].topic == TOPIC_HR ? field_rows[EVENT_AGENT].name
                                             : TEXT_LITERAL("customer");
}

#define INSTRUMENT(name, low, high, whole, words)                                 \
    {                                                                             \
        {name, sizeof(name) - 1}, (low)*FIXED_ONE, (high)*FIXED_ONE, whole, words \
    }

static const struct value_scale instruments[] = {
    INSTRUMENT("nps", 0, 10, true, "a whole number 0..10"),
    INSTRUMENT("csat", 1, 5, true, "a whole number 1..5"),
    INSTRUMENT("ces", 1, 7, true, "a whole number 1..7"),
    INSTRUMENT("grade10", 1, 10, false, "within 1..10"),
    INSTRUMENT("expectation", 0, 10, false, "within 0..10"),
    INSTRUMENT("fulfilment", 0, 10, false, "within 0..10"),
    INSTRUMENT("importance", 0, 10, false, "within 0..10"),
    INSTRUMENT("role", 0, 10, false, "within 0..10"),
    INSTRUMENT("experience", 0, 10, false, "within 0..10"),
};

static const struct value_scale percent = INSTRUMENT("", 0, 100, false, "within 0..100");
static const struct value_scale points = INSTRUMENT("", 2, 100, true, "a whole number 2..100");

static bool fits(const struct event *e, enum event_field f, const struct value_scale *s)
{
    if (!event_has(e, f)) {
        return true;
    }
    int64_t v = e->slot[f].number;
    return v >= s->low && v <= s->high && (!s->whole || v % FIXED_ONE == 0);
}

const struct value_scale *value_scale_find(struct text name)
{
    for (size_t i = 0; i < sizeof instruments / sizeof instruments[0]; i++) {
        if (text_equal(instruments[i].instrument, name)) {
            return &instruments[i];
        }
    }
    return NULL;
}

/* Any further instrument has a scale of its own, which is not ours to judge. */
static bool answer_fits(const struct event *e, const char **ret_scale)
{
    const struct value_scale *s = value_scale_find(event_text(e, EVENT_INSTRUMENT));
    if (!s || fits(e, EVENT_VALUE, s)) {
        return true;
    }
    *ret_scale = s->words;
    return false;
}

static enum event_field theme_misfit(const struct event *e, const char **ret_scale)
{
    if (!fits(e, EVENT_SCALE, &points)) {
        *ret_scale = points.words;
        return EVENT_SCALE;
    }
    struct value_scale answers = {.low = FIXED_ONE, .high = event_number(e, EVENT_SCALE, INT64_MAX)};
    if (!fits(e, EVENT_VALUE, &answers)) {
        *ret_scale = "within 1..scale";
        return EVENT_VALUE;
    }
    return EVENT_FIELD_NONE;
}

const struct value_scale *value_scale_at(uint32_t i)
{
    return i < sizeof instruments / sizeof instruments[0] ? &instruments[i] : NULL;
}

const struct value_scale *value_scale_of(enum event_kind kind, enum event_field field)
{
    if (field == EVENT_INFLUENCE || field == EVENT_FRACTION) {
        return &percent;
    }
    if (kind == KIND_HR_SURVEY) {
        return field == EVENT_SCALE ? &points : NULL;
    }
    return kind == KIND_ENPS && field == EVENT_VALUE ? &instruments[0] : NULL;
}

enum event_field kind_value_misfit(const struct event *e, const char **ret_scale)
{
    if (!fits(e, EVENT_INFLUENCE, &percent) || !fits(e, EVENT_FRACTION, &percent)) {
        *ret_scale = percent.words;
        return fits(e, EVENT_INFLUENCE, &percent) ? EVENT_FRACTION : EVENT_INFLUENCE;
    }
    switch (e->kind) {
    case KIND_SURVEY: return answer_fits(e, ret_scale) ? EVENT_FIELD_NONE : EVENT_VALUE;
    case KIND_HR_SURVEY: return theme_misfit(e, ret_scale);
    case KIND_ENPS:
        *ret_scale = instruments[0].words;
        return fits(e, EVENT_VALUE, &instruments[0]) ? EVENT_FIELD_NONE : EVENT_VALUE;
    default: return EVENT_FIELD_NONE;
    }
}
