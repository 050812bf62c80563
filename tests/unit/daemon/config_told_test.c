/* What is told of a configuration that is refused. */
#include "unit/daemon/config_support.h"

static void config_parse_shows_the_line_with_a_caret_below_the_column(void **state)
{
    (void)state;
    char *told = told_of("time:\n\tlateness: 1d\n", CUBE_ECONFIG);
    assert_non_null(strstr(told, "acme.yaml:2:1: error: "));
    free(told);
    told = told_of("measures: []\ntime: {latenes: 1d}\n", CUBE_ECONFIG);
    assert_string_equal(told,
                        "acme.yaml:2:8: error: unknown key \"latenes\" in time; did you mean \"lateness\"?\n"
                        "  time: {latenes: 1d}\n"
                        "         ^\n");
    free(told);
    told = told_of("money: {currency: \"\xe2\x82\xac\"}\n", CUBE_ECONFIG);
    assert_string_equal(told,
                        "acme.yaml:1:20: error: money.currency \"\xe2\x82\xac\": letters and digits only\n"
                        "  money: {currency: \"\xe2\x82\xac\"}\n"
                        "                     ^\n");
    free(told);
}

/* A terminal takes such bytes for commands. */
static void config_parse_shows_bytes_that_are_not_for_a_terminal_as_numbers(void **state)
{
    (void)state;
    char *told = told_of("name: a\xc3\xa9\x1b\xff\n", CUBE_ECONFIG);
    assert_string_equal(told, "acme.yaml:1:1: error: this line is no UTF-8 text\n"
                              "  name: a\xc3\xa9\\x1b\\xff\n"
                              "  ^\n");
    free(told);
    told = told_of("time: {\"\x7f\xc2\x85\": 1d, latenes: 1d}\n", CUBE_ECONFIG);
    assert_non_null(strstr(told, "  time: {\"\\x7f\\xc2\\x85\": 1d, latenes: 1d}\n"
                                 "                             ^\n"));
    free(told);
}

static void config_parse_counts_the_problems_beyond_fifty(void **state)
{
    (void)state;
    char yaml[4096] = "";
    for (int i = 0; i < 60; i++) {
        snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "unheard_of_key_%d: 1\n", i);
    }
    char *told = told_of(yaml, CUBE_ECONFIG);
    assert_non_null(strstr(told, "acme.yaml:50:1: error: "));
    assert_null(strstr(told, "acme.yaml:51:1: error: "));
    assert_non_null(strstr(told, "\n10 more problems are not shown\n"));
    free(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_parse_shows_the_line_with_a_caret_below_the_column),
        cmocka_unit_test(config_parse_shows_bytes_that_are_not_for_a_terminal_as_numbers),
        cmocka_unit_test(config_parse_counts_the_problems_beyond_fifty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
