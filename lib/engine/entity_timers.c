/* Timers of entities: panes that leave, activity that ends, cases that become final, invoices that become overdue, and
 * margins that run out by them. */
#include <stdlib.h>

#include "engine/entity_erased.h"
#include "engine/entity_state.h"
#include "engine/invoice.h"
#include "engine/ledger.h"
#include "engine/ledger_panes.h"
#include "engine/order.h"
#include "engine/points.h"

static int gather(struct entity_engine *e);
static int run(struct entity_engine *e, uint32_t number, int64_t t_ms);

static int due_compare(const void *a, const void *b)
{
    return text_compare(((const struct due_entity *)a)->key, ((const struct due_entity *)b)->key);
}

int64_t entity_engine_next_timer(const struct entity_engine *e)
{
    return timers_next(&e->timers);
}

int entity_engine_timers(struct entity_engine *e, int64_t until_ms)
{
    int64_t t_ms = timers_next(&e->timers);
    if (t_ms == INT64_MAX || t_ms > until_ms) {
        return 0;
    }
    int rc = gather(e);
    if (rc != 0) {
        return rc;
    }
    if (e->due_count > 1) {
        qsort(e->due, e->due_count, sizeof *e->due, due_compare);
    }
    for (uint32_t i = 0; i < e->due_count; i++) {
        rc = run(e, e->due[i].number, t_ms);
        if (rc != 0) {
            return rc;
        }
    }
    return 1;
}

static int due_reserve(struct entity_engine *e)
{
    if (e->due_count < e->due_capacity) {
        return 0;
    }
    uint32_t capacity = e->due_capacity ? 2 * e->due_capacity : 64;
    struct due_entity *due = realloc(e->due, capacity * sizeof *due);
    if (!due) {
        return CUBE_ENOMEM;
    }
    e->due = due;
    e->due_capacity = capacity;
    return 0;
}

static int due_add(struct entity_engine *e, uint32_t place)
{
    uint32_t number = e->timers.at[place].number;
    int rc = due_reserve(e);
    if (rc == 0) {
        e->due[e->due_count++] = (struct due_entity){entity_key(entity_table_at(&e->table, number)), number};
    }
    return rc;
}

/* Lists all entities of the earliest instant. They stay where they are in the heap until each has its next timer. */
static int gather(struct entity_engine *e)
{
    e->due_count = 0;
    int rc = due_add(e, 0);
    for (uint32_t next = 0; rc == 0 && next < e->due_count; next++) {
        uint32_t places[TIMER_CHILDREN], place = entity_table_at(&e->table, e->due[next].number)->timer_place - 1;
        uint32_t count = timers_below(&e->timers, place, places);
        for (uint32_t i = 0; rc == 0 && i < count; i++) {
            rc = due_add(e, places[i]);
        }
    }
    return rc;
}

/* What the entity held on the tracks before its timer ran: noted when something is about to change it. */
struct held_before {
    bool noted;
    struct track_now tracks[TRACKS_MAX];
};

static void note(struct entity_engine *e, const struct applying *a, struct held_before *before)
{
    if (!before->noted) {
        entity_tracks_note(e, a, before->tracks);
        before->noted = true;
    }
}

/* One due fact: enum fact_done. */
static int fact_run(struct entity_engine *e, struct applying *a, uint32_t i, struct held_before *before)
{
    struct fact *f = &a->entity->facts[i];
    if (fact_rows[fact_type(f)].of_tracks) {
        note(e, a, before);
    }
    if (fact_rows[fact_type(f)].of_measure) {
        const struct measure *m = &e->model->measures[fact_arg(f)];
        return m->aggregation->due(m, a, f);
    }
    if (fact_type(f) == FACT_ERASED) {
        entity_erasure_forget(a->entity, i);
        return FACT_FORGOTTEN;
    }
    if (fact_type(f) == FACT_ORDER) {
        order_forget(a->entity, i);
        return FACT_FORGOTTEN;
    }
    if (fact_type(f) == FACT_CANCELLED || fact_type(f) == FACT_POINTS_GONE) {
        facts_remove(a->entity, i);
        return FACT_FORGOTTEN;
    }
    if (fact_type(f) == FACT_INVOICE) {
        invoice_due(a, i);
        return FACT_KEPT;
    }
    if (fact_type(f) == FACT_LEDGER) {
        ledger_leave(a, i);
        return FACT_GONE;
    }
    int rc = points_leave(a, i);
    return rc ? rc : FACT_GONE;
}

/* Runs what is due of the entity's facts. Returns how many of them changed something, or an error. */
static int facts_run(struct entity_engine *e, struct applying *a, int64_t t_ms, struct held_before *before)
{
    int ran = 0;
    for (uint32_t i = 0; (i = facts_due(a->entity, i, t_ms)) < a->entity->fact_count;) {
        int rc = fact_run(e, a, i, before);
        if (rc < 0) {
            return rc;
        }
        i += rc == FACT_KEPT;
        ran += rc != FACT_FORGOTTEN;
    }
    return ran;
}

/* Ends the activity on the tracks whose window the last act has left. Returns whether any ended. */
static bool activity_end(struct entity_engine *e, struct applying *a, struct held_before *before)
{
    struct entity *x = a->entity;
    uint32_t ended = entity_activity(e, x, a->ts_ms, &(int64_t){0});
    if (ended != 0) {
        note(e, a, before);
        x->active_tracks &= (uint16_t)~ended;
    }
    return ended != 0;
}

/* What a timer changed shows in the customer's record. */
static int tell_all(struct entity_engine *e, struct applying *a, uint32_t number)
{
    if (e->type == ENTITY_CUSTOMER) {
        entity_status_update(e, a);
    }
    return entity_published(e, number);
}

/* A timer may have become void since it was set; then nothing shows. One of what runs only is told to scopes, but
 * nothing happened to the customer. */
static int run(struct entity_engine *e, uint32_t number, int64_t t_ms)
{
    struct entity *x = entity_table_at(&e->table, number);
    if (!x->awake && entity_wake(e, number) != 0) {
        return CUBE_ENOMEM;
    }
    x->due_ms = INT64_MAX;
    if (x->flags & ENTITY_ERASED) {
        facts_close(&e->home, x);
        int rc = timers_set(&e->timers, &e->table, number);
        return rc ? rc : entity_dirty(e, number); /* to write its tombstone */
    }
    struct applying a = entity_applying(e, x, NULL, t_ms);
    struct held_before before;
    bool overdue = x->flags & ENTITY_OVERDUE, turned = overdue && entity_turns_ms(e, x) <= t_ms;
    before.noted = false;
    applying_set_by_time(&a, true);
    a.flow = a.stock = scope_table_set_at(e->scopes, x->stock);
    if (overdue) {
        note(e, &a, &before); /* what runs has run on */
    }
    int rc = facts_run(e, &a, t_ms, &before);
    if (rc < 0) {
        return rc;
    }
    bool shows = activity_end(e, &a, &before) || rc > 0 || ((x->flags & ENTITY_OVERDUE) && entity_sinks_ms(e, x) <= t_ms);
    if (shows || turned) {
        rc = before.noted ? entity_tracks_tell(e, &a, before.tracks) : 0;
        rc = rc ? rc : entity_dirty(e, number);
        rc = rc || !shows ? rc : tell_all(e, &a, number);
        if (rc != 0) {
            return rc;
        }
    }
    entity_due_find(e, x);
    return timers_set(&e->timers, &e->table, number);
}
