/* What follows from an entity's state: the measures over ledgers it adds to, its status, its next timer. */
#include "engine/entity_dims.h"
#include "engine/entity_state.h"
#include "engine/invoice.h"
#include "engine/ledger.h"
#include "engine/points.h"

void entity_tracks_note(struct entity_engine *e, const struct applying *a, struct track_now *before)
{
    e->owed = a->entity->flags & ENTITY_OVERDUE;
    if (a->out) {
        applying_tracks(a, e->dispatch->tracks, before);
    }
}

static bool track_differs(const struct track_now *a, const struct track_now *b)
{
    return !track_only_ran(a, b) || (a->runs && (!track_same(a, b) || a->fraction != b->fraction));
}

/* The first of all turns of measures over what runs. now: by track; read only while something runs. */
static int64_t turns_of(const struct entity_engine *e, const struct entity *x, const struct track_now *now)
{
    int64_t first = INT64_MAX;
    for (uint32_t i = 0; (x->flags & ENTITY_OVERDUE) && i < e->dispatch->watch_count; i++) {
        const struct track_watch *w = &e->dispatch->watches[i];
        const struct aggregation *g = w->measure->aggregation;
        int64_t t_ms = g->turns ? g->turns(w->measure, e->model, w->horizon, now) : INT64_MAX;
        first = t_ms < first ? t_ms : first;
    }
    return first;
}

static int changes_tell(const struct entity_engine *e, struct applying *a, const struct track_now *before, const struct track_now *now)
{
    uint32_t changed = 0;
    for (uint32_t left = e->dispatch->tracks; left != 0; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        changed |= (uint32_t)track_differs(&now[t], &before[t]) << t;
    }
    for (uint32_t i = 0; changed != 0 && i < e->dispatch->watch_count; i++) {
        const struct track_watch *w = &e->dispatch->watches[i];
        int rc = w->tracks & changed ? w->measure->aggregation->track(w->measure, a, w->horizon, before, now) : 0;
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

/* Where rows are not asked for nobody is told: of what is asked of tracks only the turns are left, of who owes something. */
int entity_tracks_tell(struct entity_engine *e, struct applying *a, const struct track_now *before)
{
    struct track_now now[TRACKS_MAX];
    bool owes = e->owed || (a->entity->flags & ENTITY_OVERDUE); /* else nothing is kept of when it was told */
    if (owes && e->dispatch->tracks != 0 && invoice_tell(a) != 0) {
        return CUBE_ENOMEM;
    }
    if (!a->out && !owes) {
        return 0;
    }
    applying_tracks(a, e->dispatch->tracks, now);
    int rc = a->out ? changes_tell(e, a, before, now) : 0;
    applying_due(a, turns_of(e, a->entity, now));
    return rc;
}

int64_t entity_turns_ms(struct entity_engine *e, struct entity *x)
{
    struct track_now now[TRACKS_MAX];
    struct applying a = entity_applying(e, x, NULL, 0);
    if (x->flags & ENTITY_OVERDUE) {
        applying_tracks(&a, e->dispatch->tracks, now);
    }
    return turns_of(e, x, now);
}

static inline cube_i128 present_of(const struct entity_engine *e, const struct entity *x)
{
    const int64_t *total = e->home.tracks > 0 ? facts_track(&e->home, x, PRESENT_TRACK) : NULL;
    return total ? cell_get_wide(total) : 0;
}

static __attribute__((noinline)) int running_sign(const struct entity_engine *e, const struct entity *x, int64_t t_ms)
{
    struct running r = invoice_running(x, NULL);
    return money_sign(money_less(present_of(e, x), running_cost(&r, e->model->cost_of_capital, t_ms)));
}

/* The sign of the margin of the rolling year, less what runs. */
static inline int present_sign(const struct entity_engine *e, const struct entity *x, int64_t t_ms)
{
    cube_i128 present = present_of(e, x);
    return x->flags & ENTITY_OVERDUE ? running_sign(e, x, t_ms) : (present > 0) - (present < 0);
}

int64_t entity_sinks_ms(const struct entity_engine *e, const struct entity *x)
{
    if (!(x->flags & ENTITY_OVERDUE) || (x->status & STATUS_UNPROFITABLE)) {
        return INT64_MAX;
    }
    struct running r = invoice_running(x, NULL);
    return running_exhausts(&r, e->model->cost_of_capital, present_of(e, x), x->status & STATUS_PRESENT_HIGH);
}

/* The status as others are told it. */
static uint8_t told(uint8_t status)
{
    return status & STATUS_STRATEGIC ? status & (uint8_t)~STATUS_UNPROFITABLE : status;
}

static inline uint8_t status_of(const struct entity_engine *e, const struct entity *x, int64_t as_of_ms)
{
    int present = present_sign(e, x, as_of_ms);
    uint8_t status = x->status & (STATUS_STRATEGIC | STATUS_CHURNED);
    status |= points_balance(&e->model->points, x, as_of_ms) > 0 ? STATUS_ENGAGED : 0;
    status |= present < 0 ? STATUS_UNPROFITABLE : 0;
    if (present > 0) {
        status |= STATUS_PRESENT_HIGH;
        status |= e->lasting || entity_clv(e, x) > 0 ? STATUS_FUTURE_HIGH : 0;
    }
    return status;
}

uint8_t entity_status_of(const struct entity_engine *e, const struct entity *x, int64_t as_of_ms)
{
    return status_of(e, x, as_of_ms);
}

void entity_engine_passed(struct entity_engine *e, int64_t passed_ms)
{
    e->passed_ms = passed_ms;
}

/* What a straggler changes is judged as of now: at its own instant invoices had not run yet. A margin that it left above 0 then has sunk
 * since; the timer finds when. */
void entity_status_update(struct entity_engine *e, struct applying *a)
{
    struct entity *x = a->entity;
    int64_t now_ms = a->ts_ms > e->passed_ms ? a->ts_ms : e->passed_ms;
    uint8_t status = status_of(e, x, now_ms);
    if (status & ~x->status & STATUS_UNPROFITABLE) {
        bool sinks = now_ms != a->ts_ms && present_sign(e, x, a->ts_ms) >= 0;
        x->customer.unprofitable_since_ms = sinks ? x->customer.unprofitable_since_ms : a->ts_ms;
        status &= sinks ? (uint8_t)~STATUS_UNPROFITABLE : UINT8_MAX;
    }
    if (told(status) != told(x->status)) {
        x->flags |= ENTITY_PUBLISH;
    }
    x->status = status;
    if (x->flags & ENTITY_OVERDUE) {
        applying_due(a, entity_sinks_ms(e, x));
    }
}

uint32_t entity_activity(const struct entity_engine *e, const struct entity *x, int64_t t_ms, int64_t *ret_next_ms)
{
    uint32_t left = 0;
    int64_t next_ms = INT64_MAX;
    for (uint32_t i = 0; i < e->dispatch->window_count && x->active_tracks != 0; i++) {
        const struct track_window *w = &e->dispatch->windows[i];
        int64_t leaves_ms = pane_leaves_ms(&w->horizon, pane_of(x->customer.last_seen_ms, w->horizon.pane_ms));
        if ((x->active_tracks & w->tracks) != 0 && leaves_ms <= t_ms) {
            left |= x->active_tracks & w->tracks;
        } else if ((x->active_tracks & w->tracks) != 0) {
            next_ms = leaves_ms < next_ms ? leaves_ms : next_ms;
        }
    }
    *ret_next_ms = next_ms;
    return left;
}

void entity_due_find(struct entity_engine *e, struct entity *x)
{
    int64_t due_ms;
    (void)entity_activity(e, x, INT64_MIN, &due_ms);
    int64_t facts_ms = facts_due_ms(x);
    due_ms = facts_ms < due_ms ? facts_ms : due_ms;
    if (x->flags & ENTITY_OVERDUE) {
        int64_t sinks_ms = entity_sinks_ms(e, x), turns_ms = entity_turns_ms(e, x);
        due_ms = sinks_ms < due_ms ? sinks_ms : due_ms;
        due_ms = turns_ms < due_ms ? turns_ms : due_ms;
    }
    x->due_ms = due_ms;
}
