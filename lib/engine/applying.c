#include "engine/applying.h"

#include "engine/entity.h"
#include "engine/facts.h"
#include "engine/invoice.h"

static const struct layout one_cell = {.slots = 1};

/* A row for each scope of a loose set. */
static __attribute__((noinline)) int emit_loose(struct applying *a, const struct scope_set *set, uint16_t measure, enum row_kind kind, int64_t pane,
                                                int32_t bucket, const struct layout *layout, const int64_t *cells)
{
    int rc = 0;
    for (uint32_t i = 0; i < set->count && rc == 0; i++) {
        rc = delta_add(a->out, set_alone(set->scopes[i]), measure, kind, pane, bucket, layout, cells);
    }
    return rc;
}

static inline int emit_row(struct applying *a, const struct scope_set *set, uint16_t measure, enum row_kind kind, int64_t pane,
                           int32_t bucket, const struct layout *layout, const int64_t *cells)
{
    return set->id == SCOPE_SET_LOOSE ? emit_loose(a, set, measure, kind, pane, bucket, layout, cells)
                                      : delta_add(a->out, set->id, measure, kind, pane, bucket, layout, cells);
}

static inline int emit(struct applying *a, const struct scope_set *set, uint16_t measure, enum row_kind kind, int64_t pane,
                       int32_t bucket, const struct layout *layout, const int64_t *cells)
{
    return a->out ? emit_row(a, set, measure, kind, pane, bucket, layout, cells) : 0;
}

/* By scope for the first time, or by set after all. */
static __attribute__((noinline)) int emit_first(struct applying *a, const struct measure *m, const struct scope_set *set, enum row_kind kind,
                                                int64_t pane, const struct layout *layout, const int64_t *cells)
{
    struct delta_sums *sums = delta_table_sums(a->out);
    struct delta_column *c = delta_sums_claim(sums, a->scopes, set, m->index, kind == ROW_LEVEL, pane);
    return c ? delta_column_add(sums, c, set, cells) : emit_row(a, set, m->index, kind, pane, 0, layout, cells);
}

/* Where there is no column for it yet, or never is: those are of rows that make fresh. */
static __attribute__((noinline)) int emit_open(struct applying *a, const struct measure *m, const struct scope_set *set, enum row_kind kind,
                                               int64_t pane, const int64_t *cells)
{
    const struct layout *layout = kind == ROW_LEVEL ? &m->aggregation->level : &m->aggregation->pane;
    if (!a->out || a->by_time) {
        return emit(a, set, m->index, row_kind_quiet(kind), pane, 0, layout, cells);
    }
    bool open = delta_column_is_open(delta_sums_at(delta_table_sums(a->out), m->index, kind == ROW_LEVEL, pane), pane);
    return open ? emit_first(a, m, set, kind, pane, layout, cells) : emit_row(a, set, m->index, kind, pane, 0, layout, cells);
}

/* Of panes and levels: to the scopes of the set at once where they are summed so. Inlined once for each, so that nothing is kept over
 * what it ends with. */
static inline __attribute__((always_inline)) int emit_sum(struct applying *a, const struct measure *m, const struct scope_set *set,
                                                          enum row_kind kind, int64_t pane, const int64_t *cells)
{
    struct delta_sums *sums = a->sums;
    struct delta_column *c = sums ? delta_sums_find(sums, set, m->index, kind == ROW_LEVEL, pane) : NULL;
    return c ? delta_column_add(sums, c, set, cells) : emit_open(a, m, set, kind, pane, cells);
}

bool applying_has_left(const struct applying *a, const struct measure *m, int64_t pane)
{
    bool left = true;
    for (uint32_t i = 0; left && i < m->horizon_count; i++) {
        const struct horizon *h = &m->horizons[i];
        left = pane_leaves_ms(h, pane_of(pane * m->pane_ms, h->pane_ms)) <= a->now_ms;
    }
    return left;
}

static __attribute__((noinline)) int emit_back(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane,
                                               const int64_t *cells)
{
    int64_t less[CELL_SLOTS_MAX] = {0};
    if (applying_has_left(a, m, pane)) {
        return 0;
    }
    cells_subtract(&m->aggregation->pane, less, cells);
    return emit_sum(a, m, set, ROW_PANE, pane, less);
}

int emit_pane(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane,
              const int64_t *cells)
{
    return a->takes_back ? emit_back(a, m, set, pane, cells) : emit_sum(a, m, set, ROW_PANE, pane, cells);
}

int emit_level(struct applying *a, const struct measure *m, const struct scope_set *set, const int64_t *cells)
{
    return emit_level_of(a, m, 0, set, cells);
}

int emit_level_of(struct applying *a, const struct measure *m, uint32_t horizon, const struct scope_set *set,
                  const int64_t *cells)
{
    return emit_sum(a, m, set, ROW_LEVEL, horizon, cells);
}

int emit_hist(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane,
              int32_t bucket, int64_t n)
{
    n = a->takes_back ? -n : n;
    if (a->takes_back && applying_has_left(a, m, pane)) {
        return 0;
    }
    return emit(a, set, m->index, ROW_HIST, pane, bucket, &one_cell, &n);
}

int emit_correction(struct applying *a, const struct scope_set *set)
{
    static const int64_t more = 1;
    return emit(a, set, 0, ROW_CORRECTION, 0, 0, &one_cell, &more);
}

int emit_sketch(struct applying *a, const struct measure *m, uint32_t horizon, const struct scope_set *set,
                int32_t bucket, const int64_t *cells)
{
    return emit(a, set, m->index, a->by_time ? ROW_QUIET_SKETCH : ROW_SKETCH, horizon, bucket, &m->aggregation->sketch, cells);
}

int emit_contact(struct applying *a)
{
    static const int64_t one = 1;
    const struct cube_plan *cube = &a->model->cube;
    for (uint32_t i = 0; cube->linked.panes > 0 && i < a->flow->count; i++) {
        uint32_t scope = a->flow->scopes[i];
        if (scope_table_kind(a->scopes, scope) == cube->linked_kind) {
            int64_t pane = pane_of(a->ts_ms, cube->linked.pane_ms);
            return emit(a, a->flow, 0, ROW_CONTACTS, pane, (int32_t)scope, &one_cell, &one);
        }
    }
    return 0;
}

bool applying_any_act(const struct measure *m)
{
#define X(symbol, name, topic, acts) | (uint64_t)(acts) << KIND_##symbol
    static const uint64_t acting = 0 EVENT_KINDS(X);
#undef X
    return m->from.where.count == 0 && (m->from.kinds == 0 || m->from.kinds == acting);
}

/* What runs on the overdue invoices of a customer; nothing: the amount is 0. */
struct overdue {
    struct running running;
    int64_t told_ms;
};

/* Margin falls and effort rises by what runs. */
static __attribute__((noinline)) void run_on(const struct model *m, enum ledger ledger, const struct overdue *o, struct track_now *t)
{
    t->runs = true;
    t->base = t->total;
    t->running = o->running;
    t->told_ms = o->told_ms;
    t->up = ledger == LEDGER_EFFORT;
    struct money cost = running_cost(&t->running, m->cost_of_capital, t->told_ms);
    struct money total = t->up ? money_more(t->base, cost) : money_less(t->base, cost);
    t->total = total.micro;
    t->fraction = total.rest != 0;
    t->held = true;
}

/* o: NULL when nothing is overdue. */
static inline void track_fill(const struct applying *a, unsigned track, const struct overdue *o, struct track_now *ret_now)
{
    const struct entity *x = a->entity;
    const int64_t *total = facts_track(a->home, x, track);
    enum ledger ledger = a->model->tracks[track].ledger;
    ret_now->total = total ? cell_get_wide(total) : 0;
    ret_now->active = x->active_tracks >> track & 1;
    ret_now->held = x->held_tracks >> track & 1;
    ret_now->runs = false;
    if (o && (ledger == LEDGER_MARGIN || ledger == LEDGER_EFFORT)) {
        run_on(a->model, ledger, o, ret_now);
    }
}

static __attribute__((noinline)) void tracks_run(const struct applying *a, uint32_t tracks, struct track_now *ret_now)
{
    struct overdue o = {invoice_running(a->entity, NULL), invoice_told_ms(a->entity)};
    for (uint32_t left = tracks; left != 0; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        track_fill(a, t, &o, &ret_now[t]);
    }
}

bool applying_is_active(const struct applying *a, unsigned track)
{
    return a->entity->active_tracks >> track & 1;
}

bool applying_may_hold(const struct applying *a, unsigned track)
{
    return (a->entity->held_tracks >> track & 1) || a->entity->flags & ENTITY_OVERDUE;
}

struct track_now applying_track(const struct applying *a, unsigned track)
{
    struct track_now now[TRACKS_MAX];
    applying_tracks(a, UINT32_C(1) << track, now);
    return now[track];
}

void applying_tracks(const struct applying *a, uint32_t tracks, struct track_now *ret_now)
{
    if (a->entity->flags & ENTITY_OVERDUE) {
        tracks_run(a, tracks, ret_now);
        return;
    }
    for (uint32_t left = tracks; left != 0; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        track_fill(a, t, NULL, &ret_now[t]);
    }
}

void applying_due(struct applying *a, int64_t t_ms)
{
    if (t_ms < a->entity->due_ms) {
        a->entity->due_ms = t_ms;
    }
}

cube_i128 applying_value(const struct source *s, const struct event *e)
{
    cube_i128 v = 0;
    for (uint32_t i = 0; i < s->term_count; i++) {
        cube_i128 n = event_number(e, (enum event_field)s->terms[i].field, 0);
        n = field_rows[s->terms[i].field].type == FIELD_DECIMAL ? n : n * FIXED_ONE;
        v += s->terms[i].sign < 0 ? -n : n;
    }
    return v;
}
