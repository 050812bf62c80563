/* Promises with a clock: an open and a close, paired by a field per customer. A pair is counted at its close,
 * in the scopes of its open; until then it waits there, from its expectation on overdue. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "measure/agg.h"
#include "measure/pair_steps.h"

enum { N, HITS, MOMENTS, LOST = MOMENTS + MOMENTS_SLOTS, SLOTS };
enum { WAITING, OVERDUE, LEVELS };

/* A negative expectation is one of no time. */
static int64_t clamped(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

static struct pair_step step_of(const struct measure *m, const struct applying *a)
{
    struct pair_step s = {.ts_ms = a->ts_ms, .place = UINT32_MAX};
    if (!(m->from.kinds >> a->event->kind & 1)) {
        s.kind = m->lost >> a->event->kind & 1 ? PAIR_STEP_LOST : PAIR_STEP_CLOSE;
        return s;
    }
    int64_t expect_ms = clamped(event_number(a->event, EVENT_EXPECT_MS, m->target), 0, PAIR_LENGTH_MAX);
    s.kind = PAIR_STEP_OPEN;
    s.set = a->flow->id;
    s.due_ms = a->ts_ms + expect_ms;
    if (m->calendar) {
        s.due_ms = (m->target_is_min ? calendar_first : calendar_last)(m->calendar, a->ts_ms, expect_ms, a->ts_ms + PAIR_LENGTH_MAX);
    }
    return s;
}

/* ---- what it tells ---------------------------------------------------------------------------------- */

static int level(const struct measure *m, struct applying *a, const struct pair_step *open, int64_t waiting, int64_t overdue)
{
    int64_t cells[LEVELS] = {waiting, m->target_is_min ? 0 : overdue};
    return emit_level(a, m, scope_table_set_at(a->scopes, open->set), cells);
}

/* In micro units, like all values; a time beyond 292 years counts as that. */
static int64_t value_of(const struct measure *m, const struct pair_step *open, int64_t close_ms)
{
    int64_t v, ms = m->calendar ? calendar_between(m->calendar, open->ts_ms, close_ms) : close_ms - open->ts_ms;
    return __builtin_mul_overflow(ms, FIXED_ONE, &v) ? INT64_MAX : v;
}

/* The pair is over: counted where it was opened, when it ended. */
static int count(const struct measure *m, struct applying *a, const struct pair_step *open, const struct pair_step *end)
{
    const struct scope_set *set = scope_table_set_at(a->scopes, open->set);
    int64_t pane = applying_pane(m, end->ts_ms), cells[SLOTS] = {0};
    if (end->kind == PAIR_STEP_LOST) {
        cells[LOST] = 1;
        return emit_pane(a, m, set, pane, cells);
    }
    int64_t value = value_of(m, open, end->ts_ms);
    cells[N] = 1;
    cells[HITS] = m->target_is_min ? end->ts_ms >= open->due_ms : end->ts_ms <= open->due_ms;
    agg_moments_add(cells + MOMENTS, value);
    int rc = emit_pane(a, m, set, pane, cells);
    return rc ? rc : emit_hist(a, m, set, pane, hist_bucket(value), 1);
}

/* ---- events ----------------------------------------------------------------------------------------- */

/* What waits after a step, when this did before it; an end counts what it closes. */
static int step_on(const struct measure *m, struct applying *a, struct pair_step *waits, const struct pair_step *s)
{
    if (s->kind == PAIR_STEP_OPEN) {
        *waits = waits->kind ? *waits : *s;
        return 0;
    }
    struct pair_step open = *waits;
    waits->kind = PAIR_STEP_NONE;
    return open.kind ? count(m, a, &open, s) : 0;
}

static int step_off(const struct measure *m, struct applying *a, struct pair_step *waits, const struct pair_step *s)
{
    a->takes_back = true;
    int rc = step_on(m, a, waits, s);
    a->takes_back = false;
    return rc;
}

/* Follows the steps behind s, as they were without it and as they are with it, until what waits is the same: mostly at once. */
static int steps_follow(const struct pair_id *id, struct applying *a, const struct pair_step *s, struct pair_step *was, struct pair_step *is)
{
    int rc = 0;
    struct pair_step next = pair_step_after(id, s);
    while (rc == 0 && next.kind && !pair_step_same(was, is)) {
        if (next.kind != PAIR_STEP_OPEN && is->kind) {
            pair_end_use(a->entity, &next);
        }
        rc = step_off(id->measure, a, was, &next);
        rc = rc ? rc : step_on(id->measure, a, is, &next);
        next = pair_step_after(id, &next);
    }
    return rc;
}

/* Behind the last step another open waits than before, or none, or one at last. */
static int tell_waiting(const struct measure *m, struct applying *a, const struct pair_step *was, const struct pair_step *is)
{
    int rc = 0;
    if (pair_step_same(was, is)) {
        return 0;
    }
    if (was->kind) {
        pair_open_over(a->entity, was);
        rc = level(m, a, was, -1, -(int64_t)was->told);
    }
    if (is->kind && is->place != UINT32_MAX) {
        pair_open_again(a, is);
    }
    return rc || !is->kind ? rc : level(m, a, is, 1, 0);
}

/* Puts a step in its turn: undoes what it changes of those behind it, and tells that anew. */
static int step_apply(const struct pair_id *id, struct applying *a, const struct pair_step *s)
{
    const struct measure *m = id->measure;
    struct pair_step was = pair_open_before(id, s), is = was;
    bool used = was.kind != PAIR_STEP_NONE;
    int rc = step_on(m, a, &is, s);
    rc = rc ? rc : steps_follow(id, a, s, &was, &is);
    rc = rc ? rc : tell_waiting(m, a, &was, &is);
    if (rc != 0) {
        return rc;
    }
    bool waits = is.kind && is.place == UINT32_MAX && !pair_step_same(&was, &is);
    return s->kind == PAIR_STEP_OPEN ? pair_open_keep(id, a, s, waits) : pair_end_keep(id, a, s, used);
}

static int duration_apply(const struct measure *m, struct applying *a)
{
    struct text id = event_text(a->event, (enum event_field)m->by);
    if (!id.at) {
        return 0;
    }
    uint64_t key = fact_key(id);
    struct pair_step s = step_of(m, a);
    pair_steps_sweep(m, a, key);
    struct pair_id x = pair_id_of(m, a->entity, key);
    pair_steps_trim(&x);
    return pair_step_is_none(&x, &s) ? 0 : step_apply(&x, a, &s);
}

static int duration_due(const struct measure *m, struct applying *a, struct fact *f)
{
    if (fact_type(f) == FACT_END) {
        facts_remove(a->entity, (uint32_t)(f - a->entity->facts));
        return FACT_FORGOTTEN;
    }
    struct pair_step open = pair_open_read(f);
    f->value |= FACT_PAIR_TOLD;
    int rc = level(m, a, &open, 0, 1);
    return rc ? rc : FACT_KEPT;
}

static int duration_forget(const struct measure *m, struct applying *a)
{
    for (uint32_t i = 0; i < a->entity->fact_count; i++) {
        const struct fact *f = &a->entity->facts[i];
        if (fact_type(f) == FACT_PAIR && fact_arg(f) == m->index) {
            struct pair_step open = pair_open_read(f);
            int rc = level(m, a, &open, -1, -(int64_t)open.told);
            if (rc != 0) {
                return rc;
            }
        }
    }
    return 0;
}

static void duration_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    struct moments s = moments_of(w->pane[N], w->pane + MOMENTS);
    *ret_r = (struct result){0};
    agg_target_result(ret_r, w->pane[HITS], &s, w->hist);
    result_set_int(ret_r, RESULT_WAITING, w->level[WAITING]);
    result_set_int(ret_r, RESULT_OVERDUE, w->level[OVERDUE]);
    result_set_int(ret_r, RESULT_LOST, w->pane[LOST]);
}

const struct aggregation agg_duration = {
    .name = "duration",
    .pane = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .level = {.slots = LEVELS},
    .histogram = true,
    .facts = UINT64_C(1) << FACT_PAIR | UINT64_C(1) << FACT_PAIR_OVER | UINT64_C(1) << FACT_END | UINT64_C(1) << FACT_END_USED,
    .apply = duration_apply,
    .due = duration_due,
    .forget = duration_forget,
    .result = duration_result,
};
