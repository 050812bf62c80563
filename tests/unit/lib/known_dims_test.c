#include "support/unit.h"

#include <stdio.h>

#include "engine/event_pack.h"
#include "scope/known_dims.h"
#include "support/entity_world.h"
#include "support/random.h"

enum { PLACES = 64 };

/* One whose place is this; first: another one for each. */
static struct known_dims with_place(const struct known_table *t, uint32_t place, const struct scope_set *set, unsigned first)
{
    struct known_dims k = {.set = set, .named = 1, .len = 6};
    for (unsigned i = first * 10000; i < (first + 1) * 10000; i++) {
        struct said_dims s = {.at = k.bytes, .len = k.len, .named = k.named};
        memcpy(k.bytes, &i, sizeof i);
        if (known_place(t, known_hash(&s, k.ids)) == place) {
            return k;
        }
    }
    fail();
    return k;
}

static struct known_table table_of(uint32_t places)
{
    struct known_table t = {0};
    while (t.places < places) {
        t.added = t.places;
        assert_true(known_reserve(&t));
    }
    return t;
}

static const struct known_dims *found(const struct known_table *t, const struct known_dims *k)
{
    struct said_dims s = {.at = k->bytes, .len = k->len, .named = k->named};
    s.place = known_place(t, known_hash(&s, k->ids));
    return known_find(t, &s, k->ids);
}

static void known_put_drops_nobody_while_a_neighbour_is_empty(void **state)
{
    (void)state;
    struct scope_set set = {0};
    for (uint32_t first = 0; first < KNOWN_NEIGHBOURS; first++) {
        struct known_table t = table_of(PLACES);
        struct known_dims put[KNOWN_NEIGHBOURS];
        for (uint32_t k = 0; k < KNOWN_NEIGHBOURS; k++) {
            put[k] = with_place(&t, KNOWN_NEIGHBOURS + (first + k * 3) % KNOWN_NEIGHBOURS, &set, k);
            known_put(&t, &put[k]);
        }
        for (uint32_t k = 0; k < KNOWN_NEIGHBOURS; k++) {
            assert_non_null(found(&t, &put[k]));
        }
        known_close(&t);
    }
}

static void known_put_is_found_where_all_are_taken(void **state)
{
    (void)state;
    struct scope_set set = {0};
    struct known_table t = table_of(PLACES);
    for (uint32_t k = 0; k < 3 * KNOWN_NEIGHBOURS; k++) {
        struct known_dims n = with_place(&t, k % KNOWN_NEIGHBOURS, &set, k);
        known_put(&t, &n);
        assert_ptr_equal(found(&t, &n), &t.at[k % KNOWN_NEIGHBOURS]);
    }
    known_close(&t);
}

/* Of any length, of any byte, and of the record: another one is not found in its place. */
static void known_find_tells_all_from_each_other(void **state)
{
    (void)state;
    struct scope_set set = {0};
    for (uint32_t len = 1; len <= KNOWN_BYTES; len++) {
        struct known_table t = table_of(KNOWN_FIRST);
        struct known_dims k = {.set = &set, .ids = {1, 2, 3}, .named = 5, .len = (uint8_t)len};
        uint8_t *exact = malloc(len);
        assert_non_null(exact);
        memset(k.bytes, 'k', len);
        memcpy(exact, k.bytes, len);
        struct said_dims s = {.at = exact, .len = len, .named = 5};
        s.place = known_place(&t, known_hash(&s, k.ids));
        assert_null(known_find(&t, &s, k.ids));
        known_put(&t, &k);
        assert_non_null(known_find(&t, &s, k.ids));
        for (uint32_t i = 0; i < len; i++) {
            exact[i] ^= 1;
            assert_null(known_find(&t, &s, k.ids));
            exact[i] ^= 1;
        }
        for (uint32_t i = 0; i < SAID_RECORD_DIMS; i++) {
            k.ids[i]++;
            assert_null(known_find(&t, &s, k.ids));
            k.ids[i]--;
        }
        s.named = 6;
        assert_null(known_find(&t, &s, k.ids));
        known_close(&t);
        free(exact);
    }
}

static void known_reserve_keeps_what_is_there(void **state)
{
    (void)state;
    struct scope_set set = {0};
    struct known_table t = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        struct known_dims k = {.set = &set, .ids = {i}, .named = 1, .len = 1};
        assert_true(known_reserve(&t));
        known_put(&t, &k);
        t.added++;
        assert_non_null(found(&t, &k));
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        struct known_dims k = {.ids = {i}, .named = 1, .len = 1};
        kept += found(&t, &k) != NULL;
    }
    assert_true(kept > 950); /* few have four neighbours before them */
    assert_true(t.places <= 8 * 1000);
    known_close(&t);
}

/* ---- events whose scopes were fetched, and others ------------------------------------------------------- */

static void dims_draw(struct random *r, struct event *e, char texts[DIM_COUNT][40])
{
    static const char *const long_one = "a value that is rather long";
    for (int d = 0; d < DIM_COUNT; d++) {
        int64_t way = random_between(r, 0, 19);
        if (way < 3) {
            continue;
        }
        snprintf(texts[d], 40, "%.*s%d", way == 3 ? 27 : (int)random_between(r, 0, 1), long_one, (int)random_between(r, 0, way == 4 ? 40 : 2));
        e->dims[d] = way == 5 ? (struct text){texts[d], 0} : text_of(texts[d]);
    }
}

static void applied_ahead(struct entity_engine *e, const struct event *ev)
{
    struct buf packed = {0};
    struct event back;
    struct event_ahead a;
    uint64_t hash = entity_engine_hash(e, ev->entity);
    assert_int_equal(event_pack(ev, &packed), 0);
    event_unpack(packed.at, &back, &a.said);
    entity_engine_prefetch_entity(e, hash, &a);
    entity_engine_prefetch_scopes(e, &back, &a);
    entity_engine_prefetch_set(e, &a);
    assert_int_equal(entity_engine_apply_ahead(e, &back, &a, hash, false), 0);
    buf_close(&packed);
}

static void same_rows(struct entity_engine *e, struct entity_engine *other)
{
    struct delta_table *rows = entity_engine_deltas(e), *others = entity_engine_deltas(other);
    assert_int_equal(delta_table_count(rows), delta_table_count(others));
    for (uint32_t i = 0; i < delta_table_count(rows); i++) {
        const struct delta_row *a = delta_table_at(rows, i), *b = delta_table_at(others, i);
        assert_true(a->set == b->set && a->measure == b->measure && a->pane == b->pane && a->cells[0] == b->cells[0]);
    }
    delta_table_clear(rows);
    delta_table_clear(others);
}

/* kinds: of scopes. scopes: bound of the names; a few are refused, and each time counts. */
static void check_ahead(enum entity_type type, uint32_t kinds, uint32_t scopes, uint64_t seed)
{
    static const char *const who[] = {"anna", "berta", "carla", "dora", "emma"};
    struct world w;
    struct entity_engine *other;
    struct random r = {seed};
    bool staff = type == ENTITY_EMPLOYEE;
    world_open(&w);
    w.model.limits.scopes = scopes;
    w.model.scopes.count = kinds;
    enum event_kind kind = staff ? KIND_ENPS : KIND_SELFSERVICE_LOGIN;
    world_measure(&w, "n", "count", UINT64_C(1) << kind, DAY, HOUR);
    assert_int_equal(world_start(&w, type, 1), 0);
    assert_int_equal(entity_engine_create(&w.model, type, 1, &other), 0);
    for (int64_t i = 0; i < 4000; i++) {
        char texts[DIM_COUNT][40];
        struct event e = world_event(&w, kind, HOUR + i / 2 - random_between(&r, 0, 3), who[random_between(&r, 0, 4)]);
        dims_draw(&r, &e, texts);
        applied_ahead(w.engine, &e);
        assert_int_equal(entity_engine_apply(other, &e, entity_engine_hash(other, e.entity), false), 0);
        same_rows(w.engine, other);
        for (unsigned k = 0; k < 5; k++) {
            uint32_t a, b;
            struct text key = text_of(who[k]);
            uint64_t hash = entity_engine_hash(other, key);
            int rc = entity_engine_number(other, key, hash, &b);
            assert_int_equal(entity_engine_number(w.engine, key, hash, &a), rc);
            const struct entity *x = rc ? NULL : entity_table_at(&w.engine->table, a), *y = rc ? NULL : entity_table_at(&other->table, b);
            assert_true(rc || (memcmp(x->dims, y->dims, sizeof x->dims) == 0 && memcmp(x->stamps, y->stamps, sizeof x->stamps) == 0));
        }
    }
    struct scope_table *s = entity_engine_scopes(w.engine), *t = entity_engine_scopes(other);
    assert_int_equal(scope_table_refused(s), scope_table_refused(t));
    assert_int_equal(scope_table_values_refused(s), scope_table_values_refused(t));
    assert_true(scope_table_values_refused(s) > 0 || scopes > 100);
    entity_engine_destroy(other);
    world_close(&w);
}

static void entity_engine_apply_ahead_is_as_without(void **state)
{
    (void)state;
    check_ahead(ENTITY_CUSTOMER, 5, 100000, 3);
    check_ahead(ENTITY_EMPLOYEE, 5, 100000, 4);
    check_ahead(ENTITY_CUSTOMER, 5, 1, 5);
    check_ahead(ENTITY_CUSTOMER, 2, 100000, 6); /* no scope has a segment, but records have */
    check_ahead(ENTITY_CUSTOMER, 1, 100000, 7);
}

/* Who looked in the place of before, when there were fewer or the record had other values, tells it once more. */
static void scope_table_said_is_kept_once(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct scope_table *t;
    const uint32_t ids[SAID_RECORD_DIMS] = {1, 2, 3};
    const struct said_dims s = {.at = (const uint8_t *)"north, and no less than that", .len = 28, .named = 1u << DIM_REGION};
    assert_int_equal(scope_table_create(&w.model.scopes, 1000, 1, &t), 0);
    scope_table_said_is(t, &s, ids, scope_table_set_at(t, 0));
    uint64_t bytes = scope_table_bytes(t);
    for (unsigned i = 0; i < 1000; i++) {
        scope_table_said_is(t, &s, ids, scope_table_set_at(t, 0));
    }
    assert_int_equal(scope_table_bytes(t), bytes);
    scope_table_destroy(t);
}

/* What was told is there, or the test above says nothing. */
static void scope_table_said_is_known_from_then_on(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct event e = world_event(&w, KIND_SELFSERVICE_LOGIN, HOUR, "anna"), back;
    struct scope_table *t;
    struct buf packed = {0};
    const uint32_t ids[SAID_RECORD_DIMS] = {1, 2, 3};
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    e.dims[DIM_CHANNEL] = TEXT_LITERAL("phone"); /* not of a scope: what stands there matters not */
    assert_int_equal(scope_table_create(&w.model.scopes, 1000, 1, &t), 0);
    for (unsigned i = 0; i < 3; i++) {
        struct said_dims s;
        buf_clear(&packed);
        e.dims[DIM_CHANNEL] = i < 2 ? TEXT_LITERAL("phone") : TEXT_LITERAL("mail");
        assert_int_equal(event_pack(&e, &packed), 0);
        event_unpack(packed.at, &back, &s);
        scope_table_said_prefetch(t, back.dims, ids, &s);
        scope_table_said_prefetch_set(t, &s);
        assert_int_equal(s.named, 1u << DIM_REGION);
        assert_int_equal(s.len, 1 + e.dims[DIM_REGION].len);
        assert_ptr_equal(scope_table_said(t, &s, ids), i == 0 ? NULL : scope_table_set_at(t, 0));
        if (i == 0) {
            scope_table_said_is(t, &s, ids, scope_table_set_at(t, 0));
        }
    }
    buf_close(&packed);
    scope_table_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_put_drops_nobody_while_a_neighbour_is_empty),
        cmocka_unit_test(known_put_is_found_where_all_are_taken),
        cmocka_unit_test(known_find_tells_all_from_each_other),
        cmocka_unit_test(known_reserve_keeps_what_is_there),
        cmocka_unit_test(entity_engine_apply_ahead_is_as_without),
        cmocka_unit_test(scope_table_said_is_known_from_then_on),
        cmocka_unit_test(scope_table_said_is_kept_once),
    };
    return RUN_TESTS(tests);
}
