/* What one rule of points does to a customer at an instant, by the facts that count then. Only points*.c include it. */
#ifndef CUBE_ENGINE_POINTS_RULES_H
#define CUBE_ENGINE_POINTS_RULES_H

#include "engine/entity.h"
#include "engine/points.h"

/* Whatever has halved so often rounds to 0, POINTS_MAX too. */
#define HALF_LIVES_MAX 32
_Static_assert(INT64_C(2) * POINTS_MAX < INT64_C(1) << HALF_LIVES_MAX, "less than a half is left");

static inline int64_t points_value_pack(int64_t points, int64_t pane)
{
    return (int64_t)((uint64_t)points << FACT_POINTS_PANE_BITS | ((uint64_t)pane & ((UINT64_C(1) << FACT_POINTS_PANE_BITS) - 1)));
}

static inline int64_t points_pane_ms(const struct points_plan *p)
{
    return p->pane_ms > 0 ? p->pane_ms : INT64_C(86400000);
}

static inline bool points_by_stage(const struct points_plan *p, unsigned rule)
{
    return p->stages_highest && p->rules[rule].stage_group != 0;
}

static inline bool points_is_above(const struct points_rule *r, const struct event *e)
{
    return r->has_steps && event_has(e, (enum event_field)r->steps_field) && e->slot[r->steps_field].number > r->steps_above;
}

/* What is earned by a rule may be fresh. */
static inline bool points_may_be_fresh(const struct points_plan *p, unsigned rule)
{
    const struct points_rule *r = &p->rules[rule];
    return r->retracted_by != 0 && p->window_ms != 0 && r->kind != KIND_PURCHASE && !points_by_stage(p, rule);
}

/* The value of a FACT_POINTS_FRESH: points 12 | above 1 | from the start of its pane 27 | scopes 24. It says of the step by which it was earned all
 * that there is to say; its pane follows from its t. It becomes a FACT_POINTS once none can come before it. */
enum {
    FRESH_INTO_SHIFT = 24,
    FRESH_INTO_BITS = 27,
    FRESH_ABOVE_SHIFT = FRESH_INTO_SHIFT + FRESH_INTO_BITS,
    FRESH_POINTS_SHIFT,
    FRESH_POINTS_BITS = 64 - FRESH_POINTS_SHIFT
};

static inline bool points_is_fresh(const struct fact *f)
{
    return fact_type(f) == FACT_POINTS_FRESH;
}

static inline bool points_is_thing(const struct fact *f)
{
    return fact_type(f) == FACT_POINTS || points_is_fresh(f);
}

static inline int64_t points_value(const struct fact *f)
{
    return f->value >> (points_is_fresh(f) ? FRESH_POINTS_SHIFT : FACT_POINTS_PANE_BITS);
}

static inline struct horizon points_horizon_of(const struct points_plan *p)
{
    int64_t pane_ms = points_pane_ms(p);
    return (struct horizon){.window_ms = p->window_ms, .pane_ms = pane_ms, .panes = (p->window_ms + pane_ms - 1) / pane_ms};
}

static inline int64_t points_value_pane(const struct points_plan *p, const struct fact *f)
{
    struct horizon h = points_horizon_of(p);
    return points_is_fresh(f) ? fact_t(f) / h.pane_ms - h.panes : f->value & ((INT64_C(1) << FACT_POINTS_PANE_BITS) - 1);
}

static inline int64_t points_fresh_ms(const struct horizon *h, const struct fact *f)
{
    return fact_t(f) - h->panes * h->pane_ms + (f->value >> FRESH_INTO_SHIFT & ((INT64_C(1) << FRESH_INTO_BITS) - 1));
}

/* Of what is before this no step counts: none may come before it any more, unless an input was quiet for longer than the lateness. So it does not
 * show which fresh points are settled already, and which steps are swept: a record may have them, or the customer in memory. */
static inline int64_t points_settle_ms(const struct model *m, const struct entity *x)
{
    return x->customer.last_seen_ms - m->time.lateness_ms - m->time.out_of_order_ms;
}

/* When points of a pane leave; 0: never. */
static inline int64_t points_leaves_ms(const struct points_plan *p, int64_t pane)
{
    struct horizon h = points_horizon_of(p);
    return p->window_ms == 0 ? 0 : pane_leaves_ms(&h, pane);
}

/* While an event that came late is applied there are some that have left since. */
static inline bool points_count_at(const struct fact *f, int64_t t_ms)
{
    return fact_t(f) == 0 || fact_t(f) > t_ms;
}

static inline int64_t points_of_rule(const struct points_rule *r, bool above)
{
    int64_t points = above ? r->steps_points : r->points;
    return points > POINTS_MAX ? POINTS_MAX : points < -POINTS_MAX ? -POINTS_MAX : points;
}

/* What fresh points of a window are when they are so no more. */
static inline struct fact points_settled(const struct horizon *h, const struct fact *f)
{
    int64_t pane = fact_t(f) / h->pane_ms - h->panes;
    return (struct fact){fact_head(FACT_POINTS, fact_arg(f), fact_t(f)), f->key, points_value_pack(points_value(f), pane)};
}

/* The points of a rule and thing: of one that does not count any more and others the one that is found first. */
static inline struct fact *points_find(const struct points_plan *p, const struct entity *x, unsigned rule, uint64_t thing)
{
    struct fact *fresh = points_may_be_fresh(p, rule) ? facts_find(x, FACT_POINTS_FRESH, (uint8_t)rule, thing) : NULL;
    return fresh ? fresh : facts_find(x, FACT_POINTS, (uint8_t)rule, thing);
}

/* One application of a rule at a->ts_ms: fills did and net. And the other way round, of the one that was applied last. earned: the step of this
 * instant that earned what is there again; NULL: it was earned before. CUBE_ENOMEM. */
struct points_step;
int points_earn(struct applying *a, struct points_step *s) CUBE_MUST_CHECK;
int points_unearn(struct applying *a, const struct points_step *s) CUBE_MUST_CHECK;
int points_retract(struct applying *a, struct points_step *s) CUBE_MUST_CHECK;
void points_unretract(struct applying *a, const struct points_step *s, const struct points_step *earned);

/* Fact i has left, or is taken back, as of an instant. CUBE_ENOMEM. */
int points_gone(struct applying *a, uint32_t i, int64_t gone_ms) CUBE_MUST_CHECK;

/* Of a rule that counts once and has no steps: what has left since counted at a->ts_ms. */
bool points_counted_once(const struct applying *a, const struct points_step *s);

/* Points that have left since a->ts_ms are there once more; and those that have left by a->now_ms are gone again. The balance stays. CUBE_ENOMEM. */
void points_come_back(struct applying *a);
int points_leave_again(struct applying *a) CUBE_MUST_CHECK;

/* The step that a FACT_POINTS_FRESH stands for. */
struct points_step points_step_of(const struct points_plan *p, const struct fact *f);

/* All that an event does, at its end. order: of the event among those of its instant. CUBE_ENOMEM. */
int points_rules_apply(struct applying *a, const struct points_rules *rules, unsigned order) CUBE_MUST_CHECK;

#endif
