/* Random rows for the fixture model, and decisions as text. */
#ifndef CUBE_TESTS_SCOPE_RANDOM_H
#define CUBE_TESTS_SCOPE_RANDOM_H

#include <stdio.h>

#include "support/random.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)
#define SCOPES 4

static const struct text keys[SCOPES] = {
    {"organisation", 12}, {"region=north", 12}, {"region=a\0b", 10}, {"region=", 7}};

struct random_row {
    unsigned scope;
    int64_t tick;
    struct delta_row row;
    int64_t cells[CELL_SLOTS_MAX];
};

static void draw_cells(struct random *r, const struct layout *l, int64_t *cells)
{
    int64_t n = random_between(r, 0, 6);
    for (unsigned i = 0; i < l->slots; i++) {
        cells[i] = layout_is_wide(l, i) ? random_between(r, 1, 1000) * FIXED_ONE : 0;
        i += layout_is_wide(l, i);
    }
    cells[0] = n;
    if (l->slots > 1) {
        cells[1] = random_between(r, 0, n);
        cells[l->slots - 1] = n;
    }
}

/* One of four is of what time alone moved. */
static void draw_quiet(struct random *r, struct delta_row *row)
{
    bool may = row->kind == ROW_PANE || row->kind == ROW_LEVEL || row->kind == ROW_SKETCH;
    row->kind = (uint8_t)(may && random_between(r, 0, 3) == 0 ? row_kind_quiet(row->kind) : row->kind);
}

static void draw_loud(struct random *r, const struct fixture *f, int64_t tick,
                     struct random_row *ret_row)
{
    *ret_row = (struct random_row){.scope = (unsigned)random_between(r, 0, SCOPES - 1),
                                   .tick = tick};
    struct delta_row *row = &ret_row->row;
    row->measure = (uint16_t)random_between(r, 0, M_COUNT - 1);
    const struct measure *m = &f->measures[row->measure];
    int64_t back = random_between(r, 0, 9) == 0 ? random_between(r, 0, 2 * HOUR)
                                                : random_between(r, 0, TICK - 1);
    row->pane = pane_of(tick - 1 - back, m->pane_ms);
    row->cells = ret_row->cells;
    if (m->is_private) {
        row->kind = ROW_TOUCH;
        row->pane = 0;
        return;
    }
    if (m->aggregation->sketch.slots) {
        row->kind = ROW_SKETCH;
        row->slots = m->aggregation->sketch.slots;
        row->pane = random_between(r, 0, 1);
        row->bucket = (int32_t)random_between(r, -70, 70);
        draw_cells(r, &m->aggregation->sketch, row->cells);
        row->cells[0] = random_between(r, 0, 3);
        return;
    }
    switch (random_between(r, 0, 5)) {
    case 0:
        row->kind = ROW_CORRECTION;
        row->slots = 1;
        row->cells[0] = 1;
        return;
    case 1:
        if (m->aggregation->level.slots) {
            row->kind = ROW_LEVEL;
            row->pane = 0;
            row->slots = 1;
            row->cells[0] = random_between(r, -2, 5);
            return;
        }
        break;
    case 2:
        if (m->aggregation->histogram) {
            row->kind = ROW_HIST;
            row->slots = 1;
            row->bucket = (int32_t)random_between(r, 0, 40);
            row->cells[0] = random_between(r, 1, 3);
            return;
        }
        break;
    default: break;
    }
    row->kind = ROW_PANE;
    row->slots = m->aggregation->pane.slots;
    draw_cells(r, &m->aggregation->pane, row->cells);
}

static void draw_row(struct random *r, const struct fixture *f, int64_t tick, struct random_row *ret_row)
{
    draw_loud(r, f, tick, ret_row);
    draw_quiet(r, &ret_row->row);
}

static void add_row(struct scope_engine *e, struct random_row *row)
{
    uint32_t scope;
    assert_int_equal(scope_engine_scope(e, keys[row->scope], row->scope ? 1 : 0, &scope), 0);
    row->row.set = set_alone(scope);
    assert_int_equal(scope_engine_add(e, row->tick, &row->row), 0);
}

/* Something that the guard might let out of a scope's survey cells at tick t. */
static inline void draw_let_out(struct random *r, struct scope_engine *e, int64_t t)
{
    unsigned scope = (unsigned)random_between(r, 0, SCOPES - 1);
    struct let_out_cell c = {.scope = keys[scope], .kind = scope != 0, .measure = M_MOOD, .horizon_count = 2};
    for (uint32_t h = 0; h < c.horizon_count; h++) {
        c.horizons[h].withheld = random_between(r, 0, 2) == 0;
        int64_t n = random_between(r, 5, 20), hits = random_between(r, 0, n);
        c.horizons[h].published_ms = t - random_between(r, 0, 3) * HOUR;
        c.horizons[h].result = (struct result){.has_value = true, .value = (double)hits / (double)n, .n = n};
        result_set_int(&c.horizons[h].result, RESULT_HITS, hits);
    }
    assert_int_equal(scope_engine_let_out(e, t, &c), 0);
}

/* A decision as a line of text: two engines agree when the texts do. */
static inline void print_decision(FILE *out, struct scope_engine *e, const struct decision *d)
{
    fprintf(out, "%d %.*s %lld %lld %d %d %d", d->type, (int)scope_engine_key(e, d->scope).len,
            scope_engine_key(e, d->scope).at, (long long)d->t_ms, (long long)d->revision, d->from,
            d->to, d->jump);
    for (uint32_t i = 0; i < d->move_count; i++) {
        fprintf(out, " [%d %lld %lld", d->moves[i].axis, (long long)d->moves[i].from,
                (long long)d->moves[i].to);
        for (uint32_t k = 0; k < d->moves[i].driver_count; k++) {
            fprintf(out, " %d:%lld", d->moves[i].drivers[k].measure,
                    (long long)d->moves[i].drivers[k].contribution);
        }
        fprintf(out, "]");
    }
    if (d->type == DECISION_ALERT) {
        fprintf(out, " %.*s %d %lld %lld %llx %.17g", (int)d->rule->name.len, d->rule->name.at,
                d->firing, (long long)d->starts_ms, (long long)d->ends_ms,
                (unsigned long long)d->fingerprint, d->answer.value);
    }
    fprintf(out, "\n");
}

#endif
