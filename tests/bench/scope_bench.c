/* What an active tick costs per scope, and what a scope weighs: 12 measures, a row for each of them per
 * scope and tick, panes leaving all the time. Arguments: scopes, ticks, measures with a
 * row per tick (12), anything: flush after each tick. For cachegrind: the difference of
 * two runs with different numbers of ticks is what the ticks cost. */
#include <stdio.h>
#include <stdlib.h>

#include "support/scope_fixture.h"

enum { MEASURES = 12, RULES = 6 };

static struct measure measures[MEASURES];
static struct alert_rule rules[RULES];

static void measures_init(void)
{
    static const char *const aggregation_names[MEASURES] = {"ratio",   "nps",  "top_box", "within",
                                                       "sum",     "mean", "count",   "ratio",
                                                       "top_box", "nps",  "mean",    "ratio"};
    static const char *const names[MEASURES] = {"m0", "m1", "m2", "m3", "m4",  "m5",
                                                "m6", "m7", "m8", "m9", "m10", "m11"};
    for (uint16_t i = 0; i < MEASURES; i++) {
        bool scored = i != 4 && i != 6;
        measures[i] = fixture_measure(i, names[i], aggregation_names[i],
                                      scored ? (enum axis)(i % AXIS_COUNT) : AXIS_NONE, 0,
                                      scored ? 1 : 0, 1);
        measures[i].horizons[0] = (struct horizon){30 * DAY, 6 * HOUR, 120, "30d"};
        measures[i].pane_ms = 6 * HOUR;
        if (i % 2 == 0) {
            measures[i].horizons[1] = (struct horizon){HOUR, MINUTE, 60, "1h"};
            measures[i].horizon_count = 2;
            measures[i].pane_ms = MINUTE;
        }
    }
}

/* Three values of a mean: the cells of agg_mean and agg_top_box are a count, then power sums. */
static void moments_add(int64_t *at, int64_t value)
{
    for (int i = 0; i < 3; i++) {
        cell_add_wide(at, value);
        cells_add_square(at + 2, value, 1);
    }
}

static int rows_add(struct scope_engine *e, uint32_t scope, int64_t t, uint32_t seed,
                    uint16_t count)
{
    int rc = 0;
    for (uint16_t i = 0; i < count && rc == 0; i++) {
        int64_t cells[CELL_SLOTS_MAX] = {3, (int64_t)((seed + i) % 4)};
        const char *name = measures[i].aggregation->name;
        if (strcmp(name, "mean") == 0) {
            cells[1] = 0;
            moments_add(cells + 1, (seed + i) % 5 * FIXED_ONE);
        } else if (strcmp(name, "top_box") == 0 || strcmp(name, "within") == 0) {
            moments_add(cells + 2, (seed + i) % 5 * FIXED_ONE);
        }
        struct delta_row row = {.set = set_alone(scope),
                                .measure = i,
                                .kind = ROW_PANE,
                                .slots = measures[i].aggregation->pane.slots,
                                .pane = pane_of(t - 1, measures[i].pane_ms),
                                .cells = cells};
        rc = scope_engine_add(e, t, &row);
    }
    return rc;
}

static int no_put(void *arg, struct text key, const uint8_t *value, size_t len)
{
    (void)value;
    *(uint64_t *)arg += key.len + len;
    return 0;
}

int main(int argc, char **argv)
{
    uint32_t scopes = argc > 1 ? (uint32_t)atoi(argv[1]) : 100;
    int ticks = argc > 2 ? atoi(argv[2]) : 1000;
    uint16_t rows = argc > 3 ? (uint16_t)atoi(argv[3]) : MEASURES;
    bool flush = argc > 4;
    struct fixture f;
    struct scope_engine *e;
    fixture_init(&f);
    measures_init();
    for (unsigned i = 0; i < RULES; i++) {
        rules[i] = f.rules[i % A_COUNT];
        rules[i].measure = rules[i].measure == UINT16_MAX                            ? UINT16_MAX
                           : rules[i].condition == alert_condition_find("burn_rate") ? 0
                                                                                     : 5;
    }
    f.model.measures = measures;
    f.model.measure_count = MEASURES;
    f.model.alerts = rules;
    f.model.alert_count = RULES;
    f.model.limits.scopes = scopes;
    if (scope_engine_create(&f.model, 1, &e)) {
        return 71;
    }
    uint64_t decisions = 0, bytes = 0;
    for (int n = 0; n < ticks; n++) {
        int64_t t = 100 * DAY + n * TICK;
        for (uint32_t s = 0; s < scopes; s++) {
            char key[32];
            uint32_t id;
            int len = snprintf(key, sizeof key, "region=%07u", s);
            if ((n == 0 && scope_engine_scope(e, (struct text){key, (uint32_t)len}, 1, &id)) ||
                rows_add(e, s, t, s * 7 + (uint32_t)n, n == 0 ? MEASURES : rows)) {
                return 71;
            }
        }
        if (scope_engine_tick(e, t) || (flush && scope_engine_flush(e, no_put, &bytes))) {
            return 71;
        }
        decisions += scope_engine_decision_count(e);
        scope_engine_decisions_clear(e);
    }
    printf("{\"scopes\":%u,\"ticks\":%d,\"decisions\":%llu,\"bytes_per_scope\":%llu,\"changelog_"
           "bytes\":%llu}\n",
           scopes, ticks, (unsigned long long)decisions,
           (unsigned long long)(scope_engine_bytes(e) / scopes), (unsigned long long)bytes);
    scope_engine_destroy(e);
    return 0;
}
