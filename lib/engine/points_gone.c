/* Points that were taken back or have left, kept while something may come that they counted for. */
#include "engine/points_rules.h"

#include "engine/points_steps.h"

/* That it counted once keeps what comes late from counting, too. */
static bool is_kept(const struct model *m, unsigned rule)
{
    const struct points_rule *r = &m->points.rules[rule];
    return points_has_steps(m, rule) || (r->once && r->kind != KIND_PURCHASE && m->time.lateness_ms > 0);
}

/* What was taken back, or has left, is kept while something from before that may come; so is the step of what was fresh. CUBE_ENOMEM. */
int points_gone(struct applying *a, uint32_t i, int64_t gone_ms)
{
    const struct fact *was = &a->entity->facts[i];
    if (!points_is_thing(was) || !is_kept(a->model, fact_arg(was))) {
        facts_remove(a->entity, i);
        return 0;
    }
    const struct points_plan *plan = &a->model->points;
    int64_t lateness_ms = a->model->time.lateness_ms, forgotten_ms = gone_ms + lateness_ms + 1;
    bool fresh = points_is_fresh(was);
    struct horizon h = points_horizon_of(plan);
    struct points_step s = points_step_of(plan, was);
    struct fact f = fresh ? points_settled(&h, was) : *was;
    f.head = fact_head(FACT_POINTS_GONE, fact_arg(&f), forgotten_ms);
    facts_change(a->entity, i, &f);
    applying_due(a, forgotten_ms);
    return fresh && s.ts_ms >= points_settle_ms(a->model, a->entity) ? points_step_keep(a, &s) : 0;
}

/* What is to be forgotten by now may be there, after a restart. */
static bool is_gone(const struct applying *a, const struct fact *f)
{
    return fact_type(f) == FACT_POINTS_GONE && fact_t(f) > a->now_ms;
}

static int64_t gone_ms_of(const struct applying *a, const struct fact *f)
{
    return fact_t(f) - a->model->time.lateness_ms - 1;
}

bool points_counted_once(const struct applying *a, const struct points_step *s)
{
    const struct points_plan *plan = &a->model->points;
    bool counted = false;
    for (uint32_t i = a->entity->mark_count; i < a->entity->fact_count && !counted && !points_has_steps(a->model, s->rule); i++) {
        const struct fact *f = &a->entity->facts[i];
        counted = is_gone(a, f) && fact_arg(f) == s->rule && f->key == s->key && points_leaves_ms(plan, points_value_pane(plan, f)) > a->ts_ms;
    }
    return counted;
}

static void there_again(struct entity *x, uint32_t i, int64_t leaves)
{
    struct fact f = x->facts[i];
    f.head = fact_head(FACT_POINTS, fact_arg(&f), leaves);
    facts_change(x, i, &f);
}

static bool was_taken_back(const struct applying *a, const struct points_step *s, const struct fact *f)
{
    return is_gone(a, f) && fact_arg(f) == s->rule && f->key == s->key && gone_ms_of(a, f) == a->ts_ms &&
           points_leaves_ms(&a->model->points, points_value_pane(&a->model->points, f)) != a->ts_ms;
}

/* Of one instant the latest are taken back first, of these the most points. */
static bool is_taken_later(const struct points_plan *p, const struct fact *f, const struct fact *than)
{
    int64_t later = points_value_pane(p, than) - points_value_pane(p, f);
    return later > 0 || (later == 0 && points_value(f) < points_value(than));
}

void points_unretract(struct applying *a, const struct points_step *s, const struct points_step *earned)
{
    const struct points_plan *plan = &a->model->points;
    const struct entity *x = a->entity;
    int64_t pane = pane_of(a->ts_ms, points_pane_ms(plan));
    int64_t beside = earned ? points_value_pack(points_of_rule(&plan->rules[s->rule], earned->above), pane) : 0;
    const struct fact *best = NULL;
    for (uint32_t i = x->mark_count; i < x->fact_count && !(best && earned && best->value == beside); i++) {
        const struct fact *f = &x->facts[i];
        if (was_taken_back(a, s, f) && (!best || (earned && f->value == beside) || is_taken_later(plan, f, best))) {
            best = f;
        }
    }
    if (best) {
        there_again(a->entity, (uint32_t)(best - x->facts), points_leaves_ms(plan, points_value_pane(plan, best)));
    }
}

void points_come_back(struct applying *a)
{
    struct entity *x = a->entity;
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        int64_t leaves = points_leaves_ms(&a->model->points, points_value_pane(&a->model->points, f));
        if (is_gone(a, f) && gone_ms_of(a, f) == leaves && leaves > a->ts_ms) {
            there_again(x, i, leaves);
        }
    }
}

int points_leave_again(struct applying *a)
{
    int rc = 0;
    for (uint32_t i = a->entity->fact_count; rc == 0 && i-- > a->entity->mark_count;) {
        const struct fact *f = &a->entity->facts[i];
        bool points = points_is_thing(f) || fact_type(f) == FACT_POINTS_SUM;
        rc = points && !points_count_at(f, a->now_ms) ? points_gone(a, i, fact_t(f)) : 0;
    }
    return rc;
}
