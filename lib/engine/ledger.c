#include "engine/ledger.h"

#include "engine/entity.h"
#include "engine/invoice.h"
#include "engine/ledger_events.h"

/* What an event does to the ledgers. */
struct entry {
    cube_i128 amounts[LEDGER_COUNT];
    uint32_t of; /* bits of the ledgers it is an event of */
    enum cost_category category; /* of the effort */
};

#define OF(ledger) (1u << LEDGER_##ledger)

typedef int ledger_entry(struct applying *a, struct entry *entry);

static int enter_purchase(struct applying *a, struct entry *entry)
{
    entry->of = OF(REVENUE) | OF(COST) | OF(MARGIN) | OF(PURCHASES);
    entry->amounts[LEDGER_REVENUE] = event_number(a->event, EVENT_REVENUE, 0);
    entry->amounts[LEDGER_COST] = event_number(a->event, EVENT_COST, 0);
    entry->amounts[LEDGER_PURCHASES] = 1;
    return 0;
}

static int enter_cost(struct applying *a, struct entry *entry)
{
    entry->of = OF(EFFORT) | OF(MARGIN);
    entry->amounts[LEDGER_EFFORT] = event_number(a->event, EVENT_AMOUNT, 0);
    entry->category = category_find(event_text(a->event, EVENT_CATEGORY));
    return 0;
}

static int enter_invoice(struct applying *a, struct entry *entry)
{
    (void)entry;
    return invoice_apply(a);
}

/* A payment is an event of a ledger when it came late enough to cost something. */
static int enter_payment(struct applying *a, struct entry *entry)
{
    int rc = invoice_pay(a, &entry->amounts[LEDGER_EFFORT]);
    entry->of = entry->amounts[LEDGER_EFFORT] ? OF(EFFORT) | OF(MARGIN) : 0;
    entry->category = CATEGORY_SLOW_PAYMENT;
    return rc;
}

/* What each kind of event does to the ledgers; kinds without a row do nothing. */
static ledger_entry *const ledger_entries[KIND_COUNT] = {
    [KIND_PURCHASE] = enter_purchase,
    [KIND_COST] = enter_cost,
    [KIND_INVOICE] = enter_invoice,
    [KIND_PAYMENT] = enter_payment,
};

bool ledger_price(const struct model *m, const struct event *e, struct event *ret_e)
{
    if (e->kind != KIND_COST || event_has(e, EVENT_AMOUNT)) {
        return false;
    }
    int64_t rate = m->minute_rates[category_find(event_text(e, EVENT_CATEGORY))];
    cube_i128 v = (cube_i128)event_number(e, EVENT_MINUTES, 0) * rate;
    v = (v + (v < 0 ? -FIXED_ONE / 2 : FIXED_ONE / 2)) / FIXED_ONE;
    *ret_e = *e;
    ret_e->present |= UINT64_C(1) << EVENT_AMOUNT;
    ret_e->slot[EVENT_AMOUNT].number = v > INT64_MAX ? INT64_MAX : v < INT64_MIN ? INT64_MIN : (int64_t)v;
    return true;
}

static int track_add(struct applying *a, unsigned track, cube_i128 amount)
{
    const struct horizon *h = &a->model->tracks[track].horizon;
    int64_t pane = pane_of(a->ts_ms, h->pane_ms), leaves = pane_leaves_ms(h, pane);
    if (amount == 0 || (a->takes_back && leaves <= a->now_ms)) {
        return 0; /* what has left the window is not in the total any more */
    }
    applying_due(a, leaves);
    int rc = facts_add_amount(a->home, a->entity, fact_head(FACT_LEDGER, (uint8_t)track, leaves), (uint64_t)pane, amount);
    if (rc == 0) {
        cell_add_wide(facts_track(a->home, a->entity, track), amount);
    }
    return rc;
}

static int tracks_add(struct applying *a, const struct entry *entry)
{
    int rc = 0;
    for (uint32_t t = 0; rc == 0 && t < a->model->track_count; t++) {
        enum ledger l = a->model->tracks[t].ledger;
        /* purchases are counted in micro units, too, so that means of all ledgers read alike */
        rc = track_add(a, t, l == LEDGER_PURCHASES ? entry->amounts[l] * FIXED_ONE : entry->amounts[l]);
        if (rc == 0 && (a->counted >> t & 1) && (entry->of >> l & 1)) {
            rc = ledger_events_add(a, t, a->takes_back ? -1 : 1);
        }
    }
    return rc;
}

bool ledger_has(enum event_kind kind)
{
    return ledger_entries[kind] != NULL;
}

int ledger_apply(struct applying *a)
{
    ledger_entry *enter = ledger_entries[a->event->kind];
    struct entry entry = {.category = CATEGORY_OTHER};
    cube_i128 *amounts = entry.amounts;
    int rc = enter ? enter(a, &entry) : 0;
    if (rc != 0 || !enter) {
        return rc;
    }
    amounts[LEDGER_MARGIN] = amounts[LEDGER_REVENUE] - amounts[LEDGER_COST] - amounts[LEDGER_EFFORT];
    for (unsigned l = 0; a->takes_back && l < LEDGER_COUNT; l++) {
        amounts[l] = -amounts[l];
    }
    struct customer_part *c = &a->entity->customer;
    cell_add_wide(c->totals + TOTAL_REVENUE, amounts[LEDGER_REVENUE]);
    cell_add_wide(c->totals + TOTAL_COST, amounts[LEDGER_COST]);
    cell_add_wide(c->totals + TOTAL_EFFORT, amounts[LEDGER_EFFORT]);
    c->purchases += (int64_t)amounts[LEDGER_PURCHASES];
    uint64_t head = fact_head(FACT_COST, (uint8_t)entry.category, 0);
    rc = facts_add_amount(a->home, a->entity, head, 0, amounts[LEDGER_EFFORT]);
    return rc ? rc : tracks_add(a, &entry);
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

double clv_multiple(const struct clv_plan *plan, double retention)
{
    double r = retention, d = plan->discount_rate;
    double first = plan->form == CLV_AFTER_FIRST ? r : plan->form == CLV_FROM_FIRST ? 1 + d : 1;
    return first / (1 + d - r);
}
