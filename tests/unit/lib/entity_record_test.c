#include "support/unit.h"

#include "support/entity_random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 600
#define ENTITIES 8

/* The changelog: the last value per key. */
static struct {
    char key[8];
    struct buf value;
} changelog[ENTITIES];
static unsigned changelog_count;

/* Of all that a customer may do, purchases that are cancelled, too. */
static void cancelling_world(struct world *w)
{
    random_world(w);
    w->model.cancel_within_ms = 20 * DAY;
}

static void changelog_close(void)
{
    for (unsigned i = 0; i < changelog_count; i++) {
        buf_close(&changelog[i].value);
    }
    memset(changelog, 0, sizeof changelog);
    changelog_count = 0;
}

static struct buf *changelog_value(struct text key)
{
    for (unsigned i = 0; i < changelog_count; i++) {
        if (text_equal(text_of(changelog[i].key), key)) {
            return &changelog[i].value;
        }
    }
    assert_true(changelog_count < ENTITIES);
    memcpy(changelog[changelog_count].key, key.at, key.len);
    return &changelog[changelog_count++].value;
}

static void flush(struct entity_engine *e)
{
    bool erased, publish;
    for (uint32_t i = 0; i < entity_engine_dirty_count(e); i++) {
        struct buf *value = changelog_value(entity_engine_dirty_at(e, i, &erased, &publish));
        buf_clear(value);
        if (!erased) {
            assert_int_equal(entity_engine_dirty_encode(e, i, value), 0);
        }
    }
    entity_engine_clean(e);
}

static void restore(struct entity_engine *e)
{
    for (unsigned i = 0; i < changelog_count; i++) {
        assert_int_equal(entity_engine_restore(e, text_of(changelog[i].key), changelog[i].value.at,
                                               changelog[i].value.len, NULL), 0);
    }
}

/* Both emitted the same rows, in whatever order and with whatever ids. */
static void compare_rows(const struct world *a, struct world *b)
{
    for (uint32_t i = 0; i < a->row_count; i++) {
        const struct world_row *x = &a->rows[i];
        struct delta_row key = {.measure = x->measure, .kind = x->kind, .slots = x->slots, .pane = x->pane,
                                .bucket = x->bucket};
        const struct world_row *y = world_row_get(b, text_of(x->key), &key);
        assert_memory_equal(x->cells, y->cells, sizeof x->cells);
    }
}

static void compare_customers(const struct world *a, const struct world *b, int64_t t)
{
    assert_int_equal(entity_engine_count(a->engine), entity_engine_count(b->engine));
    for (unsigned i = 0; i < changelog_count; i++) {
        struct customer_view v, u;
        memset(&v, 0, sizeof v);
        memset(&u, 0, sizeof u);
        int rc = entity_engine_customer(a->engine, text_of(changelog[i].key), t, &v);
        assert_int_equal(rc, entity_engine_customer(b->engine, text_of(changelog[i].key), t, &u));
        assert_int_equal(v.points, u.points);
        assert_true(v.margin_present == u.margin_present && v.margin_total == u.margin_total && v.margin_future == u.margin_future);
        assert_true(v.running.micro == u.running.micro && v.running.rest == u.running.rest);
        assert_true(memcmp(v.costs, u.costs, sizeof v.costs) == 0 && v.products == u.products);
        assert_int_equal(v.open_contacts, u.open_contacts);
        assert_true(v.open_requests == u.open_requests && v.open_overdue == u.open_overdue);
        assert_true(v.strategic == u.strategic && v.churned == u.churned && v.unprofitable == u.unprofitable);
        assert_true(v.has_renewal == u.has_renewal && v.renewal_ms == u.renewal_ms);
        assert_int_equal(v.delivered_count, u.delivered_count);
        for (uint32_t d = 0; d < v.delivered_count; d++) {
            assert_true(text_equal(v.delivered[d].unit, u.delivered[d].unit) && v.delivered[d].amount == u.delivered[d].amount);
        }
        assert_int_equal(v.last_seen_ms, u.last_seen_ms);
        assert_int_equal(v.unprofitable_since_ms, u.unprofitable_since_ms);
        assert_true(text_equal(v.dims[DIM_REGION], u.dims[DIM_REGION]));
    }
}

static void run(enum entity_type type, uint64_t seed)
{
    static struct world whole, cut;
    struct random r = {seed}, cuts = {seed + 1000};
    cancelling_world(&whole);
    cancelling_world(&cut);
    whole.owing = cut.owing = type == ENTITY_CUSTOMER && seed % 2 == 0;
    assert_int_equal(world_start(&whole, type, 1), 0);
    assert_int_equal(world_start(&cut, type, 2), 0);
    int64_t ts = T0;
    for (int i = 0; i < EVENTS; i++) {
        ts += random_between(&r, 0, 9 * HOUR);
        struct event e = random_event(&whole, &r, type, ts);
        assert_int_equal(world_apply(&whole, &e), 0);
        assert_int_equal(world_apply(&cut, &e), 0);
        if (random_between(&cuts, 0, 30) == 0) {
            flush(cut.engine);
            entity_engine_destroy(cut.engine);
            assert_int_equal(world_start(&cut, type, (uint64_t)i), 0);
            restore(cut.engine);
        }
    }
    flush(cut.engine);
    compare_rows(&whole, &cut);
    compare_rows(&cut, &whole);
    if (type == ENTITY_CUSTOMER) {
        compare_customers(&whole, &cut, ts + 1);
    }
    assert_int_equal(world_run(&whole, ts + 400 * DAY), 0);
    assert_int_equal(world_run(&cut, ts + 400 * DAY), 0);
    compare_rows(&whole, &cut);
    if (!whole.owing) { /* what is never paid is told again at every release */
        assert_int_equal(entity_engine_next_timer(cut.engine), INT64_MAX);
    }
    world_close(&whole);
    world_close(&cut);
    changelog_close();
}

static void restored_engine_goes_on_as_one_never_interrupted(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        print_message("seed %d\n", (int)seed);
        run(ENTITY_CUSTOMER, seed);
        run(ENTITY_EMPLOYEE, seed);
    }
}

/* Restores one record into an empty engine and encodes it again. */
static void encode_again(enum entity_type type, struct text key, const struct buf *value)
{
    static struct world w;
    cancelling_world(&w);
    assert_int_equal(world_start(&w, type, 77), 0);
    assert_int_equal(entity_engine_restore(w.engine, key, value->at, value->len, NULL), 0);
    /* an erasure of nobody makes no record, an event that changes nothing makes it dirty */
    struct event e = world_event(&w, type == ENTITY_CUSTOMER ? KIND_CUSTOMER_UPDATE : KIND_TRANSFER, T0, "");
    e.entity = key;
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, key), false), 0);
    struct buf again = {0};
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &again), 0);
    assert_int_equal(again.len, value->len);
    assert_memory_equal(again.at, value->at, value->len);
    buf_close(&again);
    world_close(&w);
}

static void fill(struct world *w, enum entity_type type)
{
    struct random r = {5};
    cancelling_world(w);
    assert_int_equal(world_start(w, type, 1), 0);
    for (int i = 0; i < EVENTS; i++) {
        struct event e = random_event(w, &r, type, T0 + i * HOUR);
        if (e.kind != KIND_CUSTOMER_ERASE) {
            assert_int_equal(world_apply(w, &e), 0);
        }
    }
    flush(w->engine);
}

static void restore_of_encode_is_the_same_record(void **state)
{
    (void)state;
    static struct world w;
    for (int type = ENTITY_CUSTOMER; type <= ENTITY_EMPLOYEE; type++) {
        fill(&w, (enum entity_type)type);
        assert_int_equal(changelog_count, 6);
        for (unsigned i = 0; i < changelog_count; i++) {
            encode_again((enum entity_type)type, text_of(changelog[i].key), &changelog[i].value);
        }
        world_close(&w);
        changelog_close();
    }
}

static void restore_refuses_what_is_cut_or_of_another_version(void **state)
{
    (void)state;
    static struct world w, v;
    fill(&w, ENTITY_CUSTOMER);
    cancelling_world(&v);
    assert_int_equal(world_start(&v, ENTITY_CUSTOMER, 3), 0);
    struct buf *value = &changelog[0].value;
    struct text key = text_of(changelog[0].key);
    for (size_t n = 1; n < value->len; n++) {
        int rc = entity_engine_restore(v.engine, key, value->at, n, NULL);
        assert_true(rc == CUBE_ETRUNCATED || rc == CUBE_EFORMAT);
        assert_int_equal(entity_engine_count(v.engine), 0);
    }
    uint8_t version = value->at[0]++;
    assert_int_equal(entity_engine_restore(v.engine, key, value->at, value->len, NULL), CUBE_EVERSION);
    value->at[0] = version;
    value->at[1] = ENTITY_EMPLOYEE;
    assert_int_equal(entity_engine_restore(v.engine, key, value->at, value->len, NULL), CUBE_EFORMAT);
    value->at[1] = ENTITY_CUSTOMER;
    assert_int_equal(entity_engine_restore(v.engine, key, value->at, value->len, NULL), 0);
    assert_int_equal(entity_engine_count(v.engine), 1);
    assert_int_equal(entity_engine_restore(v.engine, key, NULL, 0, NULL), 0);
    assert_int_equal(entity_engine_count(v.engine), 0);
    assert_int_equal(entity_engine_next_timer(v.engine), INT64_MAX);
    world_close(&w);
    world_close(&v);
    changelog_close();
}

/* Types of facts and flags that were added at the end, by a version that writes records of the same one. */
static void restore_refuses_what_a_newer_version_added(void **state)
{
    (void)state;
    static struct world w, v;
    fill(&w, ENTITY_CUSTOMER);
    cancelling_world(&v);
    assert_int_equal(world_start(&v, ENTITY_CUSTOMER, 3), 0);
    struct buf *value = &changelog[0].value;
    bool refused = false;
    for (size_t i = 3; i < value->len; i++) { /* one of them begins a fact with its type */
        uint8_t before = value->at[i];
        value->at[i] = (uint8_t)((before & 0xe0) | FACT_TYPE_COUNT);
        refused = refused || entity_engine_restore(v.engine, TEXT_LITERAL("x"), value->at, value->len, NULL) == CUBE_EVERSION;
        value->at[i] = before;
    }
    assert_true(refused);
    value->at[2] |= 0x40; /* a flag */
    assert_int_equal(entity_engine_restore(v.engine, TEXT_LITERAL("x"), value->at, value->len, NULL), CUBE_EVERSION);
    world_close(&w);
    world_close(&v);
    changelog_close();
}

/* Hostile bytes: whatever a changelog holds, nothing breaks. */
static void restore_survives_random_bytes(void **state)
{
    (void)state;
    static struct world w, v;
    fill(&w, ENTITY_CUSTOMER);
    cancelling_world(&v);
    assert_int_equal(world_start(&v, ENTITY_CUSTOMER, 3), 0);
    struct random r = {11};
    uint8_t bytes[4096];
    for (int i = 0; i < 3000; i++) {
        const struct buf *value = &changelog[i % changelog_count].value;
        size_t len = value->len < sizeof bytes ? value->len : sizeof bytes;
        memcpy(bytes, value->at, len);
        bytes[random_between(&r, 0, (int64_t)len - 1)] = (uint8_t)random_next(&r);
        int rc = entity_engine_restore(v.engine, TEXT_LITERAL("x"), bytes, len, NULL);
        assert_true(rc == 0 || rc == CUBE_ETRUNCATED || rc == CUBE_EFORMAT || rc == CUBE_EVERSION);
    }
    world_close(&w);
    world_close(&v);
    changelog_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restored_engine_goes_on_as_one_never_interrupted),
        cmocka_unit_test(restore_of_encode_is_the_same_record),
        cmocka_unit_test(restore_refuses_what_is_cut_or_of_another_version),
        cmocka_unit_test(restore_refuses_what_a_newer_version_added),
        cmocka_unit_test(restore_survives_random_bytes),
    };
    return RUN_TESTS(tests);
}
