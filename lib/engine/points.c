#include "engine/points.h"

#include "engine/points_steps.h"

struct horizon points_horizon(const struct points_plan *p)
{
    return points_horizon_of(p);
}

static uint64_t thing_of(const struct points_rule *r, const struct event *e)
{
    if (r->per == EVENT_FIELD_NONE) {
        return 0;
    }
    struct text t = event_text(e, (enum event_field)r->per);
    return t.at ? fact_key(t) : 0;
}

static int step_kept(struct applying *a, const struct points_rules *rules, const struct points_step *s)
{
    a->points += s->net;
    return rules->steps && !s->is_fresh ? points_step_keep(a, s) : 0;
}

static struct points_step step_of(const struct applying *a, unsigned rule, unsigned order)
{
    const struct points_rule *r = &a->model->points.rules[rule];
    return (struct points_step){.ts_ms = a->ts_ms, .key = thing_of(r, a->event), .set = a->flow->id, .rule = (uint8_t)rule, .order = (uint8_t)order};
}

static int earn(struct applying *a, const struct points_rules *rules, unsigned rule, unsigned order)
{
    const struct points_rule *r = &a->model->points.rules[rule];
    if (!predicate_holds(&r->where, a->event)) {
        return 0;
    }
    struct points_step s = step_of(a, rule, order);
    s.above = points_is_above(r, a->event);
    int rc = points_earn(a, &s);
    if (rc == 0 && s.did && !(r->retracted_by >> KIND_ORDER_CANCELLED & 1)) {
        a->earned |= UINT64_C(1) << rule;
        a->earned_points += s.net;
    }
    return rc ? rc : step_kept(a, rules, &s);
}

int points_rules_apply(struct applying *a, const struct points_rules *rules, unsigned order)
{
    int rc = 0;
    for (uint32_t i = 0; i < rules->retract_count && rc == 0; i++) {
        struct points_step s = step_of(a, rules->retract[i], order);
        s.back = true;
        rc = points_retract(a, &s);
        rc = rc ? rc : step_kept(a, rules, &s);
    }
    for (uint32_t i = 0; i < rules->earn_count && rc == 0; i++) {
        rc = earn(a, rules, rules->earn[i], order);
    }
    return rc;
}

int points_apply(struct applying *a, const struct points_rules *rules)
{
    if (rules->steps) {
        return points_steps_apply(a, rules);
    }
    int rc = points_rules_apply(a, rules, 0);
    a->entity->customer.points += rc ? 0 : a->points;
    return rc;
}

void points_settle(const struct model *m, struct entity *x)
{
    struct horizon h = points_horizon_of(&m->points);
    int64_t before_ms = points_settle_ms(m, x);
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (points_is_fresh(f) && points_fresh_ms(&h, f) < before_ms) {
            struct fact settled = points_settled(&h, f);
            facts_change(x, i, &settled);
        }
    }
}
