/* One event of a test, written out as the JSON of its record. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "config/test_parts.h"
#include "config/value.h"
#include "event/field.h"
#include "proto/emit.h"
#include "proto/event_decode.h"

#define TEXT_MAX 4096 /* of a value with {i} */

/* One event of an entry. */
struct making {
    struct test_reading *r;
    const struct test_entry *entry;
    int64_t i, ts_ms; /* i from 1 */
    struct emit emit;
    const char *entity;
    bool good;
};

static bool is_control(const char *key)
{
    static const char *const keys[] = {"at", "arrives", "kind", "repeat", "every", "spread", "seed", "becomes", "id"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static void refuse(struct making *m, const struct yaml *node, const char *text, const char *wanted)
{
    problem_error(&m->r->problems, node, "\"%s\" must be %s, not \"%s\"", node->key ? node->key->text : "a member", wanted, text);
    m->good = false;
}

/* {i} or {i%N} at `at`: its number. Returns what stands behind it, NULL when it is neither. */
static const char *counter_read(const char *at, int64_t i, int64_t *ret_number)
{
    char *end = NULL;
    if (strncmp(at, "{i}", 3) == 0) {
        *ret_number = i;
        return at + 3;
    }
    if (strncmp(at, "{i%", 3) != 0) {
        return NULL;
    }
    long long n = strtoll(at + 3, &end, 10);
    if (n < 1 || *end != '}') {
        return NULL;
    }
    *ret_number = (i - 1) % n + 1;
    return end + 1;
}

/* Writes the text with its counters filled in. Told and empty when that is not possible. */
static const char *filled(struct making *m, const struct yaml *node, char out[TEXT_MAX])
{
    size_t len = 0;
    out[0] = 0;
    if (node->type != YAML_SCALAR) {
        refuse(m, node, yaml_type_text(node), "a value, or {random: ...}, {one_of: ...}, {cycle: ...}");
        return out;
    }
    for (const char *at = node->text; *at && len < TEXT_MAX - 32;) {
        int64_t number;
        const char *behind = *at == '{' ? counter_read(at, m->i, &number) : NULL;
        if (*at == '{' && !behind) {
            refuse(m, node, node->text, "a text with {i} or {i%N} and no other braces");
            return out;
        }
        len += behind ? (size_t)snprintf(out + len, TEXT_MAX - len, "%" PRId64, number) : 1;
        out[len - 1] = behind ? out[len - 1] : *at;
        at = behind ? behind : at + 1;
        out[len] = 0;
    }
    return out;
}

static uint64_t draw(const struct making *m, const char *field)
{
    uint64_t mixed = (uint64_t)m->entry->seed * UINT64_C(0x9E3779B97F4A7C15) + (uint64_t)m->i;
    return hash64_seed(field, strlen(field), hash64_int(mixed));
}

/* Whole ms, a duration, or a time; of `due` a duration counts from the event on. */
static bool whole_parse(const struct making *m, const char *field, const char *text, int64_t *ret_n)
{
    char *end;
    if (duration_parse(text, ret_n) == 0) {
        *ret_n += strcmp(field, field_rows[EVENT_DUE].name.at) == 0 ? m->ts_ms : 0;
        return true;
    }
    if (time_parse(text, ret_n) == 0) {
        return true;
    }
    *ret_n = strtoll(text, &end, 10);
    return *text && !*end;
}

static void put_scalar(struct making *m, const char *field, enum field_type type, const struct yaml *node)
{
    char text[TEXT_MAX];
    int64_t n = 0;
    bool yes;
    const char *written = filled(m, node, text);
    if (!m->good) {
        return;
    }
    switch (type) {
    case FIELD_TEXT:
        emit_text(&m->emit, text_of(written));
        return;
    case FIELD_DECIMAL:
        if (micro_parse(written, &n) != 0) {
            refuse(m, node, written, "a number");
        }
        emit_fixed(&m->emit, n);
        return;
    case FIELD_INTEGER:
        if (!whole_parse(m, field, written, &n)) {
            refuse(m, node, written, "a whole number, a duration or a time");
        }
        emit_int(&m->emit, n);
        return;
    case FIELD_BOOL:
        yes = strcmp(written, "true") == 0;
        if (!yes && strcmp(written, "false") != 0) {
            refuse(m, node, written, "true or false");
        }
        emit_bool(&m->emit, yes);
    }
}

/* An end of random: micro of a field of decimals, else a whole number, a duration or a time. */
static bool end_read(const struct making *m, const char *field, enum field_type type, const struct yaml *node, int64_t *ret_n)
{
    return node->type == YAML_SCALAR &&
           (type == FIELD_INTEGER ? whole_parse(m, field, node->text, ret_n) : micro_parse(node->text, ret_n) == 0);
}

static void put_random(struct making *m, const char *field, enum field_type type, const struct yaml *bounds)
{
    int64_t low, high;
    const struct yaml *from = bounds->first, *to = from ? from->next : NULL;
    bool decimal = type == FIELD_DECIMAL;
    if (!decimal && type != FIELD_INTEGER) {
        problem_error(&m->r->problems, bounds->key, "random makes numbers, and \"%s\" is no number: one_of chooses", field);
        m->good = false;
        return;
    }
    if (bounds->type != YAML_LIST || !to || to->next || !end_read(m, field, type, from, &low) || !end_read(m, field, type, to, &high) ||
        low > high) {
        problem_error(&m->r->problems, bounds, "random is [low, high], two numbers%s, the lower one first", decimal ? "" : " or durations");
        m->good = false;
        return;
    }
    int64_t step = decimal && low % FIXED_ONE == 0 && high % FIXED_ONE == 0 ? FIXED_ONE : 1;
    uint64_t span = (uint64_t)(high / step) - (uint64_t)(low / step) + 1;
    cube_i128 n = (cube_i128)(low / step + (int64_t)(span ? draw(m, field) % span : draw(m, field))) * step;
    if (decimal) {
        emit_fixed(&m->emit, n);
    } else {
        emit_int(&m->emit, (int64_t)n);
    }
}

/* A value, or one that is chosen anew for each event. */
static void put_value(struct making *m, const char *field, enum field_type type, const struct yaml *node)
{
    const struct yaml *choice = node->type == YAML_MAP ? node->first : NULL;
    const char *inside;
    if (node->type != YAML_MAP || !choice) {
        put_scalar(m, field, type, node);
        return;
    }
    if (choice->next || !test_key_find(m->r, "random", choice->key, &inside)) {
        m->good = false;
        if (choice->next) {
            problem_error(&m->r->problems, choice->next->key, "one of random, one_of and cycle, not two");
        }
        return;
    }
    if (strcmp(choice->key->text, "random") == 0) {
        put_random(m, field, type, choice);
        return;
    }
    if (choice->type != YAML_LIST || choice->count == 0) {
        problem_error(&m->r->problems, choice, "%s is a list of values", choice->key->text);
        m->good = false;
        return;
    }
    uint64_t place = strcmp(choice->key->text, "cycle") == 0 ? (uint64_t)m->i - 1 : draw(m, field);
    const struct yaml *member = choice->first;
    for (uint64_t k = place % choice->count; k > 0; k--) {
        member = member->next;
    }
    put_scalar(m, field, type, member);
}

static const char *entity_name(enum event_kind kind)
{
    return kind == KIND_BENCHMARK ? "subject" : kind_rows[kind].topic == TOPIC_HR ? "employee" : "customer";
}

static void put_member(struct making *m, const struct yaml *value)
{
    const char *name = value->key->text;
    enum event_field f = field_find(text_of(name));
    bool is_entity = strcmp(name, entity_name(m->entry->kind)) == 0;
    char text[TEXT_MAX];
    if (is_entity && value->type == YAML_MAP) {
        problem_error(&m->r->problems, value, "%s must be a text; {i%%5} in it takes five in turn", name);
        m->entity = name;
        m->good = false;
    } else if (is_entity) {
        const char *written = filled(m, value, text);
        m->entity = memory_copy(&m->r->memory, written, strlen(written));
    }
    if (!m->good) {
        return;
    }
    emit_key_text(&m->emit, text_of(name));
    put_value(m, name, f == EVENT_FIELD_NONE || is_entity ? FIELD_TEXT : field_rows[f].type, value);
}

static void put_envelope(struct making *m)
{
    const struct yaml *id = yaml_get(m->entry->node, "id");
    char text[TEXT_MAX];
    emit_key(&m->emit, "v");
    emit_int(&m->emit, 1);
    emit_key(&m->emit, "id");
    if (!id) { /* of one instant they come in the order of the file */
        snprintf(text, sizeof text, "e%06" PRIu32 "-%07" PRId64, m->entry->number, m->i);
    }
    emit_text(&m->emit, text_of(id ? filled(m, id, text) : text));
    emit_key(&m->emit, "ts");
    emit_int(&m->emit, m->ts_ms);
    emit_key(&m->emit, "kind");
    emit_text(&m->emit, kind_rows[m->entry->kind].name);
}

/* Beyond the year 9999 all is one. */
static int64_t instant_of(const struct test_entry *e, int64_t i)
{
    cube_i128 later = e->spread_ms ? (cube_i128)e->spread_ms * (i - 1) / e->repeat : (cube_i128)e->every_ms * (i - 1);
    return later + e->at_ms + e->late_ms > EVENT_TS_MAX ? EVENT_TS_MAX + 1 : e->at_ms + (int64_t)later;
}

static bool entity_given(const struct making *m)
{
    if (m->ts_ms > EVENT_TS_MAX) {
        problem_error(&m->r->problems, m->entry->node, "the events reach beyond the year 9999");
    } else if (!*m->entity) {
        problem_error(&m->r->problems, m->entry->node, "the event is nobody's: it needs %s", entity_name(m->entry->kind));
    }
    return m->ts_ms <= EVENT_TS_MAX && *m->entity;
}

bool test_event_make(struct test_reading *r, const struct test_entry *e, int64_t i, struct test_event *ret_event)
{
    static const enum topic_role roles[TOPIC_COUNT] = {ROLE_INTERACTIONS, ROLE_CPI, ROLE_HR};
    struct making m = {.r = r, .entry = e, .i = i, .ts_ms = instant_of(e, i), .entity = "", .good = true};
    buf_clear(&r->text);
    emit_begin(&m.emit, FORMAT_JSON, &r->text);
    emit_map(&m.emit);
    put_envelope(&m);
    YAML_EACH(value, e->node)
    {
        if (m.good && !is_control(value->key->text)) {
            put_member(&m, value);
        }
    }
    if (!m.good || !entity_given(&m)) {
        return false;
    }
    emit_close(&m.emit);
    if (emit_end(&m.emit) != 0) {
        longjmp(r->memory.out, 1);
    }
    *ret_event = (struct test_event){
        .place = test_place_of(e->node),
        .ts_ms = m.ts_ms,
        .arrives_ms = m.ts_ms + e->late_ms,
        .role = roles[kind_rows[e->kind].topic],
        .key = text_of(m.entity),
        .value = {memory_copy(&r->memory, (const char *)r->text.at, r->text.len), (uint32_t)r->text.len},
        .outcome = (enum record_outcome)e->outcome,
    };
    return true;
}

