/* The balance of a customer, and how points halve. */
#include "engine/points_rules.h"

static const uint64_t halvings[] = {
    /* round(2^-(2^-i) x 2^62) for i = 1, 2, ... */
    UINT64_C(3260954456333195553), UINT64_C(3877950241171266237), UINT64_C(4228934724888366668),
    UINT64_C(4416165660797809419), UINT64_C(4512867096753504463), UINT64_C(4562008997483360349),
    UINT64_C(4586780255215411731), UINT64_C(4599216278082138665), UINT64_C(4605446927862164404),
    UINT64_C(4608565417332308035), UINT64_C(4610125453837388245), UINT64_C(4610905670110601999),
    UINT64_C(4611295827762151833), UINT64_C(4611490918967884501), UINT64_C(4611588467665893036),
    UINT64_C(4611637242788701951),
};
#define HALVINGS (sizeof halvings / sizeof *halvings)

/* round(points x 2^-(age / half)), in integers, so that every machine says the same. */
static int64_t decay(int64_t points, int64_t age_ms, int64_t half_ms)
{
    int64_t whole = age_ms / half_ms, rest = age_ms % half_ms;
    if (whole >= HALF_LIVES_MAX) {
        return 0;
    }
    uint64_t factor = UINT64_C(1) << 62;
    for (unsigned i = 0; i < HALVINGS; i++) {
        rest *= 2;
        if (rest >= half_ms) {
            rest -= half_ms;
            factor = (uint64_t)((cube_u128)factor * halvings[i] >> 62);
        }
    }
    uint64_t size = (uint64_t)(points < 0 ? -points : points);
    unsigned shift = 62 + (unsigned)whole;
    int64_t rounded = (int64_t)(((cube_u128)size * factor + ((cube_u128)1 << (shift - 1))) >> shift);
    return points < 0 ? -rounded : rounded;
}

/* Of the stages of one thing the one with the most points counts; of those with as many the latest, which has decayed least. */
static bool stage_counts(const struct points_plan *p, const struct entity *x, const struct fact *mine)
{
    uint8_t own = fact_arg(mine);
    for (uint32_t r = 0; r < p->count; r++) {
        const struct fact *f = p->rules[r].stage_group == p->rules[own].stage_group ? points_find(p, x, r, mine->key) : NULL;
        int64_t more = f ? points_value(f) - points_value(mine) : 0;
        int64_t later = f && more == 0 ? points_value_pane(p, f) - points_value_pane(p, mine) : 0;
        if (more > 0 || later > 0 || (f && more == 0 && later == 0 && r < own)) {
            return false;
        }
    }
    return true;
}

static int64_t sum_up(const struct points_plan *plan, const struct entity *x, int64_t as_of_ms, int64_t half_life_ms)
{
    int64_t sum = 0, pane_ms = points_pane_ms(plan), now = pane_of(as_of_ms, pane_ms);
    for (uint32_t i = 0; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        bool thing = points_is_thing(f), counts = thing || fact_type(f) == FACT_POINTS_SUM;
        if (!counts || (thing && points_by_stage(plan, fact_arg(f)) && !stage_counts(plan, x, f))) {
            continue;
        }
        int64_t age = half_life_ms != 0 && now > points_value_pane(plan, f) ? (now - points_value_pane(plan, f)) * pane_ms : 0;
        sum += half_life_ms != 0 ? decay(points_value(f), age, half_life_ms) : points_value(f);
    }
    return sum;
}

int64_t points_decayed(const struct points_plan *plan, const struct entity *x, int64_t as_of_ms)
{
    return sum_up(plan, x, as_of_ms, plan->half_life_ms);
}

int64_t points_undecayed(const struct points_plan *plan, const struct entity *x)
{
    return sum_up(plan, x, 0, 0);
}
