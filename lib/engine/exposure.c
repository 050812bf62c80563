#include "engine/exposure.h"

#include <stdbool.h>

static bool is_let_out(const struct exposure_cell *c, uint32_t horizon)
{
    return c->let_out >> horizon & 1;
}

static void withhold(struct exposure_cell *c, uint32_t horizon)
{
    c->let_out &= (uint8_t)~(1u << horizon);
}

static bool exposes(int64_t whole, int64_t parts, int64_t k)
{
    return whole - parts >= 1 && whole - parts < k;
}

/* Sums the parts that are let out. *ret_smallest: the one to withhold first; only when there is one. */
static int64_t parts_sum(const struct exposure_cell *cells, const struct exposure_group *g, uint32_t horizon,
                         uint32_t *ret_smallest)
{
    int64_t sum = 0, least = INT64_MAX;
    for (uint32_t i = 0; i < g->count; i++) {
        const struct exposure_cell *c = &cells[g->parts[i]];
        if (is_let_out(c, horizon)) {
            sum += c->n[horizon];
            if (c->n[horizon] < least) {
                least = c->n[horizon];
                *ret_smallest = g->parts[i];
            }
        }
    }
    return sum;
}

static uint32_t group_withhold(struct exposure_cell *cells, const struct exposure_group *g, uint32_t horizon, int64_t k)
{
    uint32_t withheld = 0, smallest = UINT32_MAX;
    while (is_let_out(&cells[g->whole], horizon)) {
        int64_t sum = parts_sum(cells, g, horizon, &smallest);
        if (smallest == UINT32_MAX || !exposes(cells[g->whole].n[horizon], sum, k)) {
            break;
        }
        withhold(&cells[smallest], horizon);
        smallest = UINT32_MAX;
        withheld++;
    }
    return withheld;
}

static bool is_longer(const struct measure *m, uint32_t a, uint32_t b)
{
    int64_t x = horizon_ms(&m->horizons[a]), y = horizon_ms(&m->horizons[b]);
    return x != y ? x > y : a < b;
}

/* Horizons from the longest to the shortest; those of one length in the order configured. */
static void by_length(const struct measure *m, uint8_t order[HORIZONS_MAX])
{
    for (uint32_t h = 0; h < m->horizon_count; h++) {
        uint32_t at = h;
        for (; at > 0 && is_longer(m, h, order[at - 1]); at--) {
            order[at] = order[at - 1];
        }
        order[at] = (uint8_t)h;
    }
}

static uint32_t cell_withhold(struct exposure_cell *c, const uint8_t *order, uint32_t count, int64_t k)
{
    uint32_t withheld = 0;
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t longer = 0; longer < i && is_let_out(c, order[i]); longer++) {
            if (is_let_out(c, order[longer]) && exposes(c->n[order[longer]], c->n[order[i]], k)) {
                withhold(c, order[i]);
                withheld++;
            }
        }
    }
    return withheld;
}

static uint32_t groups_withhold(struct exposure_cell *cells, const struct exposure_group *groups, uint32_t count,
                                const struct measure *m, int64_t k)
{
    uint32_t all = 0, round;
    do {
        round = 0;
        for (uint32_t g = 0; g < count; g++) {
            for (uint32_t h = 0; h < m->horizon_count; h++) {
                round += group_withhold(cells, &groups[g], h, k);
            }
        }
        all += round;
    } while (round > 0);
    return all;
}

uint32_t exposure_withhold(struct exposure_cell *cells, uint32_t cell_count, const struct exposure_group *groups,
                           uint32_t group_count, const struct measure *m, int64_t k)
{
    uint8_t order[HORIZONS_MAX];
    uint32_t all = 0, round;
    by_length(m, order);
    do {
        all += groups_withhold(cells, groups, group_count, m, k);
        round = 0;
        for (uint32_t c = 0; c < cell_count && m->horizon_count > 1; c++) {
            round += cell_withhold(&cells[c], order, m->horizon_count, k);
        }
        all += round;
    } while (round > 0);
    return all;
}
