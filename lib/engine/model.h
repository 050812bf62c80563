/* The whole compiled configuration that lib sees: built by daemon/config, read-only after. */
#ifndef CUBE_ENGINE_MODEL_H
#define CUBE_ENGINE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/alert_rule.h"
#include "base/zone.h"
#include "cube/cube_plan.h"
#include "event/category.h"
#include "measure/aggregation.h"
#include "measure/measure.h"
#include "scope/scope_plan.h"

/* A rule of the points plan (domain 4.1). */
struct points_rule {
    enum event_kind kind;
    struct predicate where;
    int64_t points;             /* may be negative */
    uint8_t per;                /* enum event_field that tells one thing from another; EVENT_FIELD_NONE = the customer */
    bool once;                  /* not again while the earlier one counts */
    uint64_t retracted_by;      /* bit 1 << enum event_kind */
    bool has_steps;             /* steps: {field, above, points}: more points above a bound */
    uint8_t steps_field;
    int64_t steps_above;        /* in the unit of the field; strict */
    int64_t steps_points;
    int64_t cap, cap_period_ms; /* at most cap times per period; 0 = no cap */
    uint8_t stage_group;        /* rules of one group are stages of one thing, ascending by points: with
                                 * stages "highest" only the highest counts. 0 = no group */
};

#define POINTS_RULES_MAX 64

struct points_plan {
    const struct points_rule *rules;
    uint32_t count;
    bool stages_highest;
    int64_t window_ms;    /* of the customer's balance; 0 = until retracted */
    int64_t pane_ms;
    int64_t half_life_ms; /* 0 = none */
};

/* A running per-customer total over a rolling window that some measure or output needs. */
struct ledger_track {
    enum ledger ledger;
    struct horizon horizon;
};

#define TRACKS_MAX 16 /* entity.active_tracks has a bit for each */
#define PRESENT_TRACK 0 /* the margin of the rolling year (365 d, panes of 1 d) is always the first track */

/* A CPI is expected to move a KPI (requirements I22). Named and checked by the configuration, shown by the
 * registry; whatever tries it against the data starts from here. */
struct hypothesis {
    uint16_t cpi, kpi; /* indices of measures */
    bool up;           /* a better CPI is followed by a higher KPI; else by a lower one */
    int64_t lag_ms;    /* how much later */
};

/* Customer lifetime value (domain 4.3). */
struct clv_plan {
    enum { CLV_AFTER_FIRST, CLV_FROM_FIRST, CLV_UNDISCOUNTED_FIRST } form;
    double discount_rate;
    double retention; /* the configured number, of observed retention that before anything is seen; per segment below */
    bool observed;    /* segments without an entry take what was observed */
    const struct text *segments;
    const double *segment_retention;
    uint32_t segment_count;
};

struct privacy_plan {
    int64_t k;          /* at least 3 */
    int64_t release_ms; /* 1 d: at 00:00 of the zone; else multiples since the epoch */
};

struct time_plan {
    int64_t out_of_order_ms, lateness_ms, max_skew_ms;
    int64_t idle_after_ms; /* -1 = never */
    int64_t task_stall_ms, align_ms;
    bool decide_incomplete;
    int64_t dedup_horizon_ms;
};

struct limits {
    uint32_t customers, employees, scopes;
    uint32_t ids; /* remembered per input partition */
    uint64_t held_bytes, waiting_bytes;
    uint32_t releases; /* tables of observed retention of a task */
};

struct dispatch;

struct model {
    struct text digest; /* 8 hex digits: whatever decides a position */
    struct scope_plan scopes;
    const struct measure *measures;
    uint32_t measure_count;
    struct points_plan points;
    struct ledger_track tracks[TRACKS_MAX];
    uint32_t track_count;
    struct cube_plan cube;
    const struct alert_rule *alerts;
    uint32_t alert_count;
    const struct hypothesis *hypotheses;
    uint32_t hypothesis_count;
    struct privacy_plan privacy;
    struct clv_plan clv;
    uint8_t segment_kind; /* with clv.observed: the kind of scopes that are segments; scopes.count: an inner one */
    int64_t minute_rates[CATEGORY_COUNT]; /* micro money per minute */
    int64_t cost_of_capital;              /* per year, micro */
    int64_t reissue_within_ms;            /* so long after its payment an invoice's number stands for the same invoice */
    int64_t cancel_within_ms;             /* so long after it a purchase can be taken back; 0 = never */
    struct zone zone;
    struct time_plan time;
    struct limits limits;
    struct text alerts_url; /* generatorURL prefix: "http://127.0.0.1:8642/#/scope/" */
    struct dispatch *dispatches[2]; /* by type of entity, of this model: for all its engines. NULL: each works out its own */
};

/* With observed retention the measure that counts customers and churns stands behind the measures, and where segments are no
 * scopes a kind of them stands behind the kinds. These count what is inner, too. */
static inline uint32_t model_measures(const struct model *m)
{
    return m->measure_count + m->clv.observed;
}

static inline uint32_t model_kinds(const struct model *m)
{
    return m->scopes.count + (m->clv.observed && m->segment_kind == m->scopes.count);
}

/* The first instant later than t_ms at which a day of the zone begins. */
int64_t day_after(const struct model *m, int64_t t_ms);

/* The first release instant later than t_ms (domain 4.4). */
int64_t release_after(const struct model *m, int64_t t_ms);

/* The first tick later than tick t_ms at which a release is due: the one at its instant or the next after it. */
int64_t release_tick_after(const struct model *m, int64_t t_ms);

/* The last such tick that is not later than tick t_ms. */
int64_t release_tick_until(const struct model *m, int64_t t_ms);

#endif
