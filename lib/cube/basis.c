#include "cube/basis.h"

#include <math.h>
#include <string.h>

#include "base/fixed.h"
#include "score/bound.h"

#define MILLIONTHS 1e6

struct links_sum {
    int64_t all, known;
    double score, squares; /* weighted by contacts */
};

static struct links_sum links_sum(const struct axis_link *links, uint32_t count)
{
    struct links_sum s = {0};
    for (uint32_t i = 0; i < count; i++) {
        const struct axis_gift *g = links[i].gift;
        double weight = (double)links[i].contacts;
        s.all += links[i].contacts;
        if (g) {
            s.known += links[i].contacts;
            s.score += weight * g->score;
            s.squares += weight * g->half * weight * g->half;
        }
    }
    return s;
}

static int64_t divide_rounded(cube_i128 sum, int64_t by)
{
    cube_i128 half = by / 2;
    return (int64_t)((sum < 0 ? sum - half : sum + half) / by);
}

static void contributions_mix(const struct axis_link *links, uint32_t link_count, int64_t known, int64_t score,
                              int64_t *out, uint32_t count)
{
    int64_t *largest = NULL;
    cube_i128 most = 0;
    for (uint32_t m = 0; m < count; m++) {
        cube_i128 sum = 0;
        for (uint32_t i = 0; i < link_count; i++) {
            sum += links[i].gift ? (cube_i128)links[i].contacts * links[i].gift->contributions[m] : 0;
        }
        out[m] = divide_rounded(sum, known);
        score -= out[m];
        if (sum > most) { /* of the sums: all may round to 0 */
            most = sum;
            largest = &out[m];
        }
    }
    if (largest) {
        *largest += score;
    }
}

void axis_linked(const struct axis_plan *plan, const struct axis_link *links, uint32_t link_count,
                 struct axis_now *ret_a, int64_t *out, uint32_t count)
{
    struct links_sum s = links_sum(links, link_count);
    struct axis_now a = {.basis = BASIS_LINKED, .coverage = s.all ? (double)s.known / (double)s.all : 0};
    memset(out, 0, count * sizeof *out);
    if (s.known > 0 && bound_reached(a.coverage, plan->min_coverage)) {
        double known = (double)s.known, score = fmin(100, s.score / known);
        axis_know(plan, score, sqrt(s.squares) / known, &a);
        contributions_mix(links, link_count, s.known, llround(score * MILLIONTHS), out, count);
    }
    *ret_a = a;
}

void axis_inherited(const struct axis_plan *plan, const struct axis_gift *g, struct axis_now *ret_a, int64_t *out,
                    uint32_t count)
{
    struct axis_now a = {.basis = BASIS_INHERITED, .coverage = g->coverage};
    axis_know(plan, g->score, g->half, &a);
    memcpy(out, g->contributions, count * sizeof *out);
    *ret_a = a;
}
