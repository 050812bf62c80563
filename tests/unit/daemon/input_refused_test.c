/* Offsets that a replay must pass over: the runs of them, and what stands of them in the changelog. */
#include "support/unit.h"

#include "unit/daemon/config_support.h"
#include "support/compacted.h"
#include "support/random.h"
#include "task/entity_inner.h"

#define RUNS 3 /* of a changelog record */

/* ---- runs ------------------------------------------------------------------------------------------- */

/* A changelog: each part as it was written last, in that order. */
static int part_keep(void *arg, uint64_t part, const uint8_t *at, size_t len)
{
    return compacted_keep(arg, (const uint8_t *)&part, sizeof part, at, len);
}

static int part_restore(void *arg, const struct record *r)
{
    uint64_t part;
    memcpy(&part, r->key, sizeof part);
    return input_refused_restore(arg, RUNS, part, r->value, r->value_len);
}

static void agrees(const struct input_refused *r, const bool *naive, int64_t from, int64_t until)
{
    for (int64_t o = from; o < until; o++) {
        assert_int_equal(input_refused_has(r, o), naive[o]);
    }
}

static void input_refused_agrees_with_a_naive_set_wherever_it_begins_again(void **state)
{
    (void)state;
    enum { STEPS = 4000 };
    static bool naive[STEPS];
    struct random draw = {7};
    struct compacted log = {0};
    struct input_refused r = {0};
    struct buf scratch = {0};
    int64_t kept = 0, last = -1;
    for (int64_t o = 0; o < STEPS; o++) {
        if (random_between(&draw, 0, 2) == 0) {
            bool joins = random_between(&draw, 0, 3) == 0 && last >= kept;
            memset(naive + (joins ? last : o), true, (size_t)(joins ? o - last + 1 : 1));
            assert_int_equal(input_refused_add(&r, o, joins), 0);
            last = o;
        }
        if (random_between(&draw, 0, 4) == 0) {
            int64_t to = o - random_between(&draw, 0, 60); /* now and then nothing of the last ones stays */
            kept = to > kept ? to : kept;
            input_refused_trim(&r, kept);
            assert_int_equal(input_refused_write(&r, RUNS, &scratch, part_keep, &log), 0);
            if (random_between(&draw, 0, 3) == 0) {
                input_refused_close(&r);
                assert_int_equal(compacted_each(&log, ROLE_CHANGELOG_CUSTOMERS, part_restore, &r), 0);
            }
        }
        agrees(&r, naive, kept, o + 1);
    }
    uint32_t parts = 0;
    for (uint32_t i = 0; i < log.capacity; i++) {
        parts += log.places[i].at && log.places[i].value_len;
    }
    assert_true(parts <= 60 / RUNS + 2); /* the others are gone */
    compacted_close(&log);
    input_refused_close(&r);
    buf_close(&scratch);
}

static void input_refused_restore_refuses_what_no_task_wrote(void **state)
{
    (void)state;
    static const struct {
        uint64_t part;
        size_t len;
        uint8_t at[24];
        int rc;
    } cases[] = {
        {0, 5, {1, 0, 1, 7, 2}, 0},
        {0, 5, {2, 0, 1, 7, 2}, CUBE_EVERSION},
        {0, 4, {1, 0, 1, 7}, CUBE_ETRUNCATED},
        {0, 6, {1, 0, 1, 7, 2, 0}, CUBE_EFORMAT},
        {0, 5, {1, 0, 1, 7, 0}, CUBE_EFORMAT}, /* an empty run */
        {1, 5, {1, 0, 1, 7, 2}, CUBE_EFORMAT}, /* of another part */
        {0, 11, {1, 0, 4, 0, 1, 1, 1, 1, 1, 1, 1}, CUBE_EFORMAT}, /* more than a part has */
        {UINT64_MAX / RUNS, 5, {1, 0, 1, 7, 2}, CUBE_EFORMAT},
        {0, 14, {1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1}, CUBE_EFORMAT}, /* beyond all offsets */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct input_refused r = {0};
        assert_int_equal(input_refused_restore(&r, RUNS, cases[i].part, cases[i].at, cases[i].len), cases[i].rc);
        input_refused_close(&r);
    }
}

static void input_refused_add_refuses_what_is_no_offset(void **state)
{
    (void)state;
    struct input_refused r = {0};
    assert_int_equal(input_refused_add(&r, -1, false), CUBE_EFORMAT);
    assert_int_equal(input_refused_add(&r, INT64_MAX, false), CUBE_EFORMAT);
    assert_int_equal(r.count, 0);
}

/* ---- a task ----------------------------------------------------------------------------------------- */

#define REFUSED 1000000
#define PER_COMMIT 10000
#define NOW 1000000000
#define YAML "version: 1\nname: a\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\npublish: {customers: none}\n" \
             "time: {out_of_order: 5s, lateness: 1h, max_skew: 5m}\nmeasures:\n" \
             "  - {name: nps, axis: X, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, window: 1d, score: {at0: -80, at100: -10}}\n"

struct world {
    struct task_env env;
    struct epoch epoch;
    struct entity_task *task;
    struct compacted log;
    int64_t offset;
    size_t commit_max, part_max, parts_bytes; /* of the changelog */
};

static void commit(struct world *w)
{
    uint32_t published;
    assert_int_equal(entity_task_advance(w->task, entity_task_watermark(w->task, NOW)), 0);
    assert_int_equal(entity_task_commit(w->task, UINT32_MAX, &published), 0);
    for (uint32_t i = 0; i < w->epoch.message_count; i++) {
        const struct epoch_message *m = &w->epoch.messages[i];
        const uint8_t *key = epoch_key(&w->epoch, m);
        if (m->role != ROLE_CHANGELOG_CUSTOMERS) {
            continue;
        }
        bool is_part = key[0] == REFUSED_KEY_MARK;
        bool is_commit = m->key_len == strlen(COMMIT_RECORD_KEY) && memcmp(key, COMMIT_RECORD_KEY, m->key_len) == 0;
        w->commit_max = is_commit && m->value_len > w->commit_max ? m->value_len : w->commit_max;
        w->part_max = is_part && m->value_len > w->part_max ? m->value_len : w->part_max;
        w->parts_bytes += is_part ? m->value_len : 0;
        assert_int_equal(compacted_keep(&w->log, key, m->key_len, epoch_value(&w->epoch, m), m->value_len), 0);
    }
    epoch_clear(&w->epoch);
}

static void take(struct world *w, int64_t id, int64_t ts_ms, enum record_outcome want)
{
    char value[160];
    int len = snprintf(value, sizeof value, "{\"v\":1,\"id\":\"%lld\",\"ts\":%lld,\"kind\":\"selfservice.login\",\"customer\":\"c1\"}",
                       (long long)id, (long long)ts_ms);
    struct record r = {.role = ROLE_INTERACTIONS, .offset = w->offset++, .key = (const uint8_t *)"c1", .key_len = 2,
                       .value = (const uint8_t *)value, .value_len = (size_t)len};
    enum record_outcome outcome;
    assert_int_equal(entity_task_record(w->task, &r, NOW, &outcome), 0);
    assert_int_equal(outcome, want);
    if (w->offset % PER_COMMIT == 0) {
        commit(w);
    }
}

static void world_open(struct world *w, struct config *c)
{
    *w = (struct world){.env = {.config = c, .seed = 1, .epoch = &w->epoch, .now_ms = NOW, .layout = {1, 1, 1, 0}}};
    assert_int_equal(decode_scratch_create(&w->env.scratch), 0);
    assert_int_equal(entity_task_create(&w->env, SENDER_CUSTOMERS, 0, &w->task), 0);
}

static int record_restore(void *arg, const struct record *r)
{
    return entity_task_restore(arg, r);
}

/* Another task begins where this one has committed: it passes over the same ones. */
static void restored_agrees(struct world *w)
{
    struct entity_task *other;
    int64_t committed[COMMIT_INPUTS_MAX] = {w->offset, 0}, from[COMMIT_INPUTS_MAX];
    assert_int_equal(entity_task_create(&w->env, SENDER_CUSTOMERS, 0, &other), 0);
    assert_int_equal(compacted_each(&w->log, ROLE_CHANGELOG_CUSTOMERS, record_restore, other), 0);
    assert_int_equal(entity_task_restored(other, committed, from), 0);
    const struct input_refused *a = &w->task->inputs[0].refused, *b = &other->inputs[0].refused;
    assert_true(from[0] >= 0 && from[0] < w->offset);
    for (int64_t o = from[0]; o < w->offset; o++) {
        assert_int_equal(input_refused_has(a, o), input_refused_has(b, o));
    }
    entity_task_destroy(other);
}

static void world_close(struct world *w)
{
    entity_task_destroy(w->task);
    decode_scratch_destroy(w->env.scratch);
    epoch_close(&w->epoch);
    compacted_close(&w->log);
}

static struct world w;

static void a_million_refused_records_alone_are_one_run(void **state)
{
    (void)state;
    struct config *c = config_of(YAML);
    world_open(&w, c);
    take(&w, -1, NOW, OUTCOME_APPLIED);
    for (int64_t i = 1; i <= REFUSED; i++) {
        take(&w, -1, i % 2 ? NOW + 1 : NOW + 1000000, i % 2 ? OUTCOME_DUPLICATE : OUTCOME_DEAD_LETTER);
    }
    commit(&w);
    assert_int_equal(w.task->inputs[0].refused.count, 1);
    assert_in_range(w.commit_max, 1, 200);
    assert_in_range(w.part_max, 1, 20);
    restored_agrees(&w);
    world_close(&w);
    config_destroy(c);
}

static void a_million_refused_records_between_others_stay_out_of_commit_records(void **state)
{
    (void)state;
    struct config *c = config_of(YAML);
    world_open(&w, c);
    take(&w, -1, NOW, OUTCOME_APPLIED);
    for (int64_t i = 1; i <= REFUSED; i++) {
        take(&w, -1, i % 8 < 4 ? NOW + 1 : NOW + 1000000, i % 8 < 4 ? OUTCOME_DUPLICATE : OUTCOME_DEAD_LETTER);
        if (i % 4 == 0) {
            take(&w, i, NOW, OUTCOME_APPLIED);
        }
    }
    commit(&w);
    assert_int_equal(w.task->inputs[0].refused.count, REFUSED / 4); /* all ids are remembered: from the first record on they are read again */
    assert_in_range(w.commit_max, 1, 200);
    assert_in_range(w.part_max, 1, 4 * REFUSED_RUNS_MAX);
    assert_in_range(w.parts_bytes, 1, 4 * REFUSED); /* of all commits together */
    restored_agrees(&w);
    world_close(&w);
    config_destroy(c);
}

/* As a version before wrote it: all of them in the commit record. */
static void list_put(const struct world *from, struct buf *out)
{
    const struct compacted_record *r = compacted_place(&from->log, (const uint8_t *)COMMIT_RECORD_KEY, strlen(COMMIT_RECORD_KEY));
    struct commit_record c = {0};
    assert_int_equal(commit_record_decode(r->at + r->key_len, r->value_len, &c), 0);
    assert_int_equal(c.refused_count, 0);
    assert_non_null(c.refused = calloc(2, sizeof *c.refused));
    c.refused[c.refused_count++].offset = 1;
    c.refused[c.refused_count++].offset = 3;
    assert_int_equal(commit_record_encode(&c, out), 0);
    commit_record_close(&c);
}

static void a_list_in_the_commit_record_of_a_version_before_is_taken_over(void **state)
{
    (void)state;
    struct config *c = config_of(YAML);
    struct entity_task *other;
    struct buf old = {0};
    int64_t committed[COMMIT_INPUTS_MAX] = {4, 0}, from[COMMIT_INPUTS_MAX];
    world_open(&w, c);
    for (int64_t i = 0; i < 4; i++) {
        take(&w, i, i % 2 ? NOW + 1000000 : NOW, i % 2 ? OUTCOME_DEAD_LETTER : OUTCOME_APPLIED);
    }
    commit(&w);
    list_put(&w, &old);
    struct record r = {.role = ROLE_CHANGELOG_CUSTOMERS, .key = (const uint8_t *)COMMIT_RECORD_KEY, .key_len = strlen(COMMIT_RECORD_KEY),
                       .value = old.at, .value_len = old.len};
    assert_int_equal(entity_task_create(&w.env, SENDER_CUSTOMERS, 0, &other), 0);
    assert_int_equal(entity_task_restore(other, &r), 0);
    assert_int_equal(entity_task_restored(other, committed, from), 0);
    for (int64_t o = 0; o < 4; o++) {
        assert_int_equal(input_refused_has(&other->inputs[0].refused, o), o % 2);
    }
    assert_int_equal(entity_refused_flush(other), 0);
    assert_int_equal(w.epoch.message_count, 1); /* where they belong now */
    assert_int_equal(epoch_key(&w.epoch, &w.epoch.messages[0])[0], REFUSED_KEY_MARK);
    entity_task_destroy(other);
    buf_close(&old);
    world_close(&w);
    config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_refused_agrees_with_a_naive_set_wherever_it_begins_again),
        cmocka_unit_test(input_refused_restore_refuses_what_no_task_wrote),
        cmocka_unit_test(input_refused_add_refuses_what_is_no_offset),
        cmocka_unit_test(a_million_refused_records_alone_are_one_run),
        cmocka_unit_test(a_million_refused_records_between_others_stay_out_of_commit_records),
        cmocka_unit_test(a_list_in_the_commit_record_of_a_version_before_is_taken_over),
    };
    return RUN_TESTS(tests);
}
