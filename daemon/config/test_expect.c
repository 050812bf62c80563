/* What a test expects: a tree of values that is laid over the output record. */
#include <math.h>
#include <stdlib.h>

#include "config/test_parts.h"
#include "config/value.h"

#define WANT_DEPTH_MAX 8

static void want_compile(struct test_reading *r, const struct yaml *node, const char *section, int depth, struct test_want *ret_w);

static bool is_section(const char *section, const char *name)
{
    return section && strcmp(section, name) == 0;
}

/* A plain number; words and texts in quotes are none. */
static bool number_of(const struct yaml *node, double *ret_number)
{
    char *end;
    if (node->quoted || node->text[strspn(node->text, "+-0123456789.eE")] != 0 || strpbrk(node->text, "0123456789") == NULL) {
        return false;
    }
    *ret_number = strtod(node->text, &end);
    return *end == 0 && isfinite(*ret_number);
}

static void alert_word(struct test_reading *r, const struct yaml *node, struct test_want *w)
{
    int word;
    w->type = WANT_ALERT;
    (void)value_choice(&r->problems, node, "an alert", "firing|resolved|inactive", &word);
}

static void scalar_compile(struct test_reading *r, const struct yaml *node, const char *section, struct test_want *w)
{
    bool plain = !node->quoted;
    w->type = WANT_TEXT;
    if (plain && strcmp(node->text, "absent") == 0) {
        w->type = WANT_ABSENT;
    } else if (is_section(section, "alert")) {
        alert_word(r, node, w);
    } else if (is_section(section, "change")) {
        w->type = WANT_EDGE;
    } else if (section) {
        problem_error(&r->problems, node, "%s must be a map, or absent", node->key ? node->key->text : "this");
    } else if (plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)) {
        w->type = WANT_BOOL;
        w->number = node->text[0] == 't';
    } else if (number_of(node, &w->number)) {
        w->type = WANT_NUMBER;
    }
}

static double *bound_of(struct test_want *w, const char *key)
{
    struct {
        const char *key;
        double *at;
    } bounds[] = {{"about", &w->number}, {"within", &w->within}, {"above", &w->above}, {"below", &w->below}, {"min", &w->min}, {"max", &w->max}};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        if (strcmp(bounds[i].key, key) == 0) {
            return bounds[i].at;
        }
    }
    return NULL;
}

static bool bounds_are_empty(const struct test_want *w)
{
    double near = w->within < 0 ? INFINITY : w->within;
    double low = fmax(fmax(w->above, w->min), w->number - near), high = fmin(fmin(w->below, w->max), w->number + near);
    return low > high || (low == high && (w->above == low || w->below == high));
}

static void range_compile(struct test_reading *r, const struct yaml *node, struct test_want *w)
{
    w->type = WANT_RANGE;
    w->within = -1;
    w->above = w->min = -INFINITY;
    w->below = w->max = INFINITY;
    if (!test_keys_known(r, "bounds", node)) {
        return;
    }
    YAML_EACH(bound, node)
    {
        double least = strcmp(bound->key->text, "within") == 0 ? 0 : -1e300;
        (void)value_double(&r->problems, bound, bound->key->text, least, 1e300, bound_of(w, bound->key->text));
    }
    if (!yaml_get(node, "about") != !yaml_get(node, "within")) {
        problem_error(&r->problems, node, "about and within go together: {about: 71, within: 0.5}");
    }
    if (value_bounds_apart(&r->problems, node) && bounds_are_empty(w)) {
        problem_error(&r->problems, node, "no number lies within these bounds");
    }
}

static void members_compile(struct test_reading *r, const struct yaml *node, const char *section, int depth, struct test_want *w)
{
    const struct test_want **last = &w->first;
    YAML_EACH(value, node)
    {
        const char *inside = section;
        if (node->type == YAML_MAP && !test_key_find(r, section, value->key, &inside)) {
            continue;
        }
        struct test_want *member = memory_alloc(&r->memory, sizeof *member);
        want_compile(r, value, inside, depth - 1, member);
        *last = member;
        last = &member->next;
    }
}

/* The text of a node for messages: lists in brackets, maps as `key value`, on one line. */
static const char *written(struct test_reading *r, const struct yaml *node, int depth)
{
    if (node->type == YAML_SCALAR || node->type == YAML_NULL || depth == 0) {
        return node->text ? node->text : "";
    }
    bool list = node->type == YAML_LIST;
    const char *text = list ? "[" : "";
    YAML_EACH(member, node)
    {
        text = memory_format(&r->memory, "%s%s%s%s%s", text, member == node->first ? "" : ", ", list ? "" : member->key->text, list ? "" : " ",
                             written(r, member, depth - 1));
    }
    return list ? memory_format(&r->memory, "%s]", text) : text;
}

static void want_compile(struct test_reading *r, const struct yaml *node, const char *section, int depth, struct test_want *ret_w)
{
    const struct yaml *named = node->key ? node->key : node;
    *ret_w = (struct test_want){.type = WANT_MAP, .place = test_place_of(named), .key = node->key ? node->key->text : NULL};
    bool list_of_maps = section && test_key_list(section);
    if (depth == 0) {
        problem_error(&r->problems, node, "this is nested too deep");
    } else if (node->type == YAML_NULL) {
        problem_error(&r->problems, named, "no value; absent says that there must be none");
    } else if (node->type == YAML_MAP && node->count == 0) {
        problem_error(&r->problems, node, "an empty map expects nothing");
    } else if (node->type == YAML_SCALAR) {
        scalar_compile(r, node, section, ret_w);
    } else if (node->type == YAML_LIST && (!section || list_of_maps)) {
        ret_w->type = WANT_LIST;
        members_compile(r, node, section, depth, ret_w);
    } else if (node->type == YAML_MAP && !section) {
        range_compile(r, node, ret_w);
    } else if (value_is(&r->problems, node, YAML_MAP, node->key ? node->key->text : "this")) {
        members_compile(r, node, section, depth, ret_w);
    }
    ret_w->text = written(r, node, depth);
}

/* ---- a list of expectations ---------------------------------------------------------------------------- */

/* Those of them that speak of the expectation and not of the record. */
static bool is_about_itself(const char *key)
{
    return strcmp(key, "at") == 0 || strcmp(key, "scope") == 0 || strcmp(key, "customer") == 0 || strcmp(key, "exists") == 0;
}

static const struct measure *measure_named(const struct test_reading *r, const char *name)
{
    const struct model *m = &r->config->model;
    for (uint32_t i = 0; i < m->measure_count; i++) {
        if (strcmp(m->measures[i].name.at, name) == 0) {
            return &m->measures[i];
        }
    }
    return NULL;
}

static void horizon_known(struct test_reading *r, const struct measure *m, const struct yaml *key)
{
    const char *all = "";
    for (uint32_t h = 1; h < m->horizon_count; h++) { /* the first is the measure itself */
        if (strcmp(m->horizons[h].name, key->text) == 0) {
            return;
        }
        all = memory_format(&r->memory, "%s%s%s", all, h == 1 ? "" : ", ", m->horizons[h].name);
    }
    problem_error(&r->problems, key, "measure \"%s\" has no horizon \"%s\"; it has %s", m->name.at, key->text, *all ? all : "none");
}

/* That a horizon has no value is always true of one that does not exist. */
static void horizons_known(struct test_reading *r, const struct yaml *measures)
{
    YAML_EACH(map, measures && measures->type == YAML_MAP ? measures : NULL)
    {
        const struct measure *m = measure_named(r, map->key->text);
        const struct yaml *horizons = m ? yaml_get(map, "horizons") : NULL;
        YAML_EACH(horizon, horizons && horizons->type == YAML_MAP ? horizons : NULL)
        {
            horizon_known(r, m, horizon->key);
        }
    }
}

static void record_compile(struct test_reading *r, const struct yaml *map, struct test_expect *e)
{
    const struct test_want **last = &e->want.first;
    YAML_EACH(value, map)
    {
        const char *inside;
        if (is_about_itself(value->key->text) || !test_key_find(r, e->of_customer ? "customer" : "state", value->key, &inside)) {
            continue;
        }
        struct test_want *member = memory_alloc(&r->memory, sizeof *member);
        want_compile(r, value, inside, WANT_DEPTH_MAX, member);
        *last = member;
        last = &member->next;
    }
}

static const char *kind_written(struct test_reading *r, const struct scope_kind *kind)
{
    const char *text = kind->count == 0 ? "organisation" : "";
    for (unsigned i = 0; i < kind->count; i++) {
        text = memory_format(&r->memory, "%s%s%s=...", text, i ? "," : "", dimension_names[kind->dims[i]].at);
    }
    return text;
}

/* That a scope does not exist is always true of a key that no scope can have. */
static void scope_known(struct test_reading *r, const struct yaml *node, const char *key)
{
    const struct scope_plan *plan = &r->config->model.scopes;
    const char *all = kind_written(r, &plan->kinds[0]);
    bool found = scope_key_is_of(&plan->kinds[0], text_of(key));
    for (uint32_t k = 1; k < plan->count; k++) {
        const struct scope_kind *kind = &plan->kinds[k];
        found = found || scope_key_is_of(kind, text_of(key));
        all = memory_format(&r->memory, "%s, %s", all, kind_written(r, kind));
    }
    if (!found) {
        problem_error(&r->problems, node, "no scope can be called \"%s\"; there are %s", key, all);
    }
}

static void whom_read(struct test_reading *r, const struct yaml *map, struct test_expect *e)
{
    const struct yaml *scope = yaml_get(map, "scope"), *customer = yaml_get(map, "customer");
    if (!scope == !customer) {
        problem_error(&r->problems, map, "an expectation %s",
                      scope ? "is of a scope or of a customer, not both" : "needs a scope or a customer");
        return;
    }
    e->of_customer = customer != NULL;
    if (value_text(&r->problems, scope ? scope : customer, scope ? "scope" : "customer", &e->key) && scope) {
        scope_known(r, scope, e->key);
    }
}

static void expect_compile(struct test_reading *r, const struct yaml *map, int64_t start_ms, struct test_expect *e)
{
    const struct yaml *at = yaml_get(map, "at"), *exists = yaml_get(map, "exists");
    int64_t tick_ms = r->config->model.cube.tick_ms;
    *e = (struct test_expect){.place = test_place_of(map), .key = "", .at = "", .exists = true, .want = {.type = WANT_MAP}};
    whom_read(r, map, e);
    if (!at) {
        problem_error(&r->problems, map, "an expectation needs at: the time since the start");
    } else if (test_instant(r, at, "at", start_ms, &e->at_ms) && e->at_ms % tick_ms != 0) {
        char tick[DURATION_TEXT_MAX];
        duration_text(tick_ms, tick);
        problem_error(&r->problems, at, "this is no multiple of cube.tick, %s: nothing is judged then", tick);
    }
    e->at = at && at->type == YAML_SCALAR ? at->text : "";
    if (exists) {
        (void)value_bool(&r->problems, exists, "exists", &e->exists);
    }
    record_compile(r, map, e);
    horizons_known(r, yaml_get(map, "measures"));
    if (!e->exists && e->want.first) {
        problem_error(&r->problems, exists, "of what must not exist nothing else can be expected");
    }
}

static int instant_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void instants_gather(struct test_reading *r, struct test_case *c)
{
    uint32_t kept = 0;
    c->instants = memory_alloc(&r->memory, (c->expect_count + 1) * sizeof *c->instants);
    for (uint32_t i = 0; i < c->expect_count; i++) {
        c->instants[i] = c->expects[i].at_ms;
    }
    qsort(c->instants, c->expect_count, sizeof *c->instants, instant_compare);
    for (uint32_t i = 0; i < c->expect_count; i++) {
        if (i == 0 || c->instants[i] != c->instants[kept - 1]) {
            c->instants[kept++] = c->instants[i];
        }
    }
    c->instant_count = kept;
}

void test_expects_compile(struct test_reading *r, const struct yaml *node, int64_t start_ms, struct test_case *ret_case)
{
    if (!value_is(&r->problems, node, YAML_LIST, "expect")) {
        return;
    }
    struct test_expect *all = memory_alloc(&r->memory, (node->count + 1) * sizeof *all);
    YAML_EACH(map, node)
    {
        if (value_is(&r->problems, map, YAML_MAP, "an expectation")) {
            expect_compile(r, map, start_ms, &all[ret_case->expect_count++]);
        }
    }
    if (node->count == 0) {
        problem_error(&r->problems, node, "a test without an expectation tries nothing");
    }
    ret_case->expects = all;
    instants_gather(r, ret_case);
}
