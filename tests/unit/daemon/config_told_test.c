/* What is told of a configuration that is refused. */
#include "config/problem.h"
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

static char *keys_unheard_of(int count)
{
    char *yaml = malloc((size_t)count * 32 + 1), *at = yaml;
    assert_non_null(yaml);
    for (int i = 1; i <= count; i++) {
        at += sprintf(at, "unheard_of_key_%d: 1\n", i);
    }
    return yaml;
}

static void config_parse_tells_every_problem_with_its_line(void **state)
{
    (void)state;
    char *yaml = keys_unheard_of(300), *told = told_of(yaml, CUBE_ECONFIG), start[160];
    for (int i = 1; i <= 300; i++) {
        snprintf(start, sizeof start, "acme.yaml:%d:1: error: unknown key \"unheard_of_key_%d\"", i, i);
        assert_non_null(strstr(told, start));
        snprintf(start, sizeof start, "\n  unheard_of_key_%d: 1\n  ^\n", i);
        assert_non_null(strstr(told, start));
    }
    assert_null(strstr(told, "not shown"));
    free(told);
    free(yaml);
}

static void config_parse_counts_the_problems_beyond_those_it_tells(void **state)
{
    (void)state;
    char *yaml = keys_unheard_of(PROBLEMS_MAX + 7), *told = told_of(yaml, CUBE_ECONFIG), start[64];
    snprintf(start, sizeof start, "acme.yaml:%d:1: error: ", PROBLEMS_MAX);
    assert_non_null(strstr(told, start));
    snprintf(start, sizeof start, "acme.yaml:%d:1: error: ", PROBLEMS_MAX + 1);
    assert_null(strstr(told, start));
    assert_non_null(strstr(told, "\n7 more problems are not shown\n"));
    free(told);
    free(yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_parse_shows_the_line_with_a_caret_below_the_column),
        cmocka_unit_test(config_parse_shows_bytes_that_are_not_for_a_terminal_as_numbers),
        cmocka_unit_test(config_parse_tells_every_problem_with_its_line),
        cmocka_unit_test(config_parse_counts_the_problems_beyond_those_it_tells),
    };
    return RUN_TESTS(tests);
}
