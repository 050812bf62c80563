/* Measures, alerts and points of the effective configuration. */
#include <inttypes.h>

#include "config/duration.h"
#include "config/shape.h"
#include "config/value.h"
#include "config/whole.h"

static void source_print(FILE *out, const struct source *s, bool value);
static void measure_print(const struct whole *w, uint32_t i, bool decides_only, FILE *out);
static void ledger_print(const struct measure *m, const struct measure_note *note, const struct shape *shape, FILE *out);
static void registry_print(const struct measure *m, FILE *out);
static void pairs_print(FILE *out, const struct measure *m);
static void pairs_print(FILE *out, const struct measure *m)
{
    fprintf(out, ", from: {open: %s, close: ", kind_rows[__builtin_ctzll(m->from.kinds)].name.at);
    print_kinds(out, m->per.kinds & ~m->lost);
    if (m->lost) {
        fputs(", lost: ", out);
        print_kinds(out, m->lost);
    }
    fprintf(out, ", by: %s", field_rows[m->by].name.at);
    if (m->from.where.count) {
        fputs(", where: ", out);
        print_predicate(out, &m->from.where);
    }
    fputc('}', out);
}

static void windows_print(const struct measure *m, const struct measure_note *note, FILE *out);
static void number_print(FILE *out, enum field_type type, int64_t number);
static void condition_print(FILE *out, const struct condition *c);

void effective_measures(const struct whole *w, bool decides_only, FILE *out)
{
    fputs(w->config.model.measure_count ? "measures:\n" : "measures: []\n", out);
    for (uint32_t i = 0; i < w->config.model.measure_count; i++) {
        measure_print(w, i, decides_only, out);
    }
}

void effective_points(const struct whole *w, FILE *out)
{
    const struct points_plan *plan = &w->config.model.points;
    char number[32];
    fputs(plan->count ? "points:\n" : "points: []\n", out);
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct points_rule *r = &plan->rules[i];
        fprintf(out, "  - {kind: %s, points: %" PRId64, kind_rows[r->kind].name.at, r->points);
        if (r->per != EVENT_FIELD_NONE) {
            fprintf(out, ", per: %s", field_rows[r->per].name.at);
        }
        fprintf(out, ", once: %s", r->once ? "true" : "false");
        if (r->where.count) {
            fputs(", where: ", out);
            print_predicate(out, &r->where);
        }
        if (r->retracted_by) {
            fputs(", retracted_by: ", out);
            print_kinds(out, r->retracted_by);
        }
        if (r->has_steps) {
            micro_text(r->steps_above, number);
            fprintf(out, ", steps: {field: %s, above: ", field_rows[r->steps_field].name.at);
            number_print(out, field_rows[r->steps_field].type, r->steps_above);
            fprintf(out, ", points: %" PRId64 "}", r->steps_points);
        }
        if (r->cap) {
            fprintf(out, ", cap: {times: %" PRId64 ", period: ", r->cap);
            print_duration(out, r->cap_period_ms);
            fputc('}', out);
        }
        fprintf(out, ", stage: %s}\n", w->points_notes[i].stage ? w->points_notes[i].stage : "none");
    }
}

void print_kinds(FILE *out, uint64_t kinds)
{
    const char *between = "[";
    for (int i = 0; i < KIND_COUNT; i++) {
        if (kinds >> i & 1) {
            fprintf(out, "%s%s", between, kind_rows[i].name.at);
            between = ", ";
        }
    }
    fputc(']', out);
}

void print_predicate(FILE *out, const struct predicate *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct condition *c = &p->conditions[i];
        fprintf(out, "%s%s: ", i == 0 ? "{" : ", ",
                c->on_dimension ? dimension_names[c->what].at : field_rows[c->what].name.at);
        condition_print(out, c);
    }
    fputc('}', out);
}

static void hits_print(FILE *out, const struct measure *m)
{
    const char *between = "";
    fputs(", hits: {", out);
    if (m->hit_kinds) {
        fputs("kind: ", out);
        print_kinds(out, m->hit_kinds);
        between = ", ";
    }
    if (m->hits.count) {
        fprintf(out, "%swhere: ", between);
        print_predicate(out, &m->hits);
    }
    fputc('}', out);
}

static void measure_print(const struct whole *w, uint32_t i, bool decides_only, FILE *out)
{
    static const char *const classes[] = {"cpi", "kpi", "hr"};
    static const char *const definitions[] = {"confirmed", "agent", "survey", "no_recontact", "one_touch"};
    const struct measure *m = &w->measures[i];
    const struct measure_note *note = &w->measure_notes[i];
    const struct shape *shape = shape_find(m->aggregation->name);
    fprintf(out, "  - {name: \"%s\", axis: %s, class: %s, aggregation: %s", m->name.at,
            m->axis == AXIS_NONE ? "none" : axis_names[m->axis].at, classes[m->class],
            shape->inner ? shape->said_as : m->aggregation->name);
    if (!decides_only) {
        registry_print(m, out);
    }
    if (note->from_ledger) {
        ledger_print(m, note, shape, out);
    } else if (shape->pairs) {
        pairs_print(out, m);
    } else if (!note->from_default) {
        fputs(", from: ", out);
        source_print(out, &m->from, shape->value);
    } else if (m->from.where.count) {
        fputs(", from: {where: ", out);
        print_predicate(out, &m->from.where);
        fputc('}', out);
    }
    if (shape->per) {
        fputs(", per: ", out);
        source_print(out, &m->per, true);
    }
    if (m->hits.count || m->hit_kinds) {
        hits_print(out, m);
    }
    if (note->has_target) {
        fputs(m->target_is_min ? ", target: {min: " : ", target: ", out);
        if (shape->pairs) {
            print_duration(out, m->target);
        } else {
            number_print(out, FIELD_DECIMAL, m->target);
        }
        fputs(m->target_is_min ? "}" : "", out);
    }
    if (m->calendar) {
        const struct named_calendar *c = w->calendars;
        while (&c->calendar != m->calendar) {
            c++;
        }
        fputs(", calendar: ", out);
        print_quoted(out, text_of(c->name));
    }
    if (m->scale) {
        fprintf(out, ", scale: %" PRId64, m->scale);
    }
    if (shape->first_time) {
        fprintf(out, ", definition: %s, recontact_window: ", definitions[m->definition]);
        print_duration(out, m->recontact_window_ms);
    }
    windows_print(m, note, out);
    if (note->has_score) {
        fputs(", score: {at0: ", out);
        print_number(out, m->at0);
        fputs(", at100: ", out);
        print_number(out, m->at100);
        fputc('}', out);
    }
    fputs(", weight: ", out);
    print_number(out, m->weight);
    fprintf(out, ", min_n: %" PRId64 "}\n", m->min_n);
}

static void ledger_print(const struct measure *m, const struct measure_note *note, const struct shape *shape, FILE *out)
{
    static const char *const ledgers[] = {"revenue", "cost", "effort", "margin", "purchases"};
    if (!note->over_customers) {
        fprintf(out, ", from: {ledger: %s, per: customer}", ledgers[note->ledger]);
    } else {
        fprintf(out, ", from: {customers: active}, hits: {ledger: %s", ledgers[note->ledger]);
        if (m->total_low != INT64_MIN) {
            fputs(m->low_open ? ", above: " : ", min: ", out);
            number_print(out, FIELD_DECIMAL, m->total_low - m->low_open);
        }
        if (m->total_high != INT64_MAX) {
            fputs(m->high_closed ? ", max: " : ", below: ", out);
            number_print(out, FIELD_DECIMAL, m->total_high + !m->high_closed);
        }
        fputc('}', out);
    }
    if (shape->by_ledger) {
        fprintf(out, ", by: {ledger: %s}", ledgers[note->by_ledger]);
    }
}

static void registry_print(const struct measure *m, FILE *out)
{
    const struct {
        const char *key;
        struct text value;
    } texts[] = {
        {"increment", m->increment}, {"unit", m->unit}, {"owner", m->owner}, {"journey", m->journey}};
    if (m->evidence.at) {
        fprintf(out, ", evidence: [%s]", m->evidence.at);
    }
    for (size_t i = 0; i < 4; i++) {
        if (texts[i].value.at) {
            fprintf(out, ", %s: ", texts[i].key);
            print_quoted(out, texts[i].value);
        }
    }
}

static void windows_print(const struct measure *m, const struct measure_note *note, FILE *out)
{
    fprintf(out, ", window: %s", m->horizons[0].name);
    for (uint32_t i = 1; i < m->horizon_count; i++) {
        fprintf(out, "%s%s", i == 1 ? ", horizons: [" : ", ", m->horizons[i].name);
    }
    fputs(m->horizon_count > 1 ? "]" : "", out);
    if (note->pane_ms) {
        fputs(", pane: ", out);
        print_duration(out, note->pane_ms);
    }
}

static void source_print(FILE *out, const struct source *s, bool value)
{
    fputs("{kind: ", out);
    print_kinds(out, s->kinds);
    if (s->kinds & (UINT64_C(1) << KIND_SURVEY) && !(s->kinds & (UINT64_C(1) << KIND_HR_SURVEY))) {
        fputs(", topic: cpi", out);
    }
    if (s->where.count) {
        fputs(", where: ", out);
        print_predicate(out, &s->where);
    }
    for (uint32_t i = 0; value && i < s->term_count; i++) {
        fprintf(out, "%s%s%s", i == 0 ? ", value: [" : ", ", s->terms[i].sign < 0 ? "-" : "",
                field_rows[s->terms[i].field].name.at);
    }
    fputs(value ? "]}" : "}", out);
}

static void number_print(FILE *out, enum field_type type, int64_t number)
{
    char text[32];
    if (type == FIELD_DECIMAL) {
        micro_text(number, text);
        fputs(text, out);
    } else if (type == FIELD_BOOL) {
        fputs(number ? "true" : "false", out);
    } else {
        fprintf(out, "%" PRId64, number);
    }
}

/* Bounds were made inclusive, so they come back as min and max. */
static void range_print(FILE *out, const struct condition *c)
{
    fputc('{', out);
    if (c->low != INT64_MIN) {
        fputs("min: ", out);
        number_print(out, field_rows[c->what].type, c->low);
    }
    if (c->high != INT64_MAX) {
        fputs(c->low != INT64_MIN ? ", max: " : "max: ", out);
        number_print(out, field_rows[c->what].type, c->high);
    }
    fputc('}', out);
}

static void condition_print(FILE *out, const struct condition *c)
{
    if (c->op == CONDITION_RANGE) {
        range_print(out, c);
        return;
    }
    fputs(c->is_not ? "{not: " : "", out);
    for (uint32_t i = 0; i < c->count; i++) {
        fputs(i == 0 ? "[" : ", ", out);
        if (c->op == CONDITION_TEXT_IN) {
            print_quoted(out, c->texts[i]);
        } else {
            number_print(out, field_rows[c->what].type, c->numbers[i]);
        }
    }
    fputs(c->is_not ? "]}" : "]", out);
}
