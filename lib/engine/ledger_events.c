#include "engine/ledger_events.h"

#include "engine/entity.h"

static void held_set(struct entity *x, unsigned track)
{
    x->held_tracks |= (uint16_t)(1u << track);
}

/* Takes fact i out; the customer holds the track as long as another fact of it is left. */
static void remove_fact(struct entity *x, uint32_t i)
{
    unsigned track = fact_arg(&x->facts[i]);
    uint64_t of_track = fact_head(FACT_LEDGER_EVENTS, (uint8_t)track, 0) >> 48;
    facts_remove(x, i);
    for (uint32_t k = x->mark_count; k < x->fact_count; k++) {
        if (x->facts[k].head >> 48 == of_track) {
            return;
        }
    }
    x->held_tracks &= (uint16_t) ~(1u << track);
}

int ledger_events_add(struct applying *a, unsigned track, int64_t n)
{
    const struct horizon *h = &a->model->tracks[track].horizon;
    int64_t pane = pane_of(a->ts_ms, h->pane_ms), leaves = pane_leaves_ms(h, pane);
    struct fact *f = facts_find(a->entity, FACT_LEDGER_EVENTS, (uint8_t)track, (uint64_t)pane);
    if (f) {
        f->value += n;
        if (f->value <= 0) {
            remove_fact(a->entity, (uint32_t)(f - a->entity->facts));
        }
        return 0;
    }
    if (n <= 0) {
        return 0; /* the pane has left */
    }
    applying_due(a, leaves);
    held_set(a->entity, track);
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_LEDGER_EVENTS, (uint8_t)track, leaves),
                                                       (uint64_t)pane, n});
}

void ledger_events_leave(struct applying *a, uint32_t i)
{
    remove_fact(a->entity, i);
}
