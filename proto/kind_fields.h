/* Which fields a kind of event must and may carry (contract, section 3), and the values they may
 * have. */
#ifndef CUBE_PROTO_KIND_FIELDS_H
#define CUBE_PROTO_KIND_FIELDS_H

#include <stdint.h>

#include "event/event.h"

#define FIELD_BIT(f) (UINT64_C(1) << EVENT_##f)
#define DIM_BIT(d) (1u << DIM_##d)

/* X(kind, required fields, fields of which one is required, required dimensions, optional fields).
 * Beside these every event may carry `source`, all dimensions and, when its entity is a customer,
 * `employee`. */
#define KIND_FIELDS(X)                                                                         \
    X(NEWSLETTER_RECEIVED, FIELD_BIT(ISSUE), 0, 0, 0)                                          \
    X(NEWSLETTER_OPENED, FIELD_BIT(ISSUE), 0, 0, 0)                                            \
    X(NEWSLETTER_READ, FIELD_BIT(ISSUE), 0, 0, 0)                                              \
    X(SOCIAL_FOLLOW, 0, 0, 0, FIELD_BIT(REF) | FIELD_BIT(INFLUENCE))                           \
    X(SOCIAL_UNFOLLOW, 0, 0, 0, FIELD_BIT(REF) | FIELD_BIT(INFLUENCE))                         \
    X(SOCIAL_LIKE, FIELD_BIT(REF), 0, 0, FIELD_BIT(INFLUENCE))                                 \
    X(SOCIAL_UNLIKE, FIELD_BIT(REF), 0, 0, FIELD_BIT(INFLUENCE))                               \
    X(SOCIAL_SHARE, FIELD_BIT(REF), 0, 0, FIELD_BIT(INFLUENCE))                                \
    X(PURCHASE, FIELD_BIT(ORDER) | FIELD_BIT(REVENUE), 0, 0,                                   \
      FIELD_BIT(COST) | FIELD_BIT(QUANTITY) | FIELD_BIT(DISCOUNT) | FIELD_BIT(PRODUCT_GROUP))  \
    X(ORDER_CANCELLED, FIELD_BIT(ORDER), 0, 0, 0)                                              \
    X(INVOICE, FIELD_BIT(INVOICE) | FIELD_BIT(AMOUNT) | FIELD_BIT(DUE), 0, 0, 0)               \
    X(PAYMENT, FIELD_BIT(INVOICE) | FIELD_BIT(AMOUNT), 0, 0, 0)                                \
    X(COST, FIELD_BIT(CATEGORY), FIELD_BIT(AMOUNT) | FIELD_BIT(MINUTES), 0, 0)                 \
    X(PROMO_RESPONSE, 0, 0, 0, 0)                                                              \
    X(COMPLAINT, 0, 0, 0, 0)                                                                   \
    X(SELFSERVICE_LOGIN, 0, 0, 0, 0)                                                           \
    X(CONTACT_OPEN, FIELD_BIT(CASE), 0, 0,                                                     \
      FIELD_BIT(DIRECTION) | FIELD_BIT(AGENT) | FIELD_BIT(BOT))                                \
    X(CONTACT_RESOLVE, FIELD_BIT(CASE), 0, 0, FIELD_BIT(AGENT) | FIELD_BIT(MINUTES))           \
    X(CONTACT_TRANSFER, FIELD_BIT(CASE), 0, 0, 0)                                              \
    X(CONTACT_CONFIRM, FIELD_BIT(CASE) | FIELD_BIT(SATISFIED), 0, 0, 0)                        \
    X(CONTACT_RECONTACT, FIELD_BIT(CASE), 0, 0, 0)                                             \
    X(REQUEST_OPEN, FIELD_BIT(REQUEST), 0, 0, FIELD_BIT(REQUEST_TYPE) | FIELD_BIT(EXPECT_MS))  \
    X(REQUEST_DONE, FIELD_BIT(REQUEST), 0, 0, FIELD_BIT(OUTCOME))                              \
    X(REQUEST_LOST, FIELD_BIT(REQUEST), 0, 0, 0)                                               \
    X(LEAD_CREATED, FIELD_BIT(LEAD), 0, 0, FIELD_BIT(AGENT) | FIELD_BIT(AMOUNT))               \
    X(LEAD_WON, FIELD_BIT(LEAD), 0, 0, FIELD_BIT(AMOUNT))                                      \
    X(LEAD_LOST, FIELD_BIT(LEAD), 0, 0, FIELD_BIT(AMOUNT))                                     \
    X(JOURNEY_STAGE, FIELD_BIT(JOURNEY) | FIELD_BIT(STAGE), 0, 0, 0)                           \
    X(CAMPAIGN_TOUCH, 0, 0, DIM_BIT(CAMPAIGN), FIELD_BIT(ATTENTION_MS) | FIELD_BIT(CONVERTED)) \
    X(CHURN, 0, 0, 0, 0)                                                                       \
    X(CONTRACT_RENEWAL, FIELD_BIT(DUE), 0, 0, 0)                                               \
    X(VALUE_DELIVERED, FIELD_BIT(AMOUNT) | FIELD_BIT(UNIT), 0, 0, 0)                           \
    X(CUSTOMER_UPDATE, 0, 0, 0, FIELD_BIT(STRATEGIC) | FIELD_BIT(ROLE_PURSUED))                \
    X(CUSTOMER_ERASE, 0, 0, 0, 0)                                                              \
    X(EXPERIMENT_ASSIGN, FIELD_BIT(EXPERIMENT) | FIELD_BIT(VARIANT), 0, 0, 0)                  \
    X(MEASUREMENT, FIELD_BIT(CPI) | FIELD_BIT(VALUE), 0, 0, FIELD_BIT(UNIT))                   \
    X(SURVEY, FIELD_BIT(INSTRUMENT) | FIELD_BIT(VALUE), 0, 0,                                  \
      FIELD_BIT(SUBJECT) | FIELD_BIT(METHOD))                                                  \
    X(BENCHMARK, FIELD_BIT(SUBJECT) | FIELD_BIT(METRIC) | FIELD_BIT(VALUE), 0, 0,              \
      FIELD_BIT(METHOD))                                                                       \
    X(HIRE, 0, 0, 0, FIELD_BIT(FTE) | FIELD_BIT(ROLE))                                         \
    X(EXIT, 0, 0, 0, FIELD_BIT(VOLUNTARY) | FIELD_BIT(REGRETTED))                              \
    X(TRANSFER, 0, 0, 0, 0)                                                                    \
    X(ABSENCE_START, 0, 0, 0, FIELD_BIT(FRACTION))                                             \
    X(ABSENCE_UPDATE, FIELD_BIT(FRACTION), 0, 0, 0)                                            \
    X(ABSENCE_END, 0, 0, 0, 0)                                                                 \
    X(PRODUCTIVE, 0, 0, 0, 0)                                                                  \
    X(RECRUIT_COST, 0, FIELD_BIT(INTERNAL) | FIELD_BIT(EXTERNAL), 0, 0)                        \
    X(HR_SURVEY, FIELD_BIT(THEME) | FIELD_BIT(VALUE) | FIELD_BIT(SCALE), 0, 0, 0)              \
    X(ENPS, FIELD_BIT(VALUE), 0, 0, 0)                                                         \
    X(HEADCOUNT, FIELD_BIT(FTE), 0, 0, 0)

/* Bits 1 << enum event_field, and 1 << enum dimension. */
struct kind_fields {
    uint64_t required;
    uint64_t either; /* at least one of them, unless there are none */
    uint64_t optional;
    uint32_t required_dims;
};

/* One row per kind. */
extern const struct kind_fields kind_fields[KIND_COUNT];

/* Where the entity of a kind stands in the map: "customer", "employee" or "subject". */
struct text kind_entity_name(enum event_kind kind);

/* The values something may have, in micro. */
struct value_scale {
    struct text instrument; /* of a customer survey; absent otherwise */
    int64_t low, high;
    bool whole;
    const char *words;
};

/* The scales of the instruments of customer surveys; NULL after the last. Any further instrument has its own. */
const struct value_scale *value_scale_at(uint32_t i);

/* The one of an instrument; NULL: it has its own. */
const struct value_scale *value_scale_find(struct text instrument);

/* The scale a field has by itself in a kind of event; NULL: it has none. */
const struct value_scale *value_scale_of(enum event_kind kind, enum event_field field);

/* Checks the values that must lie on a scale: influence and fraction, survey answers by their
 * instrument or scale, eNPS. Looks at present fields only. Returns the first field that does not
 * fit, EVENT_FIELD_NONE if all do; *ret_scale then says in words what was wanted. */
enum event_field kind_value_misfit(const struct event *e, const char **ret_scale);

#endif
