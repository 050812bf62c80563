#include "engine/points_rules.h"

#include "engine/points_steps.h"

/* Points belong to a thing: they can be taken back, or keep others from counting. */
static bool is_keyed(const struct points_plan *p, unsigned rule)
{
    return p->rules[rule].once || points_by_stage(p, rule) || p->rules[rule].retracted_by != 0;
}

static bool is_capped(const struct points_rule *r)
{
    return r->cap > 0 && r->cap_period_ms > 0;
}

/* What counts once and is never taken back adds as much whichever event of it earned; purchases are kept as orders. */
bool points_has_steps(const struct model *m, unsigned rule)
{
    const struct points_rule *r = &m->points.rules[rule];
    bool hangs = r->retracted_by != 0 || points_by_stage(&m->points, rule) || is_capped(r);
    return hangs && m->time.lateness_ms > 0 && r->kind != KIND_PURCHASE;
}

/* ---- what counts ------------------------------------------------------------------------------------- */

static bool is_same(const struct fact *f, const struct fact *as)
{
    return f->key == as->key && fact_arg(f) == fact_arg(as) && points_is_thing(f);
}

/* The points of a rule and thing that count at an instant. */
static struct fact *find_at(const struct points_plan *p, const struct entity *x, unsigned rule, uint64_t thing, int64_t t_ms)
{
    struct fact *first = points_find(p, x, rule, thing);
    if (!first || points_count_at(first, t_ms)) {
        return first;
    }
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        if (is_same(&x->facts[i], first) && points_count_at(&x->facts[i], t_ms)) {
            return &x->facts[i];
        }
    }
    return NULL;
}

/* Of the stages of one thing only the highest counts. */
static int64_t stage_points(const struct points_plan *p, const struct entity *x, unsigned rule, uint64_t thing, int64_t t_ms)
{
    int64_t highest = 0;
    bool any = false;
    for (uint32_t r = 0; r < p->count; r++) {
        const struct fact *f = p->rules[r].stage_group == p->rules[rule].stage_group ? find_at(p, x, r, thing, t_ms) : NULL;
        if (f && (!any || points_value(f) > highest)) {
            highest = points_value(f);
            any = true;
        }
    }
    return highest;
}

/* The fact to take back: the only one of a `once` rule, else the latest, of these the most points: a choice
 * that does not depend on where facts stand. */
static struct fact *latest_find(const struct points_plan *p, const struct entity *x, unsigned rule, uint64_t thing, int64_t t_ms)
{
    struct fact *best = find_at(p, x, rule, thing, t_ms);
    for (uint32_t i = x->mark_count; best && !p->rules[rule].once && i < x->fact_count; i++) {
        struct fact *f = &x->facts[i];
        int64_t later = is_same(f, best) && points_count_at(f, t_ms) ? points_value_pane(p, f) - points_value_pane(p, best) : -1;
        if (later > 0 || (later == 0 && points_value(f) > points_value(best))) {
            best = f;
        }
    }
    return best;
}

/* ---- earning ----------------------------------------------------------------------------------------- */

/* Counts one more time in the period of the event. 1: the cap is reached; 0: counted. Periods that no late
 * event, nor a cancellation, can reach any more are forgotten. */
static int cap_take(struct applying *a, unsigned rule)
{
    const struct points_rule *r = &a->model->points.rules[rule];
    int64_t kept_ms = a->model->time.lateness_ms + (r->kind == KIND_PURCHASE ? a->model->cancel_within_ms : 0);
    int64_t period = pane_of(a->ts_ms, r->cap_period_ms), past = a->ts_ms - kept_ms;
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

static void cap_give_back(struct applying *a, unsigned rule)
{
    const struct points_rule *r = &a->model->points.rules[rule];
    struct fact *f = is_capped(r) ? facts_find(a->entity, FACT_CAP, (uint8_t)rule, (uint64_t)pane_of(a->ts_ms, r->cap_period_ms)) : NULL;
    if (f && f->value > 0) {
        f->value--;
    }
}

/* Sums that have decayed to nothing make room for the next pane. A thing's points stay: they may be taken back, or keep it from counting
 * again. */
static void sums_forget(const struct points_plan *plan, struct entity *x, int64_t now_ms)
{
    int64_t pane_ms = points_pane_ms(plan), now = pane_of(now_ms, pane_ms);
    for (uint32_t i = x->fact_count; plan->half_life_ms != 0 && i-- > 0;) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_POINTS_SUM && (now - points_value_pane(plan, f)) * pane_ms >= HALF_LIVES_MAX * plan->half_life_ms) {
            x->customer.points -= points_value(f);
            facts_remove(x, i);
        }
    }
}

/* Adds to the sum of a pane that nothing can take back, and that leaves then. */
static int sum_add(struct applying *a, int64_t pane, int64_t leaves, int64_t points)
{
    struct fact *f = facts_find(a->entity, FACT_POINTS_SUM, 0, (uint64_t)pane);
    if (f && points_value(f) + points <= POINTS_MAX && points_value(f) + points >= -POINTS_MAX) {
        f->value = points_value_pack(points_value(f) + points, pane);
        return 0;
    }
    sums_forget(&a->model->points, a->entity, a->ts_ms);
    struct fact sum = {fact_head(FACT_POINTS_SUM, 0, leaves), (uint64_t)pane, points_value_pack(points, pane)};
    return facts_add(a->home, a->entity, sum);
}

/* Takes from it, unless it has left, or decayed to nothing. */
static int sum_lower(struct applying *a, int64_t pane, int64_t points)
{
    bool there = facts_find(a->entity, FACT_POINTS_SUM, 0, (uint64_t)pane);
    return there ? sum_add(a, pane, points_leaves_ms(&a->model->points, pane), -points) : 0;
}

static bool fits(int64_t v, unsigned bits)
{
    return v >= -(INT64_C(1) << (bits - 1)) && v < INT64_C(1) << (bits - 1);
}

/* All that there is to say of the step fits beside its points. */
static bool is_fresh(const struct applying *a, const struct points_step *s, int64_t points)
{
    const struct points_plan *p = &a->model->points;
    return points_may_be_fresh(p, s->rule) && s->order == 0 && fits(points, FRESH_POINTS_BITS) && points_pane_ms(p) >> FRESH_INTO_BITS == 0 &&
           a->model->time.lateness_ms > 0;
}

static int thing_add(struct applying *a, struct points_step *s, int64_t pane, int64_t leaves, int64_t points)
{
    uint64_t into = (uint64_t)(s->ts_ms - pane * points_pane_ms(&a->model->points));
    struct fact f = {fact_head(FACT_POINTS, s->rule, leaves), s->key, points_value_pack(points, pane)};
    s->is_fresh = is_fresh(a, s, points);
    if (s->is_fresh) {
        f.head = fact_head(FACT_POINTS_FRESH, s->rule, leaves);
        f.value = (int64_t)((uint64_t)points << FRESH_POINTS_SHIFT | (uint64_t)s->above << FRESH_ABOVE_SHIFT | into << FRESH_INTO_SHIFT | s->set);
    }
    return facts_add(a->home, a->entity, f);
}

struct points_step points_step_of(const struct points_plan *p, const struct fact *f)
{
    struct horizon h = points_horizon_of(p);
    return (struct points_step){.ts_ms = points_fresh_ms(&h, f), .key = f->key, .set = fact_value_set(f->value, 0), .net = (int32_t)points_value(f),
                                .rule = fact_arg(f), .above = f->value >> FRESH_ABOVE_SHIFT & 1, .did = true, .is_fresh = true};
}

int points_earn(struct applying *a, struct points_step *s)
{
    const struct points_plan *plan = &a->model->points;
    const struct points_rule *r = &plan->rules[s->rule];
    bool staged = points_by_stage(plan, s->rule);
    s->did = s->is_fresh = false;
    s->net = 0;
    if ((r->once || staged) && (find_at(plan, a->entity, s->rule, s->key, a->ts_ms) || (a->straggles && points_counted_once(a, s)))) {
        return 0;
    }
    int rc = is_capped(r) ? cap_take(a, s->rule) : 0;
    if (rc != 0) {
        return rc < 0 ? rc : 0;
    }
    int64_t points = points_of_rule(r, s->above), pane = pane_of(a->ts_ms, points_pane_ms(plan)), leaves = points_leaves_ms(plan, pane);
    int64_t before = staged ? stage_points(plan, a->entity, s->rule, s->key, a->ts_ms) : 0;
    rc = is_keyed(plan, s->rule) ? thing_add(a, s, pane, leaves, points) : sum_add(a, pane, leaves, points);
    if (rc != 0) {
        return rc;
    }
    if (plan->window_ms != 0) {
        applying_due(a, leaves);
    }
    s->did = true;
    s->net = (int32_t)(staged ? stage_points(plan, a->entity, s->rule, s->key, a->ts_ms) - before : points);
    return 0;
}

/* Where facts of this rule and thing are to be looked for from; the fact count: there is none. */
static uint32_t first_of(const struct entity *x, enum fact_type type, unsigned rule, uint64_t thing)
{
    return facts_find(x, type, (uint8_t)rule, thing) ? x->mark_count : x->fact_count;
}

/* The fact of this rule, thing, pane and points; the fact count when it is gone. */
static uint32_t earned_find(const struct entity *x, unsigned rule, uint64_t thing, int64_t pane, int64_t points)
{
    uint32_t i = first_of(x, FACT_POINTS, rule, thing);
    uint64_t head = fact_head(FACT_POINTS, (uint8_t)rule, 0) >> 48;
    while (i < x->fact_count && !(x->facts[i].head >> 48 == head && x->facts[i].key == thing &&
                                  x->facts[i].value == points_value_pack(points, pane))) {
        i++;
    }
    return i;
}

static uint32_t fresh_find(const struct points_plan *p, const struct entity *x, const struct points_step *s)
{
    uint32_t i = first_of(x, FACT_POINTS_FRESH, s->rule, s->key);
    while (i < x->fact_count && !(points_is_fresh(&x->facts[i]) && fact_arg(&x->facts[i]) == s->rule && x->facts[i].key == s->key &&
                                  points_step_of(p, &x->facts[i]).ts_ms == s->ts_ms)) {
        i++;
    }
    return i;
}

int points_unearn(struct applying *a, const struct points_step *s)
{
    const struct points_plan *plan = &a->model->points;
    int64_t points = points_of_rule(&plan->rules[s->rule], s->above), pane = pane_of(a->ts_ms, points_pane_ms(plan));
    cap_give_back(a, s->rule);
    if (!is_keyed(plan, s->rule)) {
        return sum_lower(a, pane, points);
    }
    uint32_t i = s->is_fresh ? fresh_find(plan, a->entity, s) : earned_find(a->entity, s->rule, s->key, pane, points);
    if (i < a->entity->fact_count) {
        facts_remove(a->entity, i);
    }
    return 0;
}

/* ---- taking back ------------------------------------------------------------------------------------- */

/* Takes out fact i; *ret_less: what the balance loses by it. at_ms: what has left by then is no stage beside it. CUBE_ENOMEM. */
static int take_out(struct applying *a, uint32_t i, int64_t at_ms, int64_t gone_ms, int64_t *ret_less)
{
    const struct points_plan *plan = &a->model->points;
    struct fact f = a->entity->facts[i];
    bool staged = points_is_thing(&f) && points_by_stage(plan, fact_arg(&f));
    int64_t before = staged ? stage_points(plan, a->entity, fact_arg(&f), f.key, at_ms) : points_value(&f);
    int rc = points_gone(a, i, gone_ms);
    *ret_less = before - (staged ? stage_points(plan, a->entity, fact_arg(&f), f.key, at_ms) : 0);
    return rc;
}

int points_retract(struct applying *a, struct points_step *s)
{
    const struct fact *f = latest_find(&a->model->points, a->entity, s->rule, s->key, a->ts_ms);
    int64_t less = 0;
    int rc = f ? take_out(a, (uint32_t)(f - a->entity->facts), a->ts_ms, a->ts_ms, &less) : 0;
    s->did = f != NULL;
    s->net = (int32_t)-less;
    return rc;
}

static uint64_t thing_bought(const struct points_rule *r, const struct order *o)
{
    return r->per == EVENT_FIELD_NONE ? 0 : o->text_hashes[r->per];
}

static int rule_take_back(struct applying *a, unsigned rule, const struct order *o)
{
    const struct points_plan *plan = &a->model->points;
    const struct points_rule *r = &plan->rules[rule];
    int64_t pane = pane_of(a->ts_ms, points_pane_ms(plan)), leaves = points_leaves_ms(plan, pane);
    int64_t points = points_of_rule(r, points_is_above(r, a->event));
    uint64_t thing = thing_bought(r, o);
    cap_give_back(a, rule);
    if (is_keyed(plan, rule)) {
        uint32_t i = earned_find(a->entity, rule, thing, pane, points);
        int64_t less = 0;
        int rc = i < a->entity->fact_count ? take_out(a, i, INT64_MIN, a->now_ms, &less) : 0;
        a->entity->customer.points -= less;
        return rc;
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

/* ---- passing on -------------------------------------------------------------------------------------- */

/* Where something else takes points back it is not known of other purchases whether they would have them still. */
static bool passes_on(const struct points_plan *p, unsigned rule)
{
    const struct points_rule *r = &p->rules[rule];
    return (r->once || is_capped(r)) && r->retracted_by == 0 && !points_by_stage(p, rule);
}

bool points_passes_on(const struct points_plan *p, uint64_t earned)
{
    bool any = false;
    for (uint64_t left = earned; left != 0 && !any; left &= left - 1) {
        unsigned rule = (unsigned)__builtin_ctzll(left);
        any = rule < p->count && passes_on(p, rule);
    }
    return any;
}

/* One purchase kept another from earning by the rule: it was the thing that counts once, or it was of the period. */
static bool stands_in_the_way(const struct points_rule *r, const struct order *lost, const struct order *o)
{
    return (r->once && thing_bought(r, lost) == thing_bought(r, o)) ||
           (is_capped(r) && pane_of(lost->event.ts_ms, r->cap_period_ms) == pane_of(o->event.ts_ms, r->cap_period_ms));
}

static int rule_inherit(struct applying *a, unsigned rule, const struct order *lost, struct order *o)
{
    const struct points_plan *plan = &a->model->points;
    const struct points_rule *r = &plan->rules[rule];
    int64_t leaves = points_leaves_ms(plan, pane_of(a->ts_ms, points_pane_ms(plan)));
    bool has_left = leaves != 0 && leaves <= a->now_ms;
    if (has_left || !passes_on(plan, rule) || !stands_in_the_way(r, lost, o) || !predicate_holds(&r->where, a->event)) {
        return 0;
    }
    struct points_step s = {.ts_ms = a->ts_ms, .key = thing_bought(r, o), .rule = (uint8_t)rule, .above = points_is_above(r, a->event)};
    int rc = points_earn(a, &s);
    if (rc == 0 && s.did) {
        o->earned |= UINT64_C(1) << rule;
        o->earned_points += s.net;
        a->entity->customer.points += s.net;
    }
    return rc;
}

int points_inherit(struct applying *a, const struct order *lost, struct order *o)
{
    int rc = 0;
    for (uint64_t left = lost->earned & ~o->earned; left != 0 && rc == 0; left &= left - 1) {
        unsigned rule = (unsigned)__builtin_ctzll(left);
        rc = rule < a->model->points.count ? rule_inherit(a, rule, lost, o) : 0;
    }
    return rc;
}

/* ---- leaving ----------------------------------------------------------------------------------------- */

int points_leave(struct applying *a, uint32_t i)
{
    int64_t less = 0;
    int rc = take_out(a, i, INT64_MIN, fact_t(&a->entity->facts[i]), &less);
    a->entity->customer.points -= less;
    return rc;
}
