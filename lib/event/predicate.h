/* Conditions on the fields and dimensions of an event: `where` of a measure or a points rule. */
#ifndef CUBE_EVENT_PREDICATE_H
#define CUBE_EVENT_PREDICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"

enum condition_op { CONDITION_TEXT_IN, CONDITION_NUMBER_IN, CONDITION_RANGE };

struct condition {
    bool on_dimension;
    bool is_not;              /* none of the listed values; holds where there is no value at all */
    uint8_t what;             /* enum dimension or enum event_field */
    enum condition_op op;
    const struct text *texts; /* CONDITION_TEXT_IN: any of these */
    const int64_t *numbers;   /* CONDITION_NUMBER_IN: any of these, in the unit of the field */
    uint32_t count;
    int64_t low, high;        /* CONDITION_RANGE, both inclusive (a strict bound is moved by one unit) */
};

/* All conditions must hold. An event that lacks the field does not match, but for is_not. */
struct predicate {
    const struct condition *conditions; /* owned by the model */
    uint32_t count;
};

bool predicate_holds(const struct predicate *p, const struct event *e);

#endif
