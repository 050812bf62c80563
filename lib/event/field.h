/* The fields an event may carry beside its envelope, with the type each has on the wire. */
#ifndef CUBE_EVENT_FIELD_H
#define CUBE_EVENT_FIELD_H

#include "base/text.h"

enum field_type {
    FIELD_TEXT,   /* UTF-8 text */
    FIELD_DECIMAL, /* a number, kept in micro units (base/fixed.h) */
    FIELD_INTEGER, /* a whole number as it is: milliseconds and Unix times */
    FIELD_BOOL    /* 0 or 1 */
};

/* X(symbol, wire name, type). At most 64. */
#define EVENT_FIELDS(X)                                                                            \
    X(SOURCE, "source", TEXT)                                                                      \
    X(ISSUE, "issue", TEXT)                                                                        \
    X(REF, "ref", TEXT)                                                                            \
    X(INFLUENCE, "influence", DECIMAL)                                                             \
    X(ORDER, "order", TEXT)                                                                        \
    X(REVENUE, "revenue", DECIMAL)                                                                 \
    X(COST, "cost", DECIMAL)                                                                       \
    X(QUANTITY, "quantity", DECIMAL)                                                               \
    X(DISCOUNT, "discount", DECIMAL)                                                               \
    X(PRODUCT_GROUP, "product_group", TEXT)                                                        \
    X(INVOICE, "invoice", TEXT)                                                                    \
    X(AMOUNT, "amount", DECIMAL)                                                                   \
    X(DUE, "due", INTEGER)                                                                         \
    X(CATEGORY, "category", TEXT)                                                                  \
    X(MINUTES, "minutes", DECIMAL)                                                                 \
    X(CASE, "case", TEXT)                                                                          \
    X(DIRECTION, "direction", TEXT)                                                                \
    X(AGENT, "employee", TEXT)                                                                     \
    X(BOT, "bot", BOOL)                                                                            \
    X(SATISFIED, "satisfied", BOOL)                                                                \
    X(REQUEST, "request", TEXT)                                                                    \
    X(REQUEST_TYPE, "request_type", TEXT)                                                          \
    X(EXPECT_MS, "expect_ms", INTEGER)                                                             \
    X(OUTCOME, "outcome", TEXT)                                                                    \
    X(LEAD, "lead", TEXT)                                                                          \
    X(JOURNEY, "journey", TEXT)                                                                    \
    X(STAGE, "stage", TEXT)                                                                        \
    X(ATTENTION_MS, "attention_ms", INTEGER)                                                       \
    X(CONVERTED, "converted", BOOL)                                                                \
    X(UNIT, "unit", TEXT)                                                                          \
    X(STRATEGIC, "strategic", BOOL)                                                                \
    X(ROLE_PURSUED, "role_pursued", TEXT)                                                          \
    X(EXPERIMENT, "experiment", TEXT)                                                              \
    X(VARIANT, "variant", TEXT)                                                                    \
    X(CPI, "cpi", TEXT)                                                                            \
    X(VALUE, "value", DECIMAL)                                                                     \
    X(INSTRUMENT, "instrument", TEXT)                                                              \
    X(SUBJECT, "subject", TEXT)                                                                    \
    X(METHOD, "method", TEXT)                                                                      \
    X(METRIC, "metric", TEXT)                                                                      \
    X(FTE, "fte", DECIMAL)                                                                         \
    X(ROLE, "role", TEXT)                                                                          \
    X(VOLUNTARY, "voluntary", BOOL)                                                                \
    X(REGRETTED, "regretted", BOOL)                                                                \
    X(FRACTION, "fraction", DECIMAL)                                                               \
    X(INTERNAL, "internal", DECIMAL)                                                               \
    X(EXTERNAL, "external", DECIMAL)                                                               \
    X(THEME, "theme", TEXT)                                                                        \
    X(SCALE, "scale", DECIMAL)

enum event_field {
#define X(symbol, name, type) EVENT_##symbol,
    EVENT_FIELDS(X)
#undef X
        EVENT_FIELD_COUNT,
    EVENT_FIELD_NONE = 255
};

struct field_row {
    struct text name;
    enum field_type type;
};

extern const struct field_row field_rows[EVENT_FIELD_COUNT];

/* Returns the field with this name or EVENT_FIELD_NONE. */
enum event_field field_find(struct text name);

#endif
