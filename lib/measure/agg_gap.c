/* Expectation against fulfilment: per customer and subject the latest of each, paired, counted
 * where the later of the two was said. */
#include "engine/facts.h"

#include "engine/entity.h"
#include "measure/agg.h"

enum { N, MET, EXCEEDED, MOMENTS, SLOTS = MOMENTS + MOMENTS_SLOTS };

enum half { EXPECTATION, FULFILMENT, HALVES };

#define SET_BITS 24

/* A half is a FACT_GAP, value: answer and scope set, and a FACT_GAP_ID, both of this key. */
static uint64_t half_key(const struct event *e, enum half half)
{
    return (fact_key(event_text(e, EVENT_SUBJECT)) & ~UINT64_C(1)) | (half == FULFILMENT);
}

struct answer {
    bool given;
    int64_t ts_ms, value;
    uint64_t id_prefix;
    uint32_t set;
};

/* From then on nothing pairs with an answer of this instant, and a pair it is the older half of has left every
 * window, so that nobody need take it back. */
static int64_t forgotten_ms(const struct measure *m, const struct applying *a, int64_t ts_ms)
{
    return ts_ms + 2 * m->longest_ms + a->model->time.lateness_ms + 1;
}

static struct answer answer_read(const struct measure *m, const struct applying *a, uint64_t key)
{
    const struct fact *said = facts_find(a->entity, FACT_GAP, (uint8_t)m->index, key);
    const struct fact *id = facts_find(a->entity, FACT_GAP_ID, (uint8_t)m->index, key);
    if (!said || !id) {
        return (struct answer){0};
    }
    return (struct answer){true, fact_t(said) - forgotten_ms(m, a, 0), said->value >> SET_BITS, (uint64_t)id->value,
                           fact_value_set(said->value, 0)};
}

static int fact_set(const struct measure *m, struct applying *a, enum fact_type type, int64_t t, uint64_t key, int64_t value)
{
    struct fact now = {fact_head(type, (uint8_t)m->index, t), key, value};
    struct fact *f = facts_find(a->entity, type, (uint8_t)m->index, key);
    if (!f) {
        return facts_add(a->home, a->entity, now);
    }
    *f = now;
    facts_due_changed(a->entity, f);
    return 0;
}

static int answer_write(const struct measure *m, struct applying *a, uint64_t key, const struct answer *x)
{
    int64_t until_ms = forgotten_ms(m, a, x->ts_ms), value = (int64_t)((uint64_t)x->value << SET_BITS | x->set);
    applying_due(a, until_ms);
    int rc = fact_set(m, a, FACT_GAP, until_ms, key, value);
    return rc ? rc : fact_set(m, a, FACT_GAP_ID, until_ms, key, (int64_t)x->id_prefix);
}

/* Of two answers that cannot be told apart the second is the later one. */
static bool is_later(const struct answer *x, const struct answer *than)
{
    return x->ts_ms != than->ts_ms ? x->ts_ms > than->ts_ms : x->id_prefix >= than->id_prefix;
}

/* Adds the pair to the pane of its later half, or takes it away; nothing where there is no pair. */
static int emit_gap(const struct measure *m, struct applying *a, const struct answer x[HALVES], int sign)
{
    const struct answer *later = &x[is_later(&x[FULFILMENT], &x[EXPECTATION]) ? FULFILMENT : EXPECTATION];
    const struct answer *older = later == x ? x + 1 : x;
    if (!x[EXPECTATION].given || !x[FULFILMENT].given || later->ts_ms - older->ts_ms > m->longest_ms) {
        return 0;
    }
    int64_t pane = applying_pane(m, later->ts_ms);
    if (sign < 0 && applying_has_left(a, m, pane)) {
        return 0;
    }
    int64_t gap = x[FULFILMENT].value - x[EXPECTATION].value;
    int64_t cells[SLOTS] = {[N] = sign, [MET] = sign * (gap >= 0), [EXCEEDED] = sign * (gap > 0)};
    cell_set_wide(cells + MOMENTS, (cube_i128)gap * sign);
    cells_add_square(cells + MOMENTS + 2, gap, sign);
    return emit_pane(a, m, scope_table_set_at(a->scopes, later->set), pane, cells);
}

static int half_of(const struct event *e, enum half *ret_half)
{
    struct text instrument = event_text(e, EVENT_INSTRUMENT);
    bool expected = text_equal(instrument, TEXT_LITERAL("expectation"));
    *ret_half = expected ? EXPECTATION : FULFILMENT;
    return expected || text_equal(instrument, TEXT_LITERAL("fulfilment"));
}

static int gap_apply(const struct measure *m, struct applying *a)
{
    enum half half;
    if (!half_of(a->event, &half)) {
        return 0;
    }
    struct answer x[HALVES];
    for (enum half h = EXPECTATION; h < HALVES; h++) {
        x[h] = answer_read(m, a, half_key(a->event, h));
    }
    struct answer now = {true, a->ts_ms, event_number(a->event, EVENT_VALUE, 0), event_id_prefix(a->event), a->flow->id};
    if (x[half].given && !is_later(&now, &x[half])) {
        return 0;
    }
    int rc = emit_gap(m, a, x, -1);
    x[half] = now;
    rc = rc ? rc : answer_write(m, a, half_key(a->event, half), &now);
    return rc ? rc : emit_gap(m, a, x, 1);
}

static int gap_due(const struct measure *m, struct applying *a, struct fact *f)
{
    (void)m;
    facts_remove(a->entity, (uint32_t)(f - a->entity->facts));
    return FACT_FORGOTTEN;
}

static void gap_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    struct moments s = moments_of(w->pane[N], w->pane + MOMENTS);
    *ret_r = (struct result){0};
    double sd = agg_sd(ret_r, &s);
    agg_mean_set(ret_r, s.n, s.n > 0 ? moments_mean(&s) : 0, sd);
    if (s.n > 1) {
        result_set_double(ret_r, RESULT_SD, sd);
    }
    if (s.n > 0) {
        result_set_double(ret_r, RESULT_MET, stat_quotient(w->pane[MET], s.n));
        result_set_double(ret_r, RESULT_EXCEEDED, stat_quotient(w->pane[EXCEEDED], s.n));
    }
}

const struct aggregation agg_gap = {
    .name = "gap",
    .pane = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .facts = UINT64_C(1) << FACT_GAP | UINT64_C(1) << FACT_GAP_ID,
    .apply = gap_apply,
    .due = gap_due,
    .result = gap_result,
};
