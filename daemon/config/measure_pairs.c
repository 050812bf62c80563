/* A duration: which kinds open, close and lose a promise, and the field that pairs them. */
#include "config/duration.h"
#include "config/keys.h"
#include "config/value.h"

#define TARGET_MAX_MS (3660 * DAY_MS)
#define NEEDS "aggregation \"duration\" needs from: {open: KIND, close: KIND, by: FIELD}"

static bool kinds_read(struct whole *w, const struct yaml *node, uint64_t *ret_kinds)
{
    if (!kinds_compile(w, node, -1, false, ret_kinds)) {
        return false;
    }
    for (int i = 0; i < KIND_COUNT; i++) {
        if ((*ret_kinds >> i & 1) && (kind_rows[i].topic == TOPIC_HR || i == KIND_BENCHMARK)) {
            problem_error(&w->problems, node, "promises are made to customers, and \"%s\" is no event of a customer",
                          kind_rows[i].name.at);
            return false;
        }
    }
    return true;
}

static const char *text_at(const void *context, uint32_t i)
{
    (void)context;
    for (uint32_t f = 0; f < EVENT_FIELD_COUNT; f++) {
        if (field_rows[f].type == FIELD_TEXT && i-- == 0) {
            return field_rows[f].name.at;
        }
    }
    return NULL;
}

/* The field must be in every event of the pair: each side would wait for the other for ever. */
static void by_compile(struct whole *w, const struct yaml *node, struct measure *m)
{
    const char *name;
    if (!value_text(&w->problems, node, "from.by", &name)) {
        return;
    }
    enum event_field field = field_find(text_of(name));
    if (field == EVENT_FIELD_NONE || field_rows[field].type != FIELD_TEXT) {
        problem_error(&w->problems, node, field == EVENT_FIELD_NONE ? "unknown field \"%s\"%s" : "field \"%s\" is no text%s",
                      name, field == EVENT_FIELD_NONE ? problem_hint(&w->problems, name, text_at, NULL) : "");
        return;
    }
    for (int i = 0; i < KIND_COUNT; i++) {
        if (((m->from.kinds | m->per.kinds) >> i & 1) && !kinds_carry(UINT64_C(1) << i, field, true)) {
            problem_error(&w->problems, node, "events of kind \"%s\" have no field \"%s\" to pair by", kind_rows[i].name.at, name);
            return;
        }
    }
    m->by = (uint8_t)field;
}

static void others_refuse(struct whole *w, const struct yaml *from)
{
    static const char *const others[] = {"kind", "topic", "value", "ledger", "per", "customers"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct yaml *node = yaml_get(from, others[i]);
        if (node) {
            problem_error(&w->problems, node->key, "from.%s does not go with aggregation duration: it pairs open and close",
                          others[i]);
        }
    }
}

/* One kind cannot be two parts of a pair. */
static void apart_check(struct whole *w, const struct yaml *node, uint64_t kinds, uint64_t taken)
{
    if (kinds & taken) {
        problem_error(&w->problems, node, "kind \"%s\" cannot both begin and end, or both close and lose, a pair",
                      kind_rows[__builtin_ctzll(kinds & taken)].name.at);
    }
}

void pairs_compile(struct whole *w, const struct yaml *from, struct measure *m)
{
    const struct yaml *open = yaml_get(from, "open"), *close = yaml_get(from, "close"), *lost = yaml_get(from, "lost"),
                      *by = yaml_get(from, "by");
    m->by = EVENT_REQUEST;
    others_refuse(w, from);
    if (!open || !close || !by) {
        problem_error(&w->problems, from, NEEDS);
        return;
    }
    if (open->type == YAML_LIST) {
        problem_error(&w->problems, open, "a duration is opened by one kind; write a measure for each");
        return;
    }
    uint64_t closes = 0;
    if (!kinds_read(w, open, &m->from.kinds) || !kinds_read(w, close, &closes) || (lost && !kinds_read(w, lost, &m->lost))) {
        return;
    }
    apart_check(w, close, closes, m->from.kinds);
    if (lost) {
        apart_check(w, lost, m->lost, m->from.kinds | closes);
    }
    m->per.kinds = closes | m->lost;
    m->per.term_count = 1;
    m->per.terms[0] = m->from.terms[0];
    predicate_compile(w, yaml_get(from, "where"), m->from.kinds, &m->from.where);
    by_compile(w, by, m);
}

void pairs_refuse(struct whole *w, const struct yaml *from, const char *aggregation)
{
    static const char *const keys[] = {"open", "close", "lost", "by"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct yaml *node = yaml_get(from, keys[i]);
        if (node) {
            problem_error(&w->problems, node->key, "from.%s goes with aggregation duration, not with \"%s\"", keys[i], aggregation);
        }
    }
}

void pairs_target_compile(struct whole *w, const struct yaml *node, struct measure *m)
{
    int64_t ms;
    if (node->type == YAML_SCALAR && duration_parse(node->text, &ms) != 0) {
        (void)value_int(&w->problems, node, "target, unless it is a duration like 1d,", 0, TARGET_MAX_MS, &m->target);
    } else {
        (void)value_duration(&w->problems, node, "target", 0, TARGET_MAX_MS, &m->target);
    }
}
