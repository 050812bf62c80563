/* A world of customers with one measure of promises, for the tests of pairs. */
#ifndef CUBE_TESTS_SUPPORT_PROMISES_H
#define CUBE_TESTS_SUPPORT_PROMISES_H

#include "support/entity_world.h"
#include "support/unit.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;
static struct measure *m;
static struct text quote = TEXT_LITERAL("quote");
static struct condition of_quotes;

/* quote_in_time of the contract: of requests that are quotes, within a day, or lost. Closed by world_close. */
static inline void open_world(void)
{
    world_open(&w);
    m = world_measure(&w, "quote_in_time", "duration", UINT64_C(1) << KIND_REQUEST_OPEN, 30 * DAY, DAY);
    m->lost = UINT64_C(1) << KIND_REQUEST_LOST;
    m->per = (struct source){.kinds = UINT64_C(1) << KIND_REQUEST_DONE | m->lost, .term_count = 1};
    m->by = EVENT_REQUEST;
    m->target = DAY;
    of_quotes = (struct condition){.what = EVENT_REQUEST_TYPE, .op = CONDITION_TEXT_IN, .texts = &quote, .count = 1};
    m->from.where = (struct predicate){&of_quotes, 1};
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 3), 0);
}

static inline struct event request(enum event_kind kind, int64_t ts, const char *who, const char *what)
{
    struct event e = world_event(&w, kind, ts, who);
    event_put_text(&e, EVENT_REQUEST, what);
    event_put_text(&e, EVENT_REQUEST_TYPE, "quote");
    return e;
}

static inline void send(enum event_kind kind, int64_t ts, const char *who, const char *what, const char *region)
{
    struct event e = request(kind, ts, who, what);
    e.dims[DIM_REGION] = text_of(region);
    assert_int_equal(world_apply(&w, &e), 0);
}

/* Runs the timers before t, as a tick does, and looks at what the scope says then. */
static inline struct result at(const char *key, int64_t t)
{
    assert_int_equal(world_run(&w, t - 1), 0);
    return world_result(&w, key, m, t);
}

static inline void check(const char *key, int64_t t, int64_t n, int64_t hits, int64_t waiting, int64_t overdue, int64_t lost)
{
    struct result r = at(key, t);
    assert_int_equal(r.n, n);
    assert_int_equal(r.field[RESULT_HITS].i, hits);
    assert_int_equal(r.field[RESULT_WAITING].i, waiting);
    assert_int_equal(r.field[RESULT_OVERDUE].i, overdue);
    assert_int_equal(r.field[RESULT_LOST].i, lost);
    assert_true(r.has_value == (n > 0));
}

#endif
