#include "support/unit.h"

#include "scope/scope_plan.h"
#include "scope/scope_value.h"

static const struct scope_kind region = {1, {DIM_REGION}}, both = {2, {DIM_REGION, DIM_SEGMENT}};

static struct text written(struct buf *out)
{
    return (struct text){(const char *)out->at, (uint32_t)out->len};
}

static void stands_as(const char *value, const char *want)
{
    struct buf key = {0}, back = {0};
    assert_int_equal(scope_value_append(text_of(value), &key), 0);
    assert_true(text_equal(written(&key), text_of(want)));
    assert_int_equal(scope_value_read(written(&key), &back), 0);
    assert_true(text_equal(written(&back), text_of(value)));
    buf_close(&key);
    buf_close(&back);
}

static void scope_value_append_leaves_what_cannot_be_mistaken(void **state)
{
    (void)state;
    const char *values[] = {"", "north", "a,b=c", ",", "a,region", "region=a", "50%", "%2C", "%2Cregion", "100%25", ",regions=", "ü,=", "%,region"};
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        stands_as(values[i], values[i]);
    }
}

static void scope_value_append_escapes_a_comma_before_a_dimension(void **state)
{
    (void)state;
    stands_as("a,segment=b", "a%2Csegment=b");
    stands_as(",segment=,region=", "%2Csegment=%2Cregion=");
    stands_as("a%2Csegment=b", "a%252Csegment=b");
    stands_as("a%252Csegment=b,region=", "a%25252Csegment=b%2Cregion=");
    stands_as("%%2Csegment=", "%%252Csegment=");
}

static void key_is(const struct scope_kind *kind, const char *first, const char *second, const char *want)
{
    struct buf key = {0};
    struct text values[DIM_COUNT] = {text_of(first), text_of(second)}, back[DIM_COUNT];
    assert_int_equal(scope_key_append(kind, values, &key), 0);
    assert_true(text_equal(written(&key), text_of(want)));
    assert_int_equal(scope_key_values(kind, written(&key), back), 0);
    buf_clear(&key);
    assert_int_equal(scope_value_read(back[0], &key), 0);
    assert_true(text_equal(written(&key), text_of(first)));
    buf_close(&key);
}

static void scope_key_is_of_refuses_what_no_scope_is_called(void **state)
{
    (void)state;
    assert_true(scope_key_is_of(&region, text_of("region=a")));
    assert_true(scope_key_is_of(&region, text_of("region=a%2Csegment=b")));
    assert_true(scope_key_is_of(&region, text_of("region=a,b")));
    assert_false(scope_key_is_of(&region, text_of("region=a,segment=b")));
    assert_false(scope_key_is_of(&region, text_of("segment=a")));
    assert_true(scope_key_is_of(&both, text_of("region=a,segment=b")));
    assert_false(scope_key_is_of(&both, text_of("region=a,segment=b,segment=c")));
    assert_false(scope_key_is_of(&both, text_of("region=a%2Csegment=b")));
    assert_true(scope_key_is_of(&(struct scope_kind){0}, text_of("organisation")));
    assert_false(scope_key_is_of(&(struct scope_kind){0}, text_of("region=a")));
}

static void scope_key_append_gives_two_scopes_two_keys(void **state)
{
    (void)state;
    key_is(&region, "a,segment=b", "", "region=a%2Csegment=b");
    key_is(&both, "a", "b", "region=a,segment=b");
    key_is(&both, "a,segment=b", "c", "region=a%2Csegment=b,segment=c");
    key_is(&both, "a", "b,segment=c", "region=a,segment=b%2Csegment=c");
    struct buf outer = {0};
    assert_int_equal(scope_key_outer(&both, text_of("region=a%2Csegment=b,segment=c"), &region, &outer), 0);
    assert_true(text_equal(written(&outer), text_of("region=a%2Csegment=b")));
    buf_close(&outer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_value_append_leaves_what_cannot_be_mistaken),
        cmocka_unit_test(scope_value_append_escapes_a_comma_before_a_dimension),
        cmocka_unit_test(scope_key_is_of_refuses_what_no_scope_is_called),
        cmocka_unit_test(scope_key_append_gives_two_scopes_two_keys),
    };
    return RUN_TESTS(tests);
}
