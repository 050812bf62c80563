/* Net promoter score of customers (nps) and of employees (enps): promoters 9-10, detractors 0-6. */
#include "measure/agg.h"

#define ANSWERS 11
#define PROMOTER_FROM 9
#define DETRACTOR_TO 6

/* One bin per answer, so that another definition of promoters needs no replay. */
enum { N, BINS, RESPONDENTS = BINS + ANSWERS, SLOTS };

static int nps_apply(const struct measure *m, struct applying *a)
{
    int64_t cells[SLOTS] = {[N] = 1}, answer = agg_value(m, a) / FIXED_ONE;
    if (answer < 0 || answer >= ANSWERS) {
        return 0; /* an answer on another scale is none on this one */
    }
    cells[BINS + answer] = 1;
    return agg_emit(a, m, cells);
}

static int64_t answers(const int64_t *pane, int from, int to)
{
    int64_t n = 0;
    for (int i = from; i <= to; i++) {
        n += pane[BINS + i];
    }
    return n;
}

static void nps_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    *ret_r = (struct result){.n = w->pane[N]};
    int64_t promoters = answers(w->pane, PROMOTER_FROM, ANSWERS - 1), detractors = answers(w->pane, 0, DETRACTOR_TO);
    ret_r->impossible = ret_r->n > 0 && (promoters < 0 || detractors < 0 || promoters > ret_r->n - detractors);
    if (ret_r->n > 0 && !ret_r->impossible) {
        struct nps nps = nps_of(promoters, detractors, ret_r->n);
        ret_r->has_value = ret_r->has_interval = true;
        ret_r->value = nps.value;
        ret_r->low = nps.low;
        ret_r->high = nps.high;
    }
}

const struct aggregation agg_nps = {
    .name = "nps",
    .pane = {.slots = SLOTS},
    .respondents = true,
    .apply = nps_apply,
    .result = nps_result,
};
