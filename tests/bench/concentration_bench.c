/* How far the concentration of a sketch is from sorting all totals, and what the sketch takes.
 * concentration_bench N...: for each number of customers. */
#include <stdio.h>

#include "support/totals.h"

static int compare(const struct totals_shape *shape, int64_t n)
{
    struct result r;
    uint32_t buckets;
    int64_t *all = totals_draw(shape, n, 1);
    if (!all || totals_sketched(all, n, &r, &buckets) != 0) {
        free(all);
        return 1;
    }
    struct concentration c = totals_exact(all, n);
    printf("concentration, %s, %lld customers: share off by %.2e, Gini off by ", shape->name, (long long)n, fabs(r.value - c.share));
    if (r.present >> RESULT_GINI & 1) {
        printf("%.2e", fabs(r.field[RESULT_GINI].d - c.gini));
    } else {
        printf("-");
    }
    printf(" (%.4f, %.4f), whale's peak off by %.1e; %u buckets, %u bytes\n", c.share, c.gini, fabs(r.field[RESULT_WHALE].d - c.whale),
           buckets, (unsigned)(buckets * 4 * sizeof(int64_t)));
    free(all);
    return 0;
}

int main(int argc, char **argv)
{
    int bad = 0;
    for (int i = 1; i < argc; i++) {
        for (size_t s = 0; s < sizeof totals_shapes / sizeof *totals_shapes; s++) {
            bad |= compare(&totals_shapes[s], atoll(argv[i]));
        }
    }
    return bad;
}
