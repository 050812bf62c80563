/* An octant entered or left. While the position is unknown or stale nothing is decided. */
#include "alert/cond.h"

static bool any_stale(const struct condition_view *v)
{
    bool stale = false;
    for (unsigned i = 0; i < AXIS_COUNT; i++) {
        stale |= v->states[i].stale;
    }
    return stale;
}

static void octant_judge(const struct alert_rule *r, const struct condition_view *v,
                         struct condition_answer *ret_a)
{
    const struct octant_condition *c = &r->with.octant;
    if (v->octant == OCTANT_NONE || any_stale(v)) {
        *ret_a = cond_answer(VERDICT_FREEZE);
        return;
    }
    bool yes = c->left ? v->octant != c->octant && v->octant_before == c->octant
                       : v->octant == c->octant;
    *ret_a = cond_answer(yes ? VERDICT_YES : VERDICT_NO);
}

const struct alert_condition cond_octant = {.name = "octant", .judge = octant_judge};
