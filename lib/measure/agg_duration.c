/* Promises with a clock: an open and a close, paired by a field per customer. A pair is counted at its close,
 * in the scopes of its open; until then it waits there, from its expectation on overdue. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "measure/agg.h"

enum { N, HITS, MOMENTS, LOST = MOMENTS + MOMENTS_SLOTS, SLOTS };
enum { WAITING, OVERDUE, LEVELS };

/* An expectation that ends later than this after the open (17 years) counts as ending then. */
#define LENGTH_BITS 39
#define LENGTH_MAX ((INT64_C(1) << LENGTH_BITS) - 1)
#define SET_BITS 24

/* The value of a FACT_PAIR: FACT_PAIR_TOLD 1 | from open to t 39 | scopes of the open 24. Its t is the last
 * instant at which a close keeps the promise; of a least time, the first one. */
struct pair {
    bool told; /* that instant has come */
    uint32_t set;
    int64_t open_ms, due_ms;
};

static struct pair pair_read(const struct fact *f)
{
    return (struct pair){f->value < 0, fact_value_set(f->value, 0), fact_t(f) - (f->value >> SET_BITS & LENGTH_MAX), fact_t(f)};
}

static struct fact pair_fact(const struct measure *m, uint64_t key, const struct pair *p)
{
    uint64_t value = (uint64_t)(p->due_ms - p->open_ms) << SET_BITS | p->set;
    return (struct fact){fact_head(FACT_PAIR, (uint8_t)m->index, p->due_ms), key,
                         (int64_t)(value | (p->told ? (uint64_t)FACT_PAIR_TOLD : 0))};
}

/* A negative expectation is one of no time. */
static int64_t clamped(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

static struct pair pair_begin(const struct measure *m, const struct applying *a)
{
    int64_t expect_ms = clamped(event_number(a->event, EVENT_EXPECT_MS, m->target), 0, LENGTH_MAX);
    struct pair p = {.set = a->flow->id, .open_ms = a->ts_ms, .due_ms = a->ts_ms + expect_ms};
    if (m->calendar) {
        p.due_ms = (m->target_is_min ? calendar_first : calendar_last)(m->calendar, a->ts_ms, expect_ms, a->ts_ms + LENGTH_MAX);
    }
    return p;
}

static int level(const struct measure *m, struct applying *a, const struct pair *p, int64_t waiting, int64_t overdue)
{
    int64_t cells[LEVELS] = {waiting, m->target_is_min ? 0 : overdue};
    return emit_level(a, m, scope_table_set_at(a->scopes, p->set), cells);
}

/* In micro units, like all values; a time beyond 292 years counts as that. */
static int64_t value_of(const struct measure *m, const struct pair *p, int64_t close_ms)
{
    int64_t v, ms = m->calendar ? calendar_between(m->calendar, p->open_ms, close_ms) : close_ms - p->open_ms;
    return __builtin_mul_overflow(ms, FIXED_ONE, &v) ? INT64_MAX : v;
}

/* The pair is over: counted where it was opened, when it ended. */
static int count(const struct measure *m, struct applying *a, const struct pair *p, int64_t end_ms, bool lost)
{
    const struct scope_set *set = scope_table_set_at(a->scopes, p->set);
    int64_t pane = applying_pane(m, end_ms), cells[SLOTS] = {0};
    if (lost) {
        cells[LOST] = 1;
        return emit_pane(a, m, set, pane, cells);
    }
    int64_t value = value_of(m, p, end_ms);
    cells[N] = 1;
    cells[HITS] = m->target_is_min ? end_ms >= p->due_ms : end_ms <= p->due_ms;
    agg_moments_add(cells + MOMENTS, value);
    int rc = emit_pane(a, m, set, pane, cells);
    return rc ? rc : emit_hist(a, m, set, pane, hist_bucket(value), 1);
}

/* ---- ends without an open: kept for the lateness, should the open still come ------------------------ */

/* The value of a FACT_END: its instant, and whether it was a loss. */
static int64_t end_ms_of(const struct fact *f)
{
    return f->value >> 1;
}

static int end_keep(const struct measure *m, struct applying *a, uint64_t key, bool lost)
{
    int64_t until_ms = a->ts_ms + a->model->time.lateness_ms + 1;
    applying_due(a, until_ms);
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_END, (uint8_t)m->index, until_ms), key, a->ts_ms << 1 | lost});
}

static bool is_same(const struct fact *f, const struct fact *g)
{
    return f->key == g->key && f->head >> 48 == g->head >> 48;
}

/* The earliest end kept that is not before the open. */
static struct fact *end_find(const struct measure *m, struct applying *a, uint64_t key)
{
    const struct fact *any = facts_find(a->entity, FACT_END, (uint8_t)m->index, key);
    struct fact *best = NULL;
    for (uint32_t i = 0; any && i < a->entity->fact_count; i++) {
        struct fact *f = &a->entity->facts[i];
        if (is_same(f, any) && end_ms_of(f) >= a->ts_ms && (!best || f->value < best->value)) {
            best = f;
        }
    }
    return best;
}

/* ---- events and timers ------------------------------------------------------------------------------ */

/* The first promise stands: an id that is open already is not opened again. */
static int open_pair(const struct measure *m, struct applying *a, uint64_t key)
{
    struct pair p = pair_begin(m, a);
    const struct fact *end = end_find(m, a, key);
    if (end) {
        struct fact kept = *end;
        facts_remove(a->entity, (uint32_t)(end - a->entity->facts));
        return count(m, a, &p, end_ms_of(&kept), kept.value & 1);
    }
    if (facts_find(a->entity, FACT_PAIR, (uint8_t)m->index, key)) {
        return 0;
    }
    applying_due(a, p.due_ms);
    int rc = facts_add(a->home, a->entity, pair_fact(m, key, &p));
    return rc ? rc : level(m, a, &p, 1, 0);
}

static int end_pair(const struct measure *m, struct applying *a, uint64_t key, bool lost)
{
    const struct fact *f = facts_find(a->entity, FACT_PAIR, (uint8_t)m->index, key);
    struct pair p = f ? pair_read(f) : (struct pair){0};
    if (!f || p.open_ms > a->ts_ms) {
        return end_keep(m, a, key, lost);
    }
    facts_remove(a->entity, (uint32_t)(f - a->entity->facts));
    int rc = level(m, a, &p, -1, -(int64_t)p.told);
    return rc ? rc : count(m, a, &p, a->ts_ms, lost);
}

static int duration_apply(const struct measure *m, struct applying *a)
{
    struct text id = event_text(a->event, (enum event_field)m->by);
    if (!id.at) {
        return 0;
    }
    uint64_t key = fact_key(id);
    return m->from.kinds >> a->event->kind & 1 ? open_pair(m, a, key) : end_pair(m, a, key, m->lost >> a->event->kind & 1);
}

static int duration_due(const struct measure *m, struct applying *a, struct fact *f)
{
    if (fact_type(f) == FACT_END) {
        facts_remove(a->entity, (uint32_t)(f - a->entity->facts));
        return FACT_FORGOTTEN;
    }
    struct pair p = pair_read(f);
    f->value |= FACT_PAIR_TOLD;
    int rc = level(m, a, &p, 0, 1);
    return rc ? rc : FACT_KEPT;
}

static int duration_forget(const struct measure *m, struct applying *a)
{
    for (uint32_t i = 0; i < a->entity->fact_count; i++) {
        const struct fact *f = &a->entity->facts[i];
        if (fact_type(f) == FACT_PAIR && fact_arg(f) == m->index) {
            struct pair p = pair_read(f);
            int rc = level(m, a, &p, -1, -(int64_t)p.told);
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
    .facts = UINT64_C(1) << FACT_PAIR | UINT64_C(1) << FACT_END,
    .apply = duration_apply,
    .due = duration_due,
    .forget = duration_forget,
    .result = duration_result,
};
