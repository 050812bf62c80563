/* What a measure counts: from, per, where, hits. */
#include <inttypes.h>

#include "base/fixed.h"
#include "config/duration.h"
#include "config/keys.h"
#include "config/range.h"
#include "config/value.h"
#include "proto/kind_fields.h"

static bool condition_compile(struct whole *w, const struct yaml *node, uint64_t kinds, struct condition *c);
static bool range_compile(struct whole *w, const struct yaml *node, struct condition *c);
static bool number_read(struct whole *w, const struct yaml *node, enum field_type type, int64_t *ret_number);

static const char *kind_at(const void *context, uint32_t i)
{
    (void)context;
    return i < KIND_COUNT ? kind_rows[i].name.at : NULL;
}

static const char *where_at(const void *context, uint32_t i)
{
    (void)context;
    if (i < DIM_COUNT) {
        return dimension_names[i].at;
    }
    i -= DIM_COUNT;
    return i < EVENT_FIELD_COUNT ? field_rows[i].name.at : NULL;
}

static bool kind_add(struct whole *w, const struct yaml *node, int topic, bool prefer_hr, uint64_t *kinds)
{
    const char *name;
    if (!value_text(&w->problems, node, "a kind", &name)) {
        return false;
    }
    enum event_kind kind = KIND_NONE;
    if (topic >= 0) {
        kind = kind_find(text_of(name), (enum event_topic)topic);
    } else if (prefer_hr) {
        kind = kind_find(text_of(name), TOPIC_HR);
    }
    if (kind == KIND_NONE) {
        kind = kind_find_any(text_of(name));
        if (kind != KIND_NONE && topic >= 0) {
            problem_error(&w->problems, node, "kind \"%s\" is not on topic %s but on %s", name,
                          topic_role_names[topic].at, topic_role_names[kind_rows[kind].topic].at);
            return false;
        }
    }
    if (kind == KIND_NONE) {
        problem_error(&w->problems, node, "unknown kind \"%s\"%s", name,
                      problem_hint(&w->problems, name, kind_at, NULL));
        return false;
    }
    if (*kinds >> kind & 1) {
        problem_error(&w->problems, node, "kind \"%s\" stands twice", name);
        return false;
    }
    *kinds |= UINT64_C(1) << kind;
    return true;
}

bool kinds_compile(struct whole *w, const struct yaml *kind, int topic, bool prefer_hr, uint64_t *ret_kinds)
{
    uint64_t kinds = 0;
    bool good = true;
    if (kind->type != YAML_LIST) {
        good = kind_add(w, kind, topic, prefer_hr, &kinds);
    } else if (kind->count == 0) {
        problem_error(&w->problems, kind, "name at least one kind");
        good = false;
    }
    YAML_EACH(member, kind->type == YAML_LIST ? kind : NULL)
    {
        good = kind_add(w, member, topic, prefer_hr, &kinds) && good;
    }
    *ret_kinds = kinds;
    return good;
}

bool kinds_carry(uint64_t kinds, enum event_field field, bool all)
{
    bool any = false, every = true;
    for (int i = 0; i < KIND_COUNT; i++) {
        const struct kind_fields *k = &kind_fields[i];
        bool agent = field == EVENT_AGENT && kind_rows[i].topic != TOPIC_HR;
        bool carries =
            agent || field == EVENT_SOURCE || ((k->required | k->either | k->optional) >> field & 1);
        if (kinds >> i & 1) {
            any = any || carries;
            every = every && carries;
        }
    }
    return kinds == 0 || (all ? every : any);
}

static bool numbers_reach(const struct condition *c, struct range r)
{
    if (c->op == CONDITION_RANGE) {
        return (double)c->high >= r.low * FIXED_ONE && (double)c->low <= r.high * FIXED_ONE;
    }
    bool any = false;
    for (uint32_t i = 0; i < c->count; i++) {
        any = any || ((double)c->numbers[i] >= r.low * FIXED_ONE && (double)c->numbers[i] <= r.high * FIXED_ONE);
    }
    return any;
}

/* Values that no event can have: an answer of 9 where 5 is the best. */
static void values_check(struct whole *w, const struct yaml *where, uint64_t kinds, const struct predicate *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct condition *c = &p->conditions[i];
        if (c->on_dimension || c->is_not || field_rows[c->what].type != FIELD_DECIMAL) {
            continue;
        }
        struct range r = range_of_field(kinds, p, (enum event_field)c->what);
        if (!numbers_reach(c, r)) {
            const char *name = field_rows[c->what].name.at;
            problem_error(&w->problems, yaml_get(where, name), "this never matches: \"%s\" is %s", name, range_text(w, r));
        }
    }
}

void predicate_compile(struct whole *w, const struct yaml *where, uint64_t kinds, struct predicate *ret_p)
{
    *ret_p = (struct predicate){0};
    if (!where || !value_is(&w->problems, where, YAML_MAP, "where")) {
        return;
    }
    struct condition *all = memory_alloc(&w->memory, (where->count + 1) * sizeof(*all));
    uint32_t count = 0;
    YAML_EACH(node, where)
    {
        count += condition_compile(w, node, kinds, &all[count]);
    }
    *ret_p = (struct predicate){.conditions = all, .count = count};
    values_check(w, where, kinds, ret_p);
}

static bool condition_name(struct whole *w, const struct yaml *key, struct condition *c)
{
    enum dimension d = dimension_find(text_of(key->text));
    enum event_field f = field_find(text_of(key->text));
    if (d == DIM_COUNT && f == EVENT_FIELD_NONE) {
        problem_error(&w->problems, key, "\"%s\" is neither a field nor a dimension%s", key->text,
                      problem_hint(&w->problems, key->text, where_at, NULL));
        return false;
    }
    *c = (struct condition){.on_dimension = d != DIM_COUNT, .what = d != DIM_COUNT ? (uint8_t)d : (uint8_t)f};
    return true;
}

static bool is_text(const struct condition *c)
{
    return c->on_dimension || field_rows[c->what].type == FIELD_TEXT;
}

static const char *category_at(const void *context, uint32_t i)
{
    (void)context;
    return i < CATEGORY_COUNT ? category_names[i].at : NULL;
}

/* Any text may stand for a category, but one that is nearly a name is taken for a slip. */
static void category_check(struct whole *w, const struct yaml *node, const char *text)
{
    const char *near = name_nearest(text, category_at, NULL);
    if (category_find(text_of(text)) == CATEGORY_OTHER && strcmp(text, category_at(NULL, CATEGORY_OTHER)) != 0 && near) {
        problem_warning(&w->problems, node, "\"%s\" is no category of cost: costs of such a text are attributed to nothing; did you mean \"%s\"?",
                        text, near);
    }
}

static const char *instrument_at(const void *context, uint32_t i)
{
    (void)context;
    return value_scale_at(i) ? value_scale_at(i)->instrument.at : NULL;
}

/* Likewise an instrument. */
static void instrument_check(struct whole *w, const struct yaml *node, const char *text)
{
    const char *near = name_nearest(text, instrument_at, NULL);
    if (near && strcmp(near, text) != 0) {
        problem_warning(&w->problems, node, "the scale of instrument \"%s\" is not known; did you mean \"%s\"?", text, near);
    }
}

static bool value_add(struct whole *w, const struct yaml *node, struct condition *c, struct text *texts,
                      int64_t *numbers)
{
    if (is_text(c)) {
        const char *text;
        if (!value_text(&w->problems, node, "a value of where", &text)) {
            return false;
        }
        if (!c->on_dimension && c->what == EVENT_CATEGORY) {
            category_check(w, node, text);
        } else if (!c->on_dimension && c->what == EVENT_INSTRUMENT) {
            instrument_check(w, node, text);
        }
        texts[c->count] = text_of(text);
    } else if (!number_read(w, node, field_rows[c->what].type, &numbers[c->count])) {
        return false;
    }
    for (uint32_t i = 0; i < c->count; i++) {
        if (is_text(c) ? text_equal(texts[i], texts[c->count]) : numbers[i] == numbers[c->count]) {
            problem_warning(&w->problems, node, "\"%s\" stands twice", node->text);
            return true;
        }
    }
    c->count++;
    return true;
}

/* A value or a list of values. */
static bool values_compile(struct whole *w, const struct yaml *node, struct condition *c)
{
    bool list = node->type == YAML_LIST;
    if (list && node->count == 0) {
        problem_error(&w->problems, node,
                      c->is_not ? "an empty list of values excludes nothing" : "an empty list of values never matches");
        return false;
    }
    struct text *texts = memory_alloc(&w->memory, (list ? node->count : 1) * sizeof(*texts));
    int64_t *numbers = memory_alloc(&w->memory, (list ? node->count : 1) * sizeof(*numbers));
    bool good = list || value_add(w, node, c, texts, numbers);
    YAML_EACH(member, list ? node : NULL)
    {
        good = value_add(w, member, c, texts, numbers) && good;
    }
    c->op = is_text(c) ? CONDITION_TEXT_IN : CONDITION_NUMBER_IN;
    c->texts = texts;
    c->numbers = numbers;
    return good;
}

static bool condition_compile(struct whole *w, const struct yaml *node, uint64_t kinds, struct condition *c)
{
    if (!condition_name(w, node->key, c)) {
        return false;
    }
    if (!c->on_dimension && !kinds_carry(kinds, (enum event_field)c->what, false)) {
        problem_error(&w->problems, node->key, "no event of this kind has a field \"%s\"", node->key->text);
        return false;
    }
    const struct yaml *none_of = node->type == YAML_MAP ? yaml_get(node, "not") : NULL;
    if (none_of && node->count == 1) {
        c->is_not = true;
        return values_compile(w, none_of, c);
    }
    return node->type == YAML_MAP ? range_compile(w, node, c) : values_compile(w, node, c);
}

static const char *bound_at(const void *context, uint32_t i)
{
    static const char *const names[] = {"above", "below", "min", "max", "not", NULL};
    (void)context;
    return names[i];
}

/* A strict bound is moved by one unit: micro or millisecond. */
static bool bound_read(struct whole *w, const struct yaml *node, struct condition *c)
{
    const char *key = node->key->text;
    bool strict = strcmp(key, "above") == 0 || strcmp(key, "below") == 0;
    bool lower = strcmp(key, "above") == 0 || strcmp(key, "min") == 0;
    int64_t number;
    if (strcmp(key, "not") == 0) {
        problem_error(&w->problems, node->key, "not stands alone: {not: [...]}");
        return false;
    }
    if (!lower && !strict && strcmp(key, "max") != 0) {
        problem_error(&w->problems, node->key, "unknown bound \"%s\"%s",
                      key, problem_hint(&w->problems, key, bound_at, NULL));
        return false;
    }
    if (!number_read(w, node, field_rows[c->what].type, &number)) {
        return false;
    }
    if (strict && __builtin_add_overflow(number, lower ? 1 : -1, &number)) {
        problem_error(&w->problems, node, "no value lies beyond this bound");
        return false;
    }
    if (lower) {
        c->low = number > c->low ? number : c->low;
    } else {
        c->high = number < c->high ? number : c->high;
    }
    return true;
}

static bool range_compile(struct whole *w, const struct yaml *node, struct condition *c)
{
    if (is_text(c) || field_rows[c->what].type == FIELD_BOOL) {
        problem_error(&w->problems, node, "bounds need a number, and \"%s\" is none", node->key->text);
        return false;
    }
    c->op = CONDITION_RANGE;
    c->low = INT64_MIN;
    c->high = INT64_MAX;
    bool good = node->count > 0 && value_bounds_apart(&w->problems, node);
    YAML_EACH(bound, node)
    {
        good = bound_read(w, bound, c) && good;
    }
    if (node->count == 0 || (good && c->low > c->high)) {
        problem_error(&w->problems, node, "no value of \"%s\" lies within these bounds", node->key->text);
        return false;
    }
    return good;
}

bool total_bounds_compile(struct whole *w, const struct yaml *hits, struct measure *m)
{
    struct condition c = {.what = EVENT_AMOUNT, .op = CONDITION_RANGE, .low = INT64_MIN, .high = INT64_MAX};
    bool good = value_bounds_apart(&w->problems, hits);
    uint32_t count = 0;
    YAML_EACH(bound, hits)
    {
        const char *key = bound->key->text;
        if (strcmp(key, "ledger") != 0 && strcmp(key, "where") != 0 && strcmp(key, "kind") != 0) {
            good = bound_read(w, bound, &c) && good;
            count++;
        }
    }
    if (count == 0 || (good && c.low > c.high)) {
        problem_error(&w->problems, hits, count == 0 ? "hits.ledger needs a bound: above, below, min or max"
                                                     : "no total lies within these bounds");
        return false;
    }
    m->total_low = c.low;
    m->total_high = c.high;
    m->low_open = yaml_get(hits, "above");
    m->high_closed = yaml_get(hits, "max");
    return good;
}

static bool number_read(struct whole *w, const struct yaml *node, enum field_type type, int64_t *ret_number)
{
    bool yes;
    switch (type) {
    case FIELD_DECIMAL: return value_micro_exact(&w->problems, node, "this value", ret_number);
    case FIELD_INTEGER:
        if (node->type == YAML_SCALAR && duration_parse(node->text, ret_number) == 0) {
            return true;
        }
        return value_int(&w->problems, node, "this value", INT64_MIN / 2, INT64_MAX / 2, ret_number);
    case FIELD_BOOL:
        if (!value_bool(&w->problems, node, "this value", &yes)) {
            return false;
        }
        *ret_number = yes;
        return true;
    case FIELD_TEXT: break;
    }
    return false;
}
