/* The insides of the demo company, shared by the files demo_*.c. */
#ifndef CUBE_CLI_DEMO_WORLD_H
#define CUBE_CLI_DEMO_WORLD_H

#include "cli/demo_company.h"
#include "cli/demo_queue.h"
#include "cli/demo_random.h"
#include "cli/demo_story.h"

#define DEMO_TEXT_BYTES 1024

enum demo_segment { SEGMENT_CONSUMER, SEGMENT_SMB, SEGMENT_ENTERPRISE, SEGMENT_COUNT };
enum demo_department {
    DEPARTMENT_CARE,
    DEPARTMENT_SALES,
    DEPARTMENT_DELIVERY,
    DEPARTMENT_FINANCE,
    DEPARTMENT_COUNT
};

struct demo_customer {
    uint8_t region, segment;
    uint8_t bought; /* product groups, as bits */
};

struct demo_employee {
    uint8_t region, department, division;
    bool employed, absent;
};

struct demo_company {
    struct demo_options options;
    struct demo_random random;
    struct demo_random beside; /* of the acts from ACT_BESIDE on; takes the place of random meanwhile */
    struct demo_queue queue;
    struct demo_customer *customers;
    double *activity; /* running sum of the customers' activity, for choosing */
    struct demo_employee *staff;
    uint32_t staff_count, staff_capacity;
    uint32_t cases, orders, invoices, requests, likes, prices, leads;
    uint64_t events;
    char text[DEMO_TEXT_BYTES]; /* of the current event */
    size_t text_len;
};

/* What an act does at its time: fills in an event (1), or nothing to tell (0), and plans what
 * follows. CUBE_ENOMEM. */
typedef int demo_act_fn(struct demo_company *c, const struct demo_item *item, struct event *e);

/* X(symbol, function). Those of demo_company.c's table of streams plan themselves anew. From ACT_BESIDE on
 * they stand beside the story and draw from another sequence of random numbers, so that they leave it alone. */
#define DEMO_ACTS(X)                                                                               \
    X(PURCHASE, demo_purchase)                                                                     \
    X(NEWSLETTER, demo_newsletter)                                                                 \
    X(SOCIAL, demo_social)                                                                         \
    X(LOGIN, demo_login)                                                                           \
    X(PROMO, demo_promo)                                                                           \
    X(CONTACT, demo_contact)                                                                       \
    X(NPS, demo_nps)                                                                               \
    X(QUOTE, demo_quote)                                                                           \
    X(COMPLAIN, demo_complain)                                                                     \
    X(PULSE, demo_pulse)                                                                           \
    X(RECOMMEND, demo_recommend)                                                                   \
    X(LEAVE, demo_leave)                                                                           \
    X(ILL, demo_ill)                                                                               \
    X(ARRIVE, demo_arrive)                                                                         \
    X(OPENED, demo_opened)                                                                         \
    X(READ, demo_read)                                                                             \
    X(BILL, demo_bill)                                                                             \
    X(PAY, demo_pay)                                                                               \
    X(ANSWER, demo_answer)                                                                         \
    X(AGAIN, demo_again)                                                                           \
    X(RESOLVE, demo_resolve)                                                                       \
    X(CONFIRM, demo_confirm)                                                                       \
    X(RECONTACT, demo_recontact)                                                                   \
    X(CSAT, demo_csat)                                                                             \
    X(QUOTED, demo_quoted)                                                                         \
    X(HIRED, demo_hired)                                                                           \
    X(START_WORK, demo_start_work)                                                                 \
    X(RECRUITED, demo_recruited)                                                                   \
    X(PRODUCTIVE, demo_productive)                                                                 \
    X(EXITS, demo_exits)                                                                           \
    X(FALLS_ILL, demo_falls_ill)                                                                   \
    X(BACK, demo_back)                                                                             \
    X(CRISIS, demo_crisis)                                                                         \
    X(PRICE, demo_price)                                                                           \
    X(LEAD, demo_lead)                                                                             \
    X(OPTIONS, demo_options_to_pay)                                                                \
    X(DELIVERY, demo_delivery)                                                                     \
    X(FRIENDS, demo_friends)                                                                       \
    X(VALUE, demo_value)                                                                           \
    X(STAGE, demo_stage)                                                                           \
    X(EASE, demo_ease)                                                                             \
    X(EFFORT, demo_effort)                                                                         \
    X(CHURN, demo_churn)                                                                           \
    X(THEME, demo_theme)                                                                           \
    X(PRICED, demo_priced)                                                                         \
    X(LEAD_ENDS, demo_lead_ends)                                                                   \
    X(KINDS_TO_PAY, demo_kinds_to_pay)                                                             \
    X(MAKE_GOOD, demo_make_good)                                                                   \
    X(LISTENS, demo_listens)

enum demo_act {
#define X(symbol, function) ACT_##symbol,
    DEMO_ACTS(X)
#undef X
        ACT_COUNT,
    ACT_BESIDE = ACT_PRICE
};

#define X(symbol, function) demo_act_fn function;
DEMO_ACTS(X)
#undef X

extern const char *const demo_regions[DEMO_REGIONS];
extern const char *const demo_segments[SEGMENT_COUNT];
extern const char *const demo_departments[DEPARTMENT_COUNT];

/* Plans an act. CUBE_ENOMEM. */
int demo_plan(struct demo_company *c, int64_t at_ms, enum demo_act what, uint32_t who,
              uint32_t number) CUBE_MUST_CHECK;

/* Severity of the story in a customer's or employee's region at t. */
double demo_severity(const struct demo_company *c, int64_t t_ms, uint32_t region);

/* Between good (all is well) and bad (the story at its worst). */
static inline double demo_between(double good, double bad, double severity)
{
    return good + (bad - good) * severity;
}

/* Sets a field of the event being made. Numbers are rounded to micro units. */
void demo_set_text(struct demo_company *c, struct event *e, enum event_field f, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));
void demo_set_number(struct event *e, enum event_field f, double v);
void demo_set_bool(struct event *e, enum event_field f, bool v);
void demo_set_time(struct event *e, enum event_field f, int64_t ms);

/* Begins an event of a customer; with_scope: it names region and segment itself. */
void demo_customer_event(struct demo_company *c, const struct demo_item *item, enum event_kind kind,
                         bool with_scope, struct event *e);
void demo_employee_event(struct demo_company *c, const struct demo_item *item, enum event_kind kind,
                         bool with_scope, struct event *e);

/* A customer by activity (few are busy, many are quiet), or any; an employee who works here, or
 * UINT32_MAX. */
uint32_t demo_choose_busy(struct demo_company *c);
uint32_t demo_choose_any(struct demo_company *c);
uint32_t demo_choose_employed(struct demo_company *c);

#endif
