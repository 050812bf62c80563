#include "support/unit.h"

#include "engine/entity.h"
#include "engine/ledger_panes.h"
#include "support/random.h"

#define DAY INT64_C(86400000)
#define LEAVES (400 * DAY)
#define SUBSETS (1u << LEDGER_COUNT)

static struct model model;
static struct ledger_plan plan;
static struct fact_home home;
static struct entity x;

/* A customer of a model that tracks these ledgers (bits) over a year; counted: bits of ledgers, too. */
static void open_tracks(uint32_t ledgers, uint32_t counted)
{
    uint32_t tracks = 0;
    memset(&model, 0, sizeof model);
    memset(&home, 0, sizeof home);
    memset(&x, 0, sizeof x);
    for (unsigned l = 0; l < LEDGER_COUNT; l++) {
        if (ledgers >> l & 1) {
            tracks |= (counted >> l & 1) << model.track_count;
            model.tracks[model.track_count++] =
                (struct ledger_track){(enum ledger)l, {.window_ms = 365 * DAY, .pane_ms = DAY, .panes = 365}};
        }
    }
    ledger_plan_fill(&model, tracks, &plan);
    home.tracks = model.track_count;
    assert_int_equal(facts_open(&home, &x), 0);
}

static void close_tracks(void)
{
    facts_close(&home, &x);
    block_pool_close(&home.pool);
}

/* All facts leave; then every total is 0 and nothing is held. */
static void assert_leaves_nothing(void)
{
    struct applying a = {.model = &model, .ledgers = &plan, .entity = &x, .home = &home};
    while (x.fact_count > 0) {
        ledger_leave(&a, x.fact_count - 1);
    }
    for (unsigned t = 0; t < model.track_count; t++) {
        assert_true(cell_get_wide(facts_track(&home, &x, t)) == 0);
    }
    assert_int_equal(x.held_tracks, 0);
}

/* What a version 3 record has of one pane: by ledger its amount and its events. */
struct old_pane {
    int64_t amounts[LEDGER_COUNT], events[LEDGER_COUNT];
};

static void old_purchase(struct old_pane *o, struct random *r)
{
    int64_t revenue = random_between(r, 0, 100) * FIXED_ONE, cost = random_between(r, 0, 100) * FIXED_ONE;
    o->amounts[LEDGER_REVENUE] += revenue;
    o->amounts[LEDGER_COST] += cost;
    o->amounts[LEDGER_MARGIN] += revenue - cost;
    o->amounts[LEDGER_PURCHASES] += FIXED_ONE;
    o->events[LEDGER_REVENUE]++;
    o->events[LEDGER_COST]++;
    o->events[LEDGER_MARGIN]++;
    o->events[LEDGER_PURCHASES]++;
}

static void old_cost(struct old_pane *o, struct random *r)
{
    int64_t effort = random_between(r, 0, 100) * FIXED_ONE;
    o->amounts[LEDGER_EFFORT] += effort;
    o->amounts[LEDGER_MARGIN] -= effort;
    o->events[LEDGER_EFFORT]++;
    o->events[LEDGER_MARGIN]++;
}

/* Takes the facts of the old pane in the order of tracks, or against it. */
static void take_old(const struct old_pane *o, uint32_t counted, bool backwards)
{
    for (unsigned i = 0; i < model.track_count; i++) {
        unsigned t = backwards ? model.track_count - 1 - i : i;
        enum ledger l = model.tracks[t].ledger;
        struct fact f = {fact_head(FACT_LEDGER, (uint8_t)t, LEAVES), 35, o->amounts[l]};
        cell_set_wide(facts_track(&home, &x, t), o->amounts[l]);
        assert_int_equal(f.value ? ledger_old_take(&home, &x, &plan, &f, false) : 0, 0);
        f.value = o->events[l];
        assert_int_equal((counted >> l & 1) && f.value ? ledger_old_take(&home, &x, &plan, &f, true) : 0, 0);
    }
    ledger_held_find(&plan, &x);
}

static void old_records_say_the_same_whatever_ledgers_are_tracked_and_counted(void **state)
{
    (void)state;
    struct random r = {7};
    for (uint32_t ledgers = 1; ledgers < SUBSETS; ledgers++) {
        for (uint32_t counted = 0; counted < SUBSETS; counted++) {
            struct old_pane o = {{0}, {0}};
            for (int64_t n = random_between(&r, 0, 3); n > 0; n--) {
                old_purchase(&o, &r);
            }
            for (int64_t n = random_between(&r, 0, 3); n > 0; n--) {
                old_cost(&o, &r);
            }
            open_tracks(ledgers, counted & ledgers);
            take_old(&o, counted & ledgers, random_between(&r, 0, 1));
            for (unsigned t = 0; t < model.track_count; t++) {
                enum ledger l = model.tracks[t].ledger;
                assert_int_equal(x.held_tracks >> t & 1, (counted >> l & 1) && o.events[l] > 0);
            }
            assert_leaves_nothing();
            close_tracks();
        }
    }
}

static void amounts_beyond_64_bits_go_into_further_facts(void **state)
{
    (void)state;
    open_tracks(1u << LEDGER_REVENUE | 1u << LEDGER_MARGIN, 1u << LEDGER_REVENUE);
    const struct event e = {.ts_ms = 35 * DAY};
    struct applying a = {.model = &model, .ledgers = &plan, .entity = &x, .home = &home, .event = &e, .ts_ms = e.ts_ms};
    const struct ledger_share shares[PART_COUNT] = {[PART_SALES] = {1, INT64_MAX}, [PART_COSTS] = {0, (cube_i128)INT64_MAX * 2}};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ledger_panes_add(&a, shares), 0);
    }
    assert_int_equal(x.fact_count, 3 + 6);
    assert_int_equal(x.due_ms, 0); /* as the test left it: nothing is due earlier */
    assert_int_equal(x.held_tracks, 1);
    assert_true(cell_get_wide(facts_track(&home, &x, 0)) == (cube_i128)INT64_MAX * 3);
    assert_true(cell_get_wide(facts_track(&home, &x, 1)) == -(cube_i128)INT64_MAX * 3);
    assert_leaves_nothing();
    close_tracks();
}

static void what_is_taken_back_leaves_no_fact(void **state)
{
    (void)state;
    open_tracks(SUBSETS - 1, SUBSETS - 1);
    const struct event e = {.ts_ms = 35 * DAY};
    struct applying a = {.model = &model, .ledgers = &plan, .entity = &x, .home = &home, .event = &e, .ts_ms = e.ts_ms};
    const struct ledger_share shares[PART_COUNT] = {{1, 12}, {0, 5}, {0, 0}}, back[PART_COUNT] = {{-1, -12}, {0, -5}, {0, 0}};
    assert_int_equal(ledger_panes_add(&a, shares), 0);
    assert_int_equal(x.fact_count, 2);
    assert_true(x.held_tracks != 0);
    a.takes_back = true;
    a.now_ms = LEAVES; /* too late */
    assert_int_equal(ledger_panes_add(&a, back), 0);
    assert_int_equal(x.fact_count, 2);
    a.now_ms = LEAVES - 1;
    assert_int_equal(ledger_panes_add(&a, back), 0);
    assert_int_equal(x.fact_count, 0);
    assert_leaves_nothing();
    close_tracks();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_records_say_the_same_whatever_ledgers_are_tracked_and_counted),
        cmocka_unit_test(amounts_beyond_64_bits_go_into_further_facts),
        cmocka_unit_test(what_is_taken_back_leaves_no_fact),
    };
    return RUN_TESTS(tests);
}
