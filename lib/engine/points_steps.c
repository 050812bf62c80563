#include "engine/points_steps.h"

/* The value of a step's fact: net 29 | order 7 | back 1 | above 1 | did 1 | free 1 | scopes 24. Its t: ts_ms; its key: of the thing. */
enum { STEP_DID_SHIFT = 25, STEP_ABOVE_SHIFT, STEP_BACK_SHIFT, STEP_ORDER_SHIFT, STEP_NET_SHIFT = STEP_ORDER_SHIFT + 7 };
#define STEP_ORDER_MAX 127u

#define SWEEP_SHIFT 62 /* one event of four sweeps */
_Static_assert(INT64_C(2) * POINTS_MAX < INT64_C(1) << (63 - STEP_NET_SHIFT), "what a stage adds to another fits");

struct points_steps {
    unsigned count;
    struct points_step at[POINTS_STEPS_MAX];
};

static int64_t step_value(const struct points_step *s)
{
    return (int64_t)((uint64_t)s->net << STEP_NET_SHIFT | (uint64_t)s->order << STEP_ORDER_SHIFT | (uint64_t)s->back << STEP_BACK_SHIFT |
                     (uint64_t)s->above << STEP_ABOVE_SHIFT | (uint64_t)s->did << STEP_DID_SHIFT | s->set);
}

static struct points_step step_read(const struct fact *f)
{
    uint64_t v = (uint64_t)f->value;
    return (struct points_step){.ts_ms = fact_t(f), .key = f->key, .set = fact_value_set(f->value, 0), .net = (int32_t)(f->value >> STEP_NET_SHIFT),
                                .rule = fact_arg(f), .order = v >> STEP_ORDER_SHIFT & STEP_ORDER_MAX, .back = v >> STEP_BACK_SHIFT & 1,
                                .above = v >> STEP_ABOVE_SHIFT & 1, .did = v >> STEP_DID_SHIFT & 1};
}

int points_step_keep(struct applying *a, const struct points_step *s)
{
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_POINTS_STEP, s->rule, s->ts_ms), s->key, step_value(s)});
}

/* ---- finding ------------------------------------------------------------------------------------------ */

static bool is_of_one_event(const struct points_step *a, const struct points_step *b)
{
    return a->ts_ms == b->ts_ms && a->order == b->order;
}

/* An event takes back before it earns, and both in the order of the rules. */
static bool is_later(const struct points_step *a, const struct points_step *b)
{
    return a->ts_ms != b->ts_ms   ? a->ts_ms > b->ts_ms
           : a->order != b->order ? a->order > b->order
           : a->back != b->back   ? b->back
                                  : a->rule > b->rule;
}

/* Puts a step in its turn; of too many the earliest is left out. */
static void insert(struct points_steps *steps, const struct points_step *s)
{
    bool full = steps->count == POINTS_STEPS_MAX;
    unsigned i = steps->count;
    if (full && !is_later(s, &steps->at[0])) {
        return;
    }
    if (full) {
        memmove(steps->at, steps->at + 1, --i * sizeof steps->at[0]);
    }
    for (; i > 0 && is_later(&steps->at[i - 1], s); i--) {
        steps->at[i] = steps->at[i - 1];
    }
    steps->at[i] = *s;
    steps->count += !full;
}

/* Those after an instant. Returns the order of an event that comes behind those of it. */
static unsigned steps_after(const struct applying *a, struct points_steps *ret_later)
{
    unsigned order = 0;
    int64_t from_ms = points_settle_ms(a->model, a->entity);
    ret_later->count = 0;
    for (uint32_t i = a->entity->mark_count; i < a->entity->fact_count; i++) {
        const struct fact *f = &a->entity->facts[i];
        bool fresh = points_is_fresh(f);
        if (!fresh && fact_type(f) != FACT_POINTS_STEP) {
            continue;
        }
        struct points_step s = fresh ? points_step_of(&a->model->points, f) : step_read(f);
        if (s.ts_ms < from_ms) {
            continue;
        }
        if (s.ts_ms > a->ts_ms) {
            insert(ret_later, &s);
        } else if (s.ts_ms == a->ts_ms && s.order >= order) {
            order = s.order + (s.order < STEP_ORDER_MAX);
        }
    }
    return order;
}

static void steps_lift(struct entity *x, const struct points_steps *steps)
{
    for (uint32_t i = x->fact_count; steps->count > 0 && i-- > x->mark_count;) {
        if (fact_type(&x->facts[i]) == FACT_POINTS_STEP) {
            struct points_step s = step_read(&x->facts[i]);
            if (!is_later(&steps->at[0], &s)) {
                facts_remove(x, i);
            }
        }
    }
}

/* Forgets what none can come before any more, now and then. */
static void sweep(struct applying *a)
{
    struct entity *x = a->entity;
    int64_t before_ms = x->flags & ENTITY_SEEN ? points_settle_ms(a->model, x) : a->ts_ms - a->model->time.lateness_ms;
    uint64_t spread = (uint64_t)a->ts_ms * UINT64_C(0x9e3779b97f4a7c15);
    bool sweeps = spread >> SWEEP_SHIFT == 0 && facts_sweeps(x, spread >> 32);
    for (uint32_t i = sweeps ? x->fact_count : 0; i-- > x->mark_count;) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_POINTS_STEP && fact_t(f) < before_ms) {
            facts_remove(x, i);
        }
    }
}

/* ---- out of order ------------------------------------------------------------------------------------- */

static struct applying applying_step(const struct applying *a, const struct points_step *s)
{
    struct applying b = *a;
    b.ts_ms = s->ts_ms;
    b.flow = scope_table_set_at(a->scopes, s->set);
    return b;
}

/* Step i takes back: what was earned at its very instant and that no other step took back since; NULL: it is of before. */
static const struct points_step *earned_beside(const struct points_steps *steps, unsigned i)
{
    const struct points_step *back = &steps->at[i];
    unsigned others = 0;
    while (i-- > 0 && steps->at[i].ts_ms == back->ts_ms) {
        const struct points_step *s = &steps->at[i];
        if (!s->did || s->rule != back->rule || s->key != back->key) {
            continue;
        }
        if (!s->back && others == 0) {
            return s;
        }
        others = s->back ? others + 1 : others - 1;
    }
    return NULL;
}

static int undo(const struct applying *a, const struct points_steps *steps, unsigned i)
{
    const struct points_step *s = &steps->at[i];
    struct applying b = applying_step(a, s);
    if (!s->did || !points_has_steps(a->model, s->rule)) {
        return 0;
    }
    if (s->back) {
        points_unretract(&b, s, earned_beside(steps, i));
    }
    return s->back ? 0 : points_unearn(&b, s);
}

static int redo(const struct applying *a, struct points_step *s)
{
    struct applying b = applying_step(a, s);
    int rc = 0;
    if (points_has_steps(a->model, s->rule) && s->back) {
        rc = points_retract(&b, s);
    } else if (points_has_steps(a->model, s->rule)) {
        rc = points_earn(&b, s);
    }
    return rc || s->is_fresh ? rc : points_step_keep(&b, s);
}

static int tell(struct applying *b, int64_t points, bool takes_back)
{
    const struct model *m = b->model;
    int rc = 0;
    b->points = points;
    b->takes_back = takes_back;
    for (uint32_t i = 0; rc == 0 && points != 0 && i < m->measure_count; i++) {
        rc = m->measures[i].aggregation->by_points ? m->measures[i].aggregation->apply(&m->measures[i], b) : 0;
    }
    return rc;
}

/* An event whose points are others than before is told anew. */
static int tell_changed(const struct applying *a, const struct points_steps *now, const int32_t *was)
{
    int rc = 0;
    for (unsigned first = 0, i = 0; first < now->count && rc == 0; first = i) {
        int64_t before = 0, after = 0;
        for (i = first; i < now->count && is_of_one_event(&now->at[i], &now->at[first]); i++) {
            before += was[i];
            after += now->at[i].net;
        }
        struct applying b = applying_step(a, &now->at[first]);
        rc = before != after ? tell(&b, before, true) : 0;
        rc = rc || before == after ? rc : tell(&b, after, false);
    }
    return rc;
}

static int apply_in_turn(struct applying *a, const struct points_rules *rules, struct points_steps *later, unsigned order)
{
    int32_t was[POINTS_STEPS_MAX] = {0};
    int rc = 0;
    steps_lift(a->entity, later);
    points_come_back(a);
    for (unsigned i = later->count; i-- > 0 && rc == 0;) {
        was[i] = later->at[i].net;
        rc = undo(a, later, i);
    }
    rc = rc ? rc : points_rules_apply(a, rules, order);
    for (unsigned i = 0; i < later->count && rc == 0; i++) {
        rc = redo(a, &later->at[i]);
    }
    rc = rc ? rc : points_leave_again(a);
    a->entity->customer.points = points_undecayed(&a->model->points, a->entity);
    return rc ? rc : tell_changed(a, later, was);
}

int points_steps_apply(struct applying *a, const struct points_rules *rules)
{
    struct points_steps later;
    unsigned order = 0;
    later.count = 0;
    sweep(a);
    if (!a->is_last) {
        order = steps_after(a, &later);
    }
    if (a->straggles) {
        return apply_in_turn(a, rules, &later, order);
    }
    int rc = points_rules_apply(a, rules, order);
    a->entity->customer.points += rc ? 0 : a->points;
    return rc;
}
