#include "engine/points.h"

#include "engine/entity.h"

#define PANE_BITS FACT_POINTS_PANE_BITS

/* Whatever has halved so often rounds to 0, POINTS_MAX too. */
#define HALF_LIVES_MAX 32
_Static_assert(INT64_C(2) * POINTS_MAX < INT64_C(1) << HALF_LIVES_MAX, "less than a half is left");

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

static int64_t value_pack(int64_t points, int64_t pane)
{
    return (int64_t)((uint64_t)points << PANE_BITS | ((uint64_t)pane & ((UINT64_C(1) << PANE_BITS) - 1)));
}

static int64_t value_points(const struct fact *f)
{
    return f->value >> PANE_BITS;
}

static int64_t value_pane(const struct fact *f)
{
    return f->value & ((INT64_C(1) << PANE_BITS) - 1);
}

static int64_t plan_pane_ms(const struct points_plan *p)
{
    return p->pane_ms > 0 ? p->pane_ms : INT64_C(86400000);
}

static inline struct horizon horizon_of(const struct points_plan *p)
{
    int64_t pane_ms = plan_pane_ms(p);
    return (struct horizon){.window_ms = p->window_ms, .pane_ms = pane_ms, .panes = (p->window_ms + pane_ms - 1) / pane_ms};
}

struct horizon points_horizon(const struct points_plan *p)
{
    return horizon_of(p);
}

static int64_t leaves_ms(const struct points_plan *p, int64_t pane)
{
    if (p->window_ms == 0) {
        return 0;
    }
    struct horizon h = horizon_of(p);
    return pane_leaves_ms(&h, pane);
}

static uint64_t thing_of(const struct points_rule *r, const struct event *e)
{
    if (r->per == EVENT_FIELD_NONE) {
        return 0;
    }
    struct text t = event_text(e, (enum event_field)r->per);
    return t.at ? fact_key(t) : 0;
}

static bool by_stage(const struct points_plan *p, unsigned rule)
{
    return p->stages_highest && p->rules[rule].stage_group != 0;
}

/* Of the stages of one thing only the highest counts. */
static int64_t stage_points(const struct points_plan *p, const struct entity *x, unsigned rule, uint64_t thing)
{
    int64_t highest = 0;
    bool any = false;
    for (uint32_t r = 0; r < p->count; r++) {
        const struct fact *f = p->rules[r].stage_group == p->rules[rule].stage_group
                                   ? facts_find(x, FACT_POINTS, (uint8_t)r, thing)
                                   : NULL;
        if (f && (!any || value_points(f) > highest)) {
            highest = value_points(f);
            any = true;
        }
    }
    return highest;
}

static int64_t rule_points(const struct points_rule *r, const struct event *e)
{
    bool above = r->has_steps && event_has(e, (enum event_field)r->steps_field) &&
                 e->slot[r->steps_field].number > r->steps_above;
    int64_t points = above ? r->steps_points : r->points;
    return points > POINTS_MAX ? POINTS_MAX : points < -POINTS_MAX ? -POINTS_MAX : points;
}

/* Counts one more time in the period of the event. 1: the cap is reached; 0: counted. Periods that no late
 * event can reach any more are forgotten. */
static int cap_take(struct applying *a, unsigned rule)
{
    const struct points_rule *r = &a->model->points.rules[rule];
    int64_t period = pane_of(a->ts_ms, r->cap_period_ms), past = a->ts_ms - a->model->time.lateness_ms;
    struct fact *f = facts_find(a->entity, FACT_CAP, (uint8_t)rule, (uint64_t)period);
    if (f) {
        return f->value >= r->cap ? 1 : (f->value++, 0);
    }
    for (uint32_t i = a->entity->fact_count; i-- > 0;) {
        const struct fact *old = &a->entity->facts[i];
        if (fact_type(old) == FACT_CAP && fact_arg(old) == rule && ((int64_t)old->key + 1) * r->cap_period_ms < past) {
            facts_remove(a->entity, i);
        }
    }
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_CAP, (uint8_t)rule, 0), (uint64_t)period, 1});
}

/* Sums that have decayed to nothing make room for the next pane. A thing's points stay: they may be taken back, or keep it from counting
 * again. */
static void sums_forget(const struct points_plan *plan, struct entity *x, int64_t now_ms)
{
    int64_t pane_ms = plan_pane_ms(plan), now = pane_of(now_ms, pane_ms);
    for (uint32_t i = x->fact_count; plan->half_life_ms != 0 && i-- > 0;) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_POINTS_SUM && (now - value_pane(f)) * pane_ms >= HALF_LIVES_MAX * plan->half_life_ms) {
            x->customer.points -= value_points(f);
            facts_remove(x, i);
        }
    }
}

/* Adds to the sum of a pane that nothing can take back, and that leaves then. */
static int sum_add(struct applying *a, int64_t pane, int64_t leaves, int64_t points)
{
    struct fact *f = facts_find(a->entity, FACT_POINTS_SUM, 0, (uint64_t)pane);
    if (f && value_points(f) + points <= POINTS_MAX && value_points(f) + points >= -POINTS_MAX) {
        f->value = value_pack(value_points(f) + points, pane);
        return 0;
    }
    sums_forget(&a->model->points, a->entity, a->ts_ms);
    struct fact sum = {fact_head(FACT_POINTS_SUM, 0, leaves), (uint64_t)pane, value_pack(points, pane)};
    return facts_add(a->home, a->entity, sum);
}

static int thing_add(struct applying *a, unsigned rule, uint64_t thing, int64_t pane, int64_t leaves, int64_t points)
{
    struct fact f = {fact_head(FACT_POINTS, (uint8_t)rule, leaves), thing, value_pack(points, pane)};
    return facts_add(a->home, a->entity, f);
}

static int earn(struct applying *a, unsigned rule)
{
    const struct points_plan *plan = &a->model->points;
    const struct points_rule *r = &plan->rules[rule];
    bool staged = by_stage(plan, rule);
    uint64_t thing = thing_of(r, a->event);
    if (!predicate_holds(&r->where, a->event) ||
        ((r->once || staged) && facts_find(a->entity, FACT_POINTS, (uint8_t)rule, thing))) {
        return 0;
    }
    int rc = r->cap > 0 && r->cap_period_ms > 0 ? cap_take(a, rule) : 0;
    if (rc != 0) {
        return rc < 0 ? rc : 0;
    }
    int64_t points = rule_points(r, a->event), pane = pane_of(a->ts_ms, plan_pane_ms(plan));
    int64_t leaves = leaves_ms(plan, pane), before = staged ? stage_points(plan, a->entity, rule, thing) : 0;
    bool keyed = r->once || staged || r->retracted_by != 0;
    rc = keyed ? thing_add(a, rule, thing, pane, leaves, points) : sum_add(a, pane, leaves, points);
    if (rc != 0) {
        return rc;
    }
    if (plan->window_ms != 0) {
        applying_due(a, leaves);
    }
    int64_t net = staged ? stage_points(plan, a->entity, rule, thing) - before : points;
    a->points += net;
    if (!(r->retracted_by >> KIND_ORDER_CANCELLED & 1)) {
        a->earned |= UINT64_C(1) << rule;
        a->earned_points += net;
    }
    return 0;
}

/* The fact to take back: the only one of a `once` rule, else the latest, of these the most points: a choice
 * that does not depend on where facts stand. */
static struct fact *counted(const struct entity *x, const struct points_rule *r, unsigned rule, uint64_t thing)
{
    struct fact *best = facts_find(x, FACT_POINTS, (uint8_t)rule, thing);
    for (uint32_t i = 0; best && !r->once && i < x->fact_count; i++) {
        struct fact *f = &x->facts[i];
        bool same = f->key == thing && f->head >> 48 == best->head >> 48;
        if (same && (value_pane(f) > value_pane(best) ||
                     (value_pane(f) == value_pane(best) && value_points(f) > value_points(best)))) {
            best = f;
        }
    }
    return best;
}

/* Takes out fact i and returns what the balance loses by it. */
static int64_t take_out(const struct points_plan *plan, struct entity *x, uint32_t i)
{
    struct fact f = x->facts[i];
    bool staged = fact_type(&f) == FACT_POINTS && by_stage(plan, fact_arg(&f));
    int64_t before = staged ? stage_points(plan, x, fact_arg(&f), f.key) : value_points(&f);
    facts_remove(x, i);
    return before - (staged ? stage_points(plan, x, fact_arg(&f), f.key) : 0);
}

static void retract(struct applying *a, unsigned rule)
{
    const struct points_rule *r = &a->model->points.rules[rule];
    const struct fact *f = counted(a->entity, r, rule, thing_of(r, a->event));
    if (f) {
        a->points -= take_out(&a->model->points, a->entity, (uint32_t)(f - a->entity->facts));
    }
}

int points_apply(struct applying *a, const uint8_t *earners, uint32_t earn_count, const uint8_t *retractors,
                 uint32_t retract_count)
{
    for (uint32_t i = 0; i < retract_count; i++) {
        retract(a, retractors[i]);
    }
    for (uint32_t i = 0; i < earn_count; i++) {
        int rc = earn(a, earners[i]);
        if (rc != 0) {
            return rc;
        }
    }
    a->entity->customer.points += a->points;
    return 0;
}

/* The fact of this rule, thing, pane and points; the fact count when it is gone. */
static uint32_t earned_find(const struct entity *x, unsigned rule, uint64_t thing, int64_t pane, int64_t points)
{
    uint32_t i = 0;
    uint64_t head = fact_head(FACT_POINTS, (uint8_t)rule, 0) >> 48;
    while (i < x->fact_count && !(x->facts[i].head >> 48 == head && x->facts[i].key == thing &&
                                  x->facts[i].value == value_pack(points, pane))) {
        i++;
    }
    return i;
}

static void cap_give_back(struct applying *a, unsigned rule)
{
    const struct points_rule *r = &a->model->points.rules[rule];
    struct fact *f = r->cap > 0 && r->cap_period_ms > 0
                         ? facts_find(a->entity, FACT_CAP, (uint8_t)rule, (uint64_t)pane_of(a->ts_ms, r->cap_period_ms))
                         : NULL;
    if (f && f->value > 0) {
        f->value--;
    }
}

static int rule_take_back(struct applying *a, unsigned rule, const struct order *o)
{
    const struct points_plan *plan = &a->model->points;
    const struct points_rule *r = &plan->rules[rule];
    int64_t pane = pane_of(a->ts_ms, plan_pane_ms(plan)), leaves = leaves_ms(plan, pane), points = rule_points(r, a->event);
    uint64_t thing = r->per == EVENT_FIELD_NONE ? 0 : o->text_hashes[r->per];
    cap_give_back(a, rule);
    if (r->once || by_stage(plan, rule) || r->retracted_by != 0) {
        uint32_t i = earned_find(a->entity, rule, thing, pane, points);
        a->entity->customer.points -= i < a->entity->fact_count ? take_out(plan, a->entity, i) : 0;
        return 0;
    }
    if ((leaves != 0 && leaves <= a->now_ms) || !facts_find(a->entity, FACT_POINTS_SUM, 0, (uint64_t)pane)) {
        return 0; /* it has left, or decayed to nothing */
    }
    a->entity->customer.points -= points;
    return sum_add(a, pane, leaves, -points);
}

int points_take_back(struct applying *a, const struct order *o)
{
    int rc = 0;
    for (uint64_t left = o->earned; left != 0 && rc == 0; left &= left - 1) {
        unsigned rule = (unsigned)__builtin_ctzll(left);
        rc = rule < a->model->points.count ? rule_take_back(a, rule, o) : 0;
    }
    return rc;
}

void points_leave(struct applying *a, uint32_t i)
{
    a->entity->customer.points -= take_out(&a->model->points, a->entity, i);
}

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
        const struct fact *f = p->rules[r].stage_group == p->rules[own].stage_group ? facts_find(x, FACT_POINTS, (uint8_t)r, mine->key) : NULL;
        int64_t more = f ? value_points(f) - value_points(mine) : 0, later = f && more == 0 ? value_pane(f) - value_pane(mine) : 0;
        if (more > 0 || later > 0 || (f && more == 0 && later == 0 && r < own)) {
            return false;
        }
    }
    return true;
}

int64_t points_decayed(const struct points_plan *plan, const struct entity *x, int64_t as_of_ms)
{
    int64_t sum = 0, pane_ms = plan_pane_ms(plan), now = pane_of(as_of_ms, pane_ms);
    for (uint32_t i = 0; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        bool points = fact_type(f) == FACT_POINTS || fact_type(f) == FACT_POINTS_SUM;
        int64_t age = points && now > value_pane(f) ? (now - value_pane(f)) * pane_ms : 0;
        bool staged = points && fact_type(f) == FACT_POINTS && by_stage(plan, fact_arg(f));
        if (points && (!staged || stage_counts(plan, x, f))) {
            sum += decay(value_points(f), age, plan->half_life_ms);
        }
    }
    return sum;
}
