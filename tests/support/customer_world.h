/* One customer, "c1", in a company without measures: for tests of what its record says. */
#ifndef CUBE_TESTS_CUSTOMER_WORLD_H
#define CUBE_TESTS_CUSTOMER_WORLD_H

#include "support/entity_world.h"
#include "support/unit.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;

static inline void open_world(void)
{
    world_open(&w);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
}

/* Its record at an instant; what is due before has run. */
static inline struct customer_view view(int64_t t)
{
    struct customer_view v;
    assert_int_equal(world_run(&w, t - 1), 0);
    assert_int_equal(entity_engine_customer(w.engine, text_of("c1"), t, &v), 0);
    return v;
}

#endif
