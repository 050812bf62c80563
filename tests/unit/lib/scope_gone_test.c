/* Alerts that fire when an engine restarts under other rules. */
#include "support/unit.h"

#include "alert/alert.h"
#include "engine/scope_record.h"
#include "support/change_log.h"
#include "support/scope_steps.h"

static const struct decision *alert_of(struct fixture *f, uint64_t fingerprint, uint32_t *ret_count)
{
    const struct decision *found = NULL;
    uint32_t at = 0;
    *ret_count = 0;
    for (const struct decision *d; (d = decided(f, DECISION_ALERT, &at)) != NULL; ++*ret_count) {
        found = d->fingerprint == fingerprint ? d : found;
    }
    return found;
}

/* North enters octant 7, leaves it, and its worth is low; returns the fingerprint of "Left", which fires. */
static uint64_t fire(struct fixture *f, struct change_log *log)
{
    uint32_t s = scope(f, NORTH), count;
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    share(f, s, T0 + TICK, M_CARE, 90, 0);
    tick(f, T0 + TICK);
    assert_int_equal(scope_engine_alert(f->engine, s, A_LEFT)->status, ALERT_FIRING);
    struct label labels[ALERT_LABELS_BUILTIN + 1];
    uint32_t n = alert_labels(&f->rules[A_LEFT], NORTH, (struct text){0}, labels);
    uint64_t left = alert_fingerprint(labels, n);
    assert_true(alert_of(f, left, &count)->firing);
    assert_int_equal(scope_engine_flush(f->engine, log_put, log), 0);
    return left;
}

static void put_back(struct fixture *f, const struct change_log *log)
{
    scope_engine_destroy(f->engine);
    assert_int_equal(scope_engine_create(&f->model, 2, &f->engine), 0);
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *r = &log->at[i];
        assert_int_equal(scope_engine_restore(f->engine, (struct text){(const char *)r->key, r->key_len}, r->value, r->len), 0);
    }
    assert_int_equal(scope_engine_restored(f->engine), 0);
}

/* decisions: how many alerts fire or are resolved at the tick in all. */
static void assert_resolved(struct fixture *f, uint64_t left, uint32_t decisions)
{
    uint32_t count;
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 2 * TICK);
    tick(f, T0 + 2 * TICK);
    const struct decision *d = alert_of(f, left, &count);
    assert_non_null(d);
    assert_int_equal(count, decisions);
    assert_false(d->firing);
    assert_int_equal(d->starts_ms, T0 + TICK);
    assert_int_equal(d->ends_ms, T0 + 2 * TICK);
    struct label labels[ALERT_LABELS_BUILTIN + 1];
    assert_int_equal(alert_labels(d->rule, NORTH, (struct text){0}, labels), 4);
    assert_true(text_equal(labels[0].value, TEXT_LITERAL("Left")));
    assert_true(text_equal(labels[2].value, TEXT_LITERAL("ticket")));
    assert_true(text_equal(labels[3].value, TEXT_LITERAL("care")));
}

/* Once: neither at later ticks nor after another restart. */
static void assert_stays_resolved(struct fixture *f, struct change_log *log, uint64_t left)
{
    uint32_t count;
    scope_engine_decisions_clear(f->engine);
    assert_int_equal(scope_engine_flush(f->engine, log_put, log), 0);
    put_back(f, log);
    share(f, scope(f, NORTH), T0 + 3 * TICK, M_CARE, 1, 0);
    run_to(f, T0 + 3 * TICK);
    assert_null(alert_of(f, left, &count));
    assert_int_equal(count, 0);
}

static void alert_whose_rule_is_removed_is_resolved_once(void **state)
{
    struct fixture *f = start(state);
    struct change_log log = {0};
    uint64_t left = fire(f, &log);
    f->rules[A_LEFT] = f->rules[A_COUNT - 1];
    f->model.alert_count = A_COUNT - 1;
    put_back(f, &log);
    assert_resolved(f, left, 1);
    assert_stays_resolved(f, &log, left);
    log_close(&log);
}

static void alert_whose_rule_speaks_of_the_scope_no_more_is_resolved(void **state)
{
    struct fixture *f = start(state);
    struct change_log log = {0};
    uint64_t left = fire(f, &log);
    f->rules[A_LEFT].scopes = (struct alert_scopes){.kinds = 1};
    put_back(f, &log);
    assert_resolved(f, left, 1);
    assert_stays_resolved(f, &log, left);
    log_close(&log);
}

static void alert_whose_labels_change_is_resolved_under_those_it_fired_by(void **state)
{
    static const struct label other = {{"team", 4}, {"sales", 5}};
    struct fixture *f = start(state);
    struct change_log log = {0};
    uint64_t left = fire(f, &log);
    f->rules[A_LEFT].labels = &other;
    put_back(f, &log);
    assert_resolved(f, left, 2); /* its rule fires under the new ones */
    assert_stays_resolved(f, &log, left);
    log_close(&log);
}

static void alert_of_a_measure_is_resolved_with_the_label_of_it(void **state)
{
    struct fixture *f = start(state);
    struct change_log log = {0};
    uint32_t s = scope(f, NORTH), count;
    f->rules[A_WORTH_LOW].for_ms = 0;
    share(f, s, T0, M_WORTH, 10, 3);
    tick(f, T0);
    uint64_t low = 0;
    uint32_t at = 0;
    low = decided(f, DECISION_ALERT, &at)->fingerprint;
    assert_int_equal(scope_engine_flush(f->engine, log_put, &log), 0);
    f->rules[A_WORTH_LOW].name = TEXT_LITERAL("WorthBad");
    put_back(f, &log);
    tick(f, T0 + TICK);
    const struct decision *d = alert_of(f, low, &count);
    assert_non_null(d);
    assert_false(d->firing);
    assert_int_equal(count, 2); /* the renamed rule fires */
    log_close(&log);
}

/* An engine that is flushed before it ticks hands on what it still has to resolve. */
static void alert_to_be_resolved_survives_another_flush(void **state)
{
    struct fixture *f = start(state);
    struct change_log log = {0};
    uint64_t left = fire(f, &log);
    f->model.alert_count = A_LEFT;
    put_back(f, &log);
    share(f, scope(f, TEXT_LITERAL("region=south")), T0 + TICK, M_CARE, 1, 0);
    assert_int_equal(scope_engine_flush(f->engine, log_put, &log), 0);
    put_back(f, &log);
    assert_resolved(f, left, 2); /* and Burn */
    log_close(&log);
}

static void alert_under_the_same_labels_goes_on(void **state)
{
    static const struct label both[] = {{{"team", 4}, {"care", 4}}, {{"scope", 5}, {"x", 1}}}; /* the second is left out */
    struct fixture *f = start(state);
    struct change_log log = {0};
    uint32_t count;
    fire(f, &log);
    f->rules[A_LEFT].labels = both;
    f->rules[A_LEFT].label_count = 2;
    put_back(f, &log);
    assert_int_equal(scope_engine_alert(f->engine, scope(f, NORTH), A_LEFT)->status, ALERT_FIRING);
    share(f, scope(f, NORTH), T0 + 2 * TICK, M_CARE, 1, 0);
    run_to(f, T0 + 2 * TICK);
    assert_null(alert_of(f, 0, &count));
    assert_int_equal(count, 0);
    log_close(&log);
}

/* The head as version 4 wrote it: without labels. */
static void labels_cut(const struct change_log *log)
{
    static const char told[] = "\x1b\x09severity\x07ticket\x05team\x05" "care"; /* lengths and one */
    for (size_t i = 0; i < log->count; i++) {
        struct log_record *r = &log->at[i];
        if (r->key[0] == RECORD_HEAD) {
            uint8_t *at = memmem(r->value, r->len, told, sizeof told - 1);
            assert_non_null(at);
            memmove(at, at + sizeof told - 1, (size_t)(r->value + r->len - at) - (sizeof told - 1));
            r->len -= sizeof told - 1;
            r->value[0] = NEAR_HEAD_VERSION;
        }
    }
}

static void alert_of_a_head_without_labels_goes_on_while_there_is_a_rule_of_its_name(void **state)
{
    static const struct label other = {{"team", 4}, {"sales", 5}};
    ((struct fixture *)*state)->model.alert_count = A_LEFT + 1; /* no other fires */
    struct fixture *f = start(state);
    struct change_log log = {0};
    fire(f, &log);
    labels_cut(&log);
    f->rules[A_LEFT].labels = &other;
    put_back(f, &log);
    assert_int_equal(scope_engine_alert(f->engine, scope(f, NORTH), A_LEFT)->status, ALERT_FIRING);
    f->model.alert_count = A_LEFT;
    put_back(f, &log);
    assert_true(scope_engine_next_tick(f->engine) > T0 + 2 * TICK);
    log_close(&log);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alert_whose_rule_is_removed_is_resolved_once),
        TEST(alert_whose_rule_speaks_of_the_scope_no_more_is_resolved),
        TEST(alert_whose_labels_change_is_resolved_under_those_it_fired_by),
        TEST(alert_of_a_measure_is_resolved_with_the_label_of_it),
        TEST(alert_to_be_resolved_survives_another_flush),
        TEST(alert_under_the_same_labels_goes_on),
        TEST(alert_of_a_head_without_labels_goes_on_while_there_is_a_rule_of_its_name),
    };
    return RUN_TESTS(tests);
}
