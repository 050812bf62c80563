/* The kinds of events, in the words of the wire. Required and optional fields per kind: proto/kind_fields.h. */
#ifndef CUBE_EVENT_KIND_H
#define CUBE_EVENT_KIND_H

#include <stdbool.h>

#include "base/text.h"

enum event_topic { TOPIC_INTERACTIONS, TOPIC_CPI, TOPIC_HR, TOPIC_COUNT };

/* X(symbol, wire name, topic, the customer acts) */
#define EVENT_KINDS(X)                                                                             \
    X(NEWSLETTER_RECEIVED, "newsletter.received", INTERACTIONS, false)                             \
    X(NEWSLETTER_OPENED, "newsletter.opened", INTERACTIONS, true)                                  \
    X(NEWSLETTER_READ, "newsletter.read", INTERACTIONS, true)                                      \
    X(SOCIAL_FOLLOW, "social.follow", INTERACTIONS, true)                                          \
    X(SOCIAL_UNFOLLOW, "social.unfollow", INTERACTIONS, true)                                      \
    X(SOCIAL_LIKE, "social.like", INTERACTIONS, true)                                              \
    X(SOCIAL_UNLIKE, "social.unlike", INTERACTIONS, true)                                          \
    X(SOCIAL_SHARE, "social.share", INTERACTIONS, true)                                            \
    X(PURCHASE, "purchase", INTERACTIONS, true)                                                    \
    X(ORDER_CANCELLED, "order.cancelled", INTERACTIONS, true)                                      \
    X(INVOICE, "invoice", INTERACTIONS, false)                                                     \
    X(PAYMENT, "payment", INTERACTIONS, true)                                                      \
    X(COST, "cost", INTERACTIONS, false)                                                           \
    X(PROMO_RESPONSE, "promo.response", INTERACTIONS, true)                                        \
    X(COMPLAINT, "complaint", INTERACTIONS, true)                                                  \
    X(SELFSERVICE_LOGIN, "selfservice.login", INTERACTIONS, true)                                  \
    X(CONTACT_OPEN, "contact.open", INTERACTIONS, true)                                            \
    X(CONTACT_RESOLVE, "contact.resolve", INTERACTIONS, false)                                     \
    X(CONTACT_TRANSFER, "contact.transfer", INTERACTIONS, false)                                   \
    X(CONTACT_CONFIRM, "contact.confirm", INTERACTIONS, true)                                      \
    X(CONTACT_RECONTACT, "contact.recontact", INTERACTIONS, true)                                  \
    X(REQUEST_OPEN, "request.open", INTERACTIONS, true)                                            \
    X(REQUEST_DONE, "request.done", INTERACTIONS, false)                                           \
    X(REQUEST_LOST, "request.lost", INTERACTIONS, false)                                           \
    X(LEAD_CREATED, "lead.created", INTERACTIONS, false)                                           \
    X(LEAD_WON, "lead.won", INTERACTIONS, false)                                                   \
    X(LEAD_LOST, "lead.lost", INTERACTIONS, false)                                                 \
    X(JOURNEY_STAGE, "journey.stage", INTERACTIONS, true)                                          \
    X(CAMPAIGN_TOUCH, "campaign.touch", INTERACTIONS, false)                                       \
    X(CHURN, "churn", INTERACTIONS, false)                                                         \
    X(CONTRACT_RENEWAL, "contract.renewal", INTERACTIONS, false)                                   \
    X(VALUE_DELIVERED, "value.delivered", INTERACTIONS, false)                                     \
    X(CUSTOMER_UPDATE, "customer.update", INTERACTIONS, false)                                     \
    X(CUSTOMER_ERASE, "customer.erase", INTERACTIONS, false)                                       \
    X(EXPERIMENT_ASSIGN, "experiment.assign", INTERACTIONS, false)                                 \
    X(MEASUREMENT, "measurement", CPI, true)                                                       \
    X(SURVEY, "survey", CPI, true)                                                                 \
    X(BENCHMARK, "benchmark", CPI, false)                                                          \
    X(HIRE, "hire", HR, false)                                                                     \
    X(EXIT, "exit", HR, false)                                                                     \
    X(TRANSFER, "transfer", HR, false)                                                             \
    X(ABSENCE_START, "absence.start", HR, false)                                                   \
    X(ABSENCE_UPDATE, "absence.update", HR, false)                                                 \
    X(ABSENCE_END, "absence.end", HR, false)                                                       \
    X(PRODUCTIVE, "productive", HR, false)                                                         \
    X(RECRUIT_COST, "recruit_cost", HR, false)                                                     \
    X(HR_SURVEY, "survey", HR, false)                                                              \
    X(ENPS, "enps", HR, false)                                                                     \
    X(HEADCOUNT, "headcount", HR, false)

enum event_kind {
#define X(symbol, name, topic, acts) KIND_##symbol,
    EVENT_KINDS(X)
#undef X
        KIND_COUNT,
    KIND_NONE = 255
};

struct kind_row {
    struct text name;
    enum event_topic topic;
    bool acts; /* the customer acts: counts as activity */
};

/* One row per kind. */
extern const struct kind_row kind_rows[KIND_COUNT];

/* Returns the kind with this name on this topic, KIND_NONE if there is none. */
enum event_kind kind_find(struct text name, enum event_topic topic);

/* Returns the kind with this name on any topic (the first in table order), or KIND_NONE. */
enum event_kind kind_find_any(struct text name);

/* "interactions", "cpi", "hr": the role of a topic, not its configured name. */
extern const struct text topic_role_names[TOPIC_COUNT];

#endif
