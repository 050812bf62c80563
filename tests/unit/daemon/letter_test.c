#include "port/letter.h"

#include "support/unit.h"

static const uint8_t bytes[100];

/* headers: bytes of each of two that it came with. */
static void letter_add(struct epoch *e, enum topic_role role, size_t key, size_t value, uint32_t headers)
{
    const struct header h[] = {{TEXT_LITERAL("a"), {(const char *)bytes, headers}}, {TEXT_LITERAL("b"), {(const char *)bytes, headers}},
                               {TEXT_LITERAL("cubed.reason"), TEXT_LITERAL("late")}, {TEXT_LITERAL("cubed.detail"), TEXT_LITERAL("")},
                               {TEXT_LITERAL("cubed.source.topic"), TEXT_LITERAL("acme.hr")},
                               {TEXT_LITERAL("cubed.source.partition"), TEXT_LITERAL("3")},
                               {TEXT_LITERAL("cubed.source.offset"), TEXT_LITERAL("17")}};
    assert_int_equal(epoch_add(e, role, 0, 1, key ? bytes : NULL, key, bytes, value, h, 7), 0);
}

static void letter_cut_leaves_out_the_larger_part_first_and_the_key_last(void **state)
{
    (void)state;
    static const struct {
        size_t key, value;
        uint32_t headers;
        const char *texts[4];
    } rows[] = {{90, 50, 20, {"value", "value,headers", "value,headers,key", NULL}},
                {90, 50, 30, {"headers", "value,headers", "value,headers,key", NULL}},
                {90, 0, 20, {"headers", "headers,key", NULL}}, {0, 50, 20, {"value", "value,headers", NULL}}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct epoch e = {0};
        letter_add(&e, r % 2 ? ROLE_LATE : ROLE_DEAD_LETTERS, rows[r].key, rows[r].value, rows[r].headers);
        assert_string_equal(letter_cut_text(e.messages), "");
        assert_int_equal(letter_headers_from(e.messages), 0);
        uint64_t before = letter_bytes(&e, e.messages);
        for (const char *const *text = rows[r].texts; *text; text++) {
            assert_true(letter_cut(&e, e.messages));
            assert_string_equal(letter_cut_text(e.messages), *text);
            assert_in_range(letter_bytes(&e, e.messages), 1, before - 1);
            before = letter_bytes(&e, e.messages);
        }
        assert_false(letter_cut(&e, e.messages));
        assert_int_equal(letter_headers_from(e.messages), 2);
        assert_int_equal(before, 12 + 4 + 12 + 18 + 7 + 22 + 1 + 19 + 2);
        epoch_close(&e);
    }
}

static void letter_cut_leaves_alone_what_is_no_letter(void **state)
{
    (void)state;
    struct epoch e = {0};
    letter_add(&e, ROLE_STATE, 10, 10, 10);
    assert_false(letter_cut(&e, e.messages));
    assert_int_equal(e.messages[0].cut, 0);
    epoch_close(&e);
}

static void letter_text_says_where_the_record_lies(void **state)
{
    (void)state;
    char text[LETTER_TEXT_MAX];
    struct epoch e = {0};
    letter_add(&e, ROLE_LATE, 0, 10, 0);
    assert_true(letter_cut(&e, e.messages));
    letter_text(&e, e.messages, text);
    assert_string_equal(text, "it goes without value: acme.hr[3] offset 17");
    epoch_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letter_cut_leaves_out_the_larger_part_first_and_the_key_last),
        cmocka_unit_test(letter_cut_leaves_alone_what_is_no_letter),
        cmocka_unit_test(letter_text_says_where_the_record_lies),
    };
    return RUN_TESTS(tests);
}
