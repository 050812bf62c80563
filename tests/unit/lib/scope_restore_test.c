/* An engine put back from the records another one flushed goes on as that one would have. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/scope_record.h"
#include "support/change_log.h"
#include "support/scope_random.h"

/* compacted: superseded records are gone; else only some of them. */
static struct scope_engine *put_back(const struct fixture *f, const struct change_log *log,
                                     bool compacted, struct random *r)
{
    struct scope_engine *e;
    assert_int_equal(scope_engine_create(&f->model, random_next(r), &e), 0);
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *rec = &log->at[i];
        if (rec->superseded && (compacted || random_between(r, 0, 1))) {
            continue;
        }
        struct text key = {(const char *)rec->key, rec->key_len};
        assert_int_equal(scope_engine_restore(e, key, rec->value, rec->len), 0);
    }
    assert_int_equal(scope_engine_restored(e), 0);
    return e;
}

static void print_result(FILE *out, const struct result *r)
{
    fprintf(out, " {%d %.17g %lld %.17g %.17g", r->has_value, r->value, (long long)r->n, r->low,
            r->high);
    for (unsigned i = 0; i < RESULT_FIELD_COUNT; i++) {
        if (r->present >> i & 1) {
            fprintf(out, " %u=%lld", i, (long long)r->field[i].i);
        }
    }
    fprintf(out, "}");
}

static void print_view(FILE *out, struct scope_engine *e, struct text key, int64_t t)
{
    struct scope_view v;
    uint32_t id;
    assert_int_equal(scope_engine_scope(e, key, key.at[0] == 'o' ? 0 : 1, &id), 0);
    if (scope_engine_view(e, id, t, &v)) {
        return;
    }
    fprintf(out, "%.*s %lld %lld %d %lld %d %d", (int)v.key.len, v.key.at, (long long)v.as_of_ms,
            (long long)v.revision, v.octant, (long long)v.since_ms, v.undecided, v.stale);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        fprintf(out, " (%d %d %.17g %.17g %d %d %lld)", v.axes[a].basis, v.axes[a].known, v.axes[a].score,
                v.axes[a].half, v.states[a].side, v.states[a].stale,
                (long long)v.states[a].fresh_ms);
    }
    for (uint32_t i = 0; i < v.measure_count; i++) {
        const struct measure_view *m = &v.measures[i];
        fprintf(out, " %d %d %lld", m->measure->index, m->withheld_horizons,
                (long long)m->published_ms);
        for (uint32_t h = 0; h < m->measure->horizon_count; h++) {
            print_result(out, &m->horizons[h]);
        }
        if (m->has_drift) {
            fprintf(out, " z %.17g", m->drift_z);
        }
    }
    fprintf(out, "\n");
}

static char *tell(struct scope_engine *e, int64_t t)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    for (uint32_t i = 0; i < scope_engine_decision_count(e); i++) {
        print_decision(out, e, scope_engine_decision_at(e, i));
    }
    scope_engine_decisions_clear(e);
    uint32_t id;
    int64_t tick;
    for (int left = 2; left > 0 && scope_engine_changed_pop(e, &id, &tick) == 0;
         left--) { /* a budget: some wait on */
        fprintf(out, "changed %.*s %lld\n", (int)scope_engine_key(e, id).len,
                scope_engine_key(e, id).at, (long long)tick);
    }
    for (unsigned i = 0; i < SCOPES; i++) {
        print_view(out, e, keys[i], t);
    }
    fprintf(out, "next %lld\n", (long long)scope_engine_next_tick(e));
    fclose(out);
    return text;
}

/* Gifts of two departments and of the organisation, or of some of them. */
static void give_some(struct scope_engine *e, uint64_t seed)
{
    static const struct text givers[] = {{"department=care", 15}, {"department=sales", 16}, {"organisation", 12}};
    struct random r = {seed};
    for (int i = 0; i < 3; i++) {
        int64_t parts[M_COUNT] = {0};
        const uint16_t *measures;
        uint32_t n = scope_engine_contributions(e, &measures);
        for (uint32_t k = 0; k < n; k++) {
            parts[k] = measures[k] == M_MOOD ? random_between(&r, 0, 100) * 1000000 : 0;
        }
        struct axis_gift g = {(double)(parts[0] + parts[1] + parts[2] + parts[3]) / 1e6, 2, 1, parts};
        if (random_between(&r, 0, 3)) {
            assert_int_equal(scope_engine_gift(e, givers[i], &g), 0);
        }
    }
    scope_engine_gifts_turn(e);
}

static void add_contacts(struct scope_engine *e, const struct random_row *like, uint64_t seed)
{
    struct random r = {seed};
    int64_t n = random_between(&r, 1, 5);
    struct delta_row row = {.kind = ROW_CONTACTS, .slots = 1, .cells = &n, .pane = pane_of(like->tick - 1, 5 * MINUTE)};
    uint32_t giver;
    struct text department = random_between(&r, 0, 1) ? TEXT_LITERAL("department=care") : TEXT_LITERAL("department=sales");
    assert_int_equal(scope_engine_giver(e, department, &giver), 0);
    uint32_t scope;
    assert_int_equal(scope_engine_scope(e, keys[like->scope], like->scope ? 1 : 0, &scope), 0);
    row.set = set_alone(scope);
    row.bucket = (int32_t)giver;
    assert_int_equal(scope_engine_add(e, like->tick, &row), 0);
}

static void work_before(struct scope_engine *e, int64_t until)
{
    while (scope_engine_next_tick(e) < until) {
        assert_int_equal(scope_engine_tick(e, scope_engine_next_tick(e)), 0);
    }
}

/* Works on everything up to `until` and tells of it. */
static char *work(struct scope_engine *e, int64_t until)
{
    while (scope_engine_next_tick(e) <= until) {
        assert_int_equal(scope_engine_tick(e, scope_engine_next_tick(e)), 0);
    }
    assert_int_equal(scope_engine_tick(e, until), 0);
    return tell(e, until);
}

static void one_round(struct fixture *f, uint64_t seed)
{
    struct random r = {seed};
    struct change_log log = {0};
    struct scope_engine *e;
    assert_int_equal(scope_engine_create(&f->model, 1, &e), 0);
    int64_t t = T0;
    for (int step = 0; step < 60; step++) {
        struct random_row rows[8];
        int64_t last = t, count = random_between(&r, 0, 8);
        t += random_between(&r, 0, 9) == 0 ? random_between(&r, 1, 400) * 5 * MINUTE
                                           : random_between(&r, 1, 30) * TICK;
        struct scope_engine *back = put_back(f, &log, step % 2, &r);
        assert_int_equal(scope_engine_tick(back, last), 0);
        for (int64_t i = 0; i < count; i++) {
            draw_row(&r, f, last + random_between(&r, 1, (t - last) / TICK) * TICK, &rows[i]);
            add_row(e, &rows[i]);
        }
        for (int64_t i = count; i-- > 0;) { /* the order of rows is nobody's business */
            add_row(back, &rows[i]);
        }
        for (int64_t i = 0; i < count && step % 3 == 0; i++) {
            add_contacts(e, &rows[i], seed * 1000 + (uint64_t)(step * 8 + i));
        }
        for (int64_t i = count; i-- > 0 && step % 3 == 0;) {
            add_contacts(back, &rows[i], seed * 1000 + (uint64_t)(step * 8 + i));
        }
        if (step % 7 == 3) {
            give_some(e, seed * 100 + (uint64_t)step);
            give_some(back, seed * 100 + (uint64_t)step);
        }
        if (step % 5 == 2 && f->measures[M_MOOD].is_private) {
            struct random same = r;
            work_before(e, t);
            work_before(back, t);
            draw_let_out(&r, e, t);
            draw_let_out(&same, back, t);
        }
        char *a = work(e, t), *b = work(back, t);
        /* Memory is counted in both ways alike, but for rings that had grown. */
        assert_true(scope_engine_bytes(back) <= scope_engine_bytes(e) * 2);
        if (strcmp(a, b) != 0) {
            fail_msg("seed %llu, step %d:\n%s\nnot\n%s", (unsigned long long)seed, step, b, a);
        }
        free(a);
        free(b);
        scope_engine_destroy(back);
        assert_int_equal(scope_engine_flush(e, log_put, &log), 0);
    }
    scope_engine_destroy(e);
    log_close(&log);
}

static void scope_engine_restored_goes_on_as_the_engine_that_flushed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct fixture f;
        fixture_init(&f);
        f.model.privacy.release_ms = HOUR;
        if (seed % 2) {
            fixture_remembers(&f);
        }
        f.measures[M_MOOD].is_private = true;
        f.measures[M_MOOD].horizons[1] = (struct horizon){10 * MINUTE, MINUTE, 10, "10m"};
        f.measures[M_MOOD].horizon_count = 2;
        f.measures[M_CARE].horizons[2] = (struct horizon){20 * MINUTE, TICK, 120, "20m"}; /* shares its panes with that of 10m */
        f.measures[M_CARE].horizon_count = seed % 3 ? 3 : 2;
        for (unsigned a = 0; a < AXIS_COUNT; a++) {
            f.model.cube.axes[a].dwell_ms = seed % 3 * MINUTE;
            f.model.cube.axes[a].hysteresis = (double)(seed % 5);
            f.model.cube.axes[a].stale_after_ms = 40 * MINUTE;
        }
        f.model.cube.by_interval = seed % 2;
        f.model.cube.linked = (struct horizon){3 * HOUR, 5 * MINUTE, 36, "3h"};
        one_round(&f, seed);
    }
}

static int refuse(void *arg, struct text key, const uint8_t *value, size_t len)
{
    (void)key;
    (void)value;
    (void)len;
    return --*(int *)arg < 0 ? CUBE_ELIMIT : 0;
}

static void scope_engine_flush_keeps_everything_dirty_when_put_fails(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t s;
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    assert_int_equal(fixture_share(&f, s, T0, M_CARE, T0 - 1, 5, 3), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    int one = 1;
    assert_int_equal(scope_engine_flush(f.engine, refuse, &one), CUBE_ELIMIT);
    struct change_log log = {0};
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    assert_int_equal(log.count, 4); /* the list of measures, a block of each horizon, the head */
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    assert_int_equal(log.count, 4);
    log_close(&log);
    scope_engine_destroy(f.engine);
}

/* What another process wrote is input: whatever stands in it, reading it ends with a code. */
static void scope_engine_restore_survives_damaged_records(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    struct random r = {11};
    fixture_init(&f);
    fixture_remembers(&f);
    f.measures[M_MOOD].is_private = true;
    f.model.privacy.release_ms = MINUTE;
    f.model.cube.linked = (struct horizon){3 * HOUR, 5 * MINUTE, 36, "3h"};
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    for (int i = 1; i <= 100; i++) {
        struct random_row row;
        draw_row(&r, &f, T0 + i * TICK, &row);
        add_row(f.engine, &row);
        add_contacts(f.engine, &row, (uint64_t)i);
    }
    give_some(f.engine, 1);
    free(work(f.engine, T0 + 100 * TICK));
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    scope_engine_destroy(f.engine);
    for (int i = 0; i < 20000; i++) {
        const struct log_record *rec = &log.at[random_next(&r) % log.count];
        uint8_t *key = copy(rec->key, rec->key_len), *value = copy(rec->value, rec->len);
        uint8_t *hit = random_between(&r, 0, 3) && rec->len ? &value[random_next(&r) % rec->len]
                                                            : &key[random_next(&r) % rec->key_len];
        *hit = (uint8_t)random_next(&r);
        size_t len = random_between(&r, 0, 3) ? rec->len : random_next(&r) % (rec->len + 1);
        assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
        int rc = scope_engine_restore(f.engine, (struct text){(const char *)key, rec->key_len},
                                      value, len);
        assert_true(rc <= 0);
        scope_engine_destroy(f.engine);
        free(key);
        free(value);
    }
    log_close(&log);
}

/* The pane of one horizon says nine hits of five. */
static void scope_engine_restored_refuses_sums_of_no_events(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    struct text where, measure;
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    assert_int_equal(fixture_share(&f, s, T0, M_SPEED, T0 - 1, 5, 3), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    scope_engine_destroy(f.engine);
    for (int hits = 3; hits <= 9; hits += 6) {
        assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
        for (size_t i = 0; i < log.count; i++) {
            if (hits == 9 && log.at[i].key[0] == RECORD_BLOCK) {
                uint8_t *pane = memchr(log.at[i].value, 2 * 3, log.at[i].len); /* zigzag */
                assert_non_null(pane);
                *pane = 2 * 9;
            }
            struct text key = {(const char *)log.at[i].key, log.at[i].key_len};
            assert_int_equal(scope_engine_restore(f.engine, key, log.at[i].value, log.at[i].len), 0);
        }
        assert_int_equal(scope_engine_restored(f.engine), hits == 9 ? CUBE_ERANGE : 0);
        assert_int_equal(scope_engine_impossible(f.engine, &where, &measure), hits == 9);
        scope_engine_destroy(f.engine);
    }
    log_close(&log);
}

static void scope_engine_restore_passes_over_measures_and_rules_that_are_gone(void **state)
{
    (void)state;
    struct fixture f, smaller;
    struct change_log log = {0};
    struct random r = {1};
    uint32_t s;
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    for (uint16_t m = 0; m < M_STAFF; m++) {
        assert_int_equal(fixture_share(&f, s, T0, m, T0 - 1, 5, 5), 0);
    }
    assert_int_equal(fixture_one(&f, s, T0, M_STAFF, ROW_LEVEL, 0, 0, 5), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    fixture_init(&smaller);
    smaller.model.measure_count = M_ANSWERS;
    smaller.model.alerts = &smaller.rules[A_LEFT];
    smaller.model.alert_count = 1;
    struct scope_engine *e = put_back(&smaller, &log, true, &r);
    struct scope_view v;
    assert_int_equal(scope_engine_view(e, 0, T0, &v), 0);
    assert_int_equal(v.measure_count, M_ANSWERS);
    assert_int_equal(v.octant, 7);
    assert_int_equal(v.measures[0].horizons[0].n, 5);
    scope_engine_destroy(e);
    scope_engine_destroy(f.engine);
    log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_engine_restored_goes_on_as_the_engine_that_flushed),
        cmocka_unit_test(scope_engine_flush_keeps_everything_dirty_when_put_fails),
        cmocka_unit_test(scope_engine_restore_survives_damaged_records),
        cmocka_unit_test(scope_engine_restored_refuses_sums_of_no_events),
        cmocka_unit_test(scope_engine_restore_passes_over_measures_and_rules_that_are_gone),
    };
    return RUN_TESTS(tests);
}
