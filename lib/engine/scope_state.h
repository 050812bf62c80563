/* What the scope engine keeps. For the scope_*.c files of lib/engine only; everybody else goes through scope_engine.h. */
#ifndef CUBE_ENGINE_SCOPE_STATE_H
#define CUBE_ENGINE_SCOPE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/intern.h"
#include "engine/due_heap.h"
#include "engine/gift_table.h"
#include "engine/scope_blocks.h"
#include "engine/scope_cell.h"
#include "engine/scope_engine.h"
#include "engine/waiting_rows.h"
#include "scope/scope_sets.h"

/* The moves of a change of octant, shared by the scope and by decisions that tell of it. */
struct move_set {
    uint32_t refs;
    uint32_t count;
    struct axis_move moves[AXIS_COUNT];
    struct driver drivers[];
};

/* Contacts of a scope with one department, over cube.linked. */
struct scope_link {
    uint32_t giver;
    struct cell_horizon contacts;
};

#define OUTER_MAX 2 /* the first dimension of a combination, and the organisation */

struct scope_alert {
    uint32_t rule;
    struct alert_state state;
    struct alert_memory memory;
};

struct scope {
    struct text key;
    uint64_t order[2]; /* its first 16 bytes, zeros behind a shorter key: the smaller number is the earlier key */
    uint32_t id, kind; /* kind: SCOPE_KIND_NONE until its head is restored */
    int64_t tick_ms;   /* last judged */
    int64_t revision;
    struct axis_state axes[AXIS_COUNT];
    uint8_t octant, held, before; /* now; the last one known; the one left by the last change */
    bool undecided, stale;
    bool in_work;           /* in the list of this tick */
    bool has_rows;          /* at this tick */
    bool let_out;           /* something else is let out of its survey cells since the last tick */
    bool dirty;             /* in the list of scopes to flush */
    bool memory_dirty;      /* what its alerts remember changed since then */
    bool headless;          /* while restoring: another record came before its head */
    bool head_is_whole;     /* in the flush at hand */
    bool head_holds;        /* the changelog has a head of it, and moves and baseline are those of now */
    bool overtaken;         /* in the list of changed scopes, but its state was given out since */
    uint8_t place;          /* enum scope_place */
    int64_t since_ms;       /* held was entered */
    struct move_set *moves; /* of the last change; NULL none */
    int64_t edge_ms;        /* the first pane edge of its cells; NO_DUE */
    int64_t apart_ms;       /* no pane that begins later has a record of its own (panes_apart of its cells) */
    int64_t timer_ms;       /* tick at which axes or alerts are due; NO_DUE */
    int64_t creeps_ms;      /* tick at which it is looked at because something in it follows time; NO_DUE */
    int64_t changed_ms;     /* waits for publication since this tick; NEVER_MS: it does not */
    int64_t *baseline;      /* by scored measure: contribution at the last change of octant, in millionths; NULL before the first */
    struct scope_link *links; /* ascending by key of the giver */
    uint32_t link_count, link_capacity;
    uint32_t outer[OUTER_MAX]; /* givers around the scope, nearest first */
    uint32_t outer_count;
    struct axis_now given;  /* E as it was last taken from others; basis own: it was not */
    uint32_t alert_count;
    struct scope_alert *alerts; /* rules that speak of this scope, in the model's order */
    struct gone_alert *gone;    /* scope_gone.h: to be resolved at the next tick */
    struct scope_cell *cells[]; /* by measure; NULL until the first row */
};

#define SCOPE_KIND_NONE UINT32_MAX

/* Whether a scope is one of the limits.scopes that are kept. That is decided at the tick of its first row, in the order
 * of keys, so that it does not follow the order in which bundles come. */
enum scope_place {
    PLACE_OPEN,     /* its first row still waits */
    PLACE_KEPT,
    PLACE_REFUSED,  /* its rows go to the overflow of its kind */
    PLACE_OVERFLOW, /* it is that: beside the limit, as the organisation is */
};

/* Names that a scope engine keeps beside those of kept scopes: of those whose first row waits, and of those refused
 * since. Beyond that a name goes to the overflow at once. */
#define SCOPE_NAMES_BESIDE (UINT32_C(1) << 20)

struct outbox {
    struct decision *at;
    struct move_set **moves; /* of each; NULL none */
    uint32_t count, capacity;
};

/* Ids in the order they came; never more than there are scopes. */
struct id_queue {
    uint32_t *at;
    uint32_t first, count, capacity;
};

/* A measure whose results are needed at every tick: it is scored, or of an alert. */
struct watched {
    uint16_t measure;
    uint8_t horizons; /* bit h: horizon h */
};

/* A horizon elsewhere that gives `active` for a points measure. */
struct active_source {
    uint16_t measure, horizon; /* UINT16_MAX: none */
};

/* The oldest pane of a horizon's window at an instant, so that a tick divides once per horizon. */
struct oldest_pane {
    int64_t t_ms, pane;
};

/* The results of a measure of which a scope has no row. */
extern const struct result scope_nothing[HORIZONS_MAX];

struct scope_engine {
    const struct model *model;
    struct intern *keys;
    struct scope **scopes; /* by id */
    uint32_t count, capacity;
    bool guards;     /* it keeps survey cells for the guard, and nothing else */
    int64_t tick_ms; /* last worked on */
    int64_t row_ms;  /* tick of the row before: it is a multiple */
    uint64_t overflowed; /* rows that went to an overflow, each for one scope */
    uint64_t bytes;
    uint32_t open_count, kept_count; /* by place */
    uint32_t overflows[SCOPE_KINDS_MAX]; /* by kind: 1 + the scope; 0 there is none yet */

    struct waiting_rows rows;
    struct gathering *gathering; /* cells that gather rows, while rows are applied (scope_rows.c) */
    uint32_t gathering_count, gathering_capacity;
    struct run_met *met;       /* by scope: likewise */
    uint64_t runs;             /* of rows that were applied */
    struct scope_sets sets;    /* that rows name */
    struct due_heap due;
    uint32_t *work, work_count; /* ids of this tick */
    struct id_queue changed, dirty;
    struct outbox outbox;
    struct gone_alert *gone; /* whose resolution stands in the outbox */
    struct buf told;         /* by rule, one behind the other: scope_told */
    uint16_t named;    /* the measure that a restored record named last */
    uint32_t restored; /* the scope that it was of */
    uint32_t *prints;  /* of the measures' names */
    struct delta_row fits; /* the last row of a pane or level that was taken: the next is mostly named like it; kind ROW_KIND_COUNT: none */
    bool unlogged;     /* no changelog is written: what changed is not remembered */
    struct scope_blocks blocks;
    void *tables;      /* the block of all that are by measure or of labels */
    struct watched *watched, *creeping; /* creeping: those of them that may follow time */
    uint32_t watched_count, creeping_count;
    uint16_t *scored_measures; /* in the model's order */
    uint32_t scored_count;
    struct scored *scored; /* of the scope at hand, and, behind them, those of a scope without rows */
    struct scored *scored_empty;
    int64_t *contributions;
    struct gift_table *gifts;
    bool gifts_turned;        /* since the last tick */
    int64_t *given;           /* contributions of E taken from others, of the scope at hand */
    struct axis_link *link_room;
    uint32_t link_room_capacity;
    struct active_source *active; /* by measure x HORIZONS_MAX */
    struct oldest_pane *oldest;   /* likewise */
    struct label *labels;         /* room for those of any rule */
    struct alert_tally *tallies;  /* by rule */
    size_t *told_ends;            /* by rule */
    int64_t zeros[CELL_SLOTS_MAX];

    struct measure_view *view_measures;
    struct result *view_results; /* by measure x HORIZONS_MAX: of those that follow time */
    struct lever *levers;
    struct buf key, value; /* of the record being written: what its key begins with, and the record where it is handed over */
    struct buf place_key;
    const struct scope *impossible; /* a scope whose sums are of no events, and the measure; NULL: none was seen */
    const struct measure *impossible_measure;
};

/* ---- scope_place.c ---- */

/* Finds or makes the overflow of a kind. CUBE_ENOMEM. */
int scope_overflow(struct scope_engine *e, uint32_t kind, uint32_t *ret_scope) CUBE_MUST_CHECK;
/* True for the key of an overflow, and for the organisation's. CUBE_ENOMEM. */
int scope_is_overflow(struct scope_engine *e, struct text key, uint32_t kind) CUBE_MUST_CHECK;
/* Gives a scope whose kind was just set its place. CUBE_ENOMEM. */
int scope_place_open(struct scope_engine *e, struct scope *s) CUBE_MUST_CHECK;
/* Keeps a scope whose place is open. */
void scope_place_keep(struct scope_engine *e, struct scope *s);
/* A restored scope is one that was kept. CUBE_ENOMEM. */
int scope_place_restored(struct scope_engine *e, struct scope *s) CUBE_MUST_CHECK;
/* Decides the places of the scopes that these rows are the first of. CUBE_ENOMEM: nothing was decided. */
int scope_places_decide(struct scope_engine *e, const struct tick_rows *rows) CUBE_MUST_CHECK;

/* ---- scope_panes.c ---- */

/* The oldest pane of a window at an instant. */
static inline int64_t oldest_pane(struct scope_engine *e, const struct measure *m, uint32_t horizon, int64_t t_ms)
{
    struct oldest_pane *o = &e->oldest[m->index * HORIZONS_MAX + horizon];
    if (o->t_ms != t_ms) {
        const struct horizon *h = &m->horizons[horizon];
        *o = (struct oldest_pane){t_ms, pane_newest(t_ms, h->pane_ms) - h->panes + 1};
    }
    return o->pane;
}

/* ---- scope_result.c ---- */

/* What the panes and the level say at t, whether privacy lets it out or not. */
void cell_live_result(struct scope_engine *e, const struct scope *s, const struct scope_cell *c,
                      uint32_t horizon, int64_t t_ms, struct result *ret_r);

/* The same, kept as the result of the horizon and with it whether it creeps. */
void cell_result(struct scope_engine *e, const struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t t_ms);

/* True when its results follow time itself and not only its rows and panes. */
bool cell_follows_time(const struct scope_cell *c);
/* Brings the results that are watched up to tick t; the others are made when somebody looks at the scope. */
void scope_results(struct scope_engine *e, struct scope *s, int64_t t_ms);

/* Brings the results of one measure up to tick t: of the horizons whose bits are set. */
void cell_results(struct scope_engine *e, const struct scope *s, struct scope_cell *c, uint8_t horizons, int64_t t_ms);

/* The first edge behind the tick of the results, of the panes of a horizon that is watched and whose value creeps; NO_DUE: all stay the same until a
 * row comes or a pane leaves. */
int64_t scope_creeps(const struct scope_engine *e, const struct scope *s);

/* Fills e->scored with the scope's scored measures in the model's order. */
void scope_scored(struct scope_engine *e, const struct scope *s);

/* ---- scope_release.c ---- */

/* Answers came or left. */
void cell_release_touch(struct cell_release *r, int64_t answers);

/* What scores and outputs see of a private horizon. */
void cell_release_show(const struct cell_release *r, struct result *ret_r);

/* ---- scope_rows.c ---- */

/* Lists a scope in e->work. */
void scope_work_add(struct scope_engine *e, struct scope *s);

/* Makes room for what is kept of so many scopes while rows are applied. CUBE_ENOMEM. */
int scope_rows_reserve(struct scope_engine *e, uint32_t capacity) CUBE_MUST_CHECK;
/* Applies the rows of all ticks up to t_ms and lists their scopes in e->work. CUBE_ENOMEM. */
int scope_rows_apply(struct scope_engine *e, int64_t t_ms) CUBE_MUST_CHECK;

/* ---- scope_links.c ---- */

/* Adds contacts that the scope sees at tick t, unless its kind names departments itself. *ret_taken: it does not. CUBE_ENOMEM. */
int scope_link_add(struct scope_engine *e, struct scope *s, int64_t t_ms, const struct delta_row *row, bool *ret_taken) CUBE_MUST_CHECK;

/* Finds or makes the link with a giver. CUBE_ENOMEM. */
int scope_link_get(struct scope_engine *e, struct scope *s, uint32_t giver, struct scope_link **ret_l) CUBE_MUST_CHECK;

/* Takes out the contacts that have left at t. Returns 1 when some had, 0, CUBE_ENOMEM. */
int scope_links_roll(struct scope_engine *e, struct scope *s, int64_t t_ms) CUBE_MUST_CHECK;
/* The first instant after which some leave; NO_DUE. */
int64_t scope_links_edge(const struct scope *s);
void scope_links_destroy(struct scope *s);
/* Recomputes the edge of a link. */
void link_edge(const struct model *m, struct scope_link *l);

/* ---- scope_given.c ---- */

/* Notes which scopes lie around this one; its kind is known. CUBE_ENOMEM. */
int scope_given_init(struct scope_engine *e, struct scope *s) CUBE_MUST_CHECK;

/* E that the scope takes from others now, where it has none of its own; contributions in e->given. Leaves *a as it is when nobody gives. */
void scope_given(struct scope_engine *e, const struct scope *s, struct axis_now *a);

/* True when E is taken from others in one of the two and is not the same in both. */
bool axis_given_differs(const struct axis_now *a, const struct axis_now *b);

/* True when what the scope would take now is not what it took when it was last judged. */
bool scope_given_differs(struct scope_engine *e, const struct scope *s);

/* ---- scope_judge.c ---- */

/* Judges a scope at tick t: results, axes, octant, change, alerts, next due instant. CUBE_ENOMEM. */
int scope_judge(struct scope_engine *e, struct scope *s, int64_t t_ms) CUBE_MUST_CHECK;

/* The axes of the scope at hand, whose scores are in e->scored; E with what others give. */
void scope_axes(struct scope_engine *e, const struct scope *s, struct axis_now axes[AXIS_COUNT]);

/* The current octant and the flags that follow from the axis states. */
void scope_derive(struct scope *s);
/* Puts the scope where its next due instant belongs. */
void scope_schedule(struct scope_engine *e, struct scope *s);

/* The first tick that is not before an instant and later than t; NO_DUE stays. */
int64_t due_tick(const struct scope_engine *e, int64_t instant_ms, int64_t t_ms);

/* ---- scope_change.c ---- */

/* Notes the octant at tick t; basis: of E, whose contributions are in e->given unless it is own. A change of it is a decision. CUBE_ENOMEM. */
int scope_change(struct scope_engine *e, struct scope *s, enum axis_basis basis, int64_t t_ms) CUBE_MUST_CHECK;
/* Makes room for the scope's baseline. CUBE_ENOMEM. */
int scope_baseline_make(struct scope_engine *e, struct scope *s) CUBE_MUST_CHECK;
void move_set_release(struct move_set *m);

/* ---- panes of far instants ---- */

/* Rows of panes beyond it are refused: whatever is reckoned with one fits. */
#define PANE_LIMIT (INT64_C(1) << 50)
#define PANE_LIMIT_MS (INT64_MAX / 2)

static inline bool pane_is_within(int64_t pane_ms, int64_t pane, int64_t limit_ms)
{
    int64_t limit = limit_ms / pane_ms;
    return pane > -limit && pane < limit;
}

/* So are records of panes that no such row is in: longer ones begin before it. */
static inline bool pane_is_recorded(int64_t pane_ms, int64_t pane)
{
    return pane > -2 * PANE_LIMIT && pane < 2 * PANE_LIMIT && pane_is_within(pane_ms, pane, PANE_LIMIT_MS / 2 * 3);
}

/* ---- scope_alerts.c ---- */

/* Lists the rules that speak of the scope. CUBE_ENOMEM. */
int scope_alerts_init(struct scope_engine *e, struct scope *s) CUBE_MUST_CHECK;
void scope_alerts_close(struct scope *s);

/* The instance of the rule of a name, NULL when none of that name speaks of the scope. */
struct scope_alert *scope_alert_find(const struct scope_engine *e, struct scope *s, struct text name);

/* Fills e->labels with those of a rule of the model, in the order of alert_labels, and returns how many. */
uint32_t scope_alert_labels(struct scope_engine *e, const struct alert_rule *r, struct text scope);

/* What is decided of an alert at tick t, but for its fingerprint and the answer of its condition. */
struct decision scope_alert_decision(const struct scope *s, const struct alert_rule *r, int64_t starts_ms, bool firing, int64_t t_ms);

/* The instance counts, or no longer, in the tally of its rule. */
void scope_alert_tally(struct scope_engine *e, const struct scope_alert *alert, int32_t by);

/* Puts the drift of each measure that stands under a drift rule into its view; the views are in the model's order. */
void scope_alerts_view(const struct scope_engine *e, const struct scope *s, struct measure_view *views, uint32_t count);

/* Steps all its alerts; *due_ms is lowered to the first instant one wants to be looked at. Returns 1 when what they remember shows in
 * the state of the scope, 0, CUBE_ENOMEM. */
int scope_alerts_step(struct scope_engine *e, struct scope *s, const struct axis_now axes[AXIS_COUNT], int64_t t_ms, int64_t *due_ms) CUBE_MUST_CHECK;

/* ---- scope_outbox.c ---- */

/* Appends a decision; takes a share of the moves (NULL: none). CUBE_ENOMEM. */
int outbox_add(struct outbox *o, const struct decision *d, struct move_set *moves) CUBE_MUST_CHECK;
void outbox_close(struct outbox *o);

/* Queues with room for as many ids as there are scopes: adding never fails. */
int id_queue_reserve(struct id_queue *q, uint32_t ids) CUBE_MUST_CHECK;
void id_queue_add(struct id_queue *q, uint32_t id);
uint32_t id_queue_pop(struct id_queue *q);
uint32_t id_queue_at(const struct id_queue *q, uint32_t i);

/* ---- scope_engine.c ---- */

/* Adds a scope that is not there yet, without a kind. CUBE_ELIMIT, CUBE_ENOMEM. */
int scope_add(struct scope_engine *e, struct text key, uint32_t *ret_scope) CUBE_MUST_CHECK;

/* ---- scope_changed.c ---- */

/* Marks the scope's head for the changelog. */
void scope_mark_dirty(struct scope_engine *e, struct scope *s);
/* Marks the scope for publication at tick t. */
void scope_mark_changed(struct scope_engine *e, struct scope *s, int64_t t_ms);

#endif
