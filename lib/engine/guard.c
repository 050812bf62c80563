#include "engine/guard.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/guard_state.h"

int guard_create(const struct model *m, uint64_t seed, struct guard **ret_g)
{
    struct guard *g = calloc(1, sizeof *g);
    if (!g) {
        return CUBE_ENOMEM;
    }
    g->model = *m;
    g->model.alert_count = 0;
    g->model.measure_count = model_measures(m);
    g->model.scopes.count = model_kinds(m);
    int rc = scope_engine_create(&g->model, seed, &g->cells);
    if (rc) {
        free(g);
        return rc;
    }
    g->cells->guards = true;
    *ret_g = g;
    return 0;
}

void guard_destroy(struct guard *g)
{
    if (!g) {
        return;
    }
    scope_engine_destroy(g->cells);
    buf_close(&g->key);
    void *const blocks[] = {g->scopes, g->ranks, g->inside, g->parts, g->groups, g->exposed, g->fresh, g->told, g};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        free(blocks[i]);
    }
}

struct scope_engine *guard_cells(struct guard *g)
{
    return g->cells;
}

/* ---- what the cells hold at t ------------------------------------------------------------------------- */

/* Each row at its own tick: what has come and gone between two releases counts as changed twice. */
int guard_advance(struct guard *g, int64_t t_ms)
{
    struct scope_engine *e = g->cells;
    int64_t tick_ms;
    int taken = 0;
    while ((tick_ms = waiting_rows_first(&e->rows)) <= t_ms) {
        e->work_count = 0;
        int rc = scope_rows_apply(e, tick_ms);
        if (rc) {
            return rc;
        }
        for (uint32_t i = 0; i < e->work_count; i++) {
            struct scope *s = e->scopes[e->work[i]];
            s->in_work = s->has_rows = false;
            scope_mark_dirty(e, s);
        }
        g->touched = true;
        taken = 1;
    }
    e->tick_ms = t_ms > e->tick_ms ? t_ms : e->tick_ms;
    return taken;
}

static int panes_roll(struct guard *g, int64_t t_ms)
{
    for (uint32_t i = 0; i < g->cells->count; i++) {
        int rolled = scope_cells_roll(g->cells, g->cells->scopes[i], t_ms);
        if (rolled < 0) {
            return rolled;
        }
        if (rolled) {
            g->touched = true;
            scope_mark_dirty(g->cells, g->cells->scopes[i]);
        }
    }
    return 0;
}

/* Answers in a window, and the people behind them; where those are not counted every answer is of another one. */
static int64_t answers(const struct scope_cell *c, uint32_t horizon, int64_t *ret_people)
{
    const struct aggregation *a = c->measure->aggregation;
    const int64_t *total = pane_ring_total(&c->horizons[horizon].ring);
    *ret_people = !total ? 0 : a->respondents ? total[aggregation_respondents_slot(a)] : total[0];
    return total ? total[0] : 0;
}

/* ---- the decision ------------------------------------------------------------------------------------ */

/* What one horizon would let out by itself: k respondents, and its result anew when k answers have changed. */
static void horizon_propose(struct guard *g, uint32_t rank, const struct scope_cell *c, uint32_t h)
{
    const struct cell_release *r = &c->releases[h];
    int64_t k = g->model.privacy.k, people, n = answers(c, h, &people);
    if (n < k || people < k) {
        return;
    }
    bool fresh = !r->ever || r->changed >= k;
    g->fresh[rank] |= (uint8_t)(fresh << h);
    g->exposed[rank].let_out |= (uint8_t)(1u << h);
    g->exposed[rank].n[h] = fresh ? n : r->result.n;
}

static int told_add(struct guard *g, uint32_t scope, uint16_t measure)
{
    if (g->told_count == g->told_capacity) {
        uint32_t capacity = g->told_capacity ? 2 * g->told_capacity : 64;
        struct guard_told *at = realloc(g->told, capacity * sizeof *at);
        if (!at) {
            return CUBE_ENOMEM;
        }
        g->told = at;
        g->told_capacity = capacity;
    }
    g->told[g->told_count++] = (struct guard_told){scope, measure};
    return 0;
}

/* What is withheld keeps what was let out before and goes on counting what has changed since. True: something
 * else is let out now. */
static bool horizon_decide(const struct guard *g, uint32_t rank, struct scope_cell *c, uint32_t h, int64_t t_ms)
{
    struct cell_release *r = &c->releases[h];
    bool withheld = !(g->exposed[rank].let_out >> h & 1), fresh = g->fresh[rank] >> h & 1;
    bool differs = withheld != r->withheld || (!withheld && fresh);
    r->withheld = withheld;
    if (!withheld && fresh) {
        r->ever = true;
        r->published_ms = t_ms;
        r->changed = 0;
        cell_live_result(g->cells, g->cells->scopes[g->scopes[rank]], c, h, t_ms, &r->result);
    }
    return differs;
}

static int cell_decide(struct guard *g, uint32_t rank, struct scope_cell *c, int64_t t_ms)
{
    struct scope *s = g->cells->scopes[g->scopes[rank]];
    bool differs = false;
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        differs |= horizon_decide(g, rank, c, h, t_ms);
    }
    if (!differs) {
        return 0;
    }
    scope_mark_dirty(g->cells, s);
    return told_add(g, s->id, c->measure->index);
}

static int measure_decide(struct guard *g, const struct measure *m, int64_t t_ms)
{
    uint32_t n = g->cells->count;
    for (uint32_t rank = 0; rank < n; rank++) {
        struct scope_cell *c = g->cells->scopes[g->scopes[rank]]->cells[m->index];
        g->exposed[rank] = (struct exposure_cell){0};
        g->fresh[rank] = 0;
        for (uint32_t h = 0; c && h < m->horizon_count; h++) {
            horizon_propose(g, rank, c, h);
        }
    }
    (void)exposure_withhold(g->exposed, n, g->groups, g->group_count, m, g->model.privacy.k);
    for (uint32_t rank = 0; rank < n; rank++) {
        struct scope_cell *c = g->cells->scopes[g->scopes[rank]]->cells[m->index];
        int rc = c ? cell_decide(g, rank, c, t_ms) : 0;
        if (rc) {
            return rc;
        }
    }
    return 0;
}

int guard_release(struct guard *g, int64_t t_ms)
{
    CHECK_PRE(t_ms >= g->cells->tick_ms);
    g->told_count = 0;
    int rc = guard_advance(g, t_ms);
    rc = rc < 0 ? rc : panes_roll(g, t_ms);
    if (rc || !g->touched) {
        return rc; /* the same cells would be decided the same way */
    }
    rc = guard_groups(g);
    for (uint32_t i = 0; i < g->model.measure_count && !rc; i++) {
        rc = g->model.measures[i].is_private ? measure_decide(g, &g->model.measures[i], t_ms) : 0;
    }
    g->touched = false;
    return rc || !g->cells->impossible ? rc : CUBE_ERANGE;
}

uint32_t guard_count(const struct guard *g)
{
    return g->told_count;
}

void guard_at(const struct guard *g, uint32_t i, struct let_out_cell *ret_c)
{
    CHECK_PRE(i < g->told_count);
    const struct scope *s = g->cells->scopes[g->told[i].scope];
    const struct scope_cell *c = s->cells[g->told[i].measure];
    *ret_c = (struct let_out_cell){s->key, s->kind, g->told[i].measure, c->measure->horizon_count, {{0}}};
    for (uint32_t h = 0; h < ret_c->horizon_count; h++) {
        const struct cell_release *r = &c->releases[h];
        ret_c->horizons[h].withheld = r->withheld;
        if (!r->withheld) {
            ret_c->horizons[h].published_ms = r->published_ms;
            ret_c->horizons[h].result = r->result;
        }
    }
}

/* ---- changelog --------------------------------------------------------------------------------------- */

struct marked_put {
    struct guard *guard;
    int (*put)(void *arg, struct text key, const uint8_t *value, size_t len);
    void *arg;
};

static int put_marked(void *arg, struct text key, const uint8_t *value, size_t len)
{
    struct marked_put *p = arg;
    struct buf *b = &p->guard->key;
    buf_clear(b);
    int rc = buf_append(b, &(char){GUARD_KEY_MARK}, 1);
    rc = rc ? rc : buf_append(b, key.at, key.len);
    return rc ? rc : p->put(p->arg, (struct text){(const char *)b->at, (uint32_t)b->len}, value, len);
}

int guard_flush(struct guard *g, int (*put)(void *arg, struct text key, const uint8_t *value, size_t len), void *arg)
{
    struct marked_put marked = {g, put, arg};
    return scope_engine_flush(g->cells, put_marked, &marked);
}

void guard_clean(struct guard *g)
{
    scope_engine_clean(g->cells);
}

int guard_restore(struct guard *g, struct text key, const uint8_t *value, size_t len)
{
    if (key.len == 0 || key.at[0] != GUARD_KEY_MARK) {
        return CUBE_EFORMAT;
    }
    return scope_engine_restore(g->cells, (struct text){key.at + 1, key.len - 1}, value, len);
}

int guard_restored(struct guard *g)
{
    g->touched = true; /* deciding once too often changes nothing */
    return scope_engine_restored(g->cells);
}

uint64_t guard_bytes(const struct guard *g)
{
    uint64_t each = sizeof *g->scopes + sizeof *g->ranks + sizeof *g->exposed + 1;
    return sizeof *g + scope_engine_bytes(g->cells) + g->ranked * each + g->inside_capacity * sizeof *g->inside;
}
