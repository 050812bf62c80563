/* Which panes stand together in the changelog, and the lists by which measures are numbered there. */
#include "engine/scope_blocks.h"

#include <stdlib.h>

#include "engine/scope_state.h"

#define HOUR_MS INT64_C(3600000)

/* Of a block, by the length of its panes: part of the format. Short panes are many, and few of them have anything in most scopes; long ones are
 * of many measures, and a block is written anew whenever one of its panes changes. */
static uint32_t block_panes(int64_t pane_ms)
{
    return pane_ms < HOUR_MS ? BLOCK_PANES_MAX : pane_ms < 6 * HOUR_MS ? 4 : 1;
}

/* Blocks that a window can reach into. */
static uint32_t block_turns(const struct horizon *h, uint32_t panes)
{
    return (uint32_t)((h->panes - 1 + panes - 1) / panes + 1);
}

static int class_make(struct scope_blocks *b, const struct model *m, int64_t pane_ms, struct pane_class **ret_k)
{
    struct pane_class *k = &b->classes[b->class_count];
    uint32_t n = m->measure_count;
    k->measures = malloc(n * sizeof *k->measures);
    k->horizon = malloc(n);
    if (!k->measures || !k->horizon) {
        free(k->measures);
        free(k->horizon);
        return CUBE_ENOMEM;
    }
    memset(k->horizon, HORIZONS_MAX, n);
    k->pane_ms = pane_ms;
    k->panes = block_panes(pane_ms);
    b->class_count++;
    *ret_k = k;
    return 0;
}

static int horizon_join(struct scope_blocks *b, const struct model *m, uint16_t measure, uint32_t h)
{
    const struct horizon *horizon = &m->measures[measure].horizons[h];
    struct pane_class *k = NULL;
    for (uint32_t i = 0; i < b->class_count && !k; i++) {
        k = b->classes[i].pane_ms == horizon->pane_ms ? &b->classes[i] : NULL;
    }
    int rc = k ? 0 : class_make(b, m, horizon->pane_ms, &k);
    if (rc) {
        return rc;
    }
    uint32_t turns = block_turns(horizon, k->panes);
    k->turns = turns > k->turns ? turns : k->turns;
    k->measures[k->count++] = measure;
    k->horizon[measure] = (uint8_t)h;
    return 0;
}

int scope_blocks_create(struct scope_blocks *b, const struct model *m)
{
    *b = (struct scope_blocks){.list = UINT32_MAX};
    b->classes = calloc((size_t)m->measure_count * HORIZONS_MAX + 1, sizeof *b->classes);
    b->sketches = malloc((m->measure_count + 1) * sizeof *b->sketches);
    int rc = b->classes && b->sketches ? 0 : CUBE_ENOMEM;
    for (uint16_t i = 0; i < m->measure_count && !rc; i++) {
        if (m->measures[i].aggregation->sketch.slots) {
            b->sketches[b->sketch_count++] = i;
        }
        for (uint32_t h = 0; panes_are_shared(&m->measures[i]) && h < m->measures[i].horizon_count && !rc; h++) {
            rc = horizon_panes_of(&m->measures[i], h) == h ? horizon_join(b, m, i, h) : 0;
        }
    }
    return rc;
}

void scope_blocks_close(struct scope_blocks *b)
{
    for (uint32_t i = 0; i < b->class_count; i++) {
        free(b->classes[i].measures);
        free(b->classes[i].horizon);
    }
    for (uint32_t i = 0; i < b->list_count; i++) {
        free(b->lists[i].at);
    }
    free(b->classes);
    free(b->sketches);
    free(b->lists);
    free(b->touched);
}

/* ---- lists of measures --------------------------------------------------------------------------------- */

int measure_list_add(struct scope_blocks *b, uint32_t count, struct measure_list **ret_l)
{
    struct measure_list *lists = realloc(b->lists, (b->list_count + 1) * sizeof *lists);
    if (!lists) {
        return CUBE_ENOMEM;
    }
    b->lists = lists;
    lists[b->list_count] = (struct measure_list){calloc(count + 1, sizeof *lists->at), count};
    if (!lists[b->list_count].at) {
        return CUBE_ENOMEM;
    }
    *ret_l = &lists[b->list_count++];
    return 0;
}

static bool is_list_of(const struct measure_list *l, const struct model *m)
{
    bool is = l->count == m->measure_count;
    for (uint32_t i = 0; is && i < l->count; i++) {
        const struct layout *pane = &m->measures[i].aggregation->pane;
        is = l->at[i].measure == i && l->at[i].layout.slots == pane->slots && l->at[i].layout.wide == pane->wide;
    }
    return is;
}

int measure_list_find(struct scope_blocks *b, const struct model *m)
{
    struct measure_list *l;
    for (uint32_t i = b->list_count; i-- > 0 && b->list == UINT32_MAX;) {
        b->list = is_list_of(&b->lists[i], m) ? i : UINT32_MAX;
    }
    if (b->list != UINT32_MAX) {
        return 0;
    }
    int rc = measure_list_add(b, m->measure_count, &l);
    if (rc) {
        return rc;
    }
    for (uint16_t i = 0; i < m->measure_count; i++) {
        l->at[i] = (struct listed_measure){i, m->measures[i].aggregation->pane};
    }
    b->list = b->list_count - 1;
    b->list_is_new = true;
    return 0;
}
