/* The scopes of one scope task: panes, positions, alerts. Works tick by tick; pulled, never calls out.
 * Pure: rows and ticks in, publications out. */
#ifndef CUBE_ENGINE_SCOPE_ENGINE_H
#define CUBE_ENGINE_SCOPE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/alert.h"
#include "base/buf.h"
#include "base/varint.h"
#include "cube/basis.h"
#include "cube/position.h"
#include "engine/delta.h"
#include "engine/let_out.h"
#include "engine/model.h"

struct scope_engine;

int scope_engine_create(const struct model *m, uint64_t seed,
                        struct scope_engine **ret_e) CUBE_MUST_CHECK;
void scope_engine_destroy(struct scope_engine *e);

/* Finds or makes a scope by its key. scope_kind = index in the scope plan. Beyond limits.scopes it is the overflow of
 * its kind (scope_key_overflow); which scopes that befalls is decided at the tick of their first row. CUBE_EFORMAT:
 * no such kind. CUBE_ENOMEM. */
int scope_engine_scope(struct scope_engine *e, struct text key, uint32_t scope_kind,
                       uint32_t *ret_scope) CUBE_MUST_CHECK;

/* False for a scope whose rows go to the overflow. */
bool scope_engine_keeps(const struct scope_engine *e, struct text key);

/* Finds or makes a set of 1 to SCOPE_KINDS_MAX scopes of this engine, for rows. CUBE_ELIMIT: no more sets; a row
 * for each scope alone says the same. CUBE_ENOMEM. */
int scope_engine_set(struct scope_engine *e, const uint32_t *scopes, uint32_t count, uint32_t *ret_set) CUBE_MUST_CHECK;

/* Keeps one row until its tick is worked on. row->set is a set or a scope of THIS engine; cells are copied.
 * tick_ms is later than the last tick worked on, else it is taken at the next one. CUBE_EFORMAT: a row
 * that does not fit the model. CUBE_ENOMEM. In both cases nothing changed. */
int scope_engine_add(struct scope_engine *e, int64_t tick_ms,
                     const struct delta_row *row) CUBE_MUST_CHECK;

/* The same of rows that differ from the one added last in their sets, buckets and cells only and are of the same tick. They are written to
 * *ret_at, each as it waits (engine/waiting_rows.h), where there is room for *ret_rows of them, one at least; then so many are taken.
 * Whoever writes them vouches for their sets, and that buckets of sketches are within their limit. CUBE_ENOMEM. */
int scope_engine_rows_room(struct scope_engine *e, int64_t **ret_at, uint32_t *ret_rows) CUBE_MUST_CHECK;
void scope_engine_rows_taken(struct scope_engine *e, uint32_t count);

/* The next tick at which something is to be done (rows, a pane edge, a timer): a multiple of the
 * tick; INT64_MAX when nothing is waiting. */
int64_t scope_engine_next_tick(const struct scope_engine *e);

/* Works on tick t_ms, which is not after scope_engine_next_tick: applies its rows, rolls panes, scores,
 * judges, alerts. Decisions wait in the outbox; changed scopes are marked for publication. Any t_ms may
 * be given, multiples of the tick only, never an earlier one than before. CUBE_ENOMEM: drop and restore. CUBE_ERANGE: sums
 * of no events (scope_engine_impossible); what was decided is void. */
int scope_engine_tick(struct scope_engine *e, int64_t t_ms) CUBE_MUST_CHECK;

/* The last tick worked on; INT64_MIN before the first. */
int64_t scope_engine_last_tick(const struct scope_engine *e);

/* ---- survey cells (domain 4.4) --------------------------------------------------------------------- */

/* Takes what the guard lets out of one cell from tick t_ms on, which is the next one to be worked on; the scope
 * is judged there. Until the first time everything of a cell is withheld. CUBE_ENOMEM. */
int scope_engine_let_out(struct scope_engine *e, int64_t t_ms, const struct let_out_cell *cell) CUBE_MUST_CHECK;

/* ---- E that scopes take from others (domain 4.5) --------------------------------------------------- */

/* A department as rows of ROW_CONTACTS name it, by the key of its scope. CUBE_ELIMIT, CUBE_ENOMEM. */
int scope_engine_giver(struct scope_engine *e, struct text key, uint32_t *ret_giver) CUBE_MUST_CHECK;

/* The measures whose contributions a gift carries, in order. */
uint32_t scope_engine_contributions(const struct scope_engine *e, const uint16_t **ret_measures);

/* Calls give for every scope whose E others may take and is known and its own as of tick t_ms, the last one
 * worked on. Everything is borrowed during the call. Returns the first non-zero of give. */
typedef int scope_give_fn(void *arg, struct text key, const struct axis_gift *g);
int scope_engine_give(struct scope_engine *e, int64_t t_ms, scope_give_fn *give, void *arg) CUBE_MUST_CHECK;

/* Keeps a gift until the turn; then those kept are what scopes take, and no others. Scopes for which that
 * is another E are judged at the next tick that is worked on. CUBE_ENOMEM. */
int scope_engine_gift(struct scope_engine *e, struct text key, const struct axis_gift *g) CUBE_MUST_CHECK;
void scope_engine_gifts_turn(struct scope_engine *e);

/* ---- decisions: changes and alerts, in order ---------------------------------------------------- */

struct driver {
    uint16_t measure;
    int64_t contribution; /* millionths of a point */
};

struct axis_move {
    enum axis axis;
    int64_t from, to; /* axis score, millionths of a point; drivers add up to to - from */
    const struct driver
        *drivers; /* those that are not 0, largest magnitude first, ties by measure */
    uint32_t driver_count;
};

enum decision_type { DECISION_CHANGE, DECISION_ALERT };

struct decision {
    enum decision_type type;
    uint32_t scope;
    int64_t t_ms; /* the tick: at, as_of, record timestamp */
    int64_t revision;
    uint8_t from,
        to; /* octants; of an alert: those of the scope's last change, OCTANT_NONE if there was none */
    /* DECISION_CHANGE */
    uint8_t jump; /* axes that moved: 1..3 */
    struct axis_move moves
        [AXIS_COUNT]; /* DECISION_ALERT: moves of the last change that brought the scope here, if any */
    uint32_t move_count;
    /* DECISION_ALERT */
    const struct alert_rule *rule;
    bool firing;                /* false: resolved */
    int64_t starts_ms, ends_ms; /* ends only when resolved */
    uint64_t fingerprint;
    struct condition_answer answer;
    uint8_t octant; /* of the scope now */
};

uint32_t scope_engine_decision_count(const struct scope_engine *e);
const struct decision *scope_engine_decision_at(const struct scope_engine *e, uint32_t i);
void scope_engine_decisions_clear(struct scope_engine *e);

/* ---- state of a scope, as cube.state says it ------------------------------------------------------ */

struct measure_view {
    const struct measure *measure;
    bool withheld; /* privacy: no number; of horizon 0, like the two below */
    bool released; /* private and let out: published_ms is set */
    int64_t published_ms;
    uint8_t withheld_horizons;                  /* bit per horizon */
    int64_t horizon_published_ms[HORIZONS_MAX]; /* of private ones that are let out */
    const struct result *horizons; /* of each of them; borrowed as the view is */
    struct scored scored; /* only when measure->scored */
    bool has_drift;       /* a drift rule watches it: its weighted mean and the limits */
    double drift_z, drift_low, drift_high;
};

struct scope_view {
    struct text key;
    uint32_t kind; /* index in the scope plan */
    int64_t as_of_ms, revision;
    uint8_t octant;   /* OCTANT_NONE = unknown */
    int64_t since_ms; /* tick at which the octant was entered; only with an octant */
    bool undecided, stale;
    struct axis_now axes[AXIS_COUNT];
    struct axis_state states[AXIS_COUNT];
    bool has_probabilities;
    double probabilities[OCTANT_COUNT];
    const struct measure_view *measures; /* in the model's order; only those that ever had a row */
    uint32_t measure_count;
    const struct lever *levers;
    uint32_t lever_count;
};

/* The state of a scope at instant t_ms, the last tick worked on or a snapshot instant not after the next
 * active tick: panes are looked at as of t_ms, sides are those last decided. Borrowed until the next call
 * of this engine. CUBE_ENOTFOUND: no tick has looked at the scope yet, it has no state; or t_ms is before
 * the last tick that did. */
int scope_engine_view(struct scope_engine *e, uint32_t scope, int64_t t_ms,
                      struct scope_view *ret_v) CUBE_MUST_CHECK;

uint32_t scope_engine_count(const struct scope_engine *e);
struct text scope_engine_key(const struct scope_engine *e, uint32_t scope);
/* True when as many scopes are kept as limits.scopes allows. */
bool scope_engine_is_full(const struct scope_engine *e);
/* Rows that went to the overflow of a kind in place of their scope, each counted once per scope. */
uint64_t scope_engine_overflowed(const struct scope_engine *e);
uint64_t scope_engine_bytes(const struct scope_engine *e);
/* Of that, of rows that wait for their tick. */
uint64_t scope_engine_waiting_bytes(const struct scope_engine *e);
/* Instance of an alert rule in a scope, for the page: NULL when the rule does not speak of the scope. */
const struct alert_state *scope_engine_alert(const struct scope_engine *e, uint32_t scope,
                                             uint32_t rule);

/* Instances of an alert rule, of all scopes, as they stand. */
struct alert_tally {
    uint32_t pending, firing;
};
struct alert_tally scope_engine_alerts(const struct scope_engine *e, uint32_t rule);

/* The alerts of a scope one by one, from i = 0, with the numbers of their rules; NULL: there are no more. */
const struct alert_state *scope_engine_alert_at(const struct scope_engine *e, uint32_t scope, uint32_t i, uint32_t *ret_rule);

/* An alert instance that is pending or firing now, as a decision would tell it (status by firing; moves are
 * left out). CUBE_ENOTFOUND: the rule does not speak of the scope, or the instance is inactive. */
int scope_engine_alert_now(struct scope_engine *e, uint32_t scope, uint32_t rule,
                           struct decision *ret_d) CUBE_MUST_CHECK;

/* Scopes whose published state is out of date, longest waiting first (those of one tick by key). pop returns
 * CUBE_ENOTFOUND when none waits. *ret_tick: the last tick worked on that scope. The changelog remembers
 * who waits, so within a commit pop before scope_engine_flush. */
uint32_t scope_engine_changed_count(const struct scope_engine *e);
int scope_engine_changed_pop(struct scope_engine *e, uint32_t *ret_scope, int64_t *ret_tick);

/* For an owner that asks for the last state of every scope only and leaves the changed ones waiting: before tick
 * t_ms, the next one, is worked on, lists the waiting scopes whose state that tick may alter without marking them
 * changed. They wait no longer; the list is borrowed until the tick. Their state is to be taken at their
 * scope_engine_judged. */
uint32_t scope_engine_overtaken(struct scope_engine *e, int64_t t_ms, const uint32_t **ret_scopes);

/* The last tick that judged a scope; INT64_MIN: none. */
int64_t scope_engine_judged(const struct scope_engine *e, uint32_t scope);

/* ---- changelog: one record per scope and stretch of panes that changed (scope_blocks.h), and one head per scope ---- */

/* Calls put for every record that changed since the last call; an empty value is a tombstone (a pane that
 * left). Both texts/bytes are borrowed during the call. Returns the first non-zero of put, or CUBE_ENOMEM;
 * what was put stays clean only when 0 is returned. */
int scope_engine_flush(struct scope_engine *e,
                       int (*put)(void *arg, struct text key, const uint8_t *value, size_t len),
                       void *arg) CUBE_MUST_CHECK;

/* Where records are written to in place, each behind the one before: its key, then its value. */
struct scope_sink {
    struct buf *bytes;
    /* The last key_len + value_len bytes are a record; without a value it is a tombstone. */
    int (*wrote)(void *arg, size_t key_len, size_t value_len);
    void *arg;
};

/* The same without copies. Returns the first non-zero of wrote, or CUBE_ENOMEM; the bytes may end with a piece of a record then. */
int scope_engine_flush_to(struct scope_engine *e, const struct scope_sink *sink) CUBE_MUST_CHECK;

/* Forgets what changed. */
void scope_engine_clean(struct scope_engine *e);

/* No changelog will be written: from the beginning on, what changes is not even remembered. Before any scope. */
void scope_engine_unlogged(struct scope_engine *e);

/* True when sums were seen that no events have, such as more hits than cases: of which scope, borrowed, and of which measure. Rows
 * may take away as well as add, so only the sums of a window tell. */
bool scope_engine_impossible(const struct scope_engine *e, struct text *ret_scope, struct text *ret_measure);

/* Puts one record back. CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_EVERSION, CUBE_ENOMEM. */
int scope_engine_restore(struct scope_engine *e, struct text key, const uint8_t *value,
                         size_t len) CUBE_MUST_CHECK;
/* All records are back: rebuild results, timers and the queue of changed scopes. The engine then goes on
 * as the one that wrote them. CUBE_EFORMAT: a scope has panes and no head. CUBE_ERANGE: sums of no events. */
int scope_engine_restored(struct scope_engine *e) CUBE_MUST_CHECK;

#endif
