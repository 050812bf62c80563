#include "config/range.h"

#include <math.h>

#include "base/fixed.h"
#include "config/shape.h"
#include "cube/position.h"
#include "proto/kind_fields.h"
#include "score/bound.h"

static const struct range anything = {-INFINITY, INFINITY}, nothing = {INFINITY, -INFINITY}, any_score = {0, 100};

const char *range_text(struct whole *w, struct range r)
{
    if (!isfinite(r.low) || !isfinite(r.high)) {
        return memory_format(&w->memory, isfinite(r.low) ? "at least %g" : "at most %g", isfinite(r.low) ? r.low : r.high);
    }
    return memory_format(&w->memory, "%g to %g", r.low, r.high);
}

static struct range range_join(struct range a, struct range b)
{
    return (struct range){fmin(a.low, b.low), fmax(a.high, b.high)};
}

static struct range range_of_shape(struct shape_range r)
{
    return r.low < r.high ? (struct range){r.low, r.high} : anything;
}

static struct range range_of_scale(const struct value_scale *s)
{
    return (struct range){(double)s->low / FIXED_ONE, (double)s->high / FIXED_ONE};
}

/* Instruments that are not the contract's have scales that nobody knows. */
static struct range range_of_instrument(struct text name)
{
    const struct value_scale *s = value_scale_find(name);
    return s ? range_of_scale(s) : anything;
}

/* Answers of customers lie on the scales of the instruments that are asked for. */
static struct range range_of_survey(const struct predicate *where)
{
    struct range all = anything;
    for (uint32_t i = 0; i < where->count; i++) {
        const struct condition *c = &where->conditions[i];
        bool names = !c->on_dimension && c->what == EVENT_INSTRUMENT && !c->is_not && c->count > 0;
        all = names ? nothing : all;
        for (uint32_t t = 0; names && t < c->count; t++) {
            all = range_join(all, range_of_instrument(c->texts[t]));
        }
    }
    return all;
}

struct range range_of_field(uint64_t kinds, const struct predicate *where, enum event_field field)
{
    bool one = kinds != 0 && (kinds & (kinds - 1)) == 0;
    if (field == EVENT_VALUE && kinds == UINT64_C(1) << KIND_SURVEY) {
        return range_of_survey(where);
    }
    const struct value_scale *s = one ? value_scale_of((enum event_kind)__builtin_ctzll(kinds), field) : NULL;
    return s ? range_of_scale(s) : anything;
}

struct range range_of_events(const struct source *s)
{
    bool plain = s->term_count == 1 && s->terms[0].sign > 0;
    return plain ? range_of_field(s->kinds, &s->where, (enum event_field)s->terms[0].field) : anything;
}

struct range range_of_measure(const struct measure *m, enum bound bound)
{
    if (!m->aggregation) {
        return anything;
    }
    const struct shape *s = shape_find(m->aggregation->name);
    struct range value = s->of_answers ? range_of_events(&m->from) : range_of_shape(s->range);
    struct range interval = range_of_shape(s->interval_range);
    return (struct range){bound == BOUND_LOWER ? interval.low : value.low, bound == BOUND_UPPER ? interval.high : value.high};
}

struct range range_of_score(const struct measure *m)
{
    struct range value = range_of_measure(m, BOUND_VALUE);
    if (m->at0 == m->at100) {
        return any_score;
    }
    double of_low = score_of(value.low, m->at0, m->at100), of_high = score_of(value.high, m->at0, m->at100);
    return (struct range){fmin(of_low, of_high), fmax(of_low, of_high)};
}

struct range range_of_axis(const struct whole *w, enum axis axis, enum bound bound)
{
    struct range all = nothing;
    for (uint32_t i = 0; i < w->config.model.measure_count; i++) {
        const struct measure *m = &w->measures[i];
        all = m->scored && m->axis == axis ? range_join(all, range_of_score(m)) : all;
    }
    if (all.low > all.high) {
        return w->measures_sound ? nothing : any_score; /* else the one that is meant may be among those that were told */
    }
    return (struct range){bound == BOUND_LOWER ? any_score.low : all.low, bound == BOUND_UPPER ? any_score.high : all.high};
}

const char *octant_never(struct whole *w, uint8_t octant)
{
    for (unsigned axis = 0; axis < AXIS_COUNT; axis++) {
        struct range score = range_of_axis(w, (enum axis)axis, BOUND_VALUE);
        double threshold = w->config.model.cube.axes[axis].threshold;
        bool high = octant >> (AXIS_COUNT - 1 - axis) & 1;
        if (score.low > score.high) {
            return memory_format(&w->memory, "nothing is scored on axis %s", axis_names[axis].at);
        }
        if (bound_reached(high ? score.high : score.low, threshold) != high) {
            return memory_format(&w->memory, high ? "axis %s never scores %g" : "axis %s never scores less than %g", axis_names[axis].at, threshold);
        }
    }
    return NULL;
}
