/* Real records of cubed's own topics, and inputs that are edits of them: a story is told once through one task of each
 * type, and what it wrote to the changelogs and to `partials` is what a fuzz input changes.
 *
 * An input is a list of edits of 12 bytes: what, which record, where (2), a number (8). So every input is nearly right, and
 * no corpus is stale when a format changes. */
#ifndef CUBE_TESTS_TASK_WORLD_H
#define CUBE_TESTS_TASK_WORLD_H

#include <stdbool.h>
#include <string.h>

#include "base/varint.h"
#include "edit_mutate.h"
#include "engine/guard.h"
#include "engine/scope_record.h"
#include "fuzz.h"
#include "task/entity_task.h"
#include "task/scope_task.h"

#define WORLD_T0 INT64_C(1760000000000)
#define WORLD_LATER (WORLD_T0 + INT64_C(10800000))
#define WORLD_EVENTS 60
#define WORLD_RECORDS 512
#define WORLD_HEADERS 8
#define VALUE_MAX 8192

/* memcpy from nothing, too. */
static void copy_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

struct world_record {
    uint8_t key[64];
    uint32_t key_len, value_len;
    bool has_value, edited;
    uint8_t *value;
    struct header headers[WORLD_HEADERS]; /* of letters: what cubed adds */
    uint32_t header_count;
};

struct world_topic {
    struct world_record records[WORLD_RECORDS];
    uint32_t count;
};

static struct config *world_config;
static struct epoch world_epoch;
static struct task_env world_env;
static struct world_topic world_topics[ROLE_COUNT];

static const char world_yaml[] =
    "version: 1\nname: f\nkafka: {bootstrap.servers: \"h:9092\"}\ntime: {out_of_order: 1s, lateness: 1h, idle_after: never}\n"
    "scopes: [region, department, [region, segment]]\npublish: {customers: all, per_commit: 5}\npack: none\n"
    "limits: {customers: 4, employees: 4, scopes: 1, ids: 30}\n"
    "privacy: {k: 3, release: 1h}\ncube: {tick: 1m, dwell: 0s, min_coverage: 0.1}\nmeasures:\n"
    "  - {name: nps, axis: X, class: kpi, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, window: 1h,\n"
    "     score: {at0: -50, at100: 50}}\n"
    "  - {name: quote, axis: none, class: kpi, aggregation: duration, from: {open: request.open, close: request.done, by: request},\n"
    "     target: 1h, window: 1d}\n"
    "  - {name: first, axis: none, class: kpi, aggregation: first_time, recontact_window: 1h, window: 1d}\n"
    "  - {name: gap, axis: none, class: kpi, aggregation: gap, window: 1d}\n"
    "  - {name: active, axis: none, class: kpi, aggregation: active, window: 1d}\n"
    "  - {name: churn, axis: none, class: kpi, aggregation: churn, window: 1d}\n"
    "  - {name: points, axis: none, class: kpi, aggregation: points, window: 1d}\n"
    "  - {name: margin, axis: V, class: kpi, aggregation: mean, from: {ledger: margin, per: customer}, window: 1d, score: {at0: 0, at100: 50}}\n"
    "  - {name: focus, axis: none, class: kpi, aggregation: concentration, from: {ledger: revenue}, window: 1d}\n"
    "  - {name: friends, axis: none, class: kpi, aggregation: growth, from: {kind: measurement, where: {cpi: friends}}, window: 1d}\n"
    "  - {name: turnover, axis: E, class: hr, aggregation: turnover, window: 1d, score: {at0: 0.3, at100: 0.02}}\n"
    "  - {name: pride, axis: E, class: hr, aggregation: top_box, from: {kind: survey, topic: hr, where: {theme: pride}},\n"
    "     window: 1d, score: {at0: 0, at100: 1}}\n"
    "  - {name: absence, axis: none, class: hr, aggregation: absence, window: 1d}\n";

static const char *const world_lines[] = {
    "\"kind\":\"purchase\",\"order\":\"o%d\",\"revenue\":12.5,\"cost\":3",
    "\"kind\":\"invoice\",\"invoice\":\"n%d\",\"amount\":40,\"due\":1760000600000",
    "\"kind\":\"contact.open\",\"case\":\"k%d\",\"direction\":\"inbound\",\"employee\":\"e1\",\"department\":\"care\"",
    "\"kind\":\"request.open\",\"request\":\"q%d\",\"request_type\":\"quote\"",
    "\"kind\":\"social.like\",\"ref\":\"p%d\",\"influence\":36",
    "\"kind\":\"cost\",\"category\":\"visits\",\"amount\":%d",
    "\"kind\":\"contact.resolve\",\"case\":\"k%d\",\"minutes\":3",
    "\"kind\":\"contract.renewal\",\"due\":176000%d00000",
    "\"kind\":\"lead.created\",\"lead\":\"l%d\",\"amount\":5",
    "\"kind\":\"value.delivered\",\"amount\":%d,\"unit\":\"EUR\"",
    "\"kind\":\"payment\",\"invoice\":\"n%d\",\"amount\":10",
    "\"kind\":\"customer.update\",\"region\":\"south\",\"segment\":\"s%d\"",
};
static const char *const world_answers[] = {
    "\"kind\":\"survey\",\"instrument\":\"nps\",\"value\":9,\"subject\":\"s%d\"",
    "\"kind\":\"measurement\",\"cpi\":\"friends\",\"value\":%d",
    "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":4,\"subject\":\"s%d\"",
    "\"kind\":\"survey\",\"instrument\":\"expectation\",\"value\":7,\"subject\":\"s%d\"",
};
static const char *const world_staff[] = {
    "\"kind\":\"hire\",\"role\":\"r%d\",\"department\":\"care\"",
    "\"kind\":\"survey\",\"theme\":\"pride\",\"scale\":5,\"value\":4,\"source\":\"s%d\"",
    "\"kind\":\"absence.start\",\"fraction\":0.5,\"source\":\"s%d\"",
    "\"kind\":\"enps\",\"value\":%d",
};

#define WORLD_BROKEN 7 /* every so manyth record is a dead letter */

/* ---- the story: of more entities, scopes and ids than are kept, and of dead letters ------------------- */

static void world_event(struct entity_task *t, uint32_t input, const char *who, int n)
{
    static int64_t next[INPUT_ROLES];
    const struct task_input *in = entity_task_input(t, input);
    const char *const *lines = in->role == ROLE_INTERACTIONS ? world_lines : in->role == ROLE_CPI ? world_answers : world_staff;
    char key[8], rest[160], value[320];
    enum record_outcome outcome;
    snprintf(key, sizeof key, "%c%d", who[0], n % 5);
    snprintf(rest, sizeof rest, lines[n / 2 % (in->role == ROLE_INTERACTIONS ? 12 : 4)], n % 9);
    int len = snprintf(value, sizeof value, "{\"v\":1,\"id\":\"i%d\",\"ts\":%lld,\"%s\":\"%s\",\"region\":\"north\",%s}", n,
                       (long long)(WORLD_T0 + n * INT64_C(40000)), who, key, rest);
    struct record r = {.role = in->role, .offset = next[in->role]++, .key = (uint8_t *)key, .key_len = strlen(key), .value = (uint8_t *)value,
                       .value_len = n % WORLD_BROKEN == WORLD_BROKEN - 1 ? 1 : (size_t)len};
    FUZZ_CHECK(entity_task_record(t, &r, TIME_NONE, &outcome) == 0);
}

static struct text world_text(struct text from)
{
    char *at = from.at ? malloc(from.len + 1) : NULL;
    FUZZ_CHECK(at || !from.at);
    copy_bytes((uint8_t *)at, (const uint8_t *)from.at, from.at ? from.len : 0);
    return (struct text){at, from.len};
}

static void world_headers_keep(struct world_record *r, const struct epoch_message *m)
{
    FUZZ_CHECK(m->header_count <= WORLD_HEADERS);
    for (r->header_count = 0; r->header_count < m->header_count; r->header_count++) {
        struct header h = epoch_header(&world_epoch, m, r->header_count);
        r->headers[r->header_count] = (struct header){world_text(h.name), world_text(h.value)};
    }
}

static void world_keep(const struct epoch_message *m)
{
    struct world_topic *t = &world_topics[m->role];
    FUZZ_CHECK(t->count < WORLD_RECORDS && m->key_len <= sizeof t->records[0].key && m->value_len <= VALUE_MAX);
    struct world_record *r = &t->records[t->count++];
    r->key_len = m->has_key ? m->key_len : 0;
    r->value_len = m->has_value ? m->value_len : 0;
    r->has_value = m->has_value;
    copy_bytes(r->key, epoch_key(&world_epoch, m), r->key_len);
    r->value = malloc(r->value_len + 1);
    FUZZ_CHECK(r->value);
    copy_bytes(r->value, epoch_value(&world_epoch, m), r->value_len);
    world_headers_keep(r, m);
}

static void world_commit(struct entity_task *t)
{
    uint32_t published;
    FUZZ_CHECK(entity_task_commit(t, 3, &published) == 0);
    for (uint32_t i = 0; i < world_epoch.message_count; i++) {
        world_keep(&world_epoch.messages[i]);
    }
    epoch_clear(&world_epoch);
}

static void world_entities(enum sender_type type)
{
    struct entity_task *t;
    FUZZ_CHECK(entity_task_create(&world_env, type, 0, &t) == 0);
    for (int n = 0; n < WORLD_EVENTS; n++) {
        for (uint32_t i = 0; i < entity_task_input_count(t); i++) {
            world_event(t, i, type == SENDER_CUSTOMERS ? "customer" : "employee", n);
        }
        if (n % 20 == 19) {
            FUZZ_CHECK(entity_task_advance(t, WORLD_T0 + n * INT64_C(40000) - 100000) == 0);
            world_commit(t);
        }
    }
    entity_task_destroy(t);
}

static struct record world_as_record(const struct world_record *r, enum topic_role role, int64_t offset)
{
    return (struct record){.role = role, .offset = offset, .key = r->key_len ? r->key : NULL, .key_len = r->key_len,
                           .value = r->has_value ? r->value : NULL, .value_len = r->has_value ? r->value_len : 0, .origin = (void *)(uintptr_t)r};
}

static void world_scopes(void)
{
    struct scope_task *t;
    uint32_t published;
    FUZZ_CHECK(scope_task_create(&world_env, 0, NULL, NULL, &t) == 0);
    for (uint32_t i = 0; i < world_topics[ROLE_PARTIALS].count; i++) {
        struct record r = world_as_record(&world_topics[ROLE_PARTIALS].records[i], ROLE_PARTIALS, i);
        FUZZ_CHECK(scope_task_record(t, &r) == 0);
    }
    FUZZ_CHECK(scope_task_advance(t, INT64_MAX) == 0);
    FUZZ_CHECK(scope_task_commit(t, 3, &published) == 0);
    for (uint32_t i = 0; i < world_epoch.message_count; i++) {
        if (world_epoch.messages[i].role != ROLE_PARTIALS) {
            world_keep(&world_epoch.messages[i]);
        }
    }
    scope_task_destroy(t);
}

/* The topic has a record of this key: something of the story's is meant to be in it. */
static bool world_has(enum topic_role role, const char *key)
{
    for (uint32_t i = 0; i < world_topics[role].count; i++) {
        const struct world_record *r = &world_topics[role].records[i];
        if (r->key_len == strlen(key) && memcmp(r->key, key, r->key_len) == 0) {
            return true;
        }
    }
    return false;
}

/* Tells the story, the first time. */
static void world_tell(void)
{
    if (world_config) {
        return;
    }
    FUZZ_CHECK(config_parse(world_yaml, strlen(world_yaml), "fuzz.yaml", NULL, stderr, &world_config) == 0);
    world_env = (struct task_env){.config = world_config, .layout = {1, 1, 1, 7}, .seed = 1, .format = FORMAT_JSON, .epoch = &world_epoch,
                                  .now_ms = TIME_NONE};
    FUZZ_CHECK(decode_scratch_create(&world_env.scratch) == 0);
    world_entities(SENDER_CUSTOMERS);
    world_entities(SENDER_EMPLOYEES);
    world_scopes();
    static const char *const keys[] = {"!dead", "!overflow", "!overflow-ids-0"};
    for (int i = 0; i < 3; i++) {
        FUZZ_CHECK(world_has(ROLE_CHANGELOG_CUSTOMERS, keys[i]) && world_has(ROLE_CHANGELOG_EMPLOYEES, keys[i]));
    }
    FUZZ_CHECK(world_has(ROLE_CHANGELOG_SCOPES, "!overflow"));
}

/* ---- edits ------------------------------------------------------------------------------------------ */

struct edit {
    uint8_t what, which;
    uint16_t where;
    uint64_t number;
};

enum edit_kind { EDIT_NUMBER, EDIT_BYTE, EDIT_CUT, EDIT_TWICE, EDIT_TAIL, EDIT_SWAP, EDIT_KEY, EDIT_NONE, EDIT_DROP, EDIT_KINDS };

/* Where the number stands that the where-th byte is part of, if the value is read as numbers. */
static uint32_t number_at(const struct world_record *r, uint32_t where)
{
    while (where > 0 && (r->value[where - 1] & 0x80)) {
        where--;
    }
    return where;
}

static void value_put(struct world_record *r, uint32_t at, uint32_t cut, const uint8_t *bytes, uint32_t n)
{
    cut = cut < r->value_len - at ? cut : r->value_len - at;
    uint8_t *value = malloc((size_t)r->value_len - cut + n + 1);
    FUZZ_CHECK(value);
    copy_bytes(value, r->value, at);
    copy_bytes(value + at, bytes, n);
    copy_bytes(value + at + n, r->value + at + cut, r->value_len - at - cut);
    if (r->edited) {
        free(r->value);
    }
    r->value = value;
    r->value_len += n - cut;
    r->edited = r->has_value = true;
}

static void number_put(struct world_record *r, uint32_t where, uint64_t number)
{
    struct buf b = {0};
    uint32_t at = number_at(r, where), end = at;
    while (end < r->value_len && (r->value[end] & 0x80)) {
        end++;
    }
    FUZZ_CHECK(put_uint(&b, number) == 0);
    value_put(r, at, end + 1 - at, b.at, (uint32_t)b.len);
    buf_close(&b);
}

static void key_put(struct world_record *r, const struct edit *e)
{
    r->key[e->where % sizeof r->key] = (uint8_t)e->number;
    r->key_len = e->number >> 8 & 1 ? (uint32_t)(e->number >> 16) % sizeof r->key : r->key_len;
}

static void edit_value(struct world_record *r, const struct world_record *other, const struct edit *e)
{
    uint8_t copy[256];
    uint32_t at = r->value_len ? e->where % r->value_len : 0, some = (uint32_t)(e->number % sizeof copy);
    uint32_t from = other->value_len ? (uint32_t)(e->number >> 8) % other->value_len : 0;
    some = some < other->value_len - from ? some : other->value_len - from;
    copy_bytes(copy, other->value + from, some);
    switch (e->what % EDIT_KINDS) {
    case EDIT_NUMBER: number_put(r, at, e->number); break;
    case EDIT_BYTE: value_put(r, at, 1, (const uint8_t *)&e->number, 1); break;
    case EDIT_CUT: value_put(r, at, some + 1, NULL, 0); break;
    case EDIT_TWICE: value_put(r, at, 0, copy, some); break;
    case EDIT_TAIL: value_put(r, at, UINT32_MAX, (const uint8_t *)&e->number, (uint32_t)(e->number % 9)); break;
    case EDIT_SWAP: value_put(r, 0, UINT32_MAX, copy, some); break;
    case EDIT_KEY: key_put(r, e); break;
    case EDIT_NONE: r->has_value = false; break;
    default: r->key_len = UINT32_MAX; /* the record is not there */
    }
}

/* The records of a topic, edited as the input says; to be closed. */
static struct world_topic *world_edit(enum topic_role role, const uint8_t *at, size_t len)
{
    static struct world_topic t;
    world_tell();
    t = world_topics[role];
    for (; len >= EDIT_BYTES && t.count; at += EDIT_BYTES, len -= EDIT_BYTES) {
        struct edit e = {.what = at[0], .which = at[1]};
        memcpy(&e.where, at + 2, sizeof e.where);
        memcpy(&e.number, at + 4, sizeof e.number);
        struct world_record *r = &t.records[e.which % t.count];
        if (r->key_len != UINT32_MAX && r->value_len < VALUE_MAX) {
            edit_value(r, &world_topics[role].records[e.number % t.count], &e);
        }
    }
    return &t;
}

static void world_close(struct world_topic *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->records[i].edited) {
            free(t->records[i].value);
        }
    }
}

static bool is_refusal(int rc)
{
    return rc == CUBE_EFORMAT || rc == CUBE_ETRUNCATED || rc == CUBE_EVERSION || rc == CUBE_ELAYOUT || rc == CUBE_ELIMIT || rc == CUBE_ERANGE;
}

/* Takes a record at once, whatever comes behind it. */
static inline int world_restore(struct scope_task *t, const struct record *r)
{
    int64_t refused;
    int rc = scope_task_restore(t, r);
    return rc ? rc : scope_task_records_read(t, &refused);
}

/* Lists by which other records number measures: they are told once. */
static inline void world_lists_tell(const struct world_topic *w, struct scope_task *t)
{
    for (uint32_t i = 0; w && i < w->count; i++) {
        const struct world_record *wr = &w->records[i];
        bool guards = wr->key_len != UINT32_MAX && wr->key_len > 1 && wr->key[0] == GUARD_KEY_MARK;
        if (wr->key_len != UINT32_MAX && wr->key_len > guards && wr->key[guards] == RECORD_LIST) {
            struct record r = world_as_record(wr, ROLE_CHANGELOG_SCOPES, i);
            int rc = world_restore(t, &r);
            FUZZ_CHECK(rc == 0 || is_refusal(rc));
        }
    }
}

/* Works off a scope task's ticks, commits, and restores another one from what that wrote, behind the lists of the changelog that the first was
 * restored from; NULL: none. False: the ticks were refused. */
static inline bool world_scope_goes_on(struct scope_task *t, const struct world_topic *w)
{
    uint32_t published;
    struct scope_task *again;
    int rc = scope_task_advance(t, WORLD_LATER);
    FUZZ_CHECK(rc == 0 || is_refusal(rc));
    if (rc) {
        return false;
    }
    epoch_clear(&world_epoch);
    FUZZ_CHECK(scope_task_commit(t, 1000, &published) == 0);
    FUZZ_CHECK(scope_task_create(&world_env, 0, NULL, NULL, &again) == 0);
    world_lists_tell(w, again);
    for (uint32_t i = 0; i < world_epoch.message_count; i++) {
        const struct epoch_message *m = &world_epoch.messages[i];
        struct record r = {.role = m->role, .offset = i, .key = epoch_key(&world_epoch, m), .key_len = m->key_len,
                           .value = m->has_value ? epoch_value(&world_epoch, m) : NULL, .value_len = m->value_len};
        FUZZ_CHECK(m->role != ROLE_CHANGELOG_SCOPES || world_restore(again, &r) == 0);
    }
    scope_task_destroy(again);
    return true;
}

#endif
