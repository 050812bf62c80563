/* The entity engine against models that keep every event and count anew. */
#include "support/unit.h"

#include "engine/facts.h"

#include "support/entity_log.h"

/* Customers whose record stands in the region (NULL: all) with an act in the window; only of one kind unless
 * it is KIND_NONE. */
static int64_t naive_active(const struct measure *m, const char *region, enum event_kind kind, int64_t t)
{
    int64_t n = 0, oldest = pane_newest(t, m->pane_ms) - m->horizons[0].panes + 1;
    for (int who = 0; who < PEOPLE; who++) {
        const char *stands = "";
        bool active = false;
        for (int i = 0; i < log_count; i++) {
            const struct event *e = &log_of[i].e;
            if (e->entity.at[1] - '1' != who) {
                continue;
            }
            stands = log_of[i].region;
            bool acts = kind == KIND_NONE ? kind_rows[e->kind].acts : e->kind == kind;
            active |= acts && pane_of(e->ts_ms, m->pane_ms) >= oldest;
        }
        n += active && (!region || strcmp(region, stands) == 0);
    }
    return n;
}

static void active_equals_a_count_over_all_events(void **state)
{
    (void)state;
    static const char *const regions[] = {"east", "north", "south"};
    for (uint64_t seed = 1; seed <= 25; seed++) {
        open_customers(seed);
        int64_t t = log_of[log_count - 1].e.ts_ms + 1;
        for (int days = 0; days < 12; days += 2) {
            const struct measure *active = measure_named("active"), *buyers = measure_named("buyers");
            assert_int_equal(world_run(&w, t), 0);
            assert_int_equal(world_result(&w, "organisation", active, t).n, naive_active(active, NULL, KIND_NONE, t));
            assert_int_equal(world_result(&w, "organisation", buyers, t).n, naive_active(buyers, NULL,
                                                                                         KIND_PURCHASE, t));
            for (int i = 0; i < 3; i++) {
                char key[32];
                snprintf(key, sizeof key, "region=%s", regions[i]);
                assert_int_equal(world_result(&w, key, active, t).n, naive_active(active, regions[i], KIND_NONE, t));
                assert_int_equal(world_result(&w, key, buyers, t).n, naive_active(buyers, regions[i],
                                                                                  KIND_PURCHASE, t));
            }
            t += 2 * DAY;
        }
        world_close(&w);
    }
}

/* ---- points ---------------------------------------------------------------------------------------- */

struct earned {
    unsigned rule;
    struct text thing;
    int64_t ts, points;
    bool gone;
};

static bool same_thing(const struct earned *x, struct text thing)
{
    return text_equal(x->thing, thing);
}

static int64_t naive_balance(int who, int64_t t)
{
    static struct earned all[EVENTS * 4];
    const struct points_plan *p = &w.model.points;
    int count = 0;
    for (int i = 0; i < log_count; i++) {
        const struct event *e = &log_of[i].e;
        if (e->entity.at[1] - '1' != who) {
            continue;
        }
        for (int k = 0; k < count; k++) { /* what has left the window by now counts no more */
            all[k].gone |= pane_of(all[k].ts, p->pane_ms) + p->window_ms / p->pane_ms <= pane_of(e->ts_ms, p->pane_ms);
        }
        for (unsigned r = 0; r < p->count; r++) {
            const struct points_rule *rule = &p->rules[r];
            struct text thing = rule->per == EVENT_FIELD_NONE ? TEXT_LITERAL("") : event_text(e, rule->per);
            int64_t today = 0;
            bool counts = false;
            for (int k = 0; k < count; k++) {
                bool mine = !all[k].gone && all[k].rule == r && same_thing(&all[k], thing);
                counts |= mine;
                all[k].gone |= mine && (rule->retracted_by >> e->kind & 1);
                today += all[k].rule == r && pane_of(all[k].ts, DAY) == pane_of(e->ts_ms, DAY);
            }
            if (rule->kind != e->kind || (rule->once && counts) || (rule->cap && today >= rule->cap)) {
                continue;
            }
            int64_t points = rule->has_steps && e->slot[rule->steps_field].number > rule->steps_above ? rule->steps_points : rule->points;
            all[count++] = (struct earned){r, thing, e->ts_ms, points, false};
        }
    }
    int64_t sum = 0;
    for (int k = 0; k < count; k++) {
        const struct earned *x = &all[k];
        int64_t leaves = (pane_of(x->ts, p->pane_ms) + p->window_ms / p->pane_ms) * p->pane_ms;
        bool counts = !x->gone && leaves > t;
        for (int o = 0; o < count && counts && p->rules[x->rule].stage_group; o++) { /* a higher stage of the same thing */
            const struct earned *y = &all[o];
            int64_t y_leaves = (pane_of(y->ts, p->pane_ms) + p->window_ms / p->pane_ms) * p->pane_ms;
            counts = !(!y->gone && y_leaves > t && p->rules[y->rule].stage_group == p->rules[x->rule].stage_group &&
                       same_thing(y, x->thing) && y->points > x->points);
        }
        sum += counts ? x->points : 0;
    }
    return sum;
}

static void balance_equals_a_count_over_all_events(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 25; seed++) {
        open_customers(seed);
        int64_t t = log_of[log_count - 1].e.ts_ms + 1;
        for (int days = 0; days < 25; days += 4) {
            assert_int_equal(world_run(&w, t), 0);
            for (int who = 0; who < PEOPLE; who++) {
                char key[16];
                struct customer_view v;
                snprintf(key, sizeof key, "x%d", who + 1);
                assert_int_equal(entity_engine_customer(w.engine, text_of(key), t, &v), 0);
                assert_int_equal(v.points, naive_balance(who, t));
            }
            t += 4 * DAY;
        }
        world_close(&w);
    }
}

/* ---- all measures ----------------------------------------------------------------------------------- */

/* When every event names its region, what the regions say adds up to what the organisation says, row by
 * row. Distinct counts of private cells and of the customers of cases are per scope and do not. */
static void children_add_up_to_the_parent(void **state)
{
    (void)state;
    static const char *const regions[] = {"region=east", "region=north", "region=south"},
        *const names[] = {"east", "north", "south"};
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random r = {seed};
        random_world(&w);
        assert_int_equal(world_start(&w, ENTITY_CUSTOMER, seed), 0);
        for (int i = 0; i < EVENTS; i++) {
            struct event e = random_event(&w, &r, ENTITY_CUSTOMER, T0 + i * 2 * HOUR);
            e.dims[DIM_REGION] = text_of(names[random_between(&r, 0, 2)]);
            assert_int_equal(world_apply(&w, &e), 0);
        }
        uint32_t rows = w.row_count;
        for (uint32_t i = 0; i < rows; i++) {
            struct world_row x = w.rows[i];
            struct delta_row key = {.measure = x.measure, .kind = x.kind, .slots = x.slots, .pane = x.pane, .bucket = x.bucket};
            const struct aggregation *g = w.measures[x.measure].aggregation;
            if (strcmp(x.key, "organisation") != 0) {
                continue;
            }
            int64_t sum[CELL_SLOTS_MAX] = {0};
            for (int k = 0; k < 3; k++) {
                cells_add(world_layout(g, x.kind), sum, world_row_get(&w, text_of(regions[k]), &key)->cells);
            }
            unsigned slots = g->facts >> FACT_CASE & 1 && x.kind == ROW_PANE ? x.slots - 1u : x.slots; /* the last one of first_time is distinct */
            assert_memory_equal(sum, x.cells, slots * sizeof *sum);
        }
        world_close(&w);
    }
}

static void stragglers_break_nothing_and_leave_no_negative_counts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random r = {seed};
        random_world(&w);
        assert_int_equal(world_start(&w, ENTITY_CUSTOMER, seed), 0);
        for (int i = 0; i < EVENTS; i++) {
            int64_t now = T0 + i * 2 * HOUR;
            struct event e = random_event(&w, &r, ENTITY_CUSTOMER, now - random_between(&r, 0, 3) * 20 * HOUR);
            assert_int_equal(world_run(&w, now), 0);
            assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity),
                                                 e.ts_ms < now), 0);
            world_drain(&w);
        }
        int64_t t = T0 + EVENTS * 2 * HOUR;
        for (int days = 0; days < 40; days += 3) {
            assert_int_equal(world_run(&w, t), 0);
            for (uint32_t m = 0; m < w.model.measure_count; m++) {
                struct result x = world_result(&w, "organisation", &w.measures[m], t);
                assert_true(x.n >= 0 && (!(x.present >> RESULT_HITS & 1) || x.field[RESULT_HITS].i >= 0));
                assert_true(!x.has_parts || (x.final.n >= 0 && x.provisional.n >= 0 && x.final.hits >= 0 && x.provisional.hits >= 0));
            }
            t += 3 * DAY;
        }
        assert_int_equal(world_result(&w, "organisation", measure_named("margin"), t).n, 0);
        assert_int_equal(world_result(&w, "organisation", measure_named("active"), t).n, 0);
        assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_equals_a_count_over_all_events),
        cmocka_unit_test(balance_equals_a_count_over_all_events),
        cmocka_unit_test(children_add_up_to_the_parent),
        cmocka_unit_test(stragglers_break_nothing_and_leave_no_negative_counts),
    };
    return RUN_TESTS(tests);
}
