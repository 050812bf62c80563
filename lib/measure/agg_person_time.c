#include "measure/agg_person_time.h"

#include "engine/entity.h"

/* The level was another by d from t_ms on. */
static int emit_since(const struct measure *m, struct applying *a, const struct scope_set *set, int64_t d, int64_t t_ms)
{
    int64_t cells[CELL_SLOTS_MAX] = {[PERSON_D] = d};
    cell_set_wide(cells + PERSON_M, (cube_i128)d * t_ms);
    return emit_pane(a, m, set, applying_pane(m, t_ms), cells);
}

static int emit_change(const struct measure *m, struct applying *a, const struct scope_set *set, int64_t d)
{
    int64_t level = a->takes_back ? -d : d;
    int rc = emit_level(a, m, set, &level);
    return rc ? rc : emit_since(m, a, set, d, a->ts_ms);
}

int person_time_apply(const struct measure *m, struct applying *a)
{
    return a->presence ? emit_change(m, a, a->stock, a->presence) : 0;
}

int person_time_stayed(const struct measure *m, struct applying *a)
{
    int rc = emit_since(m, a, a->stock, 1, a->ts_ms);
    return rc ? rc : emit_since(m, a, a->stock, -1, a->stayed_until_ms);
}

int person_time_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                     const struct scope_set *to)
{
    if (!(a->entity->flags & ENTITY_PRESENT)) {
        return 0;
    }
    int rc = from ? emit_change(m, a, from, -1) : 0;
    return rc || !to ? rc : emit_change(m, a, to, 1);
}

/* Before the first change in the window the level was now - D; each change counts from its time on. */
cube_i128 window_integral(const struct window_view *w, cube_i128 level, cube_i128 d, cube_i128 moment)
{
    cube_u128 length = (cube_u128)(w->t_ms - w->from_ms);
    return (cube_i128)(((cube_u128)level - (cube_u128)d) * length + (cube_u128)d * (cube_u128)w->t_ms - (cube_u128)moment);
}

cube_i128 person_time(const struct window_view *w)
{
    return window_integral(w, w->level[0], w->pane[PERSON_D], cell_get_wide(w->pane + PERSON_M));
}

bool person_time_average(const struct window_view *w, double *ret_average)
{
    int64_t length = w->t_ms - w->from_ms;
    if (length <= 0) {
        return false;
    }
    *ret_average = stat_quotient(person_time(w), length);
    return true;
}

bool person_time_creeps(const struct window_view *w, int64_t counted)
{
    bool moves = w->pane[PERSON_D] != 0 || cell_get_wide(w->pane + PERSON_M) != 0;
    return moves && (counted != 0 || person_time(w) <= 0);
}
