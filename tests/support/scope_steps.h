/* Steps of a test of the scope engine: each asserts that it works. */
#ifndef CUBE_TESTS_SCOPE_STEPS_H
#define CUBE_TESTS_SCOPE_STEPS_H

#include "support/scope_fixture.h"

#define T0 (100 * DAY)
#define NORTH TEXT_LITERAL("region=north")

static inline int setup(void **state)
{
    static struct fixture f;
    fixture_init(&f);
    *state = &f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    scope_engine_destroy(f->engine);
    return 0;
}

static inline struct fixture *start(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
    return f;
}

static inline uint32_t scope(struct fixture *f, struct text key)
{
    uint32_t id;
    assert_int_equal(fixture_scope(f, key, &id), 0);
    return id;
}

static inline void share(struct fixture *f, uint32_t s, int64_t t, uint16_t m, int64_t n,
                         int64_t hits)
{
    assert_int_equal(fixture_share(f, s, t, m, t - 1, n, hits), 0);
}

static inline void tick(struct fixture *f, int64_t t)
{
    assert_int_equal(scope_engine_tick(f->engine, t), 0);
}

static inline struct scope_view view(struct fixture *f, uint32_t s, int64_t t)
{
    struct scope_view v;
    assert_int_equal(scope_engine_view(f->engine, s, t, &v), 0);
    return v;
}

static inline const struct measure_view *measure(const struct scope_view *v, const char *name)
{
    for (uint32_t i = 0; i < v->measure_count; i++) {
        if (text_equal(v->measures[i].measure->name, text_of(name))) {
            return &v->measures[i];
        }
    }
    return NULL;
}

/* Runs all active ticks up to and including t. */
static inline void run_to(struct fixture *f, int64_t t)
{
    while (scope_engine_next_tick(f->engine) <= t) {
        tick(f, scope_engine_next_tick(f->engine));
    }
}

/* The next decision from *at on of a type. */
static inline const struct decision *decided(struct fixture *f, enum decision_type type,
                                             uint32_t *at)
{
    for (; *at < scope_engine_decision_count(f->engine); (*at)++) {
        const struct decision *d = scope_engine_decision_at(f->engine, *at);
        if (d->type == type) {
            (*at)++;
            return d;
        }
    }
    return NULL;
}

/* care, mood and worth at these hits of 10: X, E, V. */
static inline void position(struct fixture *f, uint32_t s, int64_t t, int64_t e, int64_t x,
                            int64_t v)
{
    share(f, s, t, M_MOOD, 10, e);
    share(f, s, t, M_CARE, 10, x);
    share(f, s, t, M_WORTH, 10, v);
}

#endif
