/* What survey answers a measure counts: of one scale, and none that another measure tells apart. */
#include "config/range.h"
#include "config/whole.h"
#include "proto/kind_fields.h"

#define PROMOTERS_FROM 9 /* on a scale that ends below it everybody is a detractor, or nearly */

bool condition_on_instruments(const struct condition *c)
{
    return !c->on_dimension && c->what == EVENT_INSTRUMENT && c->op == CONDITION_TEXT_IN;
}

bool answers_may_be(const struct measure *m, struct text instrument)
{
    bool may = m->from.kinds >> KIND_SURVEY & 1;
    for (uint32_t i = 0; i < m->from.where.count && may; i++) {
        const struct condition *c = &m->from.where.conditions[i];
        may = !condition_on_instruments(c) || condition_lists(c, instrument) != c->is_not;
    }
    return may;
}

bool answers_are_read(const struct measure *m)
{
    static const char *const of_values[] = {"mean", "stddev", "within", "nps"};
    bool read = false;
    for (size_t i = 0; i < sizeof of_values / sizeof *of_values && m->from.term_count == 1; i++) {
        read |= strcmp(m->aggregation->name, of_values[i]) == 0;
    }
    return read && (m->from.kinds >> KIND_SURVEY & 1) && m->from.terms[0].field == EVENT_VALUE;
}

/* An instrument on another scale than one before it that the measure counts, too. */
static bool is_mixed(const struct measure *m)
{
    const struct value_scale *first = NULL;
    for (uint32_t i = 0; value_scale_at(i); i++) {
        const struct value_scale *s = value_scale_at(i);
        if (!answers_may_be(m, s->instrument)) {
            continue;
        }
        if (first && (s->low != first->low || s->high != first->high)) {
            return true;
        }
        first = first ? first : s;
    }
    return false;
}

bool answers_beside_nps(const struct measure *m)
{
    bool beside = false;
    for (uint32_t i = 0; value_scale_at(i) && !beside; i++) {
        struct text instrument = value_scale_at(i)->instrument;
        beside = !text_equal(instrument, TEXT_LITERAL("nps")) && answers_may_be(m, instrument);
    }
    return beside;
}

void answers_compile(struct whole *w, const struct yaml *map, const struct measure *m)
{
    const struct yaml *at = yaml_get(map, "aggregation");
    if (!answers_are_read(m)) {
        return;
    }
    struct range r = range_of_events(&m->from);
    bool nps = strcmp(m->aggregation->name, "nps") == 0;
    if (nps && r.high < PROMOTERS_FROM) {
        problem_error(&w->problems, at, "nps is of answers from 0 to 10, and these are %s", range_text(w, r));
    } else if (nps && answers_beside_nps(m)) {
        problem_error(&w->problems, at, "nps needs from.where {instrument: nps}: answers of other instruments are no recommendation");
    } else if (is_mixed(m)) {
        problem_warning(&w->problems, at,
                        "instruments have scales of their own, and this counts answers of several: name one in from.where, like {instrument: csat}");
    }
}

/* ---- answers of employees ---------------------------------------------------------------------------- */

static bool same_condition(const struct condition *a, const struct condition *b)
{
    if (a->on_dimension != b->on_dimension || a->what != b->what || a->op != b->op || a->is_not != b->is_not || a->count != b->count) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->op == CONDITION_TEXT_IN ? !text_equal(a->texts[i], b->texts[i]) : a->numbers[i] != b->numbers[i]) {
            return false;
        }
    }
    return a->op != CONDITION_RANGE || (a->low == b->low && a->high == b->high);
}

static bool same_answers(const struct measure *a, const struct measure *b)
{
    bool same = a->from.kinds == b->from.kinds && a->from.where.count == b->from.where.count;
    for (uint32_t i = 0; i < a->from.where.count && same; i++) {
        same = same_condition(&a->from.where.conditions[i], &b->from.where.conditions[i]);
    }
    return same;
}

static bool windows_are_among(const struct measure *a, const struct measure *b)
{
    bool among = true;
    for (uint32_t i = 0; i < a->horizon_count && among; i++) {
        among = false;
        for (uint32_t j = 0; j < b->horizon_count; j++) {
            among |= a->horizons[i].window_ms == b->horizons[j].window_ms && a->horizons[i].pane_ms == b->horizons[j].pane_ms;
        }
    }
    return among;
}

/* The one's answers are among the other's, for all that is looked at, and what is let out of both is not compared as horizons of one measure are. */
static bool tell_apart(const struct measure *a, const struct measure *b)
{
    bool share = a->is_private && b->is_private && (a->from.kinds & b->from.kinds) && !predicates_apart(&a->from.where, &b->from.where);
    return share && !(same_answers(a, b) && (windows_are_among(a, b) || windows_are_among(b, a)));
}

void answers_apart_check(struct whole *w, const struct measure *m)
{
    uint32_t i = 0;
    while (i < m->index && !tell_apart(&w->measures[i], m)) {
        i++;
    }
    if (i < m->index) {
        problem_warning(&w->problems, w->measure_notes[m->index].node,
                        "\"%s\" and \"%s\" may count the same answers of employees, and others besides: the one less the other may tell what single "
                        "ones answered; give both the same from.where, and one the windows of both",
                        w->measures[i].name.at, m->name.at);
    }
}
