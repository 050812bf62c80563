/* What is left of an erased customer: its key and when that was, for as long as events from before it may still
 * come, and until its tick is over. They must not make the customer again; they count in flows only. */
#include "engine/entity_erased.h"

#include "engine/entity_state.h"
#include "window/pane.h"

static struct fact *erasure_of(const struct entity *x)
{
    return facts_find(x, FACT_ERASED, 0, 0);
}

/* Remembered to the end of its tick at least, however short the lateness: only then is told of it, and whoever comes again before that has no
 * tombstone on cube.customers, whenever was committed. */
static struct fact erasure_fact(const struct entity_engine *e, int64_t ts_ms)
{
    int64_t seen_ms = ts_ms > e->passed_ms ? ts_ms : e->passed_ms; /* what a straggler does is of the tick in which it is applied */
    int64_t until_ms = ts_ms + e->model->time.lateness_ms + 1, over_ms = tick_after(seen_ms, e->model->cube.tick_ms);
    return (struct fact){fact_head(FACT_ERASED, 0, until_ms > over_ms ? until_ms : over_ms), 0, ts_ms};
}

bool entity_erased_covers(const struct entity *x, const struct event *ev)
{
    const struct fact *f = x->flags & (ENTITY_ERASED | ENTITY_REBORN) ? erasure_of(x) : NULL;
    return f && ev->ts_ms <= f->value;
}

int entity_erased_note(struct entity_engine *e, struct entity *x, int64_t ts_ms)
{
    struct fact now = erasure_fact(e, ts_ms), *before = erasure_of(x);
    int rc = 0;
    if (before) {
        facts_change(x, (uint32_t)(before - x->facts), &now);
    } else {
        rc = facts_add(&e->home, x, now);
    }
    x->due_ms = facts_due_ms(x);
    return rc;
}

void entity_reborn(struct entity_engine *e, struct entity *x)
{
    if (x->flags & ENTITY_ERASED) {
        e->erased--;
        x->flags &= (uint8_t)~ENTITY_ERASED;
        x->flags |= erasure_of(x) ? ENTITY_PUBLISH | ENTITY_REBORN : 0;
    }
}

void entity_erasure_forget(struct entity *x, uint32_t i)
{
    facts_remove(x, i);
    x->flags &= (uint8_t)~ENTITY_REBORN;
}

bool entity_erased_is_gone(const struct entity *x)
{
    return (x->flags & ENTITY_ERASED) && x->fact_count == 0;
}

/* One that was never there is kept out just the same. There is nothing to publish of it. */
static int stranger_add(struct entity_engine *e, const struct event *ev, uint64_t hash, uint32_t *ret_number)
{
    int rc = entity_table_add(&e->table, &e->home.pool, ev->entity, hash, ret_number);
    if (rc == 0) {
        entity_table_at(&e->table, *ret_number)->flags |= ENTITY_ERASED;
        e->erased++;
    }
    return rc;
}

int entity_erase_absent(struct entity_engine *e, const struct event *ev, uint64_t hash)
{
    uint32_t number;
    int rc = entity_table_find(&e->table, ev->entity, hash, &number) ? 0 : stranger_add(e, ev, hash, &number);
    if (rc != 0) {
        return rc;
    }
    rc = entity_wake(e, number);
    rc = rc ? rc : entity_erased_note(e, entity_table_at(&e->table, number), ev->ts_ms);
    rc = rc ? rc : entity_urgent(e, number);
    return rc ? rc : timers_set(&e->timers, &e->table, number);
}
