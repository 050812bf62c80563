#include "cli/verify_commits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t chain_of(enum topic_role changelog)
{
    return (uint32_t)(changelog - ROLE_CHANGELOG_CUSTOMERS);
}

int verify_commits_init(struct verify_commits *v, const struct verify_world *w, struct verify_report *report)
{
    *v = (struct verify_commits){.world = w, .report = report};
    for (uint32_t i = 0; i < 3; i++) {
        v->chains[i] = calloc((size_t)w->counts[ROLE_CHANGELOG_CUSTOMERS + i] + 1, sizeof *v->chains[i]);
        if (!v->chains[i]) {
            verify_commits_close(v);
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

void verify_commits_close(struct verify_commits *v)
{
    for (uint32_t i = 0; i < 3; i++) {
        for (int32_t p = 0; v->chains[i] && p < v->world->counts[ROLE_CHANGELOG_CUSTOMERS + i]; p++) {
            commit_record_close(&v->chains[i][p].last);
        }
        free(v->chains[i]);
        v->chains[i] = NULL;
    }
    free(v->ranges);
    v->ranges = NULL;
}

bool verify_is_commit(const struct record *r)
{
    return r->key && r->key_len == strlen(COMMIT_RECORD_KEY) && memcmp(r->key, COMMIT_RECORD_KEY, r->key_len) == 0;
}

/* ---- one record against the last -------------------------------------------------------------------- */

static uint64_t outcomes_of(const struct commit_input *in)
{
    return in->counts[0] + in->counts[1] + in->counts[2] + in->counts[3] + in->counts[4];
}

/* A range whose outcomes are as many as its offsets needs no further look. */
static int range_keep(struct verify_commits *v, const struct record *r, const struct commit_input *in, int64_t first, uint64_t outcomes)
{
    if (v->range_count == VERIFY_RANGES_MAX) {
        v->report->unchecked[VERIFY_OUTCOMES]++;
        return 0;
    }
    if (v->range_count == v->range_capacity) {
        uint32_t n = v->range_capacity ? 2 * v->range_capacity : 64;
        struct verify_range *grown = realloc(v->ranges, n * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        v->ranges = grown;
        v->range_capacity = n;
    }
    v->ranges[v->range_count++] = (struct verify_range){(enum topic_role)in->topic, r->partition, first, in->next, outcomes, 0,
                                                        r->role, r->offset};
    return 0;
}

/* before: the outcomes up to first. */
static int outcomes_check(struct verify_commits *v, const struct record *r, const struct commit_input *in, int64_t first, uint64_t before)
{
    struct verify_place at = verify_place_of(r);
    uint64_t now = outcomes_of(in);
    int64_t offsets = in->next - first;
    v->report->checked[VERIFY_OUTCOMES]++;
    if (now < before || offsets < 0 || now - before > (uint64_t)offsets) {
        char expected[VERIFY_TEXT_MAX], found[VERIFY_TEXT_MAX];
        snprintf(expected, sizeof expected, "at most %" PRId64 " outcomes of %s[%d] from offset %" PRId64 " to %" PRId64, offsets,
                 v->world->config->topics[in->topic], (int)r->partition, first, in->next);
        snprintf(found, sizeof found, "%" PRId64, (int64_t)(now - before));
        verify_violated(v->report, VERIFY_OUTCOMES, &at, expected, found);
        return 0;
    }
    return now - before < (uint64_t)offsets ? range_keep(v, r, in, first, now - before) : 0;
}

static void fell(struct verify_commits *v, const struct record *r, const char *what, int64_t before, int64_t now)
{
    struct verify_place at = verify_place_of(r);
    v->report->checked[VERIFY_WATERMARKS]++;
    if (now < before) {
        verify_fell(v->report, VERIFY_WATERMARKS, &at, what, before, now);
    }
}

static void input_step(struct verify_commits *v, const struct record *r, const struct commit_input *was, const struct commit_input *is)
{
    struct verify_place at = verify_place_of(r);
    char what[VERIFY_TEXT_MAX];
    v->report->checked[VERIFY_RANGES]++;
    if (is->first != was->next) {
        snprintf(what, sizeof what, "%s[%d] from offset", v->world->config->topics[is->topic], (int)r->partition);
        verify_differs(v->report, VERIFY_RANGES, &at, what, was->next, is->first);
    }
    snprintf(what, sizeof what, "next offset of %s[%d]", v->world->config->topics[is->topic], (int)r->partition);
    fell(v, r, what, was->next > is->first ? was->next : is->first, is->next);
    snprintf(what, sizeof what, "largest ts of %s[%d]", v->world->config->topics[is->topic], (int)r->partition);
    fell(v, r, what, was->max_ts_ms, is->max_ts_ms);
}

static void peers_step(struct verify_commits *v, const struct record *r, const struct commit_record *was, const struct commit_record *is)
{
    for (uint32_t i = 0; i < is->peer_count && i < was->peer_count; i++) {
        char what[VERIFY_TEXT_MAX];
        snprintf(what, sizeof what, "number of the last bundle of peer %u", (unsigned)i);
        fell(v, r, what, (int64_t)was->peers[i].seq, (int64_t)is->peers[i].seq);
        snprintf(what, sizeof what, "watermark of peer %u", (unsigned)i);
        fell(v, r, what, was->peers[i].watermark_ms, is->peers[i].watermark_ms);
    }
}

static void record_step(struct verify_commits *v, const struct record *r, const struct commit_record *was, const struct commit_record *is)
{
    struct verify_place at = verify_place_of(r);
    if (is->seq != was->seq + 1) {
        verify_differs(v->report, VERIFY_COMMITS, &at, "number", (int64_t)was->seq + 1, (int64_t)is->seq);
    }
    if (was->lineage && is->lineage != was->lineage) {
        verify_differs(v->report, VERIFY_COMMITS, &at, "lineage", (int64_t)was->lineage, (int64_t)is->lineage);
    }
    fell(v, r, "watermark", was->watermark_ms, is->watermark_ms);
    for (uint32_t i = 0; i < is->input_count && i < was->input_count; i++) {
        input_step(v, r, &was->inputs[i], &is->inputs[i]);
    }
    peers_step(v, r, was, is);
}

/* ---- records ---------------------------------------------------------------------------------------- */

/* The partitions an input has, or 0 when no task of this changelog reads it. */
static bool reads(enum topic_role changelog, uint8_t input)
{
    switch (changelog) {
    case ROLE_CHANGELOG_CUSTOMERS: return input == ROLE_INTERACTIONS || input == ROLE_CPI;
    case ROLE_CHANGELOG_EMPLOYEES: return input == ROLE_HR;
    default: return input == ROLE_PARTIALS;
    }
}

/* Says what is wrong with it by itself; NULL nothing. */
static const char *fault_of(const struct verify_commits *v, const struct record *r, const struct commit_record *c)
{
    if (memcmp(&c->layout, &v->world->layout, sizeof c->layout) != 0) {
        return "one of other partition counts or another configuration";
    }
    for (uint32_t i = 0; i < c->input_count; i++) {
        if (!reads(r->role, c->inputs[i].topic)) {
            return "one with an input that its task does not read";
        }
    }
    return c->input_count == (r->role == ROLE_CHANGELOG_CUSTOMERS ? 2u : 1u) ? NULL : "one with another number of inputs";
}

static int outcomes_step(struct verify_commits *v, const struct record *r, const struct verify_chain *chain, const struct commit_record *c)
{
    int rc = 0;
    for (uint32_t i = 0; i < c->input_count && !rc && r->role != ROLE_CHANGELOG_SCOPES; i++) {
        bool follows = chain->some && c->seq == chain->last.seq + 1;
        rc = follows ? outcomes_check(v, r, &c->inputs[i], chain->last.inputs[i].next, outcomes_of(&chain->last.inputs[i]))
                     : outcomes_check(v, r, &c->inputs[i], 0, 0);
    }
    return rc;
}

int verify_commits_record(struct verify_commits *v, const struct record *r)
{
    struct verify_chain *chain = &v->chains[chain_of(r->role)][r->partition];
    struct verify_place at = verify_place_of(r);
    struct commit_record c = {0};
    int rc = r->value ? commit_record_decode(r->value, r->value_len, &c) : CUBE_EFORMAT;
    const char *fault = rc ? err_text(rc) : fault_of(v, r, &c);
    v->others += !rc && memcmp(&c.layout, &v->world->layout, sizeof c.layout) != 0;
    if (rc == CUBE_ENOMEM || fault) {
        if (fault && rc != CUBE_ENOMEM) {
            verify_violated(v->report, VERIFY_RECORDS, &at, "a commit record of this layout", fault);
        }
        commit_record_close(&c);
        return rc == CUBE_ENOMEM ? rc : 0;
    }
    v->ours++;
    v->report->checked[VERIFY_COMMITS]++;
    if (chain->some) {
        record_step(v, r, &chain->last, &c);
    }
    rc = outcomes_step(v, r, chain, &c);
    commit_record_close(&chain->last);
    *chain = (struct verify_chain){true, c};
    return rc;
}

const struct commit_record *verify_commits_last(const struct verify_commits *v, enum topic_role changelog, int32_t partition)
{
    const struct verify_chain *chain = &v->chains[chain_of(changelog)][partition];
    return partition < v->world->counts[changelog] && chain->some ? &chain->last : NULL;
}

const struct commit_input *verify_commits_input(const struct verify_commits *v, enum topic_role input, int32_t partition)
{
    enum topic_role changelog = input == ROLE_HR         ? ROLE_CHANGELOG_EMPLOYEES
                                : input == ROLE_PARTIALS ? ROLE_CHANGELOG_SCOPES
                                                         : ROLE_CHANGELOG_CUSTOMERS;
    const struct commit_record *c = partition < v->world->counts[changelog] ? verify_commits_last(v, changelog, partition) : NULL;
    for (uint32_t i = 0; c && i < c->input_count; i++) {
        if (c->inputs[i].topic == (uint8_t)input) {
            return &c->inputs[i];
        }
    }
    return NULL;
}

/* ---- ranges that only the input itself can explain --------------------------------------------------- */

static int range_compare(const void *a, const void *b)
{
    const struct verify_range *x = a, *y = b;
    if (x->role != y->role || x->partition != y->partition) {
        return x->role != y->role ? (int)x->role - (int)y->role : x->partition < y->partition ? -1 : 1;
    }
    return (x->first > y->first) - (x->first < y->first);
}

void verify_commits_sort(struct verify_commits *v)
{
    if (v->range_count > 1) {
        qsort(v->ranges, v->range_count, sizeof *v->ranges, range_compare);
    }
}

void verify_commits_seen(struct verify_commits *v, const struct record *r)
{
    struct verify_range key = {.role = r->role, .partition = r->partition, .first = r->offset};
    uint32_t low = 0, high = v->range_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (range_compare(&v->ranges[middle], &key) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct verify_range *range = low ? &v->ranges[low - 1] : NULL;
    if (range && range->role == r->role && range->partition == r->partition && r->offset < range->next) {
        range->records++;
    }
}

static void range_end(struct verify_commits *v, const struct verify_range *range)
{
    struct verify_place at = {range->changelog, range->partition, range->offset, text_of(COMMIT_RECORD_KEY)};
    if (range->first < v->world->lows[range->role][range->partition]) {
        v->report->unchecked[VERIFY_OUTCOMES]++;
        v->report->checked[VERIFY_OUTCOMES]--;
        return;
    }
    /* Fewer records than outcomes: they were deleted since. More: some were passed over. */
    if (range->records > range->outcomes) {
        char what[VERIFY_TEXT_MAX];
        snprintf(what, sizeof what, "outcomes of %s[%d] from offset %" PRId64 " to %" PRId64 ": as many as records,",
                 v->world->config->topics[range->role], (int)range->partition, range->first, range->next);
        verify_differs(v->report, VERIFY_OUTCOMES, &at, what, (int64_t)range->records, (int64_t)range->outcomes);
    }
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static void offsets_end(struct verify_commits *v, enum topic_role role, int32_t partition)
{
    const struct commit_input *in = verify_commits_input(v, role, partition);
    int64_t before = v->world->committed[role][partition], after = v->world->settled[role][partition], next = in ? in->next : 0;
    struct verify_place at = {role, partition, -1, {0}};
    char expected[VERIFY_TEXT_MAX], found[VERIFY_TEXT_MAX];
    before = before < 0 ? 0 : before;
    after = after < 0 ? 0 : after;
    v->report->checked[VERIFY_OFFSETS]++;
    if (next >= before && next <= after) {
        return;
    }
    snprintf(expected, sizeof expected, "committed offset %" PRId64 ", to which the last commit record goes", next);
    snprintf(found, sizeof found, "%" PRId64, next < before ? before : after);
    verify_violated(v->report, VERIFY_OFFSETS, &at, expected, found);
}

void verify_commits_end(struct verify_commits *v)
{
    for (uint32_t i = 0; i < v->range_count; i++) {
        range_end(v, &v->ranges[i]);
    }
    for (int role = 0; role < INPUT_ROLES; role++) {
        for (int32_t p = 0; p < v->world->counts[role]; p++) {
            offsets_end(v, (enum topic_role)role, p);
        }
    }
}
