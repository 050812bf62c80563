/* Numbers in the texts of alerts. */
#include "support/unit.h"

#include <stdio.h>

#include "proto/output.h"
#include "support/scope_fixture.h"

static void output_alert_says_numbers_for_people_in_its_texts(void **state)
{
    (void)state;
    static const struct label summary = {{"summary", 7}, {"{{value}}", 9}};
    static const struct {
        double value;
        const char *said;
    } cases[] = {{1.0 / 3, "0.333333"}, {-12.0, "-12"},     {14.399999999999999, "14.4"}, {-0.0, "0"},      {1e-7, "1e-07"},
                 {99999.4, "99999.4"},  {123456.789, "123457"}, {2.5e12, "2500000000000"},    {1e300, "1e+300"}};
    struct fixture f;
    struct buf b = {0};
    fixture_init(&f);
    struct decision d = {.type = DECISION_ALERT, .rule = &f.rules[A_WORTH_LOW], .firing = true};
    f.rules[A_WORTH_LOW].annotations = &summary;
    f.rules[A_WORTH_LOW].annotation_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char said[64];
        d.answer = (struct condition_answer){.has_value = true, .value = cases[i].value};
        buf_clear(&b);
        assert_int_equal(output_alert(&f.model, TEXT_LITERAL("organisation"), &d, FORMAT_JSON, &b), 0);
        assert_int_equal(buf_append(&b, "", 1), 0);
        snprintf(said, sizeof said, "\"summary\":\"%s\"", cases[i].said);
        assert_non_null(strstr((char *)b.at, said));
    }
    buf_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_alert_says_numbers_for_people_in_its_texts),
    };
    return RUN_TESTS(tests);
}
