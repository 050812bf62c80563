/* A world of random customers that keeps every event, for models that count anew. */
#ifndef CUBE_TESTS_ENTITY_LOG_H
#define CUBE_TESTS_ENTITY_LOG_H

#include "support/entity_random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 500
#define PEOPLE 6

static struct world w;

static struct {
    struct event e;
    char region[8]; /* of the customer's record after the event */
} log_of[EVENTS];
static int log_count;

static inline void open_customers(uint64_t seed)
{
    struct random r = {seed};
    char region[PEOPLE][8] = {{0}};
    int64_t ts = T0;
    random_world(&w);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, seed), 0);
    log_count = 0;
    while (log_count < EVENTS) {
        ts += random_between(&r, 0, 5 * HOUR);
        struct event e = random_event(&w, &r, ENTITY_CUSTOMER, ts);
        if (e.kind == KIND_CUSTOMER_ERASE) {
            continue;
        }
        assert_int_equal(world_apply(&w, &e), 0);
        char *of = region[e.entity.at[1] - '1'];
        if (e.dims[DIM_REGION].at) {
            snprintf(of, 8, "%s", e.dims[DIM_REGION].at);
        }
        log_of[log_count].e = e;
        memcpy(log_of[log_count++].region, of, 8);
    }
    print_message("seed %d\n", (int)seed);
}

static inline const struct measure *measure_named(const char *name)
{
    for (uint32_t i = 0; i < w.model.measure_count; i++) {
        if (text_equal(w.measures[i].name, text_of(name))) {
            return &w.measures[i];
        }
    }
    fail_msg("no measure %s", name);
    return NULL;
}

#endif
