/* Where the rows of an entity task go: to the owners of their scopes, those of private measures to the guard. */
#include <string.h>

#include "task/entity_inner.h"
#include "task/scope_handover.h"

/* A bundle is sent early when its body has grown beyond this. */
enum { BUNDLE_BODY_MAX = 768 * 1024 };
/* So many rows before its own the routes of a set are fetched. */
enum { ROUTES_AHEAD = 8 };

static int send(struct entity_task *t, uint32_t q, struct bundle_writer *w, bool last)
{
    struct bundle_head head = {.sender = t->type, .task = t->index, .seq = t->seqs[q] + 1, .last = last, .state = entity_task_state(t),
                               .watermark_ms = t->applied_ms, .layout = t->env->layout, .guarded = w == &t->guarded,
                               .release_from_ms = t->release_from_ms};
    buf_clear(&t->bytes);
    int rc = bundle_finish(w, &head, &t->bytes);
    rc = rc ? rc : epoch_add(t->env->epoch, ROLE_PARTIALS, (int32_t)q, t->applied_ms < 0 ? 0 : t->applied_ms, (const uint8_t *)t->name,
                             strlen(t->name), t->bytes.at, t->bytes.len, NULL, 0);
    if (!rc) {
        t->seqs[q]++;
    }
    return rc;
}

int entity_task_send(struct entity_task *t, uint32_t q, bool last)
{
    return send(t, q, &t->writers[q], last);
}

int entity_guarded_send(struct entity_task *t)
{
    return t->guarded.rows ? send(t, t->guard_task, &t->guarded, false) : 0;
}

/* Rows of one kind, measure and pane on their way. */
struct rows_way {
    struct entity_task *task;
    const struct scope_table *table;
    int (*take)(const struct rows_way *way, const struct delta_row *row);
    struct bundle_run run, touches;
};

static inline __attribute__((always_inline)) int row_tell(const struct rows_way *way, const struct bundle_run *run, uint32_t q,
                                                          struct bundle_writer *w, struct bundle_set set, const struct delta_row *row)
{
    int rc = bundle_row(w, run, set, row);
    return !rc && w->body.len > BUNDLE_BODY_MAX ? send(way->task, q, w, false) : rc;
}

/* To the owner of the only scope. */
static inline int scope_route(const struct rows_way *way, const struct bundle_run *run, uint32_t scope, const struct delta_row *row)
{
    struct entity_task *t = way->task;
    uint32_t q = ROUTE_NOBODY;
    int rc = row_routes_owner(&t->routes, way->table, scope, &q);
    return q == ROUTE_NOBODY ? rc : row_tell(way, run, q, &t->writers[q], bundle_set_alone(scope), row);
}

/* To each owner the scopes of the row that are its own. */
static int run_route(const struct rows_way *way, const struct bundle_run *run, const struct delta_row *row)
{
    struct entity_task *t = way->task;
    if (row->set & SET_ALONE) {
        return scope_route(way, run, row->set ^ SET_ALONE, row);
    }
    const struct set_routes *routes;
    int rc = row_routes_of(&t->routes, way->table, row->set, &routes);
    for (uint32_t i = 0; !rc && i < routes->count; i++) {
        const struct row_route *to = &routes->routes[i];
        rc = row_tell(way, run, to->task, &t->writers[to->task], to->set, row);
    }
    return rc;
}

static int row_route(const struct rows_way *way, const struct delta_row *row)
{
    return run_route(way, &way->run, row);
}

/* The guard takes the numbers of all scopes; the owners learn that there were some. */
static int row_guard(const struct rows_way *way, const struct delta_row *row)
{
    struct bundle_set set = bundle_set_alone(row->set ^ SET_ALONE);
    if (!(row->set & SET_ALONE)) {
        const struct scope_set *all = scope_table_set_at(way->table, row->set);
        set = bundle_set_of(all->id, all->count, all->scopes);
    }
    int rc = row_tell(way, &way->run, way->task->guard_task, &way->task->guarded, set, row);
    return rc || row->kind != ROW_PANE ? rc : run_route(way, &way->touches, row);
}

/* Customers and churns of the whole and of segments: other scopes have no retention of their own. */
static int row_stay(const struct rows_way *way, const struct delta_row *row)
{
    struct entity_task *t = way->task;
    uint32_t scope = row->set ^ SET_ALONE, kept[2], count = 0;
    const struct scope_set *all = row->set & SET_ALONE ? NULL : scope_table_set_at(way->table, row->set);
    for (uint32_t i = 0; i < (all ? all->count : 1); i++) {
        uint32_t s = all ? all->scopes[i] : scope, kind = scope_table_kind(way->table, s);
        if (kind == 0 || kind == t->model->segment_kind) {
            kept[count++] = s;
        }
    }
    return count ? row_tell(way, &way->run, t->guard_task, &t->guarded, bundle_set_of(row->set, count, kept), row) : 0;
}

/* What becomes of the rows of a measure and kind. */
static int (*take_of(struct entity_task *t, const struct delta_row *row))(const struct rows_way *way, const struct delta_row *row)
{
    const struct measure *m = &t->model->measures[row->measure];
    if (m->is_inner) {
        return row_stay;
    }
    if (row->kind == ROW_CORRECTION || row->kind == ROW_CONTACTS) {
        return row_route;
    }
    if (t->release_from_ms == TIME_NONE && (m->is_private || (m->scored && m->axis == AXIS_E))) {
        t->release_from_ms = t->tick_ms;
        t->release_untold = true;
    }
    return m->is_private ? row_guard : row_route;
}

static void way_begin(struct rows_way *way, const struct delta_row *row)
{
    struct entity_task *t = way->task;
    way->take = take_of(t, row);
    bundle_run_begin(&way->run, t->model, ++t->runs, row);
    if (way->take == row_guard) {
        struct delta_row touch = {.measure = row->measure, .kind = ROW_TOUCH};
        bundle_run_begin(&way->touches, t->model, ++t->runs, &touch);
    }
}

static int column_tell(struct rows_way *way, const struct delta_column *c)
{
    int rc = 0;
    struct delta_row row = {.measure = c->measure, .kind = c->level ? ROW_LEVEL : ROW_PANE, .slots = c->layout.slots, .pane = c->pane};
    way_begin(way, &row);
    for (uint32_t scope = delta_column_next(c, 0); scope < c->scopes && !rc; scope = delta_column_next(c, scope + 1)) {
        row.set = set_alone(scope);
        row.cells = c->cells + scope * (size_t)c->layout.slots;
        rc = way->take == row_route ? scope_route(way, &way->run, scope, &row) : way->take(way, &row);
    }
    return rc;
}

static int sums_tell(struct rows_way *way, const struct delta_sums *s)
{
    int rc = 0;
    for (uint32_t i = 0; i < s->count && s->any && !rc; i++) {
        rc = s->columns[i].adds > 0 ? column_tell(way, &s->columns[i]) : 0;
    }
    return rc;
}

int entity_rows_seal(struct entity_task *t, const struct row_list *rows)
{
    int rc = 0;
    struct rows_way way = {.task = t, .table = entity_engine_scopes(t->engine)};
    way.run.table = way.touches.table = way.table;
    way.run.tick_ms = way.touches.tick_ms = t->tick_ms;
    for (uint32_t i = 0; i < rows->count && !rc; i++) {
        const struct delta_row *row = &rows->at[i];
        if (i == 0 || row->measure != row[-1].measure || row->kind != row[-1].kind || row->pane != row[-1].pane) {
            way_begin(&way, row);
        }
        if (i + ROUTES_AHEAD < rows->count) {
            row_routes_prefetch(&t->routes, row[ROUTES_AHEAD].set);
        }
        rc = way.take(&way, row);
    }
    return rc ? rc : sums_tell(&way, delta_table_sums(entity_engine_deltas(t->engine)));
}
