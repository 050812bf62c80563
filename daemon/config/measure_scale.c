/* scale of a top_box: on which scale the answers are. */
#include "base/fixed.h"
#include "config/value.h"
#include "config/whole.h"
#include "proto/kind_fields.h"

/* The scale a customer survey's instrument has; 0 = it is not known, or does not begin at 1. */
static int64_t scale_of(const struct predicate *where)
{
    for (uint32_t i = 0; i < where->count; i++) {
        const struct condition *c = &where->conditions[i];
        bool names_one = !c->on_dimension && !c->is_not && c->what == EVENT_INSTRUMENT && c->count == 1;
        const struct value_scale *s = names_one ? value_scale_find(c->texts[0]) : NULL;
        if (s && s->low == FIXED_ONE) {
            return s->high / FIXED_ONE;
        }
    }
    return 0;
}

static void instrument_check(struct whole *w, const struct yaml *scale, const struct measure *m, struct text name)
{
    const struct value_scale *own = value_scale_find(name);
    if (own && own->high != m->scale * FIXED_ONE) {
        problem_error(&w->problems, scale, "scale %s is none of instrument \"%s\": its answers go to %d", scale->text, name.at,
                      (int)(own->high / FIXED_ONE));
    }
}

static bool of_surveys(const struct measure *m)
{
    return m->from.kinds >> KIND_SURVEY & 1;
}

/* A scale that is said must be that of the answers; they are all on it where from.where names their instruments. */
static void scale_check(struct whole *w, const struct yaml *scale, struct measure *m)
{
    if (m->from.kinds == UINT64_C(1) << KIND_HR_SURVEY) {
        problem_error(&w->problems, scale->key, "answers of employees name their scale");
    }
    for (uint32_t i = 0; i < m->from.where.count; i++) {
        const struct condition *c = &m->from.where.conditions[i];
        for (uint32_t t = 0; t < c->count && condition_on_instruments(c) && !c->is_not; t++) {
            instrument_check(w, scale, m, c->texts[t]);
            m->scale_of_all = true;
        }
    }
    if (!m->scale_of_all && of_surveys(m)) {
        problem_error(&w->problems, scale->key,
                      "every instrument has a scale of its own: name the one that this is of in from.where, like {instrument: mood}");
    }
}

/* Favourable is value > 0.6 x scale; of grades to 10 it is 8 and more, i.e. above 7 when they are whole. */
void scale_compile(struct whole *w, const struct yaml *map, struct measure *m)
{
    const struct yaml *scale = yaml_get(map, "scale");
    bool top_box = strcmp(m->aggregation->name, "top_box") == 0;
    if (!top_box) {
        if (scale) {
            problem_error(&w->problems, scale->key, "scale goes with aggregation top_box, not with \"%s\"",
                          m->aggregation->name);
        }
        return;
    }
    m->scale = scale_of(&m->from.where);
    if (scale) {
        static const int64_t scales[] = {5, 7, 10};
        int word;
        if (value_choice(&w->problems, scale, "scale", "5|7|10", &word)) {
            m->scale = scales[word];
            scale_check(w, scale, m);
        }
    } else if (m->scale == 0 && m->from.kinds != 0 && m->from.kinds != UINT64_C(1) << KIND_HR_SURVEY) {
        problem_error(&w->problems, yaml_get(map, "aggregation"),
                      of_surveys(m) ? "top_box needs from.where {instrument: csat, ces or grade10}, or another instrument and its scale: 5, 7 or 10"
                                    : "top_box needs its scale: 5, 7 or 10");
    }
}
