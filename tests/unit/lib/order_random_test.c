/* A purchase that is cancelled leaves nothing but that its customer acted. */
#include "support/order_world.h"
#include "support/random.h"

/* number: of a purchase that is of a group of its own; 0: it is of one of four. */
static void fill(struct random *r, struct event *e, unsigned number)
{
    static const char *const groups[] = {"care", "lease", "x", "y"}, *const regions[] = {"east", "north"}, *const channels[] = {"web", "shop"};
    static char own[512][16];
    event_put_number(e, EVENT_REVENUE, random_between(r, -100, 1000) * FIXED_ONE);
    if (random_between(r, 0, 2)) {
        event_put_number(e, EVENT_COST, random_between(r, 0, 900) * FIXED_ONE + (random_between(r, 0, 5) ? 0 : INT64_C(1) << 50));
    }
    if (random_between(r, 0, 1)) {
        event_put_number(e, EVENT_QUANTITY, random_between(r, 1, 5) * FIXED_ONE);
        event_put_number(e, EVENT_DISCOUNT, random_between(r, 0, 5) * FIXED_ONE);
    }
    snprintf(own[number % 512], sizeof own[0], "g%u", number);
    event_put_text(e, EVENT_PRODUCT_GROUP, number ? own[number % 512] : groups[random_between(r, 0, 3)]);
    e->dims[DIM_REGION] = random_between(r, 0, 2) ? (struct text){0} : text_of(regions[random_between(r, 0, 1)]);
    e->dims[DIM_CHANNEL] = text_of(channels[random_between(r, 0, 1)]);
}

/* An act that nothing counts, in the place of another event. */
static void apply_act(struct world *w, struct event e)
{
    e.kind = KIND_SELFSERVICE_LOGIN;
    e.present = 0;
    assert_int_equal(world_apply(w, &e), 0);
}

static void compare(const struct world *a, struct world *b, int64_t t)
{
    for (uint32_t i = 0; i < a->row_count; i++) {
        const struct world_row *x = &a->rows[i];
        if (text_equal(a->measures[x->measure].name, text_of(BUYERS))) {
            continue;
        }
        struct delta_row key = {.measure = x->measure, .kind = x->kind, .slots = x->slots, .pane = x->pane, .bucket = x->bucket};
        assert_memory_equal(x->cells, world_row_get(b, text_of(x->key), &key)->cells, sizeof x->cells);
    }
    struct customer_view v, u;
    int rc = entity_engine_customer(a->engine, TEXT_LITERAL("c1"), t, &v);
    assert_int_equal(rc, entity_engine_customer(b->engine, TEXT_LITERAL("c1"), t, &u));
    assert_true(v.points == u.points && v.purchases == u.purchases && v.revenue == u.revenue && v.margin_total == u.margin_total);
    assert_true(v.margin_present == u.margin_present && v.products == u.products && v.engaged == u.engaged);
}

#define PAIRS 40
#define STEPS 300

struct pair {
    char order[16];
    int64_t due_ms; /* of its cancellation; 0 = not bought */
};

/* Cancels what is due at ts. */
static void cancel_due(struct world *with, struct world *without, struct pair *pairs, int64_t ts)
{
    for (int k = 0; k < PAIRS; k++) {
        if (pairs[k].due_ms != 0 && pairs[k].due_ms <= ts) {
            struct event e = cancellation(with, ts, pairs[k].order);
            assert_int_equal(world_apply(with, &e), 0);
            apply_act(without, e);
            pairs[k].due_ms = 0;
        }
    }
}

static void buy_pair(struct world *with, struct world *without, struct random *r, struct pair *p, int k, int64_t ts, bool own)
{
    snprintf(p->order, sizeof p->order, "o%d", k);
    struct event e = purchase(with, ts, p->order, 1, NULL);
    fill(r, &e, own ? (unsigned)k + 1 : 0);
    p->due_ms = ts + random_between(r, 0, 18 * 24) * HOUR;
    assert_int_equal(world_apply(with, &e), 0);
    apply_act(without, e);
}

static void try_pairs(int64_t points_ms, int64_t cap, bool own)
{
    static struct world with, without;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct random r = {seed};
        struct pair pairs[PAIRS] = {0};
        int64_t ts = T0;
        print_message("seed %d\n", (int)seed);
        open_world_with(&with, points_ms, cap);
        open_world_with(&without, points_ms, cap);
        for (int i = 0; i < STEPS; i++) {
            ts += random_between(&r, 0, 5 * HOUR);
            struct event e = purchase(&with, ts, "real", 1, NULL);
            fill(&r, &e, 0);
            assert_int_equal(world_apply(&with, &e), 0);
            assert_int_equal(world_apply(&without, &e), 0);
            int k = (int)random_between(&r, 0, PAIRS - 1);
            if (pairs[k].due_ms == 0) {
                buy_pair(&with, &without, &r, &pairs[k], k, ts, own);
            }
            cancel_due(&with, &without, pairs, ts);
        }
        for (int d = 1; d < 20; d++) {
            cancel_due(&with, &without, pairs, ts + d * DAY);
        }
        compare(&with, &without, ts + 19 * DAY + 1);
        compare(&without, &with, ts + 19 * DAY + 1);
        assert_int_equal(world_run(&with, ts + 400 * DAY), 0);
        assert_int_equal(world_run(&without, ts + 400 * DAY), 0);
        compare(&with, &without, ts + 400 * DAY);
        assert_int_equal(entity_engine_next_timer(with.engine), INT64_MAX);
        world_close(&with);
        world_close(&without);
    }
}

static void purchase_and_its_cancellation_are_as_if_neither_had_been(void **state)
{
    (void)state;
    try_pairs(15 * DAY, 100, true);
    try_pairs(40 * DAY, 100, true); /* so many facts that they have an index */
}

/* Where points stay as long as orders can be cancelled: it kept others from earning, which they do then. */
static void others_earn_what_a_cancelled_purchase_kept_from_them(void **state)
{
    (void)state;
    try_pairs(40 * DAY, 2, false);
    try_pairs(40 * DAY, 1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_earn_what_a_cancelled_purchase_kept_from_them),
        cmocka_unit_test(purchase_and_its_cancellation_are_as_if_neither_had_been),
    };
    return RUN_TESTS(tests);
}
