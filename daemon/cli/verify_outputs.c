#include "cli/verify_outputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/value_json.h"
#include "cli/verify_form.h"
#include "cube/cube_plan.h"

int verify_outputs_init(struct verify_outputs *v, const struct verify_world *w, struct verify_report *report)
{
    *v = (struct verify_outputs){.world = w, .report = report};
    for (int i = 0; i < VERIFY_TABLE_COUNT; i++) {
        if (intern_create(VERIFY_KEYS_MAX, 0, &v->tables[i].keys)) {
            verify_outputs_close(v);
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

void verify_outputs_close(struct verify_outputs *v)
{
    for (int i = 0; i < VERIFY_TABLE_COUNT; i++) {
        struct verify_keys *t = &v->tables[i];
        for (uint32_t k = 0; t->keys && k < intern_count(t->keys); k++) {
            json_decref(t->at[k].kept);
        }
        intern_destroy(t->keys);
        free(t->at);
        *t = (struct verify_keys){0};
    }
}

static int key_get(struct verify_keys *t, struct text key, struct verify_output **ret_o)
{
    if (intern_count(t->keys) == t->capacity) {
        uint32_t n = t->capacity ? 2 * t->capacity : 64;
        struct verify_output *grown = realloc(t->at, n * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        memset(grown + t->capacity, 0, (n - t->capacity) * sizeof *grown);
        t->at = grown;
        t->capacity = n;
    }
    uint32_t id;
    int rc = intern_add(t->keys, key, &id);
    if (!rc) {
        *ret_o = &t->at[id];
    }
    return rc;
}

const struct verify_output *verify_outputs_find(const struct verify_outputs *v, enum verify_table t, struct text key)
{
    uint32_t id = intern_find(v->tables[t].keys, key);
    return id == INTERN_NONE ? NULL : &v->tables[t].at[id];
}

/* ---- one record against the last of its key ---------------------------------------------------------- */

static int64_t whole_at(const json_t *j, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(j, name));
}

static struct text text_at(const json_t *j, const char *name)
{
    return text_of(json_string_value(json_object_get(j, name)));
}

/* 1 + the number of an octant; 0 none. */
static uint8_t octant_at(const json_t *j, const char *name)
{
    struct text t = text_at(j, name);
    for (int i = 0; t.at && i < OCTANT_COUNT; i++) {
        if (text_equal(t, octant_names[i])) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}

static const char *octant_text(uint8_t octant)
{
    return octant ? octant_names[octant - 1].at : "none";
}

static void rises(struct verify_outputs *v, enum verify_invariant i, const struct record *r, const char *what, int64_t before, int64_t now)
{
    struct verify_place at = verify_place_of(r);
    if (now < before) {
        verify_fell(v->report, i, &at, what, before, now);
    }
}

static void state_take(struct verify_outputs *v, const struct record *r, json_t *j, struct verify_output *o)
{
    int64_t as_of_ms = whole_at(j, "as_of"), revision = whole_at(j, "revision");
    v->report->checked[VERIFY_STATES]++;
    if (o->some) {
        rises(v, VERIFY_STATES, r, "as_of", o->as_of_ms, as_of_ms);
        rises(v, VERIFY_STATES, r, "revision", o->revision, revision);
    }
    o->as_of_ms = as_of_ms;
    o->revision = revision;
    o->octant = octant_at(j, "octant");
    struct text key = {(const char *)r->key, (uint32_t)r->key_len};
    if (v->done_ms && as_of_ms <= v->done_ms[scope_task_of(key, (uint32_t)v->world->layout.scopes)]) {
        json_decref(o->kept);
        o->kept = json_incref(j);
    }
}

static void change_take(struct verify_outputs *v, const struct record *r, json_t *j, struct verify_output *o)
{
    struct verify_place at = verify_place_of(r);
    int64_t at_ms = whole_at(j, "at"), revision = whole_at(j, "revision");
    uint8_t from = octant_at(j, "from"), to = octant_at(j, "to");
    const struct verify_output *state = verify_outputs_find(v, VERIFY_TABLE_STATES, at.key);
    v->report->checked[VERIFY_CHANGES]++;
    if (o->some && from != o->octant) {
        char expected[VERIFY_TEXT_MAX];
        snprintf(expected, sizeof expected, "from %s, where the change at offset %" PRId64 " led", octant_text(o->octant), o->offset);
        verify_violated(v->report, VERIFY_CHANGES, &at, expected, octant_text(from));
    }
    if (o->some) {
        rises(v, VERIFY_CHANGES, r, "at", o->as_of_ms + 1, at_ms);
        rises(v, VERIFY_CHANGES, r, "revision", o->revision, revision);
    }
    o->as_of_ms = at_ms;
    o->revision = revision;
    o->octant = to;
    if (state && at_ms <= state->as_of_ms) {
        o->octant_at_state = to;
    }
}

static void alert_take(struct verify_outputs *v, const struct record *r, json_t *j, struct verify_output *o)
{
    struct verify_place at = verify_place_of(r);
    bool firing = text_equal(text_at(j, "status"), TEXT_LITERAL("firing"));
    v->report->checked[VERIFY_ALERTS]++;
    if (o->some && firing == o->firing) {
        char expected[VERIFY_TEXT_MAX];
        snprintf(expected, sizeof expected, "%s after offset %" PRId64, firing ? "resolved" : "firing", o->offset);
        verify_violated(v->report, VERIFY_ALERTS, &at, expected, firing ? "firing" : "resolved");
    }
    o->firing = firing;
}

/* ---- records ---------------------------------------------------------------------------------------- */

static const struct output_case {
    enum topic_role role;
    enum output_map map;
    const char *key; /* the member that is the record's key */
    void (*step)(struct verify_outputs *v, const struct record *r, json_t *j, struct verify_output *o);
} cases[VERIFY_TABLE_COUNT] = {
    [VERIFY_TABLE_STATES] = {ROLE_STATE, OUTPUT_MAP_STATE, "scope", state_take},
    [VERIFY_TABLE_CHANGES] = {ROLE_CHANGES, OUTPUT_MAP_CHANGE, "scope", change_take},
    [VERIFY_TABLE_ALERTS] = {ROLE_ALERTS, OUTPUT_MAP_ALERT, "fingerprint", alert_take},
    [VERIFY_TABLE_CUSTOMERS] = {ROLE_CUSTOMERS, OUTPUT_MAP_CUSTOMER, "customer", NULL},
};

/* Another group may write to the same topics: what it says of itself is its own. */
static bool is_foreign(const struct verify_outputs *v, const struct record *r)
{
    struct header h[RECORD_HEADERS_MAX];
    uint32_t n = v->world->headers ? v->world->headers(r, h) : 0;
    for (uint32_t i = 0; i < n; i++) {
        if (text_equal(h[i].name, TEXT_LITERAL("ce_source"))) {
            struct text name = text_of(v->world->config->name);
            return h[i].value.len != 7 + name.len || memcmp(h[i].value.at + 7, name.at, name.len) != 0; /* "/cubed/NAME" */
        }
    }
    return false;
}

static int value_take(struct verify_outputs *v, const struct record *r, enum verify_table t, json_t *j)
{
    const struct output_case *c = &cases[t];
    struct verify_place at = verify_place_of(r);
    struct verify_output *o;
    char why[VERIFY_FORM_TEXT_MAX];
    if (!j || !verify_form_holds(j, c->map, why)) {
        verify_violated(v->report, VERIFY_RECORDS, &at, "a value of its schema", j ? why : "bytes that are no value");
        return 0;
    }
    if (!text_equal(text_at(j, c->key), at.key)) {
        verify_violated(v->report, VERIFY_RECORDS, &at, "the key that the value names", "another");
        return 0;
    }
    if (!c->step) {
        return 0; /* nothing is remembered of it */
    }
    int rc = key_get(&v->tables[t], at.key, &o);
    if (!rc) {
        c->step(v, r, j, o);
        o->some = true;
        o->offset = r->offset;
        o->partition = r->partition;
    }
    return rc;
}

int verify_outputs_record(struct verify_outputs *v, const struct record *r)
{
    enum verify_table t = VERIFY_TABLE_STATES;
    while (cases[t].role != r->role) {
        t++;
    }
    if (is_foreign(v, r)) {
        v->report->foreign++;
        return 0;
    }
    if (!r->value && r->role == ROLE_CUSTOMERS) {
        return 0; /* the tombstone of one that was erased */
    }
    json_t *j = r->value ? value_json(r->value, r->value_len) : NULL;
    int rc = value_take(v, r, t, j);
    json_decref(j);
    return rc;
}

void verify_outputs_end(struct verify_outputs *v)
{
    struct verify_keys *changes = &v->tables[VERIFY_TABLE_CHANGES];
    for (uint32_t i = 0; i < intern_count(changes->keys); i++) {
        const struct verify_output *change = &changes->at[i];
        const struct verify_output *state = verify_outputs_find(v, VERIFY_TABLE_STATES, intern_text(changes->keys, i));
        if (!state || !state->octant || !change->octant_at_state || state->octant == change->octant_at_state) {
            continue;
        }
        struct verify_place at = {ROLE_STATE, state->partition, state->offset, intern_text(changes->keys, i)};
        char expected[VERIFY_TEXT_MAX];
        snprintf(expected, sizeof expected, "%s, where the last change led", octant_text(change->octant_at_state));
        verify_violated(v->report, VERIFY_CHANGES, &at, expected, octant_text(state->octant));
    }
}
