/* Sums by scope against rows by set: what the scopes are told is the same. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "engine/delta.h"
#include "support/random.h"

enum { REGIONS = 9, SEGMENTS = 7, SETS = REGIONS * SEGMENTS, SLOTS_MAX = 13 };

static const struct scope_plan plan = {.count = 3, .kinds = {{0}, {1, {DIM_REGION}}, {1, {DIM_SEGMENT}}}};

static const struct scope_set *set_of(struct scope_table *t, unsigned region, unsigned segment)
{
    struct dim_values v;
    const struct scope_set *set;
    char text[16];
    memset(&v, 0xff, sizeof v);
    snprintf(text, sizeof text, "r%u", region);
    assert_int_equal(scope_table_value(t, DIM_REGION, text_of(text), &v.id[DIM_REGION]), 0);
    snprintf(text, sizeof text, "s%u", segment);
    assert_int_equal(scope_table_value(t, DIM_SEGMENT, text_of(text), &v.id[DIM_SEGMENT]), 0);
    assert_int_equal(scope_table_set(t, &v, &set), 0);
    return set;
}

/* Everything in the sums, by scope and pane. */
static void sums_take(const struct delta_sums *s, int64_t pane, uint32_t scope, int64_t *total, bool *ret_has)
{
    *ret_has = false;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct delta_column *c = &s->columns[i];
        if (c->adds > 0 && c->pane == pane && delta_column_next(c, scope) == scope) {
            cells_add(&c->layout, total, c->cells + (size_t)scope * c->layout.slots);
            *ret_has = true;
        }
    }
}

/* Random changes of one layout, some of a pane that has no column, compared with plain sums. */
static void assert_sums_are_right(struct random *r, const struct layout *l)
{
    static int64_t right[2][64][SLOTS_MAX];
    bool told[2][64] = {{false}};
    struct delta_sums s = {0};
    struct scope_table *t;
    memset(right, 0, sizeof right);
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    delta_sums_begin(&s, 3, false, l);
    for (unsigned n = 0; n < 500; n++) {
        const struct scope_set *set = set_of(t, (unsigned)random_between(r, 0, REGIONS - 1), (unsigned)random_between(r, 0, SEGMENTS - 1));
        struct {
            struct scope_set set;
            uint32_t scopes[3];
        } loose = {.set = {.id = SCOPE_SET_LOOSE, .count = 1}, .scopes = {0}};
        int64_t cells[SLOTS_MAX], pane = 20 + random_between(r, 0, 1);
        for (unsigned k = 0; k < l->slots; k++) {
            cells[k] = random_between(r, 0, 2) ? 0 : (int64_t)random_next(r) >> 8;
        }
        set = n > 400 && n % 3 == 0 ? &loose.set : set;
        struct delta_column *c = delta_sums_find(&s, set, 3, false, pane);
        c = c ? c : delta_sums_claim(&s, t, set, 3, false, pane);
        assert_non_null(c);
        assert_int_equal(delta_column_add(&s, c, set, cells), 0);
        for (uint32_t i = 0; i < set->count; i++) {
            cells_add(l, right[pane - 20][set->scopes[i]], cells);
            told[pane - 20][set->scopes[i]] = true;
        }
    }
    for (uint32_t i = 0; i < 2 * 64; i++) {
        int64_t total[SLOTS_MAX] = {0};
        bool has;
        sums_take(&s, 20 + i / 64, i % 64, total, &has);
        assert_int_equal(has, told[i / 64][i % 64]);
        assert_memory_equal(total, right[i / 64][i % 64], l->slots * sizeof total[0]);
    }
    delta_sums_close(&s);
    scope_table_destroy(t);
}

static void delta_column_add_gives_each_scope_the_sum_of_its_sets(void **state)
{
    (void)state;
    static const struct layout layouts[] = {{1, 0}, {2, 0}, {3, 0}, {4, 2}, {5, 10}, {6, 10}, {6, 2}, {4, 0}, {3, 2}, {7, 42}, {13, 0},
                                            {7, 1}, {13, 1 << 11}};
    struct random r = {11};
    print_message("seed 11\n");
    for (unsigned i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        assert_sums_are_right(&r, &layouts[i]);
    }
}

static struct delta_column *add(struct delta_sums *s, struct scope_table *t, const struct scope_set *set, bool level, int64_t pane)
{
    static const int64_t one = 1;
    struct delta_column *c = delta_sums_find(s, set, 0, level, pane);
    c = c ? c : delta_sums_claim(s, t, set, 0, level, pane);
    return c && delta_column_add(s, c, set, &one) == 0 ? c : NULL;
}

static void delta_sums_claim_takes_a_later_pane_once_the_sums_before_are_gone(void **state)
{
    (void)state;
    static const struct layout one = {1, 0};
    struct delta_sums s = {0};
    struct scope_table *t;
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    const struct scope_set *set = set_of(t, 0, 0);
    assert_null(add(&s, t, set, false, 40)); /* of nothing it was begun for */
    delta_sums_begin(&s, 0, false, &one);
    assert_null(add(&s, t, set, true, 0)); /* panes only */
    const struct scope_set nothing = {.id = SCOPE_SET_LOOSE};
    assert_null(add(&s, t, &nothing, false, 40)); /* it would have no room */
    for (int i = 0; i < 3; i++) {
        assert_non_null(add(&s, t, set, false, 40));
    }
    assert_null(add(&s, t, set, false, 44)); /* its place is taken */
    assert_non_null(add(&s, t, set, false, 41));
    delta_sums_clear(&s);
    assert_null(add(&s, t, set, false, 36)); /* an earlier one would keep the newest out */
    assert_int_equal(s.any, false);
    assert_non_null(add(&s, t, set, false, 44));
    assert_int_equal(s.any, true);
    delta_sums_close(&s);
    scope_table_destroy(t);
}

/* The ticks until the sums of three scopes end, of so many changes each; at most `most`. */
static int ticks_summed(const int *changes, int most)
{
    static const struct layout one = {1, 0};
    struct delta_sums s = {0};
    struct scope_table *t;
    int tick = 0;
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    const struct scope_set *set = set_of(t, 0, 0);
    delta_sums_begin(&s, 0, true, &one);
    for (bool on = true; on && tick < most; tick += on) {
        for (int i = 0; i < changes[tick % 2]; i++) {
            struct delta_column *c = add(&s, t, set, true, 0);
            on = c != NULL;
            assert_true(!on || c->cells[set->scopes[2]] == i + 1);
        }
        delta_sums_clear(&s);
    }
    delta_sums_close(&s);
    scope_table_destroy(t);
    return tick;
}

static void delta_sums_clear_ends_what_makes_more_rows_than_there_are_changes(void **state)
{
    (void)state;
    assert_int_equal(ticks_summed((int[]){2, 2}, 1000), 65);
    assert_int_equal(ticks_summed((int[]){1, 2}, 1000), 43); /* three rows more in two ticks */
    assert_int_equal(ticks_summed((int[]){1, 5}, 1000), 1000); /* a small tick, as a commit leaves one, says nothing */
    assert_int_equal(ticks_summed((int[]){3, 3}, 1000), 1000);
}

static void delta_sums_clear_forgets_few_scopes_and_many(void **state)
{
    (void)state;
    static const struct layout wide = {7, 0x2a};
    static const int64_t cells[] = {1, 2, 3, 4, 5, 6, 7}, none[64 * 7] = {0};
    struct delta_sums s = {0};
    struct scope_table *t;
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    delta_sums_begin(&s, 0, true, &wide);
    for (unsigned sets = 1; sets <= SETS; sets++) {
        for (unsigned i = 0; i < sets; i++) {
            const struct scope_set *set = set_of(t, i % REGIONS, i / REGIONS);
            struct delta_column *c = delta_sums_claim(&s, t, set, 0, true, 0);
            assert_non_null(c);
            assert_int_equal(delta_column_add(&s, c, set, cells), 0);
        }
        const struct delta_column *c = delta_sums_at(&s, 0, true, 0);
        assert_int_equal(c->scopes, 64);
        delta_sums_clear(&s);
        assert_memory_equal(c->cells, none, sizeof none);
        assert_int_equal(delta_column_next(c, 0), c->scopes);
        assert_int_equal(c->adds, 0);
    }
    delta_sums_close(&s);
    scope_table_destroy(t);
}

static void delta_column_next_finds_every_scope_and_no_other(void **state)
{
    (void)state;
    static const struct layout one = {1, 0};
    struct delta_sums s = {0};
    struct scope_table *t;
    bool in[256] = {false};
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    delta_sums_begin(&s, 0, false, &one);
    for (unsigned i = 0; i < 200; i++) {
        const struct scope_set *set = set_of(t, 0, i);
        for (uint32_t k = 0; k < set->count && i % 23 == 0; k++) {
            in[set->scopes[k]] = true;
        }
        assert_true(i % 23 != 0 || add(&s, t, set, false, 7) != NULL);
    }
    const struct delta_column *c = delta_sums_find(&s, set_of(t, 0, 0), 0, false, 7);
    assert_non_null(c);
    uint32_t next = delta_column_next(c, 0);
    for (uint32_t i = 0; i < 256; i++) {
        assert_int_equal(next == i, in[i]);
        next = next == i ? delta_column_next(c, i + 1) : next;
    }
    assert_true(next >= c->scopes);
    delta_sums_close(&s);
    scope_table_destroy(t);
}

static void delta_sums_claim_refuses_scopes_beyond_its_bound(void **state)
{
    (void)state;
    static const struct layout one = {1, 0};
    struct delta_sums s = {0};
    struct scope_table *t;
    assert_int_equal(scope_table_create(&plan, 10000, 1, &t), 0);
    delta_sums_begin(&s, 0, false, &one);
    const struct scope_set *first = set_of(t, 0, 0);
    assert_non_null(add(&s, t, first, false, 7));
    for (unsigned i = 1; i < DELTA_SUMS_SCOPES_MAX; i++) {
        const struct scope_set *set = set_of(t, 0, i);
        assert_true((add(&s, t, set, false, 7) != NULL) == (scope_table_count(t) <= DELTA_SUMS_SCOPES_MAX));
    }
    assert_true(scope_table_count(t) > DELTA_SUMS_SCOPES_MAX);
    struct delta_column *c = add(&s, t, first, false, 7);
    assert_non_null(c);
    assert_int_equal(c->cells[0], c->adds);
    delta_sums_close(&s);
    scope_table_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delta_column_add_gives_each_scope_the_sum_of_its_sets),
        cmocka_unit_test(delta_sums_claim_takes_a_later_pane_once_the_sums_before_are_gone),
        cmocka_unit_test(delta_sums_clear_ends_what_makes_more_rows_than_there_are_changes),
        cmocka_unit_test(delta_sums_clear_forgets_few_scopes_and_many),
        cmocka_unit_test(delta_column_next_finds_every_scope_and_no_other),
        cmocka_unit_test(delta_sums_claim_refuses_scopes_beyond_its_bound),
    };
    return RUN_TESTS(tests);
}
