/* What customers of the demo company do, and what is done for them. */
#include "cli/demo_world.h"

static const char *const product_groups[] = {"access", "mobile", "care", "lease", "cloud"};
#define PRODUCT_GROUPS 5
#define LOST_PERCENT 4

static int64_t later(struct demo_company *c, const struct demo_item *item, double mean_ms)
{
    return item->at_ms + demo_wait(&c->random, mean_ms);
}

static double severity_of(const struct demo_company *c, const struct demo_item *item)
{
    return demo_severity(c, item->at_ms, c->customers[item->who].region);
}

int demo_arrive(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    demo_customer_event(c, item, KIND_CUSTOMER_UPDATE, true, e);
    return 1;
}

/* Revenue and the share of it that the goods cost, per segment. */
static void price(struct demo_company *c, uint8_t segment, double *ret_revenue, double *ret_cost)
{
    static const double mean[SEGMENT_COUNT] = {70, 150, 340},
                        cost[SEGMENT_COUNT] = {0.52, 0.58, 0.64};
    double revenue = mean[segment] * (0.5 + demo_uniform(&c->random));
    *ret_revenue = (double)(int64_t)(revenue * 100) / 100;
    *ret_cost = (double)(int64_t)(revenue * 100 * cost[segment]) / 100;
}

int demo_purchase(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    double revenue, cost;
    mine.who = demo_choose_busy(c);
    struct demo_customer *customer = &c->customers[mine.who];
    uint32_t group = demo_below(&c->random, PRODUCT_GROUPS);
    price(c, customer->segment, &revenue, &cost);
    customer->bought |= (uint8_t)(1u << group);
    demo_customer_event(c, &mine, KIND_PURCHASE, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_ORDER, "o%u", ++c->orders);
    demo_set_number(e, EVENT_REVENUE, revenue);
    demo_set_number(e, EVENT_COST, cost);
    demo_set_number(e, EVENT_QUANTITY, 1 + demo_below(&c->random, 3));
    demo_set_text(c, e, EVENT_PRODUCT_GROUP, "%s", product_groups[group]);
    if (customer->segment == SEGMENT_CONSUMER) {
        return 1;
    }
    struct demo_item bill = {.at_ms = item->at_ms + DEMO_HOUR,
                             .what = ACT_BILL,
                             .who = mine.who,
                             .value = (int16_t)revenue,
                             .number = ++c->invoices};
    int rc = demo_queue_push(&c->queue, bill);
    return rc ? rc : 1;
}

#define TERM_DAYS 14

int demo_bill(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    demo_customer_event(c, item, KIND_INVOICE, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("finance");
    demo_set_text(c, e, EVENT_INVOICE, "i%u", item->number);
    demo_set_number(e, EVENT_AMOUNT, item->value);
    demo_set_time(e, EVENT_DUE, item->at_ms + TERM_DAYS * DEMO_DAY);
    struct demo_item pay = *item;
    pay.what = ACT_PAY;
    pay.at_ms = item->at_ms + (int64_t)(demo_normal(&c->random, 11, 3) * DEMO_DAY);
    pay.at_ms = pay.at_ms > item->at_ms ? pay.at_ms : item->at_ms + DEMO_HOUR;
    int rc = demo_queue_push(&c->queue, pay);
    return rc ? rc : 1;
}

int demo_pay(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    demo_customer_event(c, item, KIND_PAYMENT, false, e);
    demo_set_text(c, e, EVENT_INVOICE, "i%u", item->number);
    demo_set_number(e, EVENT_AMOUNT, item->value);
    return 1;
}

/* Issues are weekly; who received one opens it or does not. */
int demo_newsletter(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_any(c);
    uint32_t issue = (uint32_t)(item->at_ms / (7 * DEMO_DAY));
    demo_customer_event(c, &mine, KIND_NEWSLETTER_RECEIVED, false, e);
    demo_set_text(c, e, EVENT_ISSUE, "week-%u", issue);
    int rc = demo_chance(&c->random, 0.45)
                 ? demo_plan(c, later(c, item, 3 * DEMO_HOUR), ACT_OPENED, mine.who, issue)
                 : 0;
    return rc ? rc : 1;
}

int demo_opened(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    demo_customer_event(c, item, KIND_NEWSLETTER_OPENED, false, e);
    demo_set_text(c, e, EVENT_ISSUE, "week-%u", item->number);
    int rc = demo_chance(&c->random, 0.5)
                 ? demo_plan(c, later(c, item, 4 * DEMO_MINUTE), ACT_READ, item->who, item->number)
                 : 0;
    return rc ? rc : 1;
}

int demo_read(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    demo_customer_event(c, item, KIND_NEWSLETTER_READ, false, e);
    demo_set_text(c, e, EVENT_ISSUE, "week-%u", item->number);
    return 1;
}

int demo_social(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_busy(c);
    double what = demo_uniform(&c->random);
    enum event_kind kind = what < 0.15   ? KIND_SOCIAL_FOLLOW
                           : what < 0.18 ? KIND_SOCIAL_UNFOLLOW
                           : what < 0.85 ? KIND_SOCIAL_LIKE
                                         : KIND_SOCIAL_SHARE;
    demo_customer_event(c, &mine, kind, false, e);
    if (kind == KIND_SOCIAL_LIKE || kind == KIND_SOCIAL_SHARE) {
        demo_set_text(c, e, EVENT_REF, "post-%u",
                      (unsigned)(item->at_ms / DEMO_DAY * 3 + demo_below(&c->random, 3)));
        demo_set_number(e, EVENT_INFLUENCE, demo_below(&c->random, 60));
    }
    return 1;
}

int demo_login(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_busy(c);
    demo_customer_event(c, &mine, KIND_SELFSERVICE_LOGIN, false, e);
    e->dims[DIM_CHANNEL] = text_of("web");
    return 1;
}

int demo_promo(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_busy(c);
    demo_customer_event(c, &mine, KIND_PROMO_RESPONSE, false, e);
    e->dims[DIM_CAMPAIGN] = text_of("spring");
    return 1;
}

/* Complaints are proposals that only trouble turns into complaints. */
int demo_complain(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_busy(c);
    if (!demo_chance(&c->random, demo_between(0.1, 0.9, severity_of(c, &mine)))) {
        return 0;
    }
    demo_customer_event(c, &mine, KIND_COMPLAINT, false, e);
    return 1;
}

int demo_nps(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_any(c);
    double mean = demo_between(8.35, 5.6, severity_of(c, &mine));
    demo_customer_event(c, &mine, KIND_SURVEY, true, e);
    demo_set_text(c, e, EVENT_INSTRUMENT, "nps");
    demo_set_number(e, EVENT_VALUE, demo_rating(&c->random, mean, 1.6, 0, 10));
    demo_set_text(c, e, EVENT_METHOD, "mail");
    return 1;
}

int demo_quote(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_busy(c);
    uint32_t number = ++c->requests;
    demo_customer_event(c, &mine, KIND_REQUEST_OPEN, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_REQUEST, "q%u", number);
    demo_set_text(c, e, EVENT_REQUEST_TYPE, "quote");
    int rc = demo_plan(c, later(c, item, 7 * DEMO_HOUR), ACT_QUOTED, mine.who, number);
    return rc ? rc : 1;
}

int demo_quoted(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    bool lost = demo_below(&c->random, 100) < LOST_PERCENT;
    demo_customer_event(c, item, lost ? KIND_REQUEST_LOST : KIND_REQUEST_DONE, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_REQUEST, "q%u", item->number);
    if (!lost) {
        demo_set_text(c, e, EVENT_OUTCOME, "sent");
    }
    return 1;
}
