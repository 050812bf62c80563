#include "support/unit.h"

#include "engine/entity_form.h"
#include "support/random.h"

/* Of any length up to all bits, either sign. */
static int64_t number_of(struct random *r)
{
    return (int64_t)random_next(r) >> random_between(r, 0, 63);
}

static cube_i128 wide_of(struct random *r)
{
    bool is_wide = random_between(r, 0, 3) == 0;
    return is_wide ? (cube_i128)((cube_u128)random_next(r) << 64 | random_next(r)) >> random_between(r, 0, 70) : number_of(r);
}

static void form_get_numbers_gives_back_what_was_written_and_refuses_less(void **state)
{
    (void)state;
    struct random r = {3};
    for (int i = 0; i < 3000; i++) {
        unsigned count = (unsigned)random_between(&r, 0, FORM_NUMBERS_MAX);
        cube_i128 numbers[FORM_NUMBERS_MAX], back[FORM_NUMBERS_MAX];
        uint8_t bytes[FORM_NUMBERS_BYTES_MAX(FORM_NUMBERS_MAX)];
        for (unsigned k = 0; k < count; k++) {
            numbers[k] = wide_of(&r);
        }
        const uint8_t *end = form_write_numbers(bytes, numbers, count);
        struct cursor c = {bytes, end};
        assert_int_equal(form_get_numbers(&c, RECORD_VERSION, count, back), 0);
        assert_ptr_equal(c.at, end);
        for (unsigned k = 0; k < count; k++) {
            assert_true(numbers[k] == back[k]);
        }
        for (const uint8_t *cut = bytes; cut < end; cut++) {
            c = (struct cursor){bytes, cut};
            assert_int_equal(form_get_numbers(&c, RECORD_VERSION, count, back), CUBE_ETRUNCATED);
        }
    }
}

static void form_get_numbers_refuses_lengths_that_there_are_not(void **state)
{
    (void)state;
    for (uint8_t length = 0; length < 16; length++) {
        uint8_t bytes[17] = {length};
        struct cursor c = {bytes, bytes + sizeof bytes};
        cube_i128 v;
        bool known = length <= PACKED_BYTES_MAX || length == FORM_WIDE;
        assert_int_equal(form_get_numbers(&c, RECORD_VERSION, 1, &v), known ? 0 : CUBE_EFORMAT);
    }
}

/* Some points near the pane of the record, too. */
static struct fact_plain fact_of(struct random *r)
{
    struct fact_plain p = {.type = (uint8_t)random_between(r, 1, FACT_TYPE_COUNT - 1), .arg = (uint8_t)random_next(r),
                           .other_sets = random_between(r, 0, 1), .t = random_between(r, 0, FACT_T_MAX) >> random_between(r, 0, 48),
                           .key = random_between(r, 0, 1) ? (uint64_t)number_of(r) : (uint64_t)random_between(r, 0, 1), .value = number_of(r)};
    bool near = random_between(r, 0, 1), points = p.type == FACT_POINTS || p.type == FACT_POINTS_SUM;
    p.other_sets = p.other_sets && !points;
    p.value = points && near ? (int64_t)((uint64_t)number_of(r) << FACT_POINTS_PANE_BITS) | random_between(r, 20440, 20470) : p.value;
    return p;
}

static void form_get_fact_gives_back_what_was_written_and_refuses_less(void **state)
{
    (void)state;
    struct random r = {4};
    struct fact_before wrote = {.version = RECORD_VERSION}, read;
    struct dim_values none;
    const struct pack_plan plan = {{.pane_ms = 86400000, .panes = 30}, 5000};
    memset(&none, 0xff, sizeof none);
    form_begin(&wrote, 1767225600000, &plan, &none, 0);
    read = wrote;
    for (int i = 0; i < 20000; i++) {
        struct fact_plain p = fact_of(&r), back;
        uint8_t bytes[FORM_FACT_BYTES_MAX + PACKED_BYTES_MAX];
        const uint8_t *end = form_write_fact(bytes, &p, &wrote);
        struct cursor c = {bytes, end};
        for (const uint8_t *cut = bytes; cut < end; cut++) {
            struct cursor less = {bytes, cut};
            assert_int_equal(form_get_fact(&less, &read, &back), CUBE_ETRUNCATED);
        }
        assert_int_equal(form_get_fact(&c, &read, &back), 0);
        assert_ptr_equal(c.at, end);
        assert_true(back.type == p.type && back.arg == p.arg && back.other_sets == p.other_sets);
        assert_true(back.t == p.t && back.key == p.key && back.value == p.value);
    }
}

static void form_get_fact_refuses_times_that_there_are_not(void **state)
{
    (void)state;
    struct fact_before before = {.version = RECORD_VERSION};
    before.t[form_slot(FACT_LEDGER)] = 5;
    struct fact_plain p;
    const uint8_t early[] = {FACT_LEDGER, 1u << (FORM_T_BIT - 8), 0, 12};
    const uint8_t late[] = {FACT_LEDGER, 7u << (FORM_T_BIT - 8) & 255, 1, 1, 0, 0, 0, 0, 0, 0, 128};
    struct cursor c = {early, early + sizeof early}, d = {late, late + sizeof late};
    assert_int_equal(form_get_fact(&c, &before, &p), CUBE_EFORMAT);
    assert_int_equal(form_get_fact(&d, &before, &p), CUBE_EFORMAT);
}

/* Never is 0, whatever it is told by. */
static void form_instant_is_what_form_distance_was_made_of(void **state)
{
    (void)state;
    struct random r = {5};
    for (int i = 0; i < 3000; i++) {
        int64_t t = random_between(&r, 0, 3) ? number_of(&r) / 4 : 0, from = number_of(&r) / 4;
        int64_t d = form_distance(t, from);
        assert_int_equal(form_instant(d, from), t);
        assert_int_equal(d == 0, t == 0);
    }
    assert_int_equal(form_distance(7, 7), 1);
}

static void facts_near_what_their_type_had_before_take_no_bytes_for_it(void **state)
{
    (void)state;
    const struct pack_plan plan = {{.pane_ms = 86400000, .panes = 30}, 5000};
    const int64_t near_ms = 1767225600000, leaves_ms = near_ms + 30 * plan.points.pane_ms;
    const struct fact_plain same = {FACT_LEDGER, 0, false, near_ms, 9, 0}, never = {FACT_LEDGER, 0, false, 0, 9, 0},
                            sum = {FACT_POINTS_SUM, 0, false, leaves_ms + plan.points.pane_ms, 20455, (INT64_C(25) << FACT_POINTS_PANE_BITS) + 20455},
                            points = {FACT_POINTS, 0, false, leaves_ms, 9, (INT64_C(5) << FACT_POINTS_PANE_BITS) + 20454},
                            order = {FACT_ORDER, 0, false, near_ms + 5000, 9, 5000},
                            more = {FACT_ORDER_MORE, 5, false, 0, order_more_key(9, near_ms + 5000), 0};
    const struct {
        struct fact_plain fact;
        int bytes;
    } rows[] = {{same, 0}, {never, 1}, {points, 1}, {order, 0}, {more, 1}, {sum, 2}, {sum, 1}};
    uint8_t bytes[FORM_FACT_BYTES_MAX];
    struct dim_values none;
    struct fact_before before;
    memset(&none, 0xff, sizeof none);
    form_begin(&before, near_ms, &plan, &none, 0);
    before.key = 9;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(form_write_fact(bytes, &rows[i].fact, &before) - bytes - FORM_HEAD_BYTES, rows[i].bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_get_numbers_gives_back_what_was_written_and_refuses_less),
        cmocka_unit_test(form_get_numbers_refuses_lengths_that_there_are_not),
        cmocka_unit_test(form_get_fact_gives_back_what_was_written_and_refuses_less),
        cmocka_unit_test(form_get_fact_refuses_times_that_there_are_not),
        cmocka_unit_test(form_instant_is_what_form_distance_was_made_of),
        cmocka_unit_test(facts_near_what_their_type_had_before_take_no_bytes_for_it),
    };
    return RUN_TESTS(tests);
}
