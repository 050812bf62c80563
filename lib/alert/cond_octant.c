/* An octant entered or left, until the scope is back in it, wherever it moves on to. While the position is unknown or stale nothing is decided. */
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
    bool in = v->octant == c->octant, was_in = v->octant_before == c->octant || v->active;
    bool yes = c->left ? !in && was_in : in;
    *ret_a = cond_answer(yes ? VERDICT_YES : VERDICT_NO);
}

const struct alert_condition cond_octant = {.name = "octant", .judge = octant_judge};
