/* What the scopes of one task weigh under a whole configuration, in the engine's own count and in resident memory:
 *   scopes_bench CONFIG SCOPES ROWS
 * Every measure of every scope gets ROWS rows spread over its longest window, so that panes are sparse: with 50 rows
 * hardly two share one. Then one tick is judged. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "engine/guard.h"
#include "engine/scope_engine.h"
#include "window/pane.h"

#define DAY INT64_C(86400000)
#define T0 (20000 * DAY)
#define TICK INT64_C(10000)

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static int row_add(struct scope_engine *e, uint32_t scope, const struct measure *m, int64_t tick_ms, uint64_t dice)
{
    const struct aggregation *a = m->aggregation;
    int64_t cells[CELL_SLOTS_MAX] = {1, (int64_t)(dice & 1)};
    int64_t pane = pane_of(T0 - 1 - (int64_t)(dice % (uint64_t)m->longest_ms), m->pane_ms);
    struct delta_row row = {.set = set_alone(scope), .measure = m->index, .kind = ROW_PANE, .slots = a->pane.slots, .pane = pane, .cells = cells};
    int rc = a->pane.slots ? scope_engine_add(e, tick_ms, &row) : 0;
    if (!rc && a->level.slots) {
        row.kind = ROW_LEVEL;
        row.slots = a->level.slots;
        row.pane = 0;
        rc = scope_engine_add(e, tick_ms, &row);
    }
    if (!rc && a->histogram) {
        row.kind = ROW_HIST;
        row.slots = 1;
        row.pane = pane;
        row.bucket = (int32_t)(dice >> 32 & 63);
        rc = scope_engine_add(e, tick_ms, &row);
    }
    if (!rc && a->sketch.slots) {
        row.kind = ROW_SKETCH;
        row.slots = a->sketch.slots;
        row.pane = 0;
        row.bucket = (int32_t)(dice >> 32 & 255);
        rc = scope_engine_add(e, tick_ms, &row);
    }
    return rc;
}

/* The measures of one engine: those that are let out by the guard are its own. */
static int scope_fill(struct scope_engine *e, const struct model *m, bool guarded, uint32_t s, uint32_t rows)
{
    char key[32];
    uint32_t id;
    int len = snprintf(key, sizeof key, "region=%07u", s);
    int rc = scope_engine_scope(e, (struct text){key, (uint32_t)len}, 1, &id);
    for (uint32_t i = 0; !rc && i < m->measure_count; i++) {
        for (uint32_t k = 0; !rc && k < rows && m->measures[i].is_private == guarded; k++) {
            rc = row_add(e, id, &m->measures[i], T0 + s * TICK, mix(((uint64_t)s << 40) + i * 100000u + k));
        }
    }
    return rc;
}

/* Each scope's rows are taken by a tick of their own, so that waiting ones do not count. */
static int both_fill(struct scope_engine *e, struct guard *g, const struct model *m, uint32_t s, uint32_t rows)
{
    int rc = scope_fill(e, m, false, s, rows);
    rc = rc ? rc : scope_engine_tick(e, T0 + s * TICK);
    rc = rc ? rc : scope_fill(guard_cells(g), m, true, s, rows);
    rc = rc ? rc : guard_advance(g, T0 + s * TICK);
    return rc < 0 ? rc : 0;
}

static long resident_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "VmRSS: %ld", &kib) == 1) {
            break;
        }
    }
    if (f) {
        fclose(f);
    }
    return kib;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: scopes_bench CONFIG SCOPES ROWS\n", stderr);
        return 64;
    }
    uint32_t scopes = (uint32_t)atoi(argv[2]), rows = (uint32_t)atoi(argv[3]);
    struct config *c = NULL;
    struct scope_engine *e = NULL;
    struct guard *g = NULL;
    if (config_load(argv[1], NULL, stderr, &c) || scope_engine_create(&c->model, 1, &e) || guard_create(&c->model, 1, &g)) {
        return 71;
    }
    long before = resident_kib();
    for (uint32_t s = 0; s < scopes; s++) {
        int rc = both_fill(e, g, &c->model, s, rows);
        if (rc) {
            fprintf(stderr, "scopes_bench: %d\n", rc);
            return 71;
        }
        scope_engine_decisions_clear(e);
        scope_engine_clean(e);
        scope_engine_clean(guard_cells(g));
    }
    printf("scopes %u, measures %u, rows each %u: %.0f bytes per scope by its own count, %.1f KiB resident\n", scopes, c->model.measure_count, rows,
           (double)(scope_engine_bytes(e) + scope_engine_bytes(guard_cells(g))) / scopes, (double)(resident_kib() - before) / scopes);
    guard_destroy(g);
    scope_engine_destroy(e);
    config_destroy(c);
    return 0;
}
