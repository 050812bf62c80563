/* One event being applied to one entity: what an aggregation may read and how it emits. */
#ifndef CUBE_ENGINE_APPLYING_H
#define CUBE_ENGINE_APPLYING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/delta.h"
#include "engine/model.h"
#include "event/event.h"
#include "scope/scope_table.h"
#include "score/running.h"

struct entity;    /* engine/entity.h */
struct staff;     /* engine/staff.h */
struct fact_home; /* engine/facts.h */
struct ledger_plan; /* engine/ledger_panes.h */

/* What one customer holds on one track. Of margin and effort what runs on overdue invoices is a part, as it was when the
 * measures were last told: a fact of the customer says when that was. */
struct track_now {
    cube_i128 total; /* with what runs, rounded down to a micro unit */
    bool active;     /* acted within the track's window */
    bool held;       /* has an event of the ledger in it, or something runs; of counted tracks only */
    bool runs;       /* something runs; what follows is meaningful then only */
    bool fraction;   /* something was cut off of the total */
    bool up;         /* what runs adds to the total */
    cube_i128 base;  /* without what runs */
    struct running running;
    int64_t told_ms;
};

/* Nothing is different that a sum of totals or a count of customers could show. */
static inline bool track_same(const struct track_now *a, const struct track_now *b)
{
    return a->active == b->active && a->held == b->held && a->total == b->total;
}

/* Nothing is different but what time has added to what runs. */
static inline bool track_only_ran(const struct track_now *a, const struct track_now *b)
{
    if (!a->runs || !b->runs) {
        return a->runs == b->runs && track_same(a, b);
    }
    return a->active == b->active && a->held == b->held && a->base == b->base && a->running.amount == b->running.amount &&
           a->running.amount_due == b->running.amount_due;
}

struct applying {
    const struct model *model;
    const struct event *event;      /* NULL while a timer runs */
    const struct said_dims *said;   /* of the event; NULL when there is no entity */
    int64_t ts_ms;                  /* of the event or the timer */
    int64_t now_ms;                 /* all timers up to here have run: ts_ms, or later when the event is a straggler */
    struct entity *entity;
    const struct ledger_plan *ledgers;
    struct fact_home *home;         /* where facts of the entity get their memory */
    struct delta_table *out;        /* NULL: rows are not asked for */
    struct delta_sums *sums;        /* of out, where they may take what is emitted; NULL: it is looked at */
    struct scope_table *scopes;

    /* Zero at first: together and close, so that few stores do it. */
    const struct scope_set *flow;   /* the scopes the event counts in */
    const struct scope_set *stock;  /* the scopes the entity stands in (its record's dimensions only) */
    int64_t last_active_ms;         /* before this event; meaningless when first_touch */
    int64_t points;                 /* points this event earned (retracted: negative), for aggregation points */
    int64_t stayed_until_ms;        /* the customer was there before it was known to be: from ts_ms until then; 0 = not so */
    const struct staff *before;     /* hr: the employee before this event */
    uint64_t earned;                /* rules of points this event earned by, as bits, and how many points; those that a */
    int64_t earned_points;          /* cancellation retracts by itself are not among them */
    int presence;                   /* +1 this event hired, or the customer came; -1 it let go, or it churned; else 0 */
    bool churned;                   /* the event is a churn that counts */
    bool first_touch;               /* the entity was never active before */
    bool straggles;                 /* what is later was applied before */
    bool is_last;                   /* an event of a case, or of points that hang on their order: none of any such was applied that is later
                                     * or, for all that is known, of its instant */
    bool by_time;                   /* a timer runs, or an event finds what only time has moved: rows are quiet */
    bool takes_back;                /* the event was applied before, at ts_ms, and is undone now: what is emitted is negative */
};

/* The pane of an instant at the measure's base granularity. */
static inline int64_t applying_pane(const struct measure *m, int64_t ts_ms)
{
    return pane_of(ts_ms, m->pane_ms);
}

/* The pane, of the measure's base granularity, has left every window. */
bool applying_has_left(const struct applying *a, const struct measure *m, int64_t pane);

/* From now on what is emitted is quiet, or is not. */
static inline void applying_set_by_time(struct applying *a, bool by_time)
{
    a->by_time = by_time;
    a->sums = by_time || !a->out ? NULL : delta_table_sums(a->out);
}

/* ---- rows ----
 * A scope with a row is looked at. A row makes its measure, and the axis of that, fresh at its tick where an event made it (domain 4.5):
 * - one that the measure counts, in whatever pane, also a straggler;
 * - one that takes back what was counted (another answer, a cancelled order), unless its pane has left every window by then;
 * - one by which what an entity adds to a figure over entities becomes another, as of now: what of a straggler has left its windows
 *   before it came adds nothing. An entity that stays as it is in a scope is no row there.
 * What time alone moves is a row, too, but a quiet one that makes nothing fresh, for nobody has told anything: a pane that leaves the
 * window of a customer, activity that ends, a promise that becomes overdue, a case that becomes final, slow payment that runs on. */

/* Adds cells[0..layout pane slots) to the pane of every scope of the set. CUBE_ENOMEM. */
int emit_pane(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane,
              const int64_t *cells) CUBE_MUST_CHECK;

/* The same for the unwindowed level. */
int emit_level(struct applying *a, const struct measure *m, const struct scope_set *set,
               const int64_t *cells) CUBE_MUST_CHECK;

/* The same for the level of one horizon, of an aggregation whose levels are by horizon. */
int emit_level_of(struct applying *a, const struct measure *m, uint32_t horizon, const struct scope_set *set,
                  const int64_t *cells) CUBE_MUST_CHECK;

/* Adds n to a bucket of the pane's histogram in every scope of the set. */
int emit_hist(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane,
              int32_t bucket, int64_t n) CUBE_MUST_CHECK;

/* Adds cells to a bucket of a horizon's sketch in every scope of the set. CUBE_ENOMEM. */
int emit_sketch(struct applying *a, const struct measure *m, uint32_t horizon, const struct scope_set *set,
                int32_t bucket, const int64_t *cells) CUBE_MUST_CHECK;

/* Every scope of the set learns that a straggler corrected it. */
int emit_correction(struct applying *a, const struct scope_set *set) CUBE_MUST_CHECK;

/* Counts a contact of the event's scopes with the department it names; nothing when it names none, or when E is
 * not taken from departments. CUBE_ENOMEM. */
int emit_contact(struct applying *a) CUBE_MUST_CHECK;

/* The measure counts any act of a customer, not events of kinds of its own: its source names no kind, or
 * all that are acts, and no condition. */
bool applying_any_act(const struct measure *m);

/* The entity acted within the window of a track; it may hold an event of the ledger there: not without this. */
bool applying_is_active(const struct applying *a, unsigned track);
bool applying_may_hold(const struct applying *a, unsigned track);

/* What the entity holds on a track, with what runs as it was last told. */
struct track_now applying_track(const struct applying *a, unsigned track);

/* The same for several tracks, given as bits: fills ret_now by track. */
void applying_tracks(const struct applying *a, uint32_t tracks, struct track_now *ret_now);

/* No fact of the entity is due later than it knows: its timer runs at t_ms or earlier. */
void applying_due(struct applying *a, int64_t t_ms);

/* The value of a measure's source in this event: its signed terms, summed, in micro units (fields
 * of whole milliseconds too). 128 bits: terms may add up beyond 64. */
cube_i128 applying_value(const struct source *s, const struct event *e);

#endif
