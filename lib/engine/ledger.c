#include "engine/ledger.h"

#include "engine/entity.h"
#include "engine/invoice.h"
#include "engine/ledger_panes.h"

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
    int64_t efforts = entry.of >> LEDGER_EFFORT & 1;
    const struct ledger_share shares[PART_COUNT] = {[PART_SALES] = {(int64_t)amounts[LEDGER_PURCHASES], amounts[LEDGER_REVENUE]},
                                                    [PART_COSTS] = {0, amounts[LEDGER_COST]},
                                                    [PART_EFFORTS] = {a->takes_back ? -efforts : efforts, amounts[LEDGER_EFFORT]}};
    return rc ? rc : ledger_panes_add(a, shares);
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
