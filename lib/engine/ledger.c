#include "engine/ledger.h"

#include "engine/entity.h"
#include "engine/ledger_events.h"

/* What an event does to the ledgers. */
struct entry {
    cube_i128 amounts[LEDGER_COUNT];
    uint32_t of; /* bits of the ledgers it is an event of */
};

#define OF(ledger) (1u << LEDGER_##ledger)

typedef void ledger_entry(const struct model *m, const struct event *e, struct entry *entry);

static void enter_purchase(const struct model *m, const struct event *e, struct entry *entry)
{
    (void)m;
    entry->of = OF(REVENUE) | OF(COST) | OF(MARGIN) | OF(PURCHASES);
    entry->amounts[LEDGER_REVENUE] = event_number(e, EVENT_REVENUE, 0);
    entry->amounts[LEDGER_COST] = event_number(e, EVENT_COST, 0);
    entry->amounts[LEDGER_PURCHASES] = 1;
}

/* Minutes times the rate, rounded half away from zero, unless the event says the amount. */
static void enter_cost(const struct model *m, const struct event *e, struct entry *entry)
{
    entry->of = OF(EFFORT) | OF(MARGIN);
    if (event_has(e, EVENT_AMOUNT)) {
        entry->amounts[LEDGER_EFFORT] = e->slot[EVENT_AMOUNT].number;
        return;
    }
    cube_i128 v = (cube_i128)event_number(e, EVENT_MINUTES, 0) * m->minute_rate;
    entry->amounts[LEDGER_EFFORT] = (v + (v < 0 ? -FIXED_ONE / 2 : FIXED_ONE / 2)) / FIXED_ONE;
}

/* What each kind of event does to the ledgers; kinds without a row do nothing. */
static ledger_entry *const ledger_entries[KIND_COUNT] = {
    [KIND_PURCHASE] = enter_purchase,
    [KIND_COST] = enter_cost,
};

/* An amount beyond 64 bits, or one that does not fit into the pane's fact, is spread over several facts. */
static int track_add(struct applying *a, unsigned track, cube_i128 amount)
{
    const struct horizon *h = &a->model->tracks[track].horizon;
    int64_t pane = pane_of(a->ts_ms, h->pane_ms), leaves = pane_leaves_ms(h, pane);
    if (amount == 0) {
        return 0;
    }
    applying_due(a, leaves);
    for (cube_i128 rest = amount; rest != 0;) {
        int64_t part = rest > INT64_MAX ? INT64_MAX : rest < INT64_MIN ? INT64_MIN : (int64_t)rest;
        struct fact *f = facts_find(a->entity, FACT_LEDGER, (uint8_t)track, (uint64_t)pane);
        if (!f || __builtin_add_overflow(f->value, part, &f->value)) {
            if (f) {
                f->value = (int64_t)((uint64_t)f->value - (uint64_t)part); /* undo what wrapped */
            }
            int rc = facts_add(a->home, a->entity, (struct fact){fact_head(FACT_LEDGER, (uint8_t)track,
                                                                           leaves), (uint64_t)pane, part});
            if (rc != 0) {
                return rc;
            }
        }
        cell_add_wide(facts_track(a->home, a->entity, track), part);
        rest -= part;
    }
    return 0;
}

bool ledger_has(enum event_kind kind)
{
    return ledger_entries[kind] != NULL;
}

int ledger_apply(struct applying *a)
{
    ledger_entry *enter = ledger_entries[a->event->kind];
    if (!enter) {
        return 0;
    }
    struct entry entry = {0};
    cube_i128 *amounts = entry.amounts;
    enter(a->model, a->event, &entry);
    amounts[LEDGER_MARGIN] = amounts[LEDGER_REVENUE] - amounts[LEDGER_COST] - amounts[LEDGER_EFFORT];
    struct customer_part *c = &a->entity->customer;
    cell_add_wide(c->totals + TOTAL_REVENUE, amounts[LEDGER_REVENUE]);
    cell_add_wide(c->totals + TOTAL_COST, amounts[LEDGER_COST]);
    cell_add_wide(c->totals + TOTAL_EFFORT, amounts[LEDGER_EFFORT]);
    c->purchases += (int64_t)amounts[LEDGER_PURCHASES];
    for (uint32_t t = 0; t < a->model->track_count; t++) {
        enum ledger l = a->model->tracks[t].ledger;
        /* purchases are counted in micro units, too, so that means of all ledgers read alike */
        int rc = track_add(a, t, l == LEDGER_PURCHASES ? amounts[l] * FIXED_ONE : amounts[l]);
        if (rc == 0 && (a->counted >> t & 1) && (entry.of >> l & 1)) {
            rc = ledger_events_add(a, t, 1);
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

void ledger_leave(struct applying *a, uint32_t i)
{
    const struct fact *f = &a->entity->facts[i];
    cell_add_wide(facts_track(a->home, a->entity, fact_arg(f)), -(cube_i128)f->value);
    facts_remove(a->entity, i);
}

cube_i128 ledger_margin(const struct entity *x)
{
    const int64_t *t = x->customer.totals;
    return cell_get_wide(t + TOTAL_REVENUE) - cell_get_wide(t + TOTAL_COST) - cell_get_wide(t + TOTAL_EFFORT);
}

double clv_multiple(const struct clv_plan *plan, struct text segment)
{
    double r = plan->retention, d = plan->discount_rate;
    for (uint32_t i = 0; segment.at && i < plan->segment_count; i++) {
        if (text_equal(plan->segments[i], segment)) {
            r = plan->segment_retention[i];
        }
    }
    double first = plan->form == CLV_AFTER_FIRST ? r : plan->form == CLV_FROM_FIRST ? 1 + d : 1;
    return first / (1 + d - r);
}
