#include "sim/sim_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/value_json.h"
#include "proto/handover.h"

/* ---- outputs ---------------------------------------------------------------------------------------- */

struct row {
    const struct sim_record *r;
    uint32_t number; /* within the key */
};

static int bytes_compare(const void *a, uint32_t a_len, const void *b, uint32_t b_len)
{
    uint32_t n = a_len < b_len ? a_len : b_len;
    int c = n ? memcmp(a, b, n) : 0;
    return c ? c : a_len < b_len ? -1 : a_len > b_len;
}

static int key_compare(const struct sim_record *a, const struct sim_record *b)
{
    return bytes_compare(a->key, a->key_len, b->key, b->key_len);
}

static int row_compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = key_compare(x->r, y->r);
    return c ? c : x->number < y->number ? -1 : x->number > y->number;
}

static uint32_t rows_take(const struct sim_kafka *k, enum topic_role role, struct row **ret_rows)
{
    uint32_t n = 0, room = 0;
    struct row *rows = NULL;
    for (int32_t p = 0; p < k->counts[role]; p++) {
        struct sim_reader reader = sim_reader(k, role, p, 0);
        const struct sim_record *r;
        while ((r = sim_read(&reader))) {
            if (n == room) {
                room = room ? 2 * room : 64;
                rows = sim_sure(realloc(rows, room * sizeof *rows));
            }
            rows[n] = (struct row){r, n};
            n++;
        }
    }
    if (n > 1) {
        qsort(rows, n, sizeof *rows, row_compare);
    }
    *ret_rows = rows;
    return n;
}

/* Late records and dead letters say in them what they are and where they come from. */
static int headers_compare(const struct sim_record *a, const struct sim_record *b)
{
    int c = a->header_count < b->header_count ? -1 : a->header_count > b->header_count;
    for (uint32_t i = 0; i < a->header_count && c == 0; i++) {
        const struct header *x = &a->headers[i], *y = &b->headers[i];
        c = bytes_compare(x->name.at, x->name.len, y->name.at, y->name.len);
        c = c ? c : bytes_compare(x->value.at, x->value.len, y->value.at, y->value.len);
    }
    return c;
}

/* By key, time, value and headers. */
static int record_compare(const struct sim_record *a, const struct sim_record *b)
{
    int c = key_compare(a, b);
    if (c == 0 && a->ts_ms != b->ts_ms) {
        c = a->ts_ms < b->ts_ms ? -1 : 1;
    }
    if (c == 0 && (a->value != NULL) != (b->value != NULL)) {
        c = a->value ? 1 : -1;
    }
    c = c ? c : bytes_compare(a->value, a->value_len, b->value, b->value_len);
    return c ? c : headers_compare(a, b);
}

static int record_order(const void *a, const void *b)
{
    return record_compare(*(const struct sim_record *const *)a, *(const struct sim_record *const *)b);
}

static bool is_commit(const struct sim_record *r)
{
    return r->key_len == strlen(COMMIT_RECORD_KEY) && memcmp(r->key, COMMIT_RECORD_KEY, r->key_len) == 0;
}

const struct sim_record *sim_commit_last(const struct sim_kafka *k, enum topic_role changelog, int32_t partition)
{
    const struct sim_record *records = k->parts[changelog][partition].records;
    int64_t at = sim_stable_offset(k, changelog, partition);
    while (at > 0 && (records[at - 1].is_hidden || !is_commit(&records[at - 1]))) {
        at--;
    }
    return at > 0 ? &records[at - 1] : NULL;
}

static void outcomes_of(const struct sim_record *r, int32_t partition, struct sim_outputs *o)
{
    struct commit_record c = {0};
    sim_check(commit_record_decode(r->value, r->value_len, &c) == 0, "a commit record is one");
    for (uint32_t i = 0; i < c.input_count; i++) {
        struct sim_outcomes *to = &o->outcomes[o->outcome_count++];
        *to = (struct sim_outcomes){.input = c.inputs[i].topic, .partition = partition};
        memcpy(to->counts, c.inputs[i].counts, sizeof to->counts);
    }
    commit_record_close(&c);
}

static void outcomes_take(const struct sim_kafka *k, struct sim_outputs *ret_o)
{
    static const enum topic_role roles[] = {ROLE_CHANGELOG_CUSTOMERS, ROLE_CHANGELOG_EMPLOYEES};
    ret_o->outcome_count = 0;
    for (int i = 0; i < 2; i++) {
        for (int32_t p = 0; p < k->counts[roles[i]]; p++) {
            const struct sim_record *last = sim_commit_last(k, roles[i], p);
            sim_check(last != NULL, "there is a commit record");
            outcomes_of(last, p, ret_o);
        }
    }
}

/* Late and dead records are told apart by their bytes, not by their order: partitions of their topics mix those
 * of several inputs. */
static void output_take(const struct sim_kafka *k, enum topic_role role, struct sim_output *ret_o)
{
    bool last_only = role == ROLE_STATE || role == ROLE_CUSTOMERS;
    struct row *rows;
    uint32_t n = rows_take(k, role, &rows), kept = 0;
    const struct sim_record **records = sim_sure(malloc((n + 1) * sizeof *records));
    for (uint32_t i = 0; i < n; i++) {
        if (!last_only || i + 1 == n || key_compare(rows[i].r, rows[i + 1].r) != 0) {
            records[kept++] = rows[i].r;
        }
    }
    if (kept > 1 && (role == ROLE_LATE || role == ROLE_DEAD_LETTERS)) {
        qsort(records, kept, sizeof *records, record_order);
    }
    *ret_o = (struct sim_output){records, kept};
    free(rows);
}

void sim_outputs_take(const struct sim_kafka *k, struct sim_outputs *ret_o)
{
    outcomes_take(k, ret_o);
    for (int o = 0; o < OUTPUTS; o++) {
        output_take(k, (enum topic_role)(ROLE_STATE + o), &ret_o->topics[o]);
    }
}

void sim_outputs_close(struct sim_outputs *o)
{
    for (int i = 0; i < OUTPUTS; i++) {
        free(o->topics[i].records);
    }
}

/* Tells of a record that differs: its key, its time, its value as JSON, what its headers say. */
static void record_tell(const char *what, const struct sim_record *r)
{
    json_t *j = r && r->value ? value_json(r->value, r->value_len) : NULL;
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    if (!r) {
        printf("%s (nothing)\n", what);
    } else {
        struct text value = text ? text_of(text) : r->value ? (struct text){(const char *)r->value, r->value_len} : TEXT_LITERAL("(tombstone)");
        printf("%s %.*s %lld %.*s", what, (int)r->key_len, r->key ? (const char *)r->key : "", (long long)r->ts_ms, (int)value.len, value.at);
        for (uint32_t i = 0; i < r->header_count; i++) {
            printf("%s%.*s", i ? "; " : " (", (int)r->headers[i].value.len, r->headers[i].value.at);
        }
        puts(r->header_count ? ")" : "");
    }
    free(text);
    json_decref(j);
}

static void output_equal(const char *name, const struct sim_output *g, const struct sim_output *e)
{
    for (uint32_t k = 0; k < g->count || k < e->count; k++) {
        const struct sim_record *is = k < g->count ? g->records[k] : NULL, *be = k < e->count ? e->records[k] : NULL;
        if (!is || !be || record_compare(is, be) != 0) {
            record_tell("  got ", is);
            record_tell("  want", be);
            sim_fail("%s, record %u", name, k);
        }
    }
}

static void outcomes_equal(const struct sim_outputs *got, const struct sim_outputs *want)
{
    sim_check(got->outcome_count == want->outcome_count, "as many inputs were read");
    for (uint32_t i = 0; i < want->outcome_count; i++) {
        const struct sim_outcomes *g = &got->outcomes[i], *e = &want->outcomes[i];
        sim_check(g->input == e->input && g->partition == e->partition, "the same inputs were read");
        for (int o = 0; o < OUTCOME_COUNT; o++) {
            if (g->counts[o] != e->counts[o]) {
                sim_fail("input %u, partition %d: %llu %s, not %llu", g->input, (int)g->partition, (unsigned long long)g->counts[o],
                         record_outcome_names[o], (unsigned long long)e->counts[o]);
            }
        }
    }
}

void sim_outputs_equal(const struct sim_outputs *got, const struct sim_outputs *want)
{
    static const char *const names[OUTPUTS] = {"state", "changes", "alerts", "customers", "late", "dead letters"};
    for (int i = 0; i < OUTPUTS; i++) {
        output_equal(names[i], &got->topics[i], &want->topics[i]);
    }
    outcomes_equal(got, want);
}

/* ---- invariants ------------------------------------------------------------------------------------- */

/* Every record ends in one outcome: those of an input add up to the offsets read. */
static void outcomes_add_up(const struct commit_record *c)
{
    for (uint32_t i = 0; i < c->input_count && c->inputs[i].topic < TOPIC_COUNT; i++) {
        uint64_t sum = 0;
        for (int o = 0; o < OUTCOME_COUNT; o++) {
            sum += c->inputs[i].counts[o];
        }
        sim_check(sum == (uint64_t)c->inputs[i].next, "outcomes add up to what was read");
    }
}

static void record_joins(const struct commit_record *before, const struct commit_record *c)
{
    sim_check(c->seq == before->seq + 1, "commit records count up by one"); /* of those that compaction left only the first may stand alone */
    sim_check(c->lineage && c->lineage == before->lineage, "a task keeps its lineage");
    sim_check(c->watermark_ms >= before->watermark_ms, "a watermark does not fall");
    for (uint32_t i = 0; i < c->input_count; i++) {
        sim_check(c->inputs[i].first == before->inputs[i].next, "ranges of commits join");
    }
}

static void commits_join(struct sim_world *w, enum topic_role role, int32_t partition)
{
    struct commit_record two[2] = {0}, *before = &two[0], *c = &two[1];
    const struct sim_record *r;
    int64_t *joined = &w->joined[role - ROLE_CHANGELOG_CUSTOMERS][partition];
    struct sim_reader reader = sim_reader(&w->kafka, role, partition, *joined);
    bool some = false;
    while ((r = sim_read(&reader))) {
        if (!is_commit(r)) {
            continue;
        }
        sim_check(commit_record_decode(r->value, r->value_len, c) == 0, "a commit record is one");
        outcomes_add_up(c);
        if (some) {
            record_joins(before, c);
            commit_record_close(before);
        }
        struct commit_record *other = before;
        before = c;
        c = other;
        *joined = r->offset;
        some = true;
    }
    commit_record_close(before);
}

struct sequence {
    bool some;
    uint64_t seq;
};

static void bundles_join(struct sim_world *w, int32_t partition)
{
    struct sequence senders[SENDER_TYPE_COUNT][SIM_PARTITIONS] = {0};
    struct sim_reader records = sim_reader(&w->kafka, ROLE_PARTIALS, partition, 0);
    const struct sim_record *r;
    while ((r = sim_read(&records))) {
        struct bundle_reader reader;
        struct bundle_head h;
        if (handover_is(r->value, r->value_len)) {
            continue;
        }
        sim_check(bundle_open(&reader, &w->config->model, r->value, r->value_len, &h) == 0, "a bundle is one");
        struct sequence *s = &senders[h.sender][h.task];
        sim_check(h.seq == (s->some ? s->seq + 1 : 1), "bundles of a sender count up by one");
        *s = (struct sequence){true, h.seq};
    }
}

#define NAME_MAX_BYTES 16

/* The text behind "name":" in a JSON value. */
static struct text json_field(const struct sim_record *r, const char *name)
{
    char quoted[NAME_MAX_BYTES + sizeof "\"\":\""] = "\"";
    const char *end = stpcpy(stpcpy(quoted + 1, name), "\":\""), *from = memmem(r->value, r->value_len, quoted, (size_t)(end - quoted));
    sim_check(from != NULL, "the value has the field");
    from += end - quoted;
    return (struct text){from, (uint32_t)((const char *)memchr(from, '"', (size_t)((const char *)r->value + r->value_len - from)) - from)};
}

/* The short text behind the name in a MessagePack value. */
static struct text msgpack_field(const struct sim_record *r, const char *name)
{
    char key[1 + NAME_MAX_BYTES] = {(char)(0xa0 | strlen(name))};
    memcpy(key + 1, name, strlen(name));
    const uint8_t *from = memmem(r->value, r->value_len, key, 1 + strlen(name));
    sim_check(from != NULL && (from[1 + strlen(name)] & 0xe0) == 0xa0, "the value has the field");
    from += 1 + strlen(name);
    return (struct text){(const char *)from + 1, *from & 0x1f};
}

static struct text field_of(const struct sim_record *r, const char *name)
{
    return r->value[0] == '{' ? json_field(r, name) : msgpack_field(r, name);
}

static void changes_join(struct sim_world *w)
{
    struct row *rows;
    uint32_t n = rows_take(&w->kafka, ROLE_CHANGES, &rows);
    for (uint32_t i = 1; i < n; i++) {
        if (key_compare(rows[i - 1].r, rows[i].r) == 0) {
            sim_check(text_equal(field_of(rows[i].r, "from"), field_of(rows[i - 1].r, "to")), "a change begins where the last one ended");
        }
    }
    free(rows);
}

static void alerts_alternate(struct sim_world *w)
{
    struct row *rows;
    uint32_t n = rows_take(&w->kafka, ROLE_ALERTS, &rows);
    for (uint32_t i = 0; i < n; i++) {
        bool firing = text_equal(field_of(rows[i].r, "status"), text_of("firing"));
        bool first = i == 0 || key_compare(rows[i - 1].r, rows[i].r) != 0;
        bool before = !first && text_equal(field_of(rows[i - 1].r, "status"), text_of("firing"));
        sim_check(firing != before, "firing and resolved alternate");
    }
    free(rows);
}

void sim_invariants_hold(struct sim_world *w)
{
    for (int32_t p = 0; p < w->kafka.counts[ROLE_PARTIALS]; p++) {
        commits_join(w, ROLE_CHANGELOG_CUSTOMERS, p);
        commits_join(w, ROLE_CHANGELOG_SCOPES, p);
        bundles_join(w, p);
    }
    commits_join(w, ROLE_CHANGELOG_EMPLOYEES, 0);
    changes_join(w);
    alerts_alternate(w);
}
