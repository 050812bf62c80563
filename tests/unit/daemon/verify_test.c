/* What `cubed verify` checks, fed with records: of a worker that met every fault there is nothing to tell, and
 * each damage is told by its name. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify.h"
#include "support/worker_story.h"
#include "support/worker_world.h"

#define YAML                                                                                                             \
    "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\n"                                              \
    "time: {out_of_order: 5s, lateness: 1h, max_skew: 5m, idle_after: never}\ndedup: {horizon: 1m}\nscopes: [region]\n"  \
    "publish: {customers: all}\npack: none\nmeasures:\n"                                                                 \
    "  - {name: nps, axis: X, class: kpi, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, window: 1m,\n" \
    "     score: {at0: -80, at100: -10}, min_n: 1}\n"                                                                    \
    "  - {name: csat, axis: V, class: kpi, aggregation: top_box, from: {kind: survey, where: {instrument: csat}}, window: 1m,\n" \
    "     score: {at0: 0.2, at100: 0.6}, min_n: 1}\n"                                                                    \
    "  - {name: turnover, axis: E, class: hr, aggregation: turnover, window: 1h, score: {at0: 0.3, at100: 0.02}, min_n: 1}\n" \
    "  - {name: revenue, axis: none, class: kpi, aggregation: sum, from: {kind: purchase, value: revenue}, window: 1h}\n" \
    "privacy: {k: 3, release: 1d}\ncube: {tick: 10s, dwell: 0s, confidence: none, hysteresis: 1, min_coverage: 0.3}\n"   \
    "alerts:\n  - {name: Low, measure: nps, threshold: {below: 20}, severity: page}\n"

/* The topics of a log in memory, which the tests damage, and what is found in them. */
struct judged {
    struct verify_world world;
    int64_t lows[ROLE_COUNT][FAKE_PARTITIONS_MAX], committed[INPUT_ROLES][FAKE_PARTITIONS_MAX];
    struct verify_report report;
};

/* A fake record has no headers, so letters are judged by tests of their own. */
static bool is_read(enum topic_role role)
{
    return role != ROLE_LATE && role != ROLE_DEAD_LETTERS;
}

static void partition_feed(struct verify *v, struct fake_log *f, enum topic_role role, int32_t p)
{
    const struct fake_partition *part = &f->parts[role][p];
    for (uint32_t i = 0; i < part->count; i++) {
        const struct fake_record *from = &part->records[i];
        struct record r = {.role = role, .partition = p, .offset = from->offset, .timestamp_ms = from->ts_ms, .key = from->key,
                           .key_len = from->key_len, .value = from->value, .value_len = from->value_len};
        assert_true(verify_record(v, &r) >= 0);
    }
}

static void judge(struct world *w, struct judged *j)
{
    struct verify v;
    memset(j, 0, sizeof *j);
    j->world = (struct verify_world){.config = w->config};
    for (int r = 0; r < ROLE_COUNT; r++) {
        j->world.counts[r] = w->log.counts[r];
        j->world.lows[r] = j->lows[r];
        for (int32_t p = 0; r < INPUT_ROLES && p < w->log.counts[r]; p++) {
            j->committed[r][p] = w->log.parts[r][p].committed;
            j->world.committed[r] = j->world.settled[r] = j->committed[r];
        }
    }
    uint32_t model = (uint32_t)strtoul(w->config->model.digest.at, NULL, 16);
    j->world.layout = (struct layout_stamp){w->log.counts[ROLE_INTERACTIONS], w->log.counts[ROLE_HR], w->log.counts[ROLE_PARTIALS], model};
    assert_int_equal(verify_init(&v, &j->world, &j->report), 0);
    for (int s = 0; s < VERIFY_STEP_COUNT; s++) {
        enum topic_role roles[ROLE_COUNT];
        uint32_t n = verify_step_roles(&v, (enum verify_step)s, roles);
        for (uint32_t i = 0; i < n; i++) {
            for (int32_t p = 0; is_read(roles[i]) && p < w->log.counts[roles[i]]; p++) {
                partition_feed(&v, &w->log, roles[i], p);
            }
        }
        assert_int_equal(verify_stepped(&v, (enum verify_step)s), 0);
    }
    assert_int_equal(verify_end(&v), 0);
    verify_close(&v);
}

/* Only this is violated; VERIFY_INVARIANT_COUNT: nothing. */
static void only(const struct judged *j, enum verify_invariant wanted)
{
    for (uint32_t i = 0; i < j->report.finding_count; i++) {
        const struct verify_finding *f = &j->report.findings[i];
        if (f->invariant != wanted && f->invariant != VERIFY_LETTERS) {
            fail_msg("%s, topic %d[%d] offset %lld key %s: expected %s, found %s", verify_invariants[f->invariant].name, (int)f->role,
                     (int)f->partition, (long long)f->offset, f->key, f->expected, f->found);
        }
    }
    assert_true(wanted == VERIFY_INVARIANT_COUNT || j->report.violated[wanted] > 0);
}

static void world_play(struct world *w, uint64_t seed, enum fault fault, int at)
{
    world_open(w, YAML);
    story(&w->log, seed, 120);
    play(w, fault, at);
}

/* ---- nothing to tell -------------------------------------------------------------------------------- */

static void verify_finds_nothing_after_any_fault(void **state)
{
    (void)state;
    struct judged *j = test_malloc(sizeof *j);
    for (int fault = FAULT_NONE; fault < FAULT_COUNT; fault++) {
        for (int at = 0; at < 12; at++) {
            struct world w;
            world_play(&w, (uint64_t)at + 1, (enum fault)fault, at);
            judge(&w, j);
            only(j, VERIFY_INVARIANT_COUNT);
            world_close(&w);
        }
    }
    for (int i = 0; i < VERIFY_INVARIANT_COUNT; i++) {
        assert_true(j->report.checked[i] > 0 || i == VERIFY_LETTERS);
    }
    test_free(j);
}

/* ---- damage ----------------------------------------------------------------------------------------- */

static struct fake_record *commit_at(struct world *w, enum topic_role changelog, uint32_t from)
{
    struct fake_partition *part = &w->log.parts[changelog][0];
    for (uint32_t i = part->count; i-- > 0;) {
        struct record r = {.key = part->records[i].key, .key_len = part->records[i].key_len};
        if (verify_is_commit(&r) && from-- == 0) {
            return &part->records[i];
        }
    }
    fail_msg("no commit record");
    return NULL;
}

/* Changes a commit record, the from-th last one of a customer task, and judges. */
static void commit_damage(uint32_t from, void (*damage)(struct commit_record *c), enum verify_invariant wanted)
{
    struct judged *j = test_malloc(sizeof *j);
    struct world w;
    struct commit_record c = {0};
    struct buf bytes = {0};
    world_play(&w, 3, FAULT_NONE, 0);
    struct fake_record *r = commit_at(&w, ROLE_CHANGELOG_CUSTOMERS, from);
    assert_int_equal(commit_record_decode(r->value, r->value_len, &c), 0);
    damage(&c);
    assert_int_equal(commit_record_encode(&c, &bytes), 0);
    free(r->value);
    r->value = bytes.at;
    r->value_len = bytes.len;
    judge(&w, j);
    only(j, wanted);
    commit_record_close(&c);
    world_close(&w);
    test_free(j);
}

static void number_up(struct commit_record *c)
{
    c->seq++;
}

static void lineage_other(struct commit_record *c)
{
    c->lineage++;
}

static void range_early(struct commit_record *c)
{
    c->inputs[0].first--;
}

static void outcome_more(struct commit_record *c)
{
    c->inputs[0].counts[0] += 1000;
}

static void outcome_less(struct commit_record *c)
{
    c->inputs[1].counts[0]--;
}

static void watermark_down(struct commit_record *c)
{
    c->watermark_ms -= 100000;
}

static void offset_other(struct commit_record *c)
{
    c->inputs[0].next++;
}

static void bundle_unwritten(struct commit_record *c)
{
    c->peers[0].seq++;
}

static void model_other(struct commit_record *c)
{
    c->layout.model++;
}

static void verify_commits_record_names_what_is_wrong(void **state)
{
    (void)state;
    commit_damage(0, number_up, VERIFY_COMMITS);
    commit_damage(0, lineage_other, VERIFY_COMMITS);
    commit_damage(2, range_early, VERIFY_RANGES);
    commit_damage(0, outcome_more, VERIFY_OUTCOMES);
    commit_damage(0, outcome_less, VERIFY_OUTCOMES);
    commit_damage(0, watermark_down, VERIFY_WATERMARKS);
    commit_damage(0, bundle_unwritten, VERIFY_BUNDLES);
}

static void verify_commits_end_names_another_committed_offset(void **state)
{
    (void)state;
    commit_damage(0, offset_other, VERIFY_OFFSETS);
}

static void verify_commits_record_refuses_another_configuration(void **state)
{
    (void)state;
    struct world w;
    struct judged *j = test_malloc(sizeof *j);
    struct commit_record c = {0};
    struct buf bytes = {0};
    world_play(&w, 3, FAULT_NONE, 0);
    struct fake_record *r = commit_at(&w, ROLE_CHANGELOG_EMPLOYEES, 1);
    assert_int_equal(commit_record_decode(r->value, r->value_len, &c), 0);
    model_other(&c);
    assert_int_equal(commit_record_encode(&c, &bytes), 0);
    free(r->value);
    r->value = bytes.at;
    r->value_len = bytes.len;
    judge(&w, j);
    assert_int_equal(j->report.violated[VERIFY_RECORDS], 1);
    commit_record_close(&c);
    world_close(&w);
    test_free(j);
}

/* Takes a record out of a partition, or puts it in the place of the one before it, too. */
static void record_damage(enum topic_role role, uint32_t back, bool twice, enum verify_invariant wanted)
{
    struct judged *j = test_malloc(sizeof *j);
    struct world w;
    world_play(&w, 3, FAULT_NONE, 0);
    int32_t p = w.log.parts[role][0].count > w.log.parts[role][1].count ? 0 : 1;
    struct fake_partition *part = &w.log.parts[role][p];
    assert_true(part->count > back + 1);
    struct fake_record *at = &part->records[part->count - 1 - back];
    if (twice) {
        at[-1].value = realloc(at[-1].value, at->value_len);
        at[-1].key = realloc(at[-1].key, at->key_len);
        memcpy(at[-1].value, at->value, at->value_len);
        memcpy(at[-1].key, at->key, at->key_len);
        at[-1].value_len = at->value_len;
        at[-1].key_len = at->key_len;
    } else {
        free(at->key);
        free(at->value);
        memmove(at, at + 1, back * sizeof *at);
        part->count--;
    }
    judge(&w, j);
    only(j, wanted);
    world_close(&w);
    test_free(j);
}

static void verify_names_records_that_are_missing_or_stand_twice(void **state)
{
    (void)state;
    record_damage(ROLE_PARTIALS, 3, false, VERIFY_BUNDLES);
    record_damage(ROLE_PARTIALS, 0, false, VERIFY_BUNDLES);
    record_damage(ROLE_CHANGES, 0, false, VERIFY_CHANGES);
    record_damage(ROLE_ALERTS, 0, true, VERIFY_ALERTS);
    record_damage(ROLE_STATE, 0, false, VERIFY_STATES);
}

/* Cuts a record of a topic short. */
static void record_cut(enum topic_role role)
{
    struct judged *j = test_malloc(sizeof *j);
    struct world w;
    world_play(&w, 3, FAULT_NONE, 0);
    int32_t p = w.log.parts[role][0].count ? 0 : 1;
    struct fake_partition *part = &w.log.parts[role][p];
    part->records[part->count / 2].value_len -= 2;
    judge(&w, j);
    assert_true(j->report.violated[VERIFY_RECORDS] > 0);
    world_close(&w);
    test_free(j);
}

static void verify_names_records_that_do_not_decode(void **state)
{
    (void)state;
    record_cut(ROLE_STATE);
    record_cut(ROLE_CHANGES);
    record_cut(ROLE_ALERTS);
    record_cut(ROLE_CUSTOMERS);
    record_cut(ROLE_PARTIALS);
}

/* ---- letters ---------------------------------------------------------------------------------------- */

struct letter {
    const char *reason, *topic, *partition, *offset;
};

static uint32_t letter_headers(const struct record *r, struct header *ret_h)
{
    const struct letter *l = r->origin;
    ret_h[0] = (struct header){TEXT_LITERAL("cubed.reason"), text_of(l->reason)};
    ret_h[1] = (struct header){TEXT_LITERAL("cubed.source.topic"), text_of(l->topic)};
    ret_h[2] = (struct header){TEXT_LITERAL("cubed.source.partition"), text_of(l->partition)};
    ret_h[3] = (struct header){TEXT_LITERAL("cubed.source.offset"), text_of(l->offset)};
    return 4;
}

/* Judges letters of a task that counts two dead letters and one late record below offset 10 of interactions[0]. */
static void letters_judge(const struct letter *letters, uint32_t count, int64_t low, uint64_t violations, uint64_t unchecked)
{
    struct config *config = config_of(YAML);
    struct judged *j = test_calloc(1, sizeof *j);
    struct verify_commits commits;
    struct verify_letters v;
    j->world = (struct verify_world){.config = config, .layout = {1, 1, 1, 0}, .headers = letter_headers};
    for (int r = 0; r < ROLE_COUNT; r++) {
        j->world.counts[r] = 1;
        j->world.lows[r] = j->lows[r];
    }
    j->lows[ROLE_DEAD_LETTERS][0] = low;
    assert_int_equal(verify_commits_init(&commits, &j->world, &j->report), 0);
    assert_int_equal(verify_letters_init(&v, &j->world, &j->report), 0);
    struct commit_record c = {.seq = 1, .layout = j->world.layout, .input_count = 2};
    c.inputs[0] = (struct commit_input){.topic = ROLE_INTERACTIONS, .next = 10, .counts = {7, 0, 1, 2, 0}};
    c.inputs[1] = (struct commit_input){.topic = ROLE_CPI};
    struct buf bytes = {0};
    assert_int_equal(commit_record_encode(&c, &bytes), 0);
    struct record commit = {.role = ROLE_CHANGELOG_CUSTOMERS, .key = (const uint8_t *)COMMIT_RECORD_KEY, .key_len = strlen(COMMIT_RECORD_KEY),
                            .value = bytes.at, .value_len = bytes.len};
    assert_int_equal(verify_commits_record(&commits, &commit), 0);
    for (uint32_t i = 0; i < count; i++) {
        bool late = strcmp(letters[i].reason, "late") == 0;
        struct record r = {.role = late ? ROLE_LATE : ROLE_DEAD_LETTERS, .offset = i, .origin = (void *)(uintptr_t)&letters[i]};
        assert_int_equal(verify_letters_record(&v, &r), 0);
    }
    verify_letters_end(&v, &commits);
    assert_int_equal(verify_violations(&j->report), violations);
    assert_int_equal(j->report.unchecked[VERIFY_LETTERS], unchecked);
    verify_letters_close(&v);
    verify_commits_close(&commits);
    buf_close(&bytes);
    test_free(j);
    config_destroy(config);
}

static void verify_letters_counts_each_once(void **state)
{
    (void)state;
    const struct letter good[] = {
        {"undecodable", "interactions", "0", "3"}, {"late", "interactions", "0", "4"}, {"version", "interactions", "0", "5"}};
    const struct letter newer[] = {good[0], good[1], good[2], {"version", "interactions", "0", "10"}};
    const struct letter twice[] = {good[0], good[1], good[2], good[2]};
    const struct letter strange[] = {good[0], good[1], good[2], {"version", "elsewhere", "0", "1"}};
    const struct letter headless[] = {good[0], good[1], good[2], {"version", "interactions", "", "1"}};
    letters_judge(good, 3, 0, 0, 0);
    letters_judge(newer, 4, 0, 0, 0);
    letters_judge(good, 2, 0, 1, 0);
    letters_judge(good + 1, 2, 1, 0, 1);
    letters_judge(twice, 4, 0, 2, 0);
    letters_judge(strange, 4, 0, 1, 0);
    letters_judge(headless, 4, 0, 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_finds_nothing_after_any_fault),
        cmocka_unit_test(verify_commits_record_names_what_is_wrong),
        cmocka_unit_test(verify_commits_end_names_another_committed_offset),
        cmocka_unit_test(verify_commits_record_refuses_another_configuration),
        cmocka_unit_test(verify_names_records_that_are_missing_or_stand_twice),
        cmocka_unit_test(verify_names_records_that_do_not_decode),
        cmocka_unit_test(verify_letters_counts_each_once),
    };
    return RUN_TESTS(tests);
}
