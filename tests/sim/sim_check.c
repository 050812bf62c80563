#include "sim/sim_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "proto/commit_record.h"
#include "proto/handover.h"

#define OUTCOMES_LINE_MAX 160

/* ---- outputs ---------------------------------------------------------------------------------------- */

struct row {
    const struct sim_record *r;
    uint32_t number; /* within the key */
};

static int key_compare(const struct sim_record *a, const struct sim_record *b)
{
    uint32_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
    int c = memcmp(a->key, b->key, n);
    return c ? c : a->key_len < b->key_len ? -1 : a->key_len > b->key_len;
}

static int row_compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = key_compare(x->r, y->r);
    return c ? c : x->number < y->number ? -1 : x->number > y->number;
}

static uint32_t rows_take(struct sim_kafka *k, enum topic_role role, struct row **ret_rows)
{
    uint32_t n = 0, room = 0;
    struct row *rows = NULL;
    for (int32_t p = 0; p < k->counts[role]; p++) {
        const struct sim_record *r;
        int64_t at = 0;
        while ((r = sim_read(k, role, p, &at))) {
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

/* Late and dead records are told apart by their bytes, not by their order: partitions of their topics mix those
 * of several inputs. */
static char *line_of(struct sim_kafka *k, const struct row *row)
{
    const struct sim_record *r = row->r;
    struct text value = r->value ? (struct text){(const char *)r->value, (uint32_t)r->value_len} : TEXT_LITERAL("(tombstone)");
    char *line = sim_alloc(k, r->key_len + value.len + DIGITS_MAX + sizeof "  "), *at = line;
    at = r->key ? mempcpy(at, r->key, r->key_len) : at;
    *at++ = ' ';
    at += digits_write((uint64_t)r->ts_ms, at);
    *at++ = ' ';
    at = mempcpy(at, value.at, value.len);
    *at = 0;
    return line;
}

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_commit(const struct sim_record *r)
{
    return r->key_len == strlen(COMMIT_RECORD_KEY) && memcmp(r->key, COMMIT_RECORD_KEY, r->key_len) == 0;
}

const struct sim_record *sim_commit_last(const struct sim_kafka *k, enum topic_role changelog, int32_t partition)
{
    const struct sim_record *r, *last = NULL;
    int64_t at = 0;
    while ((r = sim_read(k, changelog, partition, &at))) {
        last = is_commit(r) ? r : last;
    }
    return last;
}

static void outcomes_line(struct sim_kafka *k, const struct sim_record *r, int32_t partition, struct sim_output *o)
{
    struct commit_record c = {0};
    sim_check(commit_record_decode(r->value, r->value_len, &c) == 0, "a commit record is one");
    for (uint32_t i = 0; i < c.input_count; i++) {
        const uint64_t *n = c.inputs[i].counts;
        char *line = sim_alloc(k, OUTCOMES_LINE_MAX);
        snprintf(line, OUTCOMES_LINE_MAX, "input %u, partition %d: %llu, %llu, %llu, %llu, %llu", c.inputs[i].topic, (int)partition,
                 (unsigned long long)n[0], (unsigned long long)n[1], (unsigned long long)n[2], (unsigned long long)n[3], (unsigned long long)n[4]);
        o->lines[o->count++] = line;
    }
    commit_record_close(&c);
}

static void outcomes_take(struct sim_kafka *k, struct sim_output *ret_o)
{
    static const enum topic_role roles[] = {ROLE_CHANGELOG_CUSTOMERS, ROLE_CHANGELOG_EMPLOYEES};
    *ret_o = (struct sim_output){sim_sure(malloc(2 * COMMIT_INPUTS_MAX * SIM_PARTITIONS * sizeof *ret_o->lines)), 0};
    for (int i = 0; i < 2; i++) {
        for (int32_t p = 0; p < k->counts[roles[i]]; p++) {
            const struct sim_record *last = sim_commit_last(k, roles[i], p);
            sim_check(last != NULL, "there is a commit record");
            outcomes_line(k, last, p, ret_o);
        }
    }
}

void sim_outputs_take(struct sim_kafka *k, struct sim_outputs *ret_o)
{
    outcomes_take(k, &ret_o->topics[OUTPUTS - 1]);
    for (int o = 0; o < OUTPUTS - 1; o++) {
        enum topic_role role = (enum topic_role)(ROLE_STATE + o);
        bool last_only = role == ROLE_STATE || role == ROLE_CUSTOMERS;
        struct row *rows;
        uint32_t n = rows_take(k, role, &rows), kept = 0;
        const char **lines = sim_sure(malloc((n + 1) * sizeof *lines));
        for (uint32_t i = 0; i < n; i++) {
            if (!last_only || i + 1 == n || key_compare(rows[i].r, rows[i + 1].r) != 0) {
                lines[kept++] = line_of(k, &rows[i]);
            }
        }
        if (role == ROLE_LATE || role == ROLE_DEAD_LETTERS) {
            qsort(lines, kept, sizeof *lines, line_compare);
        }
        ret_o->topics[o] = (struct sim_output){lines, kept};
        free(rows);
    }
}

void sim_outputs_close(struct sim_outputs *o)
{
    for (int i = 0; i < OUTPUTS; i++) {
        free(o->topics[i].lines);
    }
}

void sim_outputs_equal(const struct sim_outputs *got, const struct sim_outputs *want)
{
    static const char *const names[OUTPUTS] = {"state", "changes", "alerts", "customers", "late", "dead letters", "outcomes"};
    for (int i = 0; i < OUTPUTS; i++) {
        const struct sim_output *g = &got->topics[i], *e = &want->topics[i];
        for (uint32_t k = 0; k < g->count || k < e->count; k++) {
            const char *is = k < g->count ? g->lines[k] : "(nothing)", *be = k < e->count ? e->lines[k] : "(nothing)";
            if (strcmp(is, be) != 0) {
                sim_fail("%s, record %u:\n  got  %s\n  want %s", names[i], k, is, be);
            }
        }
    }
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

static void commits_join(struct sim_world *w, enum topic_role role, int32_t partition)
{
    struct commit_record before = {0};
    const struct sim_record *r;
    int64_t at = 0;
    bool some = false;
    while ((r = sim_read(&w->kafka, role, partition, &at))) {
        struct commit_record c = {0};
        if (!is_commit(r)) {
            continue;
        }
        sim_check(commit_record_decode(r->value, r->value_len, &c) == 0, "a commit record is one");
        if (some) {
            sim_check(c.seq > before.seq, "commit records count up");
            sim_check(c.lineage && c.lineage == before.lineage, "a task keeps its lineage");
            sim_check(c.watermark_ms >= before.watermark_ms, "a watermark does not fall");
            for (uint32_t i = 0; i < c.input_count; i++) {
                sim_check(c.seq > before.seq + 1 || c.inputs[i].first == before.inputs[i].next, "ranges of commits join");
            }
        }
        outcomes_add_up(&c);
        commit_record_close(&before);
        before = c;
        some = true;
    }
    commit_record_close(&before);
}

struct sequence {
    bool some;
    uint64_t seq;
};

static void bundles_join(struct sim_world *w, int32_t partition)
{
    struct sequence senders[SENDER_TYPE_COUNT][SIM_PARTITIONS] = {0};
    const struct sim_record *r;
    int64_t at = 0;
    while ((r = sim_read(&w->kafka, ROLE_PARTIALS, partition, &at))) {
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

/* The text behind "name":" in a JSON value. */
static struct text field_of(const struct sim_record *r, const char *name)
{
    char quoted[32];
    int n = snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    const char *from = strstr((const char *)r->value, quoted);
    sim_check(from != NULL, "the value has the field");
    from += n;
    return (struct text){from, (uint32_t)(strchr(from, '"') - from)};
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
