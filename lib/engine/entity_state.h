/* What the files of the entity engine share. Only lib/engine/entity_*.c include it. */
#ifndef CUBE_ENGINE_ENTITY_STATE_H
#define CUBE_ENGINE_ENTITY_STATE_H

#include "base/intern.h"
#include "engine/applying.h"
#include "engine/dispatch.h"
#include "engine/entity_engine.h"
#include "engine/entity_sleep.h"
#include "engine/entity_table.h"
#include "engine/facts.h"
#include "engine/record_words.h"
#include "engine/retention.h"
#include "engine/staff.h"
#include "engine/staff_steps.h"
#include "engine/timers.h"

enum { SEGMENT_SLOT = 2 }; /* of a customer's dimensions */

/* An entity whose timer runs, with its key for the order. */
struct due_entity {
    struct text key;
    uint32_t number;
};

/* Numbers of entities in the order in which they came. Places count up for ever; place n stands at n % capacity. */
struct number_queue {
    uint32_t *at;
    uint32_t capacity; /* a power of two */
    uint64_t first, next;
};

/* Entities to be written, oldest first, and those of them that must be at the next commit (entity_dirty.c). */
struct dirty_queue {
    struct number_queue all;
    uint32_t *urgent; /* numbers, some more than once */
    uint32_t urgent_count, urgent_capacity;
    uint64_t urgent_bytes; /* about what their records take */
};

struct entity_engine {
    const struct model *model;
    enum entity_type type;
    const struct dispatch *dispatch;
    struct dispatch *own; /* NULL: it is the model's */
    struct scope_table *scopes;
    struct delta_table *deltas;
    struct entity_table table;
    struct fact_home home;
    struct sleepers sleepers;
    struct timers timers;
    struct record_words *words; /* of records */
    struct intern *units; /* of value.delivered; NULL for employees */
    struct dirty_queue dirty;
    struct number_queue unnoted; /* those to be noted (entity_unnoted.c) */
    bool notes; /* somebody notes them */
    const struct retention_table *retention; /* borrowed; NULL: nothing is observed yet */
    bool lasting; /* whatever its segment, a customer's future value is above 0 where the present one is */
    int64_t contact_ms; /* of the last event of a case; INT64_MAX: not known */
    int64_t points_ms;  /* of the last one whose steps of points are kept; likewise */
    int64_t passed_ms; /* of the last straggler: how far time had passed */
    struct due_entity *due;
    uint32_t due_count, due_capacity;
    bool lists_published, publishes_all;
    uint8_t steps; /* enum event_step: those it does */
    uint32_t *published; /* numbers */
    uint32_t published_count, published_capacity;
    struct staff before; /* the employee before the event at hand */
    struct staff_state after; /* and, of a straggler, after those that came before it */
    struct staff_steps later; /* those of them that are later, and what the employee was before them without it */
    bool owed; /* something ran on overdue invoices when what the customer holds was noted */
    uint32_t erased; /* entities with ENTITY_ERASED */
    uint32_t limit;
    bool redoes; /* what was admitted once: the limit had its say then */
    bool silent; /* its rows were sent then, too */
    uint64_t refused;
};

/* Puts an entity at the end of the dirty queue, once, and of those to be noted. CUBE_ENOMEM. */
int entity_dirty(struct entity_engine *e, uint32_t number) CUBE_MUST_CHECK;

/* Appends to a queue. CUBE_ENOMEM, or more than 2^29 wait. */
int number_queue_push(struct number_queue *q, uint32_t number) CUBE_MUST_CHECK;
static inline uint32_t *number_at(const struct number_queue *q, uint64_t place)
{
    return &q->at[place & (q->capacity - 1)];
}

/* Gives the memory of all these lists back; its bytes. */
void entity_dirty_close(struct entity_engine *e);
uint64_t entity_dirty_bytes(const struct entity_engine *e);

/* The same, and its record must be written with the next commit. CUBE_ENOMEM. */
int entity_urgent(struct entity_engine *e, uint32_t number) CUBE_MUST_CHECK;

/* The place of a dirty entity from the front of the queue. */
uint32_t entity_dirty_index(const struct entity_engine *e, const struct entity *x);

/* The entity at a place of the queue that is no gap. */
const struct entity *entity_dirty_entity(const struct entity_engine *e, uint32_t i);

/* Puts an entity on the list of those whose record is due, once, when its status changed or all are to be.
 * CUBE_ENOMEM. */
int entity_published(struct entity_engine *e, uint32_t number) CUBE_MUST_CHECK;

/* entity_move.c: -1 where the entity leaves, +1 where it arrives; either may be NULL. A scope it stays in is not told: a row is fresh
 * data. CUBE_ENOMEM. */
int entity_move(struct entity_engine *e, struct applying *a, const struct scope_set *from, const struct scope_set *to) CUBE_MUST_CHECK;

/* Takes the stocks back and leaves nothing but the key and that it was erased. CUBE_ENOMEM. */
int entity_erase(struct entity_engine *e, struct applying *a) CUBE_MUST_CHECK;

/* How far time has passed when something of an instant is applied: all timers up to there have run. */
static inline int64_t entity_now(const struct entity_engine *e, int64_t ts_ms)
{
    return ts_ms < e->passed_ms ? e->passed_ms - 1 : ts_ms;
}

/* A ready applying for an entity, which may be NULL, at an instant. */
static inline struct applying entity_applying(struct entity_engine *e, struct entity *x, const struct event *ev, int64_t ts_ms)
{
    struct delta_table *out = e->silent ? NULL : e->deltas;
    return (struct applying){.ledgers = &e->dispatch->ledgers, .model = e->model, .event = ev, .ts_ms = ts_ms, .now_ms = entity_now(e, ts_ms),
                             .entity = x, .home = &e->home, .out = out, .sums = out ? delta_table_sums(out) : NULL, .scopes = e->scopes};
}

/* What the customer holds on the watched tracks before something happens to it, and telling the measures over
 * ledgers what changed. before: by track, TRACKS_MAX of them; not filled where rows are not asked for. */
void entity_tracks_note(struct entity_engine *e, const struct applying *a, struct track_now *before);
int entity_tracks_tell(struct entity_engine *e, struct applying *a, const struct track_now *before) CUBE_MUST_CHECK;

/* Engaged, unprofitable and the class after a change at a->ts_ms, as of now. */
void entity_status_update(struct entity_engine *e, struct applying *a);
uint8_t entity_status_of(const struct entity_engine *e, const struct entity *x, int64_t as_of_ms);

/* entity_retention.c: the future value as a multiple of the present one, by what is observed now. */
double entity_clv(const struct entity_engine *e, const struct entity *x);
bool entity_clv_lasts(const struct clv_plan *plan);

/* The instant at which the margin of the customer's rolling year, as its status has it, sinks to 0 or below by what runs
 * on its overdue invoices; INT64_MAX: it does not by itself. */
int64_t entity_sinks_ms(const struct entity_engine *e, const struct entity *x);

/* The instant at which what runs will have changed what some measure was told of the customer; INT64_MAX: never. */
int64_t entity_turns_ms(struct entity_engine *e, struct entity *x);

/* The tracks (bits) on which the customer is active although its last act has left their window at t_ms, and the instant
 * at which it leaves the first of the others; INT64_MAX: there is none. */
uint32_t entity_activity(const struct entity_engine *e, const struct entity *x, int64_t t_ms, int64_t *ret_next_ms);

/* Takes the earliest instant at which something of the entity is due into x->due_ms, from its facts and its status. */
void entity_due_find(struct entity_engine *e, struct entity *x);

/* entity_staff.c: takes an event into its employee, and keeps its step; of a straggler where it has its turn. What measures have to say of it is
 * said before the end, which tells the later steps (there are some while e->later.count is not 0) anew where it has made them others. CUBE_ENOMEM. */
int entity_staff_apply(struct entity_engine *e, struct applying *a) CUBE_MUST_CHECK;
int entity_staff_end(struct entity_engine *e, const struct applying *a) CUBE_MUST_CHECK;

/* entity_order.c: keeps the purchase at hand as long as it can be cancelled, and undoes it when that came before it. CUBE_ENOMEM. */
int entity_order_buy(struct entity_engine *e, struct applying *a) CUBE_MUST_CHECK;

/* Undoes the purchases of the order that an order.cancelled names, and remembers that for those that are still to come. CUBE_ENOMEM. */
int entity_order_cancel(struct entity_engine *e, const struct applying *cancelled) CUBE_MUST_CHECK;

#endif
