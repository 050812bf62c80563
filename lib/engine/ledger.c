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

/* A payment is an event of a ledger when it came late enough to cost something. */
static void enter_slow_payment(cube_i128 cost, struct entry *entry)
{
    entry->amounts[LEDGER_EFFORT] = cost;
    entry->of = cost ? OF(EFFORT) | OF(MARGIN) : 0;
    entry->category = CATEGORY_SLOW_PAYMENT;
}

/* efforts: by how many events of effort there are more. */
static int book(struct applying *a, const struct entry *entry, int64_t efforts)
{
    const cube_i128 *amounts = entry->amounts;
    struct customer_part *c = &a->entity->customer;
    cell_add_wide(c->totals + TOTAL_REVENUE, amounts[LEDGER_REVENUE]);
    cell_add_wide(c->totals + TOTAL_COST, amounts[LEDGER_COST]);
    cell_add_wide(c->totals + TOTAL_EFFORT, amounts[LEDGER_EFFORT]);
    c->purchases += (int64_t)amounts[LEDGER_PURCHASES];
    uint64_t head = fact_head(FACT_COST, (uint8_t)entry->category, 0);
    int rc = facts_add_amount(a->home, a->entity, head, 0, amounts[LEDGER_EFFORT]);
    const struct ledger_share shares[PART_COUNT] = {[PART_SALES] = {(int64_t)amounts[LEDGER_PURCHASES], amounts[LEDGER_REVENUE]},
                                                    [PART_COSTS] = {0, amounts[LEDGER_COST]},
                                                    [PART_EFFORTS] = {efforts, amounts[LEDGER_EFFORT]}};
    return rc ? rc : ledger_panes_add(a, shares);
}

/* A later payment costs something else, for what came late. */
static int book_again(const struct applying *a, const struct invoice_cost *c)
{
    struct applying b = *a;
    struct entry entry = {.category = CATEGORY_OTHER};
    b.ts_ms = c->ts_ms;
    b.now_ms = c->ts_ms > a->now_ms ? c->ts_ms : a->now_ms;
    enter_slow_payment(c->more - c->less, &entry);
    return book(&b, &entry, (c->more != 0) - (c->less != 0));
}

static int enter_invoice(struct applying *a, struct entry *entry)
{
    cube_i128 cost = 0;
    struct invoice_costs others;
    int rc = invoice_apply(a, &cost, &others);
    for (unsigned i = 0; rc == 0 && i < others.count; i++) {
        rc = book_again(a, &others.at[i]);
    }
    enter_slow_payment(cost, entry);
    return rc;
}

/* What each kind of event does to the ledgers; kinds without a row do nothing. */
static ledger_entry *const ledger_entries[KIND_COUNT] = {
    [KIND_PURCHASE] = enter_purchase,
    [KIND_COST] = enter_cost,
    [KIND_INVOICE] = enter_invoice,
    [KIND_PAYMENT] = enter_invoice,
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
    int64_t efforts = entry.of >> LEDGER_EFFORT & 1;
    return book(a, &entry, a->takes_back ? -efforts : efforts);
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
