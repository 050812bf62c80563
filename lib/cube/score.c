#include "cube/position.h"

#include <math.h>

#include "base/check.h"
#include "cube/weights.h"

double score_of(double value, double at0, double at100)
{
    CHECK_PRE(at0 != at100);
    double score = 100 * (value - at0) / (at100 - at0);
    return fmin(100, fmax(0, score));
}

void scored_fill(const struct measure *m, const struct result *r, struct scored *ret_s)
{
    *ret_s = (struct scored){.measure = m->index, .axis = m->axis, .weight = m->weight};
    if (!m->scored || !r->has_value) {
        return;
    }
    ret_s->counts = r->n >= m->min_n;
    ret_s->value = r->value;
    ret_s->score = score_of(r->value, m->at0, m->at100);
    if (r->has_interval) {
        double low = score_of(r->low, m->at0, m->at100), high = score_of(r->high, m->at0, m->at100);
        ret_s->half = fabs(high - low) / 2;
    }
}

struct weights weights_of(enum axis axis, const struct scored *all, uint32_t count)
{
    struct weights r = {0};
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct scored *s = &all[i];
        if (s->axis == axis) {
            r.total += s->weight;
        }
        if (weighs(axis, s)) {
            r.present += s->weight;
            sum += s->weight * s->score;
            squares += s->weight * s->half * s->weight * s->half;
        }
    }
    if (r.present > 0) {
        r.score = fmin(100, sum / r.present);
        r.half = sqrt(squares) / r.present;
    }
    return r;
}
