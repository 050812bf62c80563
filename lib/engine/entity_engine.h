/* The state of the customers or employees of one task, and what events and timers do to it.
 * Pure: no clock, no bytes of Kafka. Events come in event-time order (stragglers excepted); what it
 * emits goes into a delta table and a list of touched entities, both taken away by the caller. */
#ifndef CUBE_ENGINE_ENTITY_ENGINE_H
#define CUBE_ENGINE_ENTITY_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/varint.h"
#include "engine/delta.h"
#include "engine/model.h"
#include "event/event.h"
#include "scope/scope_table.h"
#include "score/running.h"

enum entity_type { ENTITY_CUSTOMER, ENTITY_EMPLOYEE };

struct entity_engine;
struct entity;

/* The model is borrowed for the life of the engine. seed keys the hash tables only; it never shows in
 * results. CUBE_ENOMEM. */
int entity_engine_create(const struct model *m, enum entity_type type, uint64_t seed,
                         struct entity_engine **ret_e) CUBE_MUST_CHECK;
void entity_engine_destroy(struct entity_engine *e);

/* What was fetched ahead of an event. */
struct event_ahead {
    struct entity *entity; /* whom it is most likely of; NULL: nobody is known */
    uint32_t number;
    struct said_dims said; /* as it came out of the hold; len 0: its scopes were not fetched */
};

/* Hints that this entity is about to be used, which never change anything: its place; some events later all of it; what hangs on it. */
void entity_engine_prefetch(const struct entity_engine *e, uint64_t entity_hash);
void entity_engine_prefetch_entity(const struct entity_engine *e, uint64_t entity_hash, struct event_ahead *ret_a);
void entity_engine_prefetch_rest(const struct event_ahead *a);
/* The last of these, for an event that is at hand: what hangs on its entity, and where the set of scopes stands in which it counts; then that
 * set, by what was found. */
void entity_engine_prefetch_scopes(const struct entity_engine *e, const struct event *ev, struct event_ahead *a);
void entity_engine_prefetch_set(const struct entity_engine *e, const struct event_ahead *a);
uint64_t entity_engine_hash(const struct entity_engine *e, struct text key);

/* Before a straggler is applied: the instant up to which all events and timers have been. What the customer is by then is judged. */
void entity_engine_passed(struct entity_engine *e, int64_t passed_ms);

/* Applies one event. straggler: it is older than what was applied already; then every scope it counts in
 * takes a correction row. Timers that are due at or before ev->ts_ms must have run (entity_engine_timers).
 * CUBE_ELIMIT: an entity beyond the limit that is new, or comes again after it was erased; the event counts in its
 * scopes' flows all the same and the refusal is counted. CUBE_ENOMEM: the engine is not usable any more, drop and restore it. */
int entity_engine_apply(struct entity_engine *e, const struct event *ev, uint64_t entity_hash,
                        bool straggler) CUBE_MUST_CHECK;
/* The same of an event ahead of which that was fetched. */
int entity_engine_apply_ahead(struct entity_engine *e, const struct event *ev, const struct event_ahead *a, uint64_t entity_hash,
                              bool straggler) CUBE_MUST_CHECK;

/* The instant of the earliest timer; INT64_MAX when there is none. Timers: points and ledger panes that
 * leave (pane_leaves_ms), resolutions that become final, invoices that become overdue, margins that run out.
 * A timer of instant T runs before events of ts T and its effect is seen from tick_after(T) on. */
int64_t entity_engine_next_timer(const struct entity_engine *e);

/* Runs the timers of the earliest instant if that is not after until_ms. Their rows are in the delta table
 * then. Returns 1 when timers ran, 0 when none was due. CUBE_ENOMEM as above. */
int entity_engine_timers(struct entity_engine *e, int64_t until_ms) CUBE_MUST_CHECK;

/* Rows emitted since the last delta_table_clear of it. */
struct delta_table *entity_engine_deltas(struct entity_engine *e);
struct scope_table *entity_engine_scopes(struct entity_engine *e);

uint32_t entity_engine_count(const struct entity_engine *e);
uint64_t entity_engine_refused(const struct entity_engine *e);  /* events of entities beyond the limit */
uint64_t entity_engine_bytes(const struct entity_engine *e);

/* Customers are valued by this table from now on; it is borrowed until the next call or the end. NULL: by none. Emits
 * nothing: for what is restored. */
struct retention_table; /* engine/retention.h */
void entity_engine_retention(struct entity_engine *e, const struct retention_table *t);

/* The same at the instant of a release; whose class becomes another by it, is urgent and due for publication, ascending by
 * key. CUBE_ENOMEM: drop and restore the engine. */
int entity_engine_revalue(struct entity_engine *e, const struct retention_table *t) CUBE_MUST_CHECK;

/* ---- touched entities, until their records are written ------------------------------------------ */

/* Places of the queue in the order of first touch, by index i below the count; some may be gaps. An erased entity
 * is dirty, too. */
uint32_t entity_engine_dirty_count(const struct entity_engine *e);
/* Number of the first place, counted since the engine was made; the last is that plus the count, less 1. */
uint64_t entity_engine_dirty_first(const struct entity_engine *e);
/* Key of a dirty entity, borrowed until the next apply; absent: a gap. *ret_erased: write a tombstone (of an erased
 * entity once nothing from before the erasure can come; until then it has a record that says so). *ret_publish: its
 * class, engaged, unprofitable, strategic or churned changed, a contract was renewed, it was erased, or came again. */
struct text entity_engine_dirty_at(const struct entity_engine *e, uint32_t i, bool *ret_erased, bool *ret_publish);
/* Appends the changelog value of a dirty entity, no gap (a versioned record of ours). What it has of values of dimensions may be words that are
 * new: they must be written before it. CUBE_ENOMEM. */
int entity_engine_dirty_encode(struct entity_engine *e, uint32_t i, struct buf *out) CUBE_MUST_CHECK;
/* The words of its records (engine/record_words.h); at first none, and none is made. */
struct record_words;
struct record_words *entity_engine_words(struct entity_engine *e);
/* The records of the first count places are written: forget them. None may be urgent. */
void entity_engine_clean_first(struct entity_engine *e, uint32_t count);
/* All dirty entities are written: forget them. */
void entity_engine_clean(struct entity_engine *e);

/* Of an engine whose entities have all been put back and of which nothing is dirty: the queue has these places, all gaps. CUBE_EFORMAT: they are no
 * places. CUBE_ENOMEM. */
int entity_engine_dirty_open(struct entity_engine *e, uint64_t first, uint64_t next) CUBE_MUST_CHECK;
/* Puts an entity in its place there: its record is still to be written. Nothing when there is none of this number. CUBE_EFORMAT: it is
 * another's place, or none. */
int entity_engine_dirty_put(struct entity_engine *e, uint32_t number, uint64_t place) CUBE_MUST_CHECK;
/* All are in their places: gaps in front are forgotten. */
void entity_engine_dirty_settle(struct entity_engine *e);

/* ---- entities to be noted: something has happened to them since they were noted last (entity_unnoted.c) ------- */

/* From now on those that something happens to are listed, in the order in which it did. */
void entity_engine_notes(struct entity_engine *e);
/* From now on nobody is; the list is forgotten. */
void entity_engine_notes_end(struct entity_engine *e);
/* Places of the list, which count up: of its first, and behind its last. */
uint64_t entity_engine_unnoted_first(const struct entity_engine *e);
uint64_t entity_engine_unnoted_next(const struct entity_engine *e);
/* Takes the first off the list, which must have one. False: its record is written, or it was noted. Else *ret_i: its place from the front of
 * the dirty queue; what happens to it from now on is to be noted again. */
bool entity_engine_unnoted_take(struct entity_engine *e, uint32_t *ret_i);

/* Dirty entities that do not follow from their record and the events since: they were erased, or the caller says so.
 * Their records must be written with the next commit. CUBE_ENOMEM. */
int entity_engine_urgent(struct entity_engine *e, struct text key, uint64_t entity_hash) CUBE_MUST_CHECK;
uint32_t entity_engine_urgent_count(const struct entity_engine *e);
/* About what their records take in the changelog; one that is urgent twice counts twice. */
uint64_t entity_engine_urgent_bytes(const struct entity_engine *e);
/* Place of an urgent one, u below the count; false: it was written meanwhile. */
bool entity_engine_urgent_at(const struct entity_engine *e, uint32_t u, uint32_t *ret_i);
/* The record of one is written: it is no more where it stands in the list once more. The list itself stays until it is cleaned. */
void entity_engine_urgent_written(struct entity_engine *e, uint32_t u);
/* The records of all urgent ones are written. One whose tombstone is still to come stays where it is. */
void entity_engine_urgent_clean(struct entity_engine *e);

/* True when since the last call, whose count is kept there, a bound may have had a say in what became of an entity: then
 * more than its record and its events decided. */
bool entity_engine_bounded(const struct entity_engine *e, uint64_t *count);

/* ---- entities whose cube.customers record is due ------------------------------------------------- */

/* Before anything is applied or restored: nobody asks for customers' records. Of what only they show (products, value delivered,
 * renewals, open requests and contacts) nothing is kept then, and what a record of the changelog has of it is dropped. */
void entity_engine_unshow(struct entity_engine *e);

/* Switches the list on (it is off after create): all = every touched entity, else only those of which *ret_publish
 * of entity_engine_dirty_at would be true. */
void entity_engine_list_published(struct entity_engine *e, bool all);
/* Each once since the last clear, in order of their first such touch. Keys borrowed until the next apply. */
uint32_t entity_engine_published_count(const struct entity_engine *e);
struct text entity_engine_published_at(const struct entity_engine *e, uint32_t i, bool *ret_erased);
/* It cannot wait for the end of the tick: it was erased, which is not remembered any more. That takes a tick longer than the one in which it was. */
bool entity_engine_published_goes(const struct entity_engine *e, uint32_t i);
/* Takes them off the list: all, or those that cannot wait. Whether a record was due when it was written says the tick
 * at hand then: no record is written again for that. */
void entity_engine_published_clear(struct entity_engine *e, bool only_who_goes);

/* Puts back an entity from the changelog and tells its number, unless that is not asked for (NULL); len 0 (tombstone) removes
 * it. Emits nothing. CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_EVERSION: bytes of another making, or it is dirty. CUBE_ENOMEM. */
int entity_engine_restore(struct entity_engine *e, struct text key, const uint8_t *value, size_t len, uint32_t *ret_number) CUBE_MUST_CHECK;

/* Number of an entity that is there; the same until it is restored again, erased or cleaned. CUBE_ENOTFOUND. */
int entity_engine_number(const struct entity_engine *e, struct text key, uint64_t entity_hash, uint32_t *ret_number) CUBE_MUST_CHECK;
/* It was due for publication when its record was written, and has been published since. */
void entity_engine_published_since(struct entity_engine *e, uint32_t number);

/* Events to come were applied before, and none of a refused entity is among them: until entity_engine_restored the limit,
 * which may be lower now, has no say. Silently: no rows are made meanwhile. */
void entity_engine_redoes(struct entity_engine *e, bool silently);

/* Everything is as it was: entities that are due for publication are on the list again, and those that lack nothing
 * but their tombstone are dirty. CUBE_ENOMEM. */
int entity_engine_restored(struct entity_engine *e) CUBE_MUST_CHECK;

/* ---- what cube.customers says (customers only) --------------------------------------------------- */

#define CUSTOMER_UNITS_MAX 8 /* units of value delivered that are told apart; then there is "other" */

struct delivered {
    struct text unit;
    cube_i128 amount; /* micro */
};

struct customer_view {
    struct text key;
    int64_t as_of_ms;
    int64_t points;
    bool engaged;
    int64_t purchases;
    cube_i128 revenue, margin_total, margin_present; /* micro; without what runs */
    struct money running;             /* cost of what is overdue now: effort has it on top, margins below */
    double margin_future;
    bool unprofitable;
    int64_t unprofitable_since_ms;
    bool present_high, future_high;   /* class */
    cube_i128 effort;                 /* without what runs */
    cube_i128 costs[CATEGORY_COUNT];  /* of these, by category */
    bool strategic, churned;
    bool has_renewal;
    int64_t renewal_ms;
    int64_t products;                 /* product groups bought */
    struct delivered delivered[CUSTOMER_UNITS_MAX + 1];
    uint32_t delivered_count;
    int64_t open_contacts, open_requests, open_overdue;
    bool seen;                        /* first_seen, last_seen are set */
    int64_t first_seen_ms, last_seen_ms;
    struct text dims[DIM_COUNT];      /* of the record; absent where unknown */
};

/* The figures of one customer at as_of_ms (all timers before it have run). CUBE_ENOTFOUND, CUBE_ENOMEM. */
int entity_engine_customer(struct entity_engine *e, struct text key, int64_t as_of_ms,
                           struct customer_view *ret_v) CUBE_MUST_CHECK;

/* Calls visit for every entity, ascending by key as bytes, until it returns non-zero, which is returned.
 * CUBE_ENOMEM. */
int entity_engine_each(const struct entity_engine *e, int (*visit)(void *arg, struct text key),
                       void *arg) CUBE_MUST_CHECK;

#endif
