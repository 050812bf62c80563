#include "config/shape.h"

#include <math.h>
#include <string.h>

#include "event/kind.h"

#define K(kind) (UINT64_C(1) << KIND_##kind)
#define CASE_KINDS \
    (K(CONTACT_OPEN) | K(CONTACT_RESOLVE) | K(CONTACT_TRANSFER) | K(CONTACT_CONFIRM) | K(CONTACT_RECONTACT))
#define STAFF_KINDS (K(HIRE) | K(EXIT) | K(HEADCOUNT) | K(TRANSFER))
#define ABSENCE_KINDS (K(ABSENCE_START) | K(ABSENCE_UPDATE) | K(ABSENCE_END))

/* The range of a value, and that of the ends of its interval, which a mean has anywhere. */
#define WITHIN(least, most) .range = {least, most}, .interval_range = {least, most}
#define SHARE WITHIN(0, 1)
#define NOT_NEGATIVE .range = {0, INFINITY}, .no_interval = true

static const struct shape shapes[] = {
    {.name = "count", .source = SHAPE_KINDS, NOT_NEGATIVE},
    {.name = "sum", .source = SHAPE_KINDS, .value = true, .no_interval = true},
    {.name = "rate", .source = SHAPE_KINDS, NOT_NEGATIVE},
    {.name = "mean", .source = SHAPE_LEDGER, .over_ledger = "ledger_mean", .value = true, .of_answers = true},
    {.name = "ledger_mean", .source = SHAPE_LEDGER, .inner = true, .said_as = "mean"},
    {.name = "concentration",
     .source = SHAPE_LEDGER_ONLY,
     .over_ledger = "concentration",
     NOT_NEGATIVE},
    {.name = "mismatch",
     .source = SHAPE_LEDGER_ONLY,
     .over_ledger = "mismatch",
     .by_ledger = true,
     .no_interval = true},
    {.name = "churn", .source = SHAPE_OWN, .kinds = K(CHURN), .has_hits = true, NOT_NEGATIVE},
    {.name = "stddev", .source = SHAPE_KINDS, .value = true, NOT_NEGATIVE},
    {.name = "ratio",
     .source = SHAPE_KINDS,
     .over_customers = "ledger_ratio",
     .hits = true,
     .has_hits = true,
     SHARE},
    {.name = "ledger_ratio",
     .source = SHAPE_KINDS,
     .inner = true,
     .said_as = "ratio",
     .has_hits = true,
     SHARE},
    {.name = "quotient", .source = SHAPE_KINDS, .value = true, .per = true, .no_interval = true},
    {.name = "within",
     .source = SHAPE_KINDS,
     .value = true,
     .target = true,
     .has_hits = true,
     SHARE},
    {.name = "duration",
     .source = SHAPE_KINDS,
     .pairs = true,
     .target = true,
     .unit = "share",
     .has_hits = true,
     SHARE},
    {.name = "nps", .source = SHAPE_KINDS, .value = true, WITHIN(-100, 100)},
    {.name = "top_box", .source = SHAPE_KINDS, .value = true, .has_hits = true, SHARE},
    {.name = "points", .source = SHAPE_OWN, .no_interval = true},
    {.name = "active", .source = SHAPE_OPTIONAL, NOT_NEGATIVE},
    {.name = "headcount", .source = SHAPE_OWN, .kinds = STAFF_KINDS, NOT_NEGATIVE},
    {.name = "turnover", .source = SHAPE_OWN, .kinds = STAFF_KINDS, NOT_NEGATIVE},
    {.name = "absence",
     .source = SHAPE_OWN,
     .kinds = STAFF_KINDS | ABSENCE_KINDS,
     .range = {0, 1},
     .no_interval = true},
    {.name = "time_to_productivity", .source = SHAPE_OWN, .kinds = STAFF_KINDS | K(PRODUCTIVE), .range = {0, INFINITY}},
    {.name = "cost_per_hire",
     .source = SHAPE_OWN,
     .kinds = K(HIRE) | K(RECRUIT_COST),
     .money = true,
     .no_interval = true},
    {.name = "gap", .source = SHAPE_WHERE, .kinds = K(SURVEY), .range = {-10, 10}},
    {.name = "growth", .source = SHAPE_KINDS, .value = true, .no_interval = true},
    {.name = "first_time",
     .source = SHAPE_OWN,
     .kinds = CASE_KINDS,
     .first_time = true,
     .has_hits = true,
     SHARE},
};

const struct shape *shape_find(const char *name)
{
    static const struct shape any = {
        .name = "", .source = SHAPE_KINDS, .value = true, .value_optional = true};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (strcmp(shapes[i].name, name) == 0) {
            return &shapes[i];
        }
    }
    return &any;
}

const char *shape_name_at(uint32_t i)
{
    for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
        if (!shapes[s].inner && i-- == 0) {
            return shapes[s].name;
        }
    }
    return NULL;
}
