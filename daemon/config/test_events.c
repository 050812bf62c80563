/* The events of a test: an entry of the file stands for one event or for many, which are written out here. */
#include <stdlib.h>

#include "config/test_parts.h"
#include "config/value.h"
#include "proto/event_decode.h"
#include "proto/kind_fields.h"

static const char *kind_at(const void *context, uint32_t i)
{
    (void)context;
    return i < KIND_COUNT ? kind_rows[i].name.at : NULL;
}

/* A kind on two topics (survey) is that of customers where the event names one. */
static bool kind_read(struct test_reading *r, const struct yaml *map, enum event_kind *ret_kind)
{
    const struct yaml *node = yaml_get(map, "kind");
    const char *text;
    if (!node) {
        problem_error(&r->problems, map, "an event needs a kind");
        return false;
    }
    if (!value_text(&r->problems, node, "kind", &text)) {
        return false;
    }
    enum event_kind hr = kind_find(text_of(text), TOPIC_HR), any = kind_find_any(text_of(text));
    *ret_kind = hr != KIND_NONE && !yaml_get(map, "customer") ? hr : any;
    if (any == KIND_NONE) {
        problem_error(&r->problems, node, "unknown kind \"%s\"%s", text, problem_hint(&r->problems, text, kind_at, NULL));
    }
    return any != KIND_NONE;
}

static void times_read(struct test_reading *r, const struct yaml *map, int64_t start_ms, struct test_entry *e)
{
    const struct yaml *at = yaml_get(map, "at"), *arrives = yaml_get(map, "arrives"), *every = yaml_get(map, "every"),
                      *spread = yaml_get(map, "spread");
    int64_t arrives_ms = 0;
    e->at_ms = start_ms;
    if (!at) {
        problem_error(&r->problems, map, "an event needs at: the time since the start");
    } else {
        (void)test_instant(r, at, "at", start_ms, &e->at_ms);
    }
    if (arrives && test_instant(r, arrives, "arrives", start_ms, &arrives_ms)) {
        e->late_ms = arrives_ms - e->at_ms;
    }
    if (e->late_ms < 0) {
        problem_error(&r->problems, arrives, "an event does not arrive before it happens");
    }
    if (every) {
        (void)value_duration(&r->problems, every, "every", 0, EVENT_TS_MAX, &e->every_ms);
    }
    if (spread) {
        (void)value_duration(&r->problems, spread, "spread", 0, EVENT_TS_MAX, &e->spread_ms);
    }
    if (every && spread) {
        problem_error(&r->problems, spread->key, "there is every already: the time between two events is given once");
    }
}

static void counts_read(struct test_reading *r, const struct yaml *map, struct test_entry *e)
{
    const struct yaml *repeat = yaml_get(map, "repeat"), *seed = yaml_get(map, "seed"), *becomes = yaml_get(map, "becomes");
    e->repeat = e->seed = 1;
    if (repeat) {
        (void)value_int(&r->problems, repeat, "repeat", 1, TEST_EVENTS_MAX, &e->repeat);
    }
    if (!repeat && (yaml_get(map, "every") || yaml_get(map, "spread"))) {
        problem_error(&r->problems, map, "every and spread go with repeat");
    }
    if (seed) {
        (void)value_int(&r->problems, seed, "seed", 0, INT64_MAX / 2, &e->seed);
    }
    if (becomes) {
        (void)value_choice(&r->problems, becomes, "becomes", "applied|duplicate|late|dead_letter|ignored", &e->outcome);
    }
}

/* A field that events of this kind do not have would be passed over in silence. */
static bool fields_fit(struct test_reading *r, const struct yaml *map, enum event_kind kind)
{
    const struct kind_fields *k = &kind_fields[kind];
    bool good = true;
    YAML_EACH(value, map)
    {
        enum event_field f = field_find(text_of(value->key->text));
        bool agent = f == EVENT_AGENT || f == EVENT_SOURCE;
        if (f != EVENT_FIELD_NONE && !agent && !((k->required | k->either | k->optional) >> f & 1)) {
            problem_error(&r->problems, value->key, "events of kind \"%s\" have no field \"%s\"", kind_rows[kind].name.at, value->key->text);
            good = false;
        }
    }
    return good;
}

static bool entry_read(struct test_reading *r, const struct yaml *map, int64_t start_ms, struct test_entry *ret_e)
{
    uint32_t errors = r->problems.errors;
    struct test_entry e = {.node = map, .number = ret_e->number, .outcome = OUTCOME_APPLIED};
    if (!value_is(&r->problems, map, YAML_MAP, "an event")) {
        return false;
    }
    bool known = test_keys_known(r, "events[]", map);
    times_read(r, map, start_ms, &e);
    counts_read(r, map, &e);
    if (kind_read(r, map, &e.kind) && known) {
        (void)fields_fit(r, map, e.kind);
    }
    *ret_e = e;
    return r->problems.errors == errors;
}

static int event_compare_arrival(const void *a, const void *b)
{
    const struct test_event *x = a, *y = b;
    return x->arrives_ms != y->arrives_ms ? (x->arrives_ms > y->arrives_ms) - (x->arrives_ms < y->arrives_ms)
                                          : (x->number > y->number) - (x->number < y->number);
}

/* Reads all entries. Returns how many events they stand for, 0 when something is wrong with them. */
static int64_t entries_read(struct test_reading *r, const struct yaml *node, int64_t start_ms, struct test_entry *entries)
{
    int64_t events = 0;
    uint32_t n = 0;
    bool good = true;
    YAML_EACH(map, node)
    {
        entries[n].number = n + 1;
        good = entry_read(r, map, start_ms, &entries[n]) && good;
        events += entries[n++].repeat;
    }
    if (events > TEST_EVENTS_MAX) {
        problem_error(&r->problems, node, "more than %d events", TEST_EVENTS_MAX);
        return 0;
    }
    return good ? events : 0;
}

void test_events_compile(struct test_reading *r, const struct yaml *node, int64_t start_ms, struct test_case *ret_case)
{
    if (!node || node->type == YAML_NULL || !value_is(&r->problems, node, YAML_LIST, "events")) {
        return;
    }
    struct test_entry *entries = memory_alloc(&r->memory, (node->count + 1) * sizeof *entries);
    int64_t events = entries_read(r, node, start_ms, entries);
    struct test_event *at = memory_alloc(&r->memory, ((size_t)events + 1) * sizeof *at);
    uint32_t count = 0;
    for (uint32_t n = 0; n < node->count && events > 0; n++) {
        for (int64_t i = 1; i <= entries[n].repeat; i++) {
            if (!test_event_make(r, &entries[n], i, &at[count])) {
                break;
            }
            at[count].number = count;
            count++;
        }
    }
    qsort(at, count, sizeof *at, event_compare_arrival);
    ret_case->events = at;
    ret_case->event_count = count;
}
