/* What a cost to serve is spent on. */
#ifndef CUBE_EVENT_CATEGORY_H
#define CUBE_EVENT_CATEGORY_H

#include "base/text.h"

/* X(symbol, name on the wire) */
#define COST_CATEGORIES(X)                              \
    X(SALES, "sales")                                   \
    X(PROPOSALS, "proposals")                           \
    X(VISITS, "visits")                                 \
    X(MARKETING, "marketing")                           \
    X(LOW_ORDER_QUANTITY, "low_order_quantity")         \
    X(UNPREDICTABLE_ORDERS, "unpredictable_orders")     \
    X(SPECIAL_DISCOUNTS, "special_discounts")           \
    X(SLOW_PAYMENT, "slow_payment")                     \
    X(OTHER, "other")

enum cost_category {
#define X(symbol, name) CATEGORY_##symbol,
    COST_CATEGORIES(X)
#undef X
        CATEGORY_COUNT
};

extern const struct text category_names[CATEGORY_COUNT];

/* Returns the category of this name. Any text that names none is CATEGORY_OTHER: such a cost is counted, but it is
 * attributed to nothing. */
enum cost_category category_find(struct text name);

#endif
