/* Absence: absent days over available days, both weighted by fte, from the integrals of two
 * levels. Stocks move with the employee; spells that began or ended stay where that happened. */
#include "engine/staff.h"
#include "measure/agg_person_time.h"

#define DAY_MS INT64_C(86400000)
#define YEAR_MS (365 * DAY_MS)

enum { LEVEL_HEADS, LEVEL_FTE, LEVEL_ABSENT = LEVEL_FTE + 2, LEVEL_SLOTS = LEVEL_ABSENT + 2 };

enum {
    HEADS_D, HEADS_M,
    FTE_D = HEADS_M + 2, FTE_M = FTE_D + 2,
    ABSENT_D = FTE_M + 2, ABSENT_M = ABSENT_D + 2,
    EXITS = ABSENT_M + 2, BEGUN, CLOSED, LENGTHS, SLOTS = LENGTHS + 2
};

/* What an employee, or a change, adds to the levels: heads, micro fte, micro fte x micro fraction. */
struct weight {
    int64_t heads;
    cube_i128 fte, absent;
};

static struct weight weight_of(const struct staff *s, int sign)
{
    return (struct weight){sign * s->present, (cube_i128)s->fte * sign, (cube_i128)s->fte * s->fraction * sign};
}

static bool is_nothing(const struct weight *w)
{
    return w->heads == 0 && w->fte == 0 && w->absent == 0;
}

/* The pane cells of a change that happens now. */
static void put_change(const struct applying *a, const struct weight *w, int64_t *cells)
{
    cells[HEADS_D] = w->heads;
    cell_set_wide(cells + HEADS_M, (cube_i128)w->heads * a->ts_ms);
    cell_set_wide(cells + FTE_D, w->fte);
    cell_set_wide(cells + FTE_M, w->fte * a->ts_ms);
    cell_set_wide(cells + ABSENT_D, w->absent);
    cell_set_wide(cells + ABSENT_M, w->absent * a->ts_ms);
}

static int emit_weight(const struct measure *m, struct applying *a, const struct scope_set *set, const struct weight *w)
{
    int sign = a->takes_back ? -1 : 1;
    int64_t level[LEVEL_SLOTS] = {[LEVEL_HEADS] = sign * w->heads}, cells[SLOTS] = {0};
    cell_set_wide(level + LEVEL_FTE, sign * w->fte);
    cell_set_wide(level + LEVEL_ABSENT, sign * w->absent);
    put_change(a, w, cells);
    int rc = emit_level(a, m, set, level);
    return rc ? rc : emit_pane(a, m, set, applying_pane(m, a->ts_ms), cells);
}

/* A spell that an exit ends is not closed: how long it lasted is not known. */
static int emit_flows(const struct measure *m, struct applying *a, const struct staff *before, const struct staff *now)
{
    bool exits = before->present && !now->present, begins = !before->absent && now->absent;
    bool ends = before->absent && now->present && !now->absent;
    int64_t cells[SLOTS] = {[EXITS] = exits, [BEGUN] = begins, [CLOSED] = ends};
    cell_set_wide(cells + LENGTHS, ends ? a->ts_ms - before->absent_since_ms : 0);
    return exits || begins || ends ? agg_emit(a, m, cells) : 0;
}

static int absence_apply(const struct measure *m, struct applying *a)
{
    struct staff now = staff_of(a->entity);
    struct weight was = weight_of(a->before, -1), change = weight_of(&now, 1);
    change = (struct weight){change.heads + was.heads, change.fte + was.fte, change.absent + was.absent};
    int rc = is_nothing(&change) ? 0 : emit_weight(m, a, a->stock, &change);
    return rc ? rc : emit_flows(m, a, a->before, &now);
}

static int absence_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                        const struct scope_set *to)
{
    struct staff s = staff_of(a->entity);
    struct weight out = weight_of(&s, -1), in = weight_of(&s, 1);
    if (!s.present) {
        return 0;
    }
    int rc = from ? emit_weight(m, a, from, &out) : 0;
    return rc || !to ? rc : emit_weight(m, a, to, &in);
}

static void spells_fill(struct result *r, const struct window_view *w, cube_i128 head_ms)
{
    int64_t closed = w->pane[CLOSED];
    if (head_ms > 0) {
        result_set_double(r, RESULT_FREQUENCY, stat_quotient((cube_i128)w->pane[BEGUN] * YEAR_MS, head_ms));
    }
    if (closed > 0) {
        result_set_double(r, RESULT_MEAN_DURATION, stat_quotient(cell_get_wide(w->pane + LENGTHS), closed));
    }
}

/* Without anybody absent it is 0, whatever was available. */
static bool absence_creeps(const struct window_view *w)
{
    const int64_t *p = w->pane, *l = w->level;
    cube_i128 fte_d = cell_get_wide(p + FTE_D), fte_m = cell_get_wide(p + FTE_M);
    if (cell_get_wide(p + ABSENT_D) != 0 || cell_get_wide(p + ABSENT_M) != 0) {
        return true;
    }
    bool counted = cell_get_wide(l + LEVEL_ABSENT) != 0;
    return (fte_d != 0 || fte_m != 0) && (counted || window_integral(w, cell_get_wide(l + LEVEL_FTE), fte_d, fte_m) <= 0);
}

static void absence_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    const int64_t *p = w->pane, *l = w->level;
    cube_i128 fte_ms = window_integral(w, cell_get_wide(l + LEVEL_FTE), cell_get_wide(p + FTE_D), cell_get_wide(p + FTE_M));
    cube_i128 absent_ms = window_integral(w, cell_get_wide(l + LEVEL_ABSENT), cell_get_wide(p + ABSENT_D),
                                          cell_get_wide(p + ABSENT_M));
    *ret_r = (struct result){.n = l[LEVEL_HEADS] + p[EXITS]};
    result_set_double(ret_r, RESULT_DAYS, stat_quotient(absent_ms, (cube_i128)DAY_MS * FIXED_ONE * FIXED_ONE));
    result_set_double(ret_r, RESULT_AVAILABLE_DAYS, stat_quotient(fte_ms, (cube_i128)DAY_MS * FIXED_ONE));
    spells_fill(ret_r, w, window_integral(w, l[LEVEL_HEADS], p[HEADS_D], cell_get_wide(p + HEADS_M)));
    cube_i128 available = (cube_i128)((cube_u128)fte_ms * FIXED_ONE);
    if (available > 0) {
        ret_r->has_value = true;
        ret_r->value = stat_quotient(absent_ms, available);
    }
}

const struct aggregation agg_absence = {
    .name = "absence",
    .pane = {.slots = SLOTS,
             .wide = 1u << HEADS_M | 1u << FTE_D | 1u << FTE_M | 1u << ABSENT_D | 1u << ABSENT_M | 1u << LENGTHS},
    .level = {.slots = LEVEL_SLOTS, .wide = 1u << LEVEL_FTE | 1u << LEVEL_ABSENT},
    .follows_time = true,
    .per_entity = true,
    .kinds = UINT64_C(1) << KIND_HIRE | UINT64_C(1) << KIND_EXIT | UINT64_C(1) << KIND_HEADCOUNT |
             UINT64_C(1) << KIND_ABSENCE_START | UINT64_C(1) << KIND_ABSENCE_UPDATE | UINT64_C(1) << KIND_ABSENCE_END,
    .apply = absence_apply,
    .move = absence_move,
    .creeps = absence_creeps,
    .result = absence_result,
};
