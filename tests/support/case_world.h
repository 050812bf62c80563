/* A company that measures first time resolution, by a definition: for tests of cases. */
#ifndef CUBE_TESTS_CASE_WORLD_H
#define CUBE_TESTS_CASE_WORLD_H

#include "support/entity_world.h"
#include "support/unit.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;
static struct measure *m;

static inline void open_world(enum first_time_definition definition)
{
    world_open(&w);
    m = world_measure(&w, "ftr", "first_time", 0, 30 * DAY, DAY);
    m->definition = definition;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 3), 0);
}

/* An event of a case of a customer in a region. */
static inline struct event case_event(enum event_kind kind, int64_t ts, const char *who, const char *what, const char *region, bool satisfied)
{
    struct event e = world_event(&w, kind, ts, who);
    event_put_text(&e, EVENT_CASE, what);
    e.dims[DIM_REGION] = text_of(region);
    if (kind == KIND_CONTACT_CONFIRM) {
        event_put_number(&e, EVENT_SATISFIED, satisfied);
    }
    return e;
}

#endif
