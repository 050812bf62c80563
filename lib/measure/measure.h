/* A measure: what is computed per scope (domain, section 3). Built by daemon/config, read-only after. */
#ifndef CUBE_MEASURE_MEASURE_H
#define CUBE_MEASURE_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "event/predicate.h"
#include "window/pane.h"

#define HORIZONS_MAX 8
#define MEASURES_MAX 256
#define VALUE_TERMS_MAX 4

enum axis { AXIS_E, AXIS_X, AXIS_V, AXIS_COUNT, AXIS_NONE = AXIS_COUNT };
enum measure_class { CLASS_CPI, CLASS_KPI, CLASS_HR };

/* Per-customer totals (contract: from.ledger). EFFORT is cost to serve; MARGIN = REVENUE - COST - EFFORT. */
enum ledger { LEDGER_REVENUE, LEDGER_COST, LEDGER_EFFORT, LEDGER_MARGIN, LEDGER_PURCHASES, LEDGER_COUNT };

enum first_time_definition { FIRST_TIME_CONFIRMED, FIRST_TIME_AGENT, FIRST_TIME_SURVEY, FIRST_TIME_NO_RECONTACT, FIRST_TIME_ONE_TOUCH };

/* One signed field of from.value; an event that lacks an optional field counts 0 for it. */
struct value_term {
    uint8_t field; /* enum event_field */
    int8_t sign;   /* +1 or -1 */
};

struct source {
    uint64_t kinds; /* bit 1 << enum event_kind */
    struct predicate where;
    struct value_term terms[VALUE_TERMS_MAX];
    uint32_t term_count; /* at least 1; the default is EVENT_VALUE */
};

struct aggregation;

struct measure {
    struct text name;
    uint16_t index; /* place in the model */
    enum axis axis;
    enum measure_class class;
    const struct aggregation *aggregation;
    struct text evidence, increment, unit, owner, journey; /* registry; absent when not given */
    bool evidence_is_weak;

    struct source from;
    struct source per;        /* quotient: below the line; duration: what ends a pair */
    uint64_t lost;            /* duration: those kinds of `per` that give up */
    uint8_t by;               /* duration: the enum event_field, a text, that pairs */
    const struct calendar *calendar; /* duration: only time within its opening hours counts; NULL = all time */
    struct predicate hits;    /* ratio: the numerator */
    uint64_t hit_kinds;       /* likewise: a hit is of one of these kinds too; 0 = any of the source's */

    /* horizons[0] is the scored window. pane_ms = greatest common divisor of all their panes: the pane
     * of the rows that entity tasks send. */
    struct horizon horizons[HORIZONS_MAX];
    uint32_t horizon_count;
    int64_t pane_ms;
    int64_t longest_ms; /* longest window of all horizons, rounded up to its panes */

    bool scored;
    double at0, at100;  /* score 0 and 100; either order */
    double weight;
    int64_t min_n;

    int64_t target;       /* within: micro, of milliseconds too; duration: ms */
    bool target_is_min;   /* hit = value >= target instead of <= */
    enum first_time_definition definition;
    int64_t recontact_window_ms;
    uint8_t tracks[HORIZONS_MAX]; /* over a ledger: the track of each horizon (engine/model.h) */
    uint8_t by_tracks[HORIZONS_MAX]; /* mismatch: the track of the ledger that ranks */
    int64_t total_low, total_high; /* ratio over customers: a hit's total lies within, micro */
    bool low_open, high_closed;    /* of totals that are no whole micro units: above total_low - 1, not above total_high */
    bool whale;           /* concentration of a ledger whose totals may be negative */
    int64_t scale;        /* top_box of a customer survey: 5, 7 or 10; 0 = the event names it (hr) */
    bool scale_of_all;    /* top_box: all answers are on it, whatever their instrument, since from.where names that */
    bool is_private;      /* survey cell of employees: goes out by the release only */
    bool by_points;       /* aggregation points */
    bool is_inner;        /* not of the configuration: what the guard counts for observed retention */
};

#endif
