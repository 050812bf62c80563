/* What fields of events say, for schemas and the page of records. A field without a row says it by its name. */
#ifndef CUBE_PROTO_EVENT_WORDS_H
#define CUBE_PROTO_EVENT_WORDS_H

#include "event/field.h"

/* X(field, what it says) */
#define EVENT_FIELD_WORDS(X)                                                      \
    X(SOURCE, "who delivered it")                                                 \
    X(ISSUE, "which newsletter")                                                  \
    X(REF, "what was followed, liked or shared")                                  \
    X(INFLUENCE, "of the customer, 0 to 100")                                     \
    X(ORDER, "number of the order, of the customer")                              \
    X(REVENUE, "money")                                                           \
    X(COST, "money: of the goods")                                                \
    X(DISCOUNT, "money")                                                          \
    X(PRODUCT_GROUP, "of the assortment")                                         \
    X(INVOICE, "number of the invoice, of the customer")                          \
    X(AMOUNT, "money; of value delivered: in its unit")                           \
    X(DUE, "Unix ms")                                                             \
    X(CATEGORY, "sales, proposals, visits, marketing, ...: cost to serve")        \
    X(MINUTES, "of work; cost: times the rate when there is no amount")           \
    X(CASE, "number of the case, of the customer")                                \
    X(DIRECTION, "inbound or outbound")                                           \
    X(AGENT, "who served; of topic hr: whom it is about")                         \
    X(BOT, "no person was in it")                                                 \
    X(SATISFIED, "the customer's word")                                           \
    X(REQUEST, "number of the promise, of the customer")                          \
    X(REQUEST_TYPE, "quote, delivery, ...")                                       \
    X(EXPECT_MS, "how long it may take; else the measure's target")               \
    X(OUTCOME, "what became of it")                                               \
    X(LEAD, "number of the lead, of the customer")                                \
    X(ATTENTION_MS, "how long it was looked at")                                  \
    X(UNIT, "of the value or amount: EUR, hours, ...")                            \
    X(STRATEGIC, "kept although it may lose money")                               \
    X(CPI, "name of the measurement")                                             \
    X(VALUE, "the answer, or what was measured")                                  \
    X(INSTRUMENT, "nps, ces, csat, grade10, expectation, fulfilment, ...")        \
    X(SUBJECT, "what was asked about; benchmark: whom it is of")                  \
    X(METHOD, "how it was asked")                                                 \
    X(FTE, "full-time equivalents, 1 unless given")                               \
    X(FRACTION, "of the time that is absent, 1 unless given; beyond 0 and 1 the nearer of them") \
    X(INTERNAL, "money")                                                          \
    X(EXTERNAL, "money")                                                          \
    X(THEME, "pleasure, motivation, effort, pride, commitment, ...")              \
    X(SCALE, "the highest answer there is")

/* "" when there is no row. */
const char *event_field_words(enum event_field f);

#endif
