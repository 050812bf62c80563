/* Cases of the demo company: contacts, answers, resolutions, and what the customer says of them. */
#include "cli/demo_world.h"

static const char *const channels[] = {"phone", "chat", "mail"};

static double severity_of(const struct demo_company *c, const struct demo_item *item)
{
    return demo_severity(c, item->at_ms, c->customers[item->who].region);
}

static void case_event(struct demo_company *c, const struct demo_item *item, enum event_kind kind,
                       struct event *e)
{
    demo_customer_event(c, item, kind, true, e);
    e->dims[DIM_DEPARTMENT] = text_of("care");
    e->dims[DIM_CHANNEL] = text_of(channels[item->number % 3]);
    if (e->topic == TOPIC_INTERACTIONS) {
        demo_set_text(c, e, EVENT_CASE, "k%u", item->number);
    }
}

/* Plans the next step of the case. */
static int follow(struct demo_company *c, const struct demo_item *item, enum demo_act what,
                  double mean_ms, uint8_t step)
{
    struct demo_item next = *item;
    next.what = (uint8_t)what;
    next.step = step;
    next.at_ms += demo_wait(&c->random, mean_ms);
    return demo_queue_push(&c->queue, next);
}

/* A contact is answered; then the case is resolved, or the customer has to come back. */
static int contact_follow(struct demo_company *c, const struct demo_item *item, uint8_t step)
{
    double s = severity_of(c, item);
    int rc = follow(c, item, ACT_ANSWER, DEMO_MINUTE, step);
    if (rc == 0 && step < 4 && !demo_chance(&c->random, demo_between(0.93, 0.40, s))) {
        return follow(c, item, ACT_AGAIN, demo_between(1.5, 4, s) * DEMO_HOUR, (uint8_t)(step + 1));
    }
    return rc ? rc : follow(c, item, ACT_RESOLVE, demo_between(12, 60, s) * DEMO_MINUTE, step);
}

int demo_contact(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_busy(c);
    mine.number = ++c->cases;
    case_event(c, &mine, KIND_CONTACT_OPEN, e);
    demo_set_text(c, e, EVENT_DIRECTION, "inbound");
    int rc = contact_follow(c, &mine, 1);
    return rc ? rc : 1;
}

int demo_again(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    case_event(c, item, KIND_CONTACT_OPEN, e);
    demo_set_text(c, e, EVENT_DIRECTION, "inbound");
    int rc = contact_follow(c, item, item->step);
    return rc ? rc : 1;
}

int demo_answer(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    double minutes = demo_normal(&c->random, demo_between(3.2, 14, severity_of(c, item)), 1.2);
    case_event(c, item, KIND_MEASUREMENT, e);
    demo_set_text(c, e, EVENT_CPI, "answer_minutes");
    demo_set_number(e, EVENT_VALUE, minutes < 0.2 ? 0.2 : (double)(int)(minutes * 10) / 10);
    demo_set_text(c, e, EVENT_UNIT, "min");
    return 1;
}

int demo_resolve(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    double s = severity_of(c, item);
    case_event(c, item, KIND_CONTACT_RESOLVE, e);
    demo_set_number(e, EVENT_MINUTES, demo_rating(&c->random, 5, 2, 1, 15));
    int rc = 0;
    if (demo_chance(&c->random, 0.985)) {
        rc = follow(c, item, ACT_CONFIRM, 8 * DEMO_MINUTE, item->step);
    }
    if (rc == 0 && demo_chance(&c->random, 0.4)) {
        rc = follow(c, item, ACT_CSAT, 40 * DEMO_MINUTE, item->step);
    }
    if (rc == 0 && item->step < 4 && demo_chance(&c->random, demo_between(0.02, 0.30, s))) {
        rc = follow(c, item, ACT_RECONTACT, 4 * DEMO_HOUR, (uint8_t)(item->step + 1));
    }
    return rc ? rc : 1;
}

int demo_confirm(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    case_event(c, item, KIND_CONTACT_CONFIRM, e);
    demo_set_bool(e, EVENT_SATISFIED,
                  demo_chance(&c->random, demo_between(0.965, 0.50, severity_of(c, item))));
    return 1;
}

int demo_recontact(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    case_event(c, item, KIND_CONTACT_RECONTACT, e);
    int rc = follow(c, item, ACT_ANSWER, DEMO_MINUTE, item->step);
    rc = rc ? rc : follow(c, item, ACT_RESOLVE, 40 * DEMO_MINUTE, item->step);
    return rc ? rc : 1;
}

int demo_csat(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    double mean = demo_between(4.25, 2.4, severity_of(c, item));
    case_event(c, item, KIND_SURVEY, e);
    demo_set_text(c, e, EVENT_INSTRUMENT, "csat");
    demo_set_number(e, EVENT_VALUE, demo_rating(&c->random, mean, 0.8, 1, 5));
    return 1;
}
