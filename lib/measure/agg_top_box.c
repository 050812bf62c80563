/* The share of favourable answers: csat 4-5 of 5, ces 5-7 of 7, grades from 8; of employees those
 * above 0.6 of the scale that the answer names. */
#include "measure/agg.h"

enum { N, HITS, MOMENTS, RESPONDENTS = MOMENTS + MOMENTS_SLOTS, SLOTS };

#define CSAT_FROM (4 * FIXED_ONE)
#define CES_FROM (5 * FIXED_ONE)
#define GRADE_FROM (8 * FIXED_ONE)

static int64_t favourable_from(const struct measure *m, const struct event *e)
{
    struct text instrument = m->scale_of_all ? (struct text){0} : event_text(e, EVENT_INSTRUMENT);
    if (text_equal(instrument, TEXT_LITERAL("csat"))) {
        return CSAT_FROM;
    }
    if (text_equal(instrument, TEXT_LITERAL("ces"))) {
        return CES_FROM;
    }
    if (instrument.at) {
        return GRADE_FROM; /* grade10, and what is asked on 0..10 */
    }
    return m->scale == 5 ? CSAT_FROM : m->scale == 7 ? CES_FROM : GRADE_FROM;
}

static bool is_favourable(const struct measure *m, const struct event *e, int64_t value)
{
    if (e->kind == KIND_HR_SURVEY) {
        return (cube_i128)10 * value > (cube_i128)6 * event_number(e, EVENT_SCALE, 0);
    }
    return value >= favourable_from(m, e);
}

static int top_box_apply(const struct measure *m, struct applying *a)
{
    int64_t value = agg_value(m, a);
    int64_t cells[SLOTS] = {[N] = 1, [HITS] = is_favourable(m, a->event, value)};
    agg_moments_add(cells + MOMENTS, value);
    return agg_emit(a, m, cells);
}

static void top_box_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    struct moments s = moments_of(w->pane[N], w->pane + MOMENTS);
    *ret_r = (struct result){0};
    agg_share(ret_r, w->pane[HITS], s.n);
    agg_moments(ret_r, &s);
}

const struct aggregation agg_top_box = {
    .name = "top_box",
    .pane = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .respondents = true,
    .apply = top_box_apply,
    .result = top_box_result,
};
