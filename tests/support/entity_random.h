/* Random events of customers and employees, and a model that uses everything the entity engine has. */
#ifndef CUBE_TESTS_ENTITY_RANDOM_H
#define CUBE_TESTS_ENTITY_RANDOM_H

#include "support/entity_world.h"
#include "support/random.h"

static inline void random_world(struct world *w)
{
    world_open(w);
    world_default_points(w, true);
    w->model.points.window_ms = 20 * DAY;
    world_rule(w, KIND_COMPLAINT, -7, EVENT_FIELD_NONE, false);
    struct points_rule *cap = world_rule(w, KIND_SELFSERVICE_LOGIN, 1, EVENT_FIELD_NONE, false);
    cap->cap = 2;
    cap->cap_period_ms = DAY;
    w->model.tracks[0].horizon = (struct horizon){30 * DAY, DAY, 30, "30d"};
    w->model.tracks[1] = (struct ledger_track){LEDGER_REVENUE, {5 * DAY, 6 * HOUR, 20, "5d"}};
    w->model.tracks[2] = (struct ledger_track){LEDGER_PURCHASES, {30 * DAY, DAY, 30, "30d"}};
    w->model.tracks[3] = (struct ledger_track){LEDGER_EFFORT, {30 * DAY, DAY, 30, "30d"}};
    w->model.tracks[4] = (struct ledger_track){LEDGER_REVENUE, {30 * DAY, DAY, 30, "30d"}};
    w->model.track_count = 5;
    world_measure(w, "points", "points", 0, 20 * DAY, DAY);
    world_measure(w, "active", "active", 0, 10 * DAY, 6 * HOUR);
    world_measure(w, "buyers", "active", UINT64_C(1) << KIND_PURCHASE, 10 * DAY, DAY);
    world_measure(w, "margin", "ledger_mean", 0, 30 * DAY, DAY)->tracks[0] = 0;
    world_measure(w, "revenue_mean", "ledger_mean", 0, 5 * DAY, 6 * HOUR)->tracks[0] = 1;
    struct measure *money = world_measure(w, "concentration", "concentration", 0, 30 * DAY, DAY);
    money->whale = true;
    money->horizons[1] = money->horizons[0];
    money->horizon_count = 2;
    money->tracks[1] = 2;
    struct measure *mismatch = world_measure(w, "mismatch", "mismatch", 0, 30 * DAY, DAY);
    mismatch->tracks[0] = 3;
    mismatch->by_tracks[0] = 4;
    struct measure *losses = world_measure(w, "losses", "ledger_ratio", 0, 30 * DAY, DAY);
    losses->horizons[1] = losses->horizons[0];
    losses->horizon_count = 2;
    losses->tracks[1] = 2;
    losses->total_low = -500 * FIXED_ONE;
    losses->total_high = 2 * FIXED_ONE;
    world_measure(w, "churn", "churn", 0, 30 * DAY, DAY);
    world_measure(w, "ftr", "first_time", 0, 15 * DAY, DAY)->recontact_window_ms = 3 * DAY;
    struct measure *said = world_measure(w, "ftr_survey", "first_time", 0, 15 * DAY, DAY);
    said->recontact_window_ms = 2 * DAY;
    said->definition = FIRST_TIME_SURVEY;
    struct measure *d = world_measure(w, "answers", "duration", UINT64_C(1) << KIND_REQUEST_OPEN, 10 * DAY, DAY);
    d->lost = UINT64_C(1) << KIND_REQUEST_LOST;
    d->per = (struct source){.kinds = UINT64_C(1) << KIND_REQUEST_DONE | d->lost, .term_count = 1};
    d->by = EVENT_REQUEST;
    d->target = 2 * DAY;
    world_measure(w, "gap", "gap", UINT64_C(1) << KIND_SURVEY, 10 * DAY, DAY);
    world_measure(w, "growth", "growth", UINT64_C(1) << KIND_MEASUREMENT, 10 * DAY, DAY);
    world_measure(w, "headcount", "headcount", 0, 10 * DAY, DAY);
    world_measure(w, "turnover", "turnover", 0, 30 * DAY, DAY);
    world_measure(w, "absence", "absence", 0, 30 * DAY, DAY);
    world_measure(w, "ramp", "time_to_productivity", 0, 30 * DAY, DAY);
    world_measure(w, "hiring", "cost_per_hire", 0, 30 * DAY, DAY);
    world_measure(w, "enps", "nps", UINT64_C(1) << KIND_ENPS, 10 * DAY, DAY)->is_private = true;
}

static const enum event_kind random_customer_kinds[] = {
    KIND_NEWSLETTER_RECEIVED, KIND_NEWSLETTER_OPENED, KIND_NEWSLETTER_READ, KIND_SOCIAL_FOLLOW, KIND_SOCIAL_UNFOLLOW,
    KIND_SOCIAL_LIKE, KIND_SOCIAL_LIKE, KIND_SOCIAL_UNLIKE, KIND_PURCHASE, KIND_PURCHASE, KIND_ORDER_CANCELLED, KIND_COST, KIND_COMPLAINT,
    KIND_SELFSERVICE_LOGIN, KIND_CONTACT_OPEN, KIND_CONTACT_RESOLVE, KIND_CONTACT_CONFIRM, KIND_CONTACT_RECONTACT,
    KIND_CONTACT_TRANSFER, KIND_CUSTOMER_UPDATE, KIND_CHURN, KIND_REQUEST_OPEN, KIND_REQUEST_OPEN, KIND_REQUEST_DONE, KIND_REQUEST_LOST,
    KIND_SURVEY, KIND_SURVEY, KIND_MEASUREMENT,
};

static const enum event_kind random_employee_kinds[] = {KIND_HIRE, KIND_EXIT, KIND_TRANSFER, KIND_ENPS,
                                                        KIND_ENPS, KIND_HEADCOUNT, KIND_ABSENCE_START,
                                                        KIND_ABSENCE_START, KIND_ABSENCE_UPDATE, KIND_ABSENCE_END,
                                                        KIND_PRODUCTIVE, KIND_RECRUIT_COST};

static inline void random_fields(struct random *r, struct event *e)
{
    static const char *const things[] = {"t1", "t2", "t3", "t4", "t5"};
    const char *thing = things[random_between(r, 0, 4)];
    event_put_text(e, EVENT_ISSUE, thing);
    event_put_text(e, EVENT_REF, thing);
    event_put_text(e, EVENT_CASE, thing);
    event_put_text(e, EVENT_REQUEST, thing);
    event_put_text(e, EVENT_ORDER, thing);
    event_put_text(e, EVENT_SUBJECT, thing);
    event_put_text(e, EVENT_INSTRUMENT, random_between(r, 0, 1) ? "expectation" : "fulfilment");
    event_put_number(e, EVENT_INFLUENCE, random_between(r, 0, 100) * FIXED_ONE);
    event_put_number(e, EVENT_REVENUE, random_between(r, 0, 1000) * FIXED_ONE);
    event_put_number(e, EVENT_COST, random_between(r, 0, 1000) * FIXED_ONE);
    event_put_number(e, EVENT_MINUTES, random_between(r, 0, 100) * FIXED_ONE);
    event_put_number(e, EVENT_BOT, random_between(r, 0, 1));
    event_put_number(e, EVENT_SATISFIED, random_between(r, 0, 2) > 0);
    event_put_number(e, EVENT_VALUE, random_between(r, 0, 10) * FIXED_ONE);
    event_put_number(e, EVENT_FTE, random_between(r, 1, 4) * FIXED_ONE / 4);
    event_put_number(e, EVENT_FRACTION, random_between(r, 0, 4) * FIXED_ONE / 4);
    event_put_number(e, EVENT_INTERNAL, random_between(r, 0, 500) * FIXED_ONE);
    event_put_number(e, EVENT_EXTERNAL, random_between(r, 0, 500) * FIXED_ONE);
}

static const enum event_kind random_owing_kinds[] = {
    KIND_INVOICE, KIND_INVOICE, KIND_INVOICE, KIND_PAYMENT, KIND_PAYMENT, KIND_PURCHASE, KIND_VALUE_DELIVERED,
    KIND_CONTRACT_RENEWAL, KIND_CUSTOMER_UPDATE, KIND_CHURN,
};

/* Turns the event into one of another kind that has to do with owing. */
static inline void random_owing(struct random *r, struct event *e)
{
    static const char *const things[] = {"t1", "t2", "t3", "t4", "t5", "other", "t7", "t8", "t9", "t10", "t11"};
    e->kind = random_owing_kinds[random_between(r, 0, (int64_t)(sizeof random_owing_kinds / sizeof *random_owing_kinds) - 1)];
    event_put_text(e, EVENT_INVOICE, things[random_between(r, 0, 2)]);
    event_put_text(e, EVENT_UNIT, things[random_between(r, 0, 10)]);
    event_put_text(e, EVENT_PRODUCT_GROUP, things[random_between(r, 0, 3)]);
    event_put_number(e, EVENT_AMOUNT, random_between(r, -20, 500) * FIXED_ONE + random_between(r, 0, 999999));
    event_put_number(e, EVENT_DUE, e->ts_ms + random_between(r, -2 * DAY, 6 * DAY));
    event_put_number(e, EVENT_STRATEGIC, random_between(r, 0, 1));
}

/* One event; some carry dimensions, which move the entity. */
static inline struct event random_event(struct world *w, struct random *r, enum entity_type type, int64_t ts_ms)
{
    static const char *const who[] = {"x1", "x2", "x3", "x4", "x5", "x6"};
    static const char *const regions[] = {"east", "north", "south"}, *const segments[] = {"smb", "corp"};
    bool customer = type == ENTITY_CUSTOMER;
    size_t n = customer ? sizeof random_customer_kinds / sizeof *random_customer_kinds
                        : sizeof random_employee_kinds / sizeof *random_employee_kinds;
    enum event_kind kind = (customer ? random_customer_kinds : random_employee_kinds)[random_between(r, 0,
                                                                                                     (int64_t)n - 1)];
    kind = customer && random_between(r, 0, 150) == 0 ? KIND_CUSTOMER_ERASE : kind;
    struct event e = world_event(w, kind, ts_ms, who[random_between(r, 0, 5)]);
    random_fields(r, &e);
    if (w->owing && kind != KIND_CUSTOMER_ERASE && random_between(r, 0, 1)) {
        random_owing(r, &e);
    }
    if (random_between(r, 0, 4) == 0) {
        e.dims[DIM_REGION] = text_of(regions[random_between(r, 0, 2)]);
    }
    if (random_between(r, 0, 4) == 0) {
        e.dims[DIM_SEGMENT] = text_of(segments[random_between(r, 0, 1)]);
    }
    if (random_between(r, 0, 1)) {
        e.dims[DIM_DEPARTMENT] = text_of(regions[random_between(r, 0, 2)]);
    }
    return e;
}

#endif
