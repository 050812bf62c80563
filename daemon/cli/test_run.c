/* One test: its events through the engine in virtual time, its expectations against what came out. */
#include <stdlib.h>
#include <string.h>

#include "cli/characters.h"
#include "cli/test_gather.h"

#define MISFITS_MAX 32 /* events of which is told that something else became of them */

/* Events whose outcome is not the one that was expected, one of each entry. */
struct misfits {
    const struct test_event *event[MISFITS_MAX];
    enum record_outcome became[MISFITS_MAX];
    uint32_t count;
};

/* ---- what a scope or customer said ----------------------------------------------------------------------- */

/* The last record of each alert of the scope up to an instant. */
static int alerts_add(const struct gathering *g, const struct test_expect *e, json_t *state)
{
    json_t *all = json_object(), *one;
    size_t i;
    json_array_foreach(g->alerts, i, one)
    {
        json_t *alert = json_object_get(one, "value"), *labels = json_object_get(alert, "labels");
        const char *scope = json_string_value(json_object_get(labels, "scope")), *name = json_string_value(json_object_get(labels, "alertname"));
        if (scope && name && strcmp(scope, e->key) == 0 && json_integer_value(json_object_get(one, "ts")) <= e->at_ms &&
            json_object_set(all, name, alert) != 0) {
            json_decref(all);
            return CUBE_ENOMEM;
        }
    }
    return json_object_set_new(state, "alerts", all) == 0 ? 0 : CUBE_ENOMEM;
}

static int changes_add(const struct gathering *g, const struct test_expect *e, json_t *state)
{
    json_t *all = json_array(), *one;
    size_t i;
    json_array_foreach(g->changes, i, one)
    {
        json_t *change = json_object_get(one, "value");
        const char *scope = json_string_value(json_object_get(change, "scope"));
        if (scope && strcmp(scope, e->key) == 0 && json_integer_value(json_object_get(one, "ts")) <= e->at_ms &&
            json_array_append(all, change) != 0) {
            json_decref(all);
            return CUBE_ENOMEM;
        }
    }
    return json_object_set_new(state, "changes", all) == 0 ? 0 : CUBE_ENOMEM;
}

/* Levers are asked for by measure. */
static int levers_name(json_t *state)
{
    json_t *named = json_object(), *one;
    size_t i;
    json_array_foreach(json_object_get(state, "levers"), i, one)
    {
        const char *measure = json_string_value(json_object_get(one, "measure"));
        if (measure && json_object_set(named, measure, one) != 0) {
            json_decref(named);
            return CUBE_ENOMEM;
        }
    }
    return json_object_set_new(state, "levers", named) == 0 ? 0 : CUBE_ENOMEM;
}

static void whom_text(const struct test_expect *e, char out[GATHER_KEY_MAX])
{
    characters_print(out, GATHER_KEY_MAX, "%s %s at %s", e->of_customer ? "customer" : "scope", e->key, e->at);
}

/* There is no such scope or customer: says which scopes there are. */
static int tell_missing(const struct gathering *g, const struct test_expect *e, const char *whom, struct test_outcome *o)
{
    char text[1024] = "nothing";
    const json_t *list = e->of_customer ? NULL : gathering_scopes(g, e->at_ms), *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        size_t len = strlen(text);
        characters_print(text + len, sizeof text - len, "%s%s", i == 0 ? "; there are " : ", ",
                         i == GATHER_LISTED_MAX ? "more" : json_string_value(one));
    }
    return test_outcome_add(o, e->place, whom, "exists", "true", text);
}

static int expect_compare(const struct gathering *g, const struct test_expect *e, struct test_outcome *o)
{
    char whom[GATHER_KEY_MAX];
    whom_text(e, whom);
    json_t *state = gathering_record(g, e->of_customer, e->at_ms, e->key);
    if (!state) {
        return e->exists ? tell_missing(g, e, whom, o) : 0;
    }
    if (!e->exists) {
        return test_outcome_add(o, e->place, whom, "exists", "false", "true");
    }
    state = json_copy(state);
    int rc = !state ? CUBE_ENOMEM : e->of_customer ? 0 : alerts_add(g, e, state);
    rc = rc || e->of_customer ? rc : changes_add(g, e, state);
    rc = rc || e->of_customer ? rc : levers_name(state);
    rc = rc ? rc : test_match(&e->want, state, whom, o);
    json_decref(state);
    return rc;
}

/* ---- the run -------------------------------------------------------------------------------------------- */

static bool is_same_entry(const struct test_event *a, const struct test_event *b)
{
    return a->place.line == b->place.line && a->place.column == b->place.column;
}

static void misfit_note(struct misfits *m, const struct test_event *e, enum record_outcome became)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (is_same_entry(m->event[i], e)) {
            return;
        }
    }
    if (became != e->outcome && m->count < MISFITS_MAX) {
        m->event[m->count] = e;
        m->became[m->count++] = became;
    }
}

static int events_play(struct replay *r, const struct test_case *c, struct misfits *m)
{
    for (uint32_t i = 0; i < c->event_count; i++) {
        const struct test_event *e = &c->events[i];
        enum record_outcome became;
        const struct input_record rec = {.role = e->role, .key = (const uint8_t *)e->key.at, .key_len = e->key.len,
                                         .value = (const uint8_t *)e->value.at, .value_len = e->value.len, .ts_ms = e->ts_ms};
        int rc = replay_record(r, &rec, &became);
        if (rc != 0) {
            return rc;
        }
        misfit_note(m, e, became);
    }
    return replay_finish(r, c->instants[c->instant_count - 1]);
}

static int misfits_tell(const struct misfits *m, const struct gathering *g, struct test_outcome *o)
{
    int rc = 0;
    for (uint32_t i = 0; i < m->count && rc == 0; i++) {
        const struct test_event *e = m->event[i];
        const char *why = gathering_refusal(g, e);
        char whom[128], got[640];
        characters_print(whom, sizeof whom, "event of %.64s", e->key.at);
        characters_print(got, sizeof got, "%s%s%s", record_outcome_names[m->became[i]], why ? ", " : "", why ? why : "");
        rc = test_outcome_add(o, e->place, whom, "becomes", record_outcome_names[e->outcome], got);
    }
    return rc;
}

static bool asks_for_customers(const struct test_case *c)
{
    bool asks = false;
    for (uint32_t i = 0; i < c->expect_count; i++) {
        asks = asks || c->expects[i].of_customer;
    }
    return asks;
}

static int test_play(struct gathering *g, struct misfits *m)
{
    const struct test_case *c = g->test;
    struct replay *r = NULL;
    struct replay_options options = {.partitions = c->partitions, .now_ms = INT64_MIN, .until_ms = INT64_MAX, .at_ms = c->instants,
                                     .at_count = c->instant_count, .customers = asks_for_customers(c)};
    int rc = replay_create(g->file->config, &options, gathering_take, g, &r);
    rc = rc ? rc : events_play(r, c, m);
    replay_destroy(r);
    return rc;
}

int test_run(const struct test_file *f, const struct test_case *c, struct test_outcome *o)
{
    struct gathering g = {0};
    struct misfits m = {.count = 0};
    int rc = gathering_open(&g, f, c);
    rc = rc ? rc : test_play(&g, &m);
    rc = rc ? rc : misfits_tell(&m, &g, o);
    for (uint32_t i = 0; i < c->expect_count && rc == 0; i++) {
        rc = expect_compare(&g, &c->expects[i], o);
    }
    gathering_close(&g);
    return rc;
}
