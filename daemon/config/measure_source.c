/* from, per and hits of one measure, as its aggregation asks for them. */
#include "config/keys.h"
#include "config/shape.h"
#include "config/value.h"
#include "proto/kind_fields.h"

static void events_compile(struct whole *w, const struct yaml *from, const struct shape *shape,
                           struct measure *m, struct measure_note *note);
static void own_compile(struct whole *w, const struct yaml *from, const struct shape *shape,
                        struct measure *m, struct measure_note *note);
static void where_compile(struct whole *w, const struct yaml *from, const struct shape *shape,
                          struct measure *m, struct measure_note *note);
static void value_compile(struct whole *w, const struct yaml *from, const struct yaml *at, struct source *s,
                          bool *ret_integer);
static void hits_compile(struct whole *w, const struct yaml *map, const struct shape *shape,
                         struct measure *m);
static void per_compile(struct whole *w, const struct yaml *map, const struct shape *shape,
                        struct measure *m);

void measure_source_compile(struct whole *w, const struct yaml *map, struct measure *m,
                            struct measure_note *note)
{
    const struct shape *shape = shape_find(m->aggregation->name);
    const struct yaml *from = yaml_get(map, "from");
    m->from.terms[0] = (struct value_term){.field = EVENT_VALUE, .sign = 1};
    m->from.term_count = 1;
    if (from && !value_is(&w->problems, from, YAML_MAP, "from")) {
        return;
    }
    keys_read(w, "from", from);
    if (!shape->pairs) {
        pairs_refuse(w, from, shape->name);
    }
    if (shape->pairs) {
        pairs_compile(w, from ? from : map, m);
    } else if (from && yaml_get(from, "ledger")) {
        ledger_compile(w, from, m, note);
    } else if (shape->source == SHAPE_WHERE) {
        where_compile(w, from, shape, m, note);
    } else if (shape->source == SHAPE_OWN || (shape->source == SHAPE_OPTIONAL && !yaml_get(from, "kind"))) {
        own_compile(w, from, shape, m, note);
    } else if (from && yaml_get(from, "customers")) {
        customers_compile(w, map, m, note);
    } else if (shape->source == SHAPE_LEDGER_ONLY) {
        problem_error(&w->problems, from ? from : map, "aggregation \"%s\" needs from: {ledger: ...}", shape->name);
    } else if (!yaml_get(from, "kind")) {
        problem_error(&w->problems, from ? from : map, "aggregation \"%s\" needs from: {kind: ...}%s",
                      shape->name, shape->source == SHAPE_LEDGER ? " or from: {ledger: ...}" : "");
    } else {
        events_compile(w, from, shape, m, note);
    }
    if (!note->over_customers) {
        hits_compile(w, map, shape, m);
    }
    by_ledger_compile(w, map, shape->name, note);
    per_compile(w, map, shape, m);
    scale_compile(w, map, m);
}

static int topic_read(struct whole *w, const struct yaml *from)
{
    int topic = -1;
    const struct yaml *node = yaml_get(from, "topic");
    if (node) {
        (void)value_choice(&w->problems, node, "from.topic", "interactions|cpi|hr", &topic);
    }
    return topic;
}

static bool class_is_hr(const struct yaml *map)
{
    const struct yaml *class = yaml_get(map, "class");
    return class && class->type == YAML_SCALAR && strcmp(class->text, "hr") == 0;
}

static void events_compile(struct whole *w, const struct yaml *from, const struct shape *shape,
                           struct measure *m, struct measure_note *note)
{
    bool good = kinds_compile(w, yaml_get(from, "kind"), topic_read(w, from), class_is_hr(note->node),
                              &m->from.kinds);
    predicate_compile(w, yaml_get(from, "where"), good ? m->from.kinds : 0, &m->from.where);
    if (!good) {
        return;
    }
    const struct yaml *value = yaml_get(from, "value");
    if (shape->value && (value || !shape->value_optional)) {
        value_compile(w, from, value ? value : yaml_get(from, "kind"), &m->from, &note->integer_value);
    } else if (value) {
        problem_error(&w->problems, value->key, "aggregation \"%s\" counts events and reads no value",
                      shape->name);
    }
}

static uint64_t points_kinds(const struct whole *w)
{
    uint64_t kinds = 0;
    for (uint32_t i = 0; i < w->config.model.points.count; i++) {
        kinds |= UINT64_C(1) << w->points[i].kind | w->points[i].retracted_by;
    }
    return kinds;
}

static void own_compile(struct whole *w, const struct yaml *from, const struct shape *shape,
                        struct measure *m, struct measure_note *note)
{
    note->from_default = true;
    if (shape->source == SHAPE_OPTIONAL) {
        YAML_EACH(value, from)
        {
            problem_error(&w->problems, value->key, "from.%s needs from.kind", value->key->text);
        }
        return; /* without kinds it counts any act of a customer */
    }
    m->by_points = strcmp(shape->name, "points") == 0;
    m->from.kinds = m->by_points ? points_kinds(w) : shape->kinds;
    if (from) {
        problem_error(&w->problems, from->key, "aggregation \"%s\" has its own events and takes no from",
                      shape->name);
    }
}

/* Says in so many words which kinds they are. */
static bool names_kinds(struct whole *w, const struct yaml *value, uint64_t kinds)
{
    uint64_t named;
    return strcmp(value->key->text, "kind") == 0 && kinds_compile(w, value, -1, false, &named) && named == kinds;
}

/* Both halves of a pair must be picked by the same conditions, so only what both have may be named. */
static void where_compile(struct whole *w, const struct yaml *from, const struct shape *shape,
                          struct measure *m, struct measure_note *note)
{
    note->from_default = true;
    m->from.kinds = shape->kinds;
    YAML_EACH(value, from)
    {
        if (strcmp(value->key->text, "where") != 0 && !names_kinds(w, value, shape->kinds)) {
            problem_error(&w->problems, value->key, "aggregation \"%s\" has its own events: from takes where alone",
                          shape->name);
        }
    }
    predicate_compile(w, yaml_get(from, "where"), m->from.kinds, &m->from.where);
    for (uint32_t i = 0; i < m->from.where.count; i++) {
        const struct condition *c = &m->from.where.conditions[i];
        if (!c->on_dimension && c->what != EVENT_SUBJECT) {
            problem_error(&w->problems, yaml_get(from, "where"),
                          "aggregation \"%s\" pairs answers by subject: where names subject and dimensions, not \"%s\"",
                          shape->name, field_rows[c->what].name.at);
        }
    }
}

static bool is_number(enum event_field field)
{
    return field_rows[field].type == FIELD_DECIMAL || field_rows[field].type == FIELD_INTEGER;
}

/* The next number among the fields; the hint asks for each i in turn. */
static const char *number_at(const void *context, uint32_t i)
{
    (void)context;
    for (uint32_t f = 0; f < EVENT_FIELD_COUNT; f++) {
        if (is_number((enum event_field)f) && i-- == 0) {
            return field_rows[f].name.at;
        }
    }
    return NULL;
}

static bool term_read(struct whole *w, const struct yaml *node, uint64_t kinds, struct value_term *term)
{
    const char *name;
    if (!value_text(&w->problems, node, "from.value", &name)) {
        return false;
    }
    term->sign = *name == '-' ? -1 : 1;
    name += *name == '-' || *name == '+';
    enum event_field field = field_find(text_of(name));
    if (field == EVENT_FIELD_NONE || !is_number(field)) {
        if (field == EVENT_FIELD_NONE) {
            problem_error(&w->problems, node, "unknown field \"%s\"%s", name, problem_hint(&w->problems, name, number_at, NULL));
        } else {
            problem_error(&w->problems, node, "field \"%s\" is no number", name);
        }
        return false;
    }
    if (!kinds_carry(kinds, field, false)) {
        problem_error(&w->problems, node, "no event of this kind has a field \"%s\"", name);
        return false;
    }
    term->field = (uint8_t)field;
    return true;
}

static bool term_is_new(struct whole *w, const struct yaml *node, const struct source *s, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (s->terms[i].field == s->terms[count].field) {
            problem_error(&w->problems, node, "field \"%s\" stands twice", field_rows[s->terms[count].field].name.at);
            return false;
        }
    }
    return true;
}

static bool is_integer(const struct value_term *term)
{
    return field_rows[term->field].type == FIELD_INTEGER;
}

static void value_compile(struct whole *w, const struct yaml *from, const struct yaml *at, struct source *s,
                          bool *ret_integer)
{
    const struct yaml *value = yaml_get(from, "value");
    if (!value) {
        if (!kinds_carry(s->kinds, EVENT_VALUE, true)) {
            problem_error(&w->problems, at,
                          "events of this kind have no field \"value\": say which one with from.value");
        }
        return;
    }
    bool list = value->type == YAML_LIST;
    if (list && (value->count == 0 || value->count > VALUE_TERMS_MAX)) {
        problem_error(&w->problems, value, "from.value lists 1 to %d fields", VALUE_TERMS_MAX);
        return;
    }
    uint32_t count = 0;
    bool good = list || term_read(w, value, s->kinds, &s->terms[count++]);
    YAML_EACH(member, list ? value : NULL)
    {
        good = term_read(w, member, s->kinds, &s->terms[count]) && term_is_new(w, member, s, count) && good;
        count++;
    }
    for (uint32_t i = 1; good && i < count; i++) {
        if (is_integer(&s->terms[i]) != is_integer(&s->terms[0])) {
            problem_error(&w->problems, value, "fields of milliseconds and decimal fields do not add up");
            good = false;
        }
    }
    s->term_count = count;
    if (good && ret_integer) {
        *ret_integer = is_integer(&s->terms[0]);
    }
}

/* hits.kind names some of the kinds of from, never all. */
static void hit_kinds_compile(struct whole *w, const struct yaml *node, struct measure *m)
{
    uint64_t kinds;
    const uint64_t survey = UINT64_C(1) << KIND_HR_SURVEY;
    if (!node || !kinds_compile(w, node, -1, m->from.kinds & survey, &kinds)) {
        return;
    }
    if (m->from.kinds && (kinds & ~m->from.kinds || kinds == m->from.kinds)) {
        problem_error(&w->problems, node,
                      kinds == m->from.kinds ? "hits.kind names all kinds of from: every event would be a hit"
                                             : "hits.kind names a kind that from does not count");
    }
    m->hit_kinds = kinds;
}

static void hits_compile(struct whole *w, const struct yaml *map, const struct shape *shape,
                         struct measure *m)
{
    const struct yaml *hits = yaml_get(map, "hits");
    if (!shape->hits) {
        if (hits) {
            problem_error(&w->problems, hits->key, "hits goes with aggregation ratio, not with \"%s\"",
                          shape->name);
        }
        return;
    }
    if (!hits) {
        problem_error(&w->problems, yaml_get(map, "aggregation"),
                      "aggregation \"%s\" needs hits: {where: ...}", shape->name);
        return;
    }
    if (!value_is(&w->problems, hits, YAML_MAP, "hits")) {
        return;
    }
    keys_read(w, "hits", hits);
    hit_kinds_compile(w, yaml_get(hits, "kind"), m);
    predicate_compile(w, yaml_get(hits, "where"), m->hit_kinds ? m->hit_kinds : m->from.kinds, &m->hits);
    if (yaml_get(hits, "ledger")) {
        problem_error(&w->problems, yaml_get(hits, "ledger")->key, "hits.ledger needs from: {customers: active}");
    } else if (m->hits.count == 0 && m->hit_kinds == 0) {
        problem_error(&w->problems, hits, "hits names no condition: every event would be a hit");
    } else if (predicates_apart(&m->from.where, &m->hits)) {
        problem_error(&w->problems, hits, "no event that from.where lets pass can be a hit");
    }
}

static void per_compile(struct whole *w, const struct yaml *map, const struct shape *shape, struct measure *m)
{
    const struct yaml *per = yaml_get(map, "per");
    if (!shape->per) {
        if (per) {
            problem_error(&w->problems, per->key, "per goes with aggregation quotient, not with \"%s\"",
                          shape->name);
        }
        return;
    }
    if (!per || !value_is(&w->problems, per, YAML_MAP, "per")) {
        problem_error(&w->problems, per ? per : yaml_get(map, "aggregation"),
                      "aggregation \"%s\" needs per: {kind: ..., value: ...}", shape->name);
        return;
    }
    keys_read(w, "from", per);
    const struct yaml *kind = yaml_get(per, "kind");
    m->per.terms[0] = (struct value_term){.field = EVENT_VALUE, .sign = 1};
    m->per.term_count = 1;
    if (!kind) {
        problem_error(&w->problems, per, "per needs a kind");
        return;
    }
    if (kinds_compile(w, kind, topic_read(w, per), class_is_hr(map), &m->per.kinds)) {
        predicate_compile(w, yaml_get(per, "where"), m->per.kinds, &m->per.where);
        value_compile(w, per, yaml_get(per, "value") ? yaml_get(per, "value") : kind, &m->per, NULL);
    }
}
