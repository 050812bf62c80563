/* What was applied is taken back in another order, for each aggregation of the table by itself, and the state is that of never: rows by
 * their opposites in the scope engine, to the byte of its records; purchases by their cancellations; everybody by erasure or exit. */
#include "support/unit.h"

#include "engine/scope_engine.h"
#include "support/change_log.h"
#include "support/entity_random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 300
#define SEEDS 10

static struct world w;
static struct measure *m;
static const struct condition half = {.what = EVENT_VALUE, .op = CONDITION_RANGE, .low = 5 * FIXED_ONE, .high = INT64_MAX};

static bool is_of_staff(const struct aggregation *g)
{
    return g->kinds >> KIND_HIRE & 1;
}

/* A world of one measure; what an aggregation does not ask for does not matter to it. */
static void open_one(const struct aggregation *g, uint64_t kinds, uint64_t seed)
{
    world_open(&w);
    world_default_points(&w, seed % 2);
    world_rule(&w, KIND_PURCHASE, 5, EVENT_FIELD_NONE, false);
    w.model.cancel_within_ms = 90 * DAY;
    w.model.tracks[1] = (struct ledger_track){LEDGER_REVENUE, {60 * DAY, DAY, 60, "60d"}};
    w.model.tracks[2] = (struct ledger_track){LEDGER_COST, {60 * DAY, DAY, 60, "60d"}};
    w.model.track_count = 3;
    m = world_measure(&w, "m", g->name, kinds, 60 * DAY, DAY);
    m->tracks[0] = 1;
    m->by_tracks[0] = 2;
    m->total_low = -400 * FIXED_ONE;
    m->total_high = 400 * FIXED_ONE;
    m->scale = 10;
    m->scale_of_all = true;
    m->hits = (struct predicate){&half, 1};
    m->recontact_window_ms = 3 * DAY;
    m->target = strcmp(g->name, "duration") == 0 ? DAY : 5 * FIXED_ONE;
    m->by = EVENT_REQUEST;
    m->lost = UINT64_C(1) << KIND_REQUEST_LOST;
    m->per = (struct source){.kinds = UINT64_C(1) << KIND_REQUEST_DONE | m->lost, .terms = {{EVENT_COST, 1}}, .term_count = 1};
    m->per.kinds = strcmp(g->name, "quotient") == 0 ? kinds : m->per.kinds;
    assert_int_equal(world_start(&w, is_of_staff(g) ? ENTITY_EMPLOYEE : ENTITY_CUSTOMER, seed), 0);
}

/* Events that every aggregation has some of among those of random_event. */
static uint64_t kinds_for(const struct aggregation *g)
{
    uint64_t answers = UINT64_C(1) << KIND_SURVEY | UINT64_C(1) << KIND_MEASUREMENT;
    return strcmp(g->name, "duration") == 0 ? UINT64_C(1) << KIND_REQUEST_OPEN : g->apply && !g->kinds && !g->by_points ? answers : 0;
}

static void apply(const struct event *e)
{
    assert_int_equal(world_apply(&w, e), 0);
}

/* ---- rows ------------------------------------------------------------------------------------------- */

struct kept {
    char key[96];
    uint32_t kind; /* of the scope */
    int64_t tick_ms;
    struct delta_row row;
    int64_t cells[CELL_SLOTS_MAX];
};

static struct kept *rows;
static uint32_t row_count, row_capacity;

static struct kept *row_new(void)
{
    if (row_count == row_capacity) {
        row_capacity = row_capacity ? 2 * row_capacity : 4096;
        rows = realloc(rows, row_capacity * sizeof *rows);
        assert_non_null(rows);
    }
    return &rows[row_count++];
}

/* Keeps each row of the engine by itself, once for each of its scopes. */
static void rows_keep(int64_t ts_ms)
{
    const struct scope_table *table = entity_engine_scopes(w.engine);
    struct delta_table *t = entity_engine_deltas(w.engine);
    for (uint32_t i = 0; i < delta_table_count(t); i++) {
        const struct delta_row *r = delta_table_at(t, i);
        const struct scope_set *set = r->set & SET_ALONE ? NULL : scope_table_set_at(table, r->set);
        for (uint32_t k = 0; k < (set ? set->count : 1); k++) {
            uint32_t scope = set ? set->scopes[k] : r->set ^ SET_ALONE;
            struct text key = scope_table_key(table, scope);
            struct kept *x = row_new();
            *x = (struct kept){.kind = scope_table_kind(table, scope), .tick_ms = tick_after(ts_ms, w.model.cube.tick_ms), .row = *r};
            assert_true(key.len < sizeof x->key);
            memcpy(x->key, key.at, key.len);
            memcpy(x->cells, r->cells, r->slots * sizeof *r->cells);
        }
    }
    delta_table_clear(t);
}

/* A month of events, every fifth late, and the rows they make. */
static void month(struct random *r, enum entity_type type)
{
    row_count = 0;
    for (int i = 0; i < EVENTS; i++) {
        int64_t now = T0 + i * 5 * HOUR;
        bool late = random_between(r, 0, 4) == 0;
        struct event e = random_event(&w, r, type, now - late * random_between(r, 1, 20) * HOUR);
        while (entity_engine_next_timer(w.engine) <= now) {
            int64_t t = entity_engine_next_timer(w.engine);
            assert_int_equal(entity_engine_timers(w.engine, now), 1);
            rows_keep(t);
        }
        assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), late), 0);
        rows_keep(now);
    }
}

enum sign { FORTH, BACK, NOTHING };

static void give(struct scope_engine *e, const struct kept *x, int64_t tick_ms, enum sign sign)
{
    const struct layout l = x->row.kind == ROW_CORRECTION ? (struct layout){.slots = 1} : *world_layout(m->aggregation, x->row.kind);
    int64_t cells[CELL_SLOTS_MAX] = {0};
    struct delta_row row = x->row;
    uint32_t scope;
    assert_int_equal(scope_engine_scope(e, text_of(x->key), x->kind, &scope), 0);
    if (sign == FORTH) {
        cells_add(&l, cells, x->cells);
    } else if (sign == BACK) {
        cells_subtract(&l, cells, x->cells);
    }
    row.set = set_alone(scope);
    row.cells = cells;
    assert_int_equal(scope_engine_add(e, tick_ms, &row), 0);
}

static void tick_until(struct scope_engine *e, int64_t t)
{
    while (scope_engine_next_tick(e) <= t) {
        assert_int_equal(scope_engine_tick(e, scope_engine_next_tick(e)), 0);
    }
}

/* The tick at which all rows have been told. */
static int64_t tell_all(struct scope_engine *e, enum sign sign)
{
    for (uint32_t i = 0; i < row_count; i++) {
        tick_until(e, rows[i].tick_ms - w.model.cube.tick_ms);
        give(e, &rows[i], rows[i].tick_ms, sign);
    }
    int64_t t = rows[row_count - 1].tick_ms;
    tick_until(e, t);
    return t;
}

static void shuffle(struct random *r)
{
    for (uint32_t i = row_count; i-- > 1;) {
        uint32_t k = (uint32_t)random_between(r, 0, i);
        struct kept x = rows[i];
        rows[i] = rows[k];
        rows[k] = x;
    }
}

/* The same rows in the order that they have now, at one tick: sums between would be of no events. */
static void tell_at(struct scope_engine *e, int64_t t, enum sign sign)
{
    for (uint32_t i = 0; i < row_count; i++) {
        give(e, &rows[i], t, sign);
    }
    tick_until(e, t);
}

static struct result result_of(struct scope_engine *e, uint32_t scope, int64_t t)
{
    struct scope_view v;
    assert_int_equal(scope_engine_view(e, scope, t, &v), 0);
    return v.measure_count > 0 ? v.measures[0].horizons[0] : (struct result){0}; /* there were corrections only */
}

static bool some_have_values(struct scope_engine *e, int64_t t)
{
    bool any = false;
    for (uint32_t s = 0; s < scope_engine_count(e); s++) {
        any |= result_of(e, s, t).has_value;
    }
    return any;
}

static void assert_nothing(struct scope_engine *e, struct scope_engine *never, int64_t t)
{
    assert_int_equal(scope_engine_count(e), scope_engine_count(never));
    for (uint32_t s = 0; s < scope_engine_count(e); s++) {
        struct result r = result_of(e, s, t), none = result_of(never, s, t);
        assert_true(r.n == 0 && !r.has_value && !r.has_interval);
        assert_true(none.n == 0 && !none.has_value && r.present == none.present && r.has_parts == none.has_parts);
    }
}

/* The record of a key that the changelog ends with; NULL: none, or a tombstone. */
static const struct log_record *record_of(const struct change_log *log, const struct log_record *key)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *r = &log->at[i];
        if (!r->superseded && r->len > 0 && r->key_len == key->key_len && memcmp(r->key, key->key, r->key_len) == 0) {
            return r;
        }
    }
    return NULL;
}

/* Every record of one changelog stands in the other, byte for byte. */
static void assert_all_in(const struct change_log *log, const struct change_log *other)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *r = &log->at[i], *same = record_of(other, r);
        if (!r->superseded && r->len > 0) {
            assert_true(same && same->len == r->len && memcmp(same->value, r->value, r->len) == 0);
        }
    }
}

/* The engine that takes rows and their opposites, and the one that is told of the same panes, levels and buckets and never gets a number. */
static bool rows_and_opposites(const struct aggregation *g, uint64_t seed)
{
    struct random r = {seed};
    struct scope_engine *e, *never;
    struct change_log log = {0}, empty = {0};
    open_one(g, kinds_for(g), seed);
    month(&r, is_of_staff(g) ? ENTITY_EMPLOYEE : ENTITY_CUSTOMER);
    assert_int_equal(scope_engine_create(&w.model, seed, &e), 0);
    assert_int_equal(scope_engine_create(&w.model, seed, &never), 0);
    int64_t t = tell_all(e, FORTH);
    tell_all(never, NOTHING);
    bool had = some_have_values(e, t);
    assert_int_equal(scope_engine_flush(e, log_put, &log), 0);
    shuffle(&r);
    t += w.model.cube.tick_ms;
    tell_at(e, t, BACK);
    tell_at(never, t, NOTHING);
    assert_nothing(e, never, t);
    assert_int_equal(scope_engine_flush(e, log_put, &log), 0);
    assert_int_equal(scope_engine_flush(never, log_put, &empty), 0);
    assert_all_in(&log, &empty);
    assert_all_in(&empty, &log);
    log_close(&log);
    log_close(&empty);
    scope_engine_destroy(e);
    scope_engine_destroy(never);
    world_close(&w);
    return had;
}

static void rows_that_are_taken_back_leave_what_never_was(void **state)
{
    (void)state;
    for (const struct aggregation *const *g = aggregations; *g; g++) {
        bool had = false;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            had |= rows_and_opposites(*g, seed);
        }
        print_message("%s\n", (*g)->name);
        assert_true(had);
    }
}

/* ---- events ----------------------------------------------------------------------------------------- */

/* How many rows of the measure hold something, among those of the kinds (bits). */
static uint32_t rows_left(unsigned kinds)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w.row_count; i++) {
        const struct world_row *x = &w.rows[i];
        n += x->kind != ROW_CORRECTION && kinds >> x->kind & 1 && !cells_are_zero(world_layout(m->aggregation, x->kind), x->cells);
    }
    return n;
}

static void buy_or_cancel(struct random r, const int *order, enum event_kind kind, int64_t from_ms)
{
    static char names[EVENTS][8];
    static const char *const who[] = {"x1", "x2", "x3", "x4", "x5", "x6"};
    for (int i = 0; i < EVENTS; i++) {
        struct random own = {r.state + (uint64_t)order[i]};
        struct event e = world_event(&w, kind, from_ms + i * HOUR, who[order[i] % 6]);
        random_fields(&own, &e);
        snprintf(names[order[i]], sizeof names[0], "o%d", order[i]);
        event_put_text(&e, EVENT_ORDER, names[order[i]]);
        e.dims[DIM_REGION] = kind == KIND_PURCHASE && order[i] % 3 ? TEXT_LITERAL("north") : (struct text){0};
        apply(&e);
    }
}

static void purchases_that_are_cancelled_leave_nothing_in_what_counts_them(void **state)
{
    (void)state;
    for (const struct aggregation *const *g = aggregations; *g; g++) {
        bool of_events = (*g)->respondents, counts = of_events || (*g)->by_points || (*g)->members;
        for (uint64_t seed = 1; counts && seed <= SEEDS; seed++) {
            struct random r = {seed};
            int order[EVENTS];
            for (int i = 0; i < EVENTS; i++) {
                int k = (int)random_between(&r, 0, i);
                order[i] = order[k];
                order[k] = i;
            }
            open_one(*g, of_events ? UINT64_C(1) << KIND_PURCHASE : 0, seed);
            buy_or_cancel(r, order, KIND_PURCHASE, T0);
            unsigned kinds = 1u << ROW_PANE | 1u << ROW_HIST | 1u << ROW_SKETCH;
            assert_true(rows_left(kinds) > 0);
            for (int i = 0; i < EVENTS; i++) {
                int k = (int)random_between(&r, 0, i), x = order[i];
                order[i] = order[k];
                order[k] = x;
            }
            buy_or_cancel(r, order, KIND_ORDER_CANCELLED, T0 + EVENTS * HOUR);
            assert_int_equal(rows_left(kinds), 0);
            world_close(&w);
        }
    }
}

/* Of stocks. */
static unsigned kinds_of_stock(const struct aggregation *g)
{
    bool kept = g->level.slots || g->sketch.slots;
    return kept ? 1u << ROW_LEVEL | 1u << ROW_SKETCH : g->per_entity ? 1u << ROW_PANE : 0;
}

static void nobody_is_left_in_what_counts_entities_when_all_are_gone(void **state)
{
    (void)state;
    static const char *const who[] = {"x1", "x2", "x3", "x4", "x5", "x6"};
    for (const struct aggregation *const *g = aggregations; *g; g++) {
        unsigned kinds = kinds_of_stock(*g);
        for (uint64_t seed = 1; kinds && seed <= SEEDS; seed++) {
            struct random r = {seed};
            bool staff = is_of_staff(*g);
            uint32_t had = 0;
            open_one(*g, kinds_for(*g), seed);
            for (int i = 0; i < EVENTS; i++) {
                struct event e = random_event(&w, &r, staff ? ENTITY_EMPLOYEE : ENTITY_CUSTOMER, T0 + i * 5 * HOUR);
                apply(&e);
                had += rows_left(kinds) > 0;
            }
            for (int i = 0; i < 6; i++) {
                struct event e = world_event(&w, staff ? KIND_EXIT : KIND_CUSTOMER_ERASE, T0 + EVENTS * 5 * HOUR, who[((uint64_t)i * 5 + seed) % 6]);
                apply(&e);
            }
            assert_true(had > 0);
            assert_int_equal(rows_left(kinds), 0);
            world_close(&w);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_taken_back_leave_what_never_was),
        cmocka_unit_test(purchases_that_are_cancelled_leave_nothing_in_what_counts_them),
        cmocka_unit_test(nobody_is_left_in_what_counts_entities_when_all_are_gone),
    };
    int failed = RUN_TESTS(tests);
    free(rows);
    return failed;
}
