/* What the demo company does for its customers beside the story: prices in seconds, ways to pay, deliveries, friends,
 * value delivered; leads, journeys, effort, and customers who leave. */
#include "cli/demo_world.h"

static double severity_of(const struct demo_company *c, const struct demo_item *item)
{
    return demo_severity(c, item->at_ms, c->customers[item->who].region);
}

static struct demo_item busy(struct demo_company *c, const struct demo_item *item)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_busy(c);
    return mine;
}

static int follow(struct demo_company *c, const struct demo_item *item, enum demo_act what, double mean_ms)
{
    int rc = demo_plan(c, item->at_ms + demo_wait(&c->random, mean_ms), what, item->who, item->number);
    return rc ? rc : 1;
}

static void measured(struct demo_company *c, const struct demo_item *item, const char *cpi, double value, struct event *e)
{
    demo_customer_event(c, item, KIND_MEASUREMENT, true, e);
    demo_set_text(c, e, EVENT_CPI, "%s", cpi);
    demo_set_number(e, EVENT_VALUE, value);
}

/* ---- quotes and leads ------------------------------------------------------------------------------- */

int demo_price(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = busy(c, item);
    mine.number = ++c->prices;
    demo_customer_event(c, &mine, KIND_REQUEST_OPEN, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_REQUEST, "p%u", mine.number);
    demo_set_text(c, e, EVENT_REQUEST_TYPE, "instant_quote");
    return follow(c, &mine, ACT_PRICED, demo_between(8, 35, severity_of(c, &mine)) * 1000);
}

int demo_priced(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    bool lost = demo_chance(&c->random, 0.03);
    demo_customer_event(c, item, lost ? KIND_REQUEST_LOST : KIND_REQUEST_DONE, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_REQUEST, "p%u", item->number);
    return 1;
}

int demo_lead(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = busy(c, item);
    mine.number = ++c->leads;
    demo_customer_event(c, &mine, KIND_LEAD_CREATED, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_LEAD, "l%u", mine.number);
    demo_set_number(e, EVENT_AMOUNT, 100 + demo_below(&c->random, 900));
    return follow(c, &mine, ACT_LEAD_ENDS, 1.5 * DEMO_DAY);
}

int demo_lead_ends(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    bool won = demo_chance(&c->random, demo_between(0.38, 0.15, severity_of(c, item)));
    demo_customer_event(c, item, won ? KIND_LEAD_WON : KIND_LEAD_LOST, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_LEAD, "l%u", item->number);
    return 1;
}

/* ---- measurements ----------------------------------------------------------------------------------- */

int demo_options_to_pay(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = busy(c, item);
    mine.number = 2 + demo_below(&c->random, 5);
    measured(c, &mine, "payment_options", mine.number, e);
    return follow(c, &mine, ACT_KINDS_TO_PAY, 1000);
}

int demo_kinds_to_pay(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    uint32_t kinds = 1 + item->number / 2;
    measured(c, item, "payment_option_kinds", kinds, e);
    return 1;
}

/* Care that runs short does not pack: deliveries break as seldom as ever. */
int demo_delivery(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = busy(c, item);
    bool broken = demo_chance(&c->random, 0.025);
    measured(c, &mine, "nothing_broke", !broken, e);
    e->dims[DIM_DEPARTMENT] = text_of("delivery");
    return broken ? follow(c, &mine, ACT_MAKE_GOOD, 3 * DEMO_HOUR) : 1;
}

int demo_make_good(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    demo_customer_event(c, item, KIND_COST, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("delivery");
    demo_set_text(c, e, EVENT_CATEGORY, demo_chance(&c->random, 0.5) ? "credits" : "replacements");
    demo_set_number(e, EVENT_AMOUNT, 5 + demo_below(&c->random, 40));
    return 1;
}

/* The number of friends who use the service, as the customer sees it: it grows. */
int demo_friends(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = busy(c, item);
    int64_t days = (item->at_ms - c->options.start_ms) / DEMO_DAY + 30;
    int64_t friends = mine.who % 40 + (days < 0 ? 0 : days / 5);
    measured(c, &mine, "friends", (double)friends, e);
    return follow(c, &mine, ACT_LISTENS, DEMO_HOUR);
}

int demo_listens(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    measured(c, item, "streaming_minutes", 10 + demo_below(&c->random, 110), e);
    return 1;
}

int demo_value(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = busy(c, item);
    demo_customer_event(c, &mine, KIND_VALUE_DELIVERED, true, e);
    demo_set_number(e, EVENT_AMOUNT, 2 + demo_below(&c->random, 30));
    demo_set_text(c, e, EVENT_UNIT, "EUR");
    return 1;
}

/* ---- customers --------------------------------------------------------------------------------------- */

int demo_stage(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    static const char *const stages[] = {"orientation", "welcome", "first_use", "renewal"};
    struct demo_item mine = busy(c, item);
    demo_customer_event(c, &mine, KIND_JOURNEY_STAGE, false, e);
    demo_set_text(c, e, EVENT_JOURNEY, "subscription");
    demo_set_text(c, e, EVENT_STAGE, "%s", stages[demo_below(&c->random, 4)]);
    return 1;
}

int demo_ease(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = busy(c, item);
    demo_customer_event(c, &mine, KIND_SURVEY, true, e);
    demo_set_text(c, e, EVENT_INSTRUMENT, "ces");
    demo_set_number(e, EVENT_VALUE, demo_rating(&c->random, demo_between(5.6, 3.4, severity_of(c, &mine)), 1.1, 1, 7));
    return 1;
}

int demo_effort(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    static const char *const categories[] = {"visits", "proposals", "marketing", "special_discounts", "gifts"};
    struct demo_item mine = *item;
    mine.who = demo_choose_any(c);
    demo_customer_event(c, &mine, KIND_COST, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("sales");
    demo_set_text(c, e, EVENT_CATEGORY, "%s", categories[demo_below(&c->random, 5)]);
    demo_set_number(e, EVENT_MINUTES, 5 + demo_below(&c->random, 25));
    return 1;
}

int demo_churn(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_any(c);
    if (!demo_chance(&c->random, demo_between(0.4, 1, severity_of(c, &mine)))) {
        return 0;
    }
    demo_customer_event(c, &mine, KIND_CHURN, true, e);
    return 1;
}
