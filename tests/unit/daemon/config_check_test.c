/* `cubed check`: exit codes, and what goes to stdout. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/exit_code.h"

#define OUTPUT_MAX 65536
#define ARGUMENTS_MAX 8

static char file_name[] = "/tmp/cubed-check-XXXXXX";
static char output[OUTPUT_MAX];

/* Runs the command with its file and further arguments; stdout is kept, stderr thrown away. */
static int check(const char *yaml, const char *first, const char *second)
{
    FILE *file = fopen(file_name, "w");
    assert_non_null(file);
    fputs(yaml, file);
    assert_int_equal(fclose(file), 0);
    char *argv[ARGUMENTS_MAX] = {"check", "-c", file_name, (char *)first, (char *)second, NULL};
    int argc = 3 + (first != NULL) + (second != NULL);
    FILE *out = tmpfile(), *nothing = fopen("/dev/null", "w");
    assert_true(out && nothing);
    fflush(stdout);
    fflush(stderr);
    int kept_out = dup(STDOUT_FILENO), kept_err = dup(STDERR_FILENO);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(nothing), STDERR_FILENO);
    int code = cmd_check(argc, argv);
    fflush(stdout);
    fflush(stderr);
    dup2(kept_out, STDOUT_FILENO);
    dup2(kept_err, STDERR_FILENO);
    close(kept_out);
    close(kept_err);
    rewind(out);
    output[fread(output, 1, OUTPUT_MAX - 1, out)] = 0;
    fclose(out);
    fclose(nothing);
    return code;
}

#define WEAK                                                                                                                                 \
    "pack: none\nscopes: [region, [region, segment]]\nmeasures:\n"                                                                           \
    "  - {name: a, class: cpi, evidence: [survey], increment: time, unit: share, aggregation: count, from: {kind: complaint}, window: 1d}\n" \
    "  - {name: b, axis: E, aggregation: nps, from: {kind: enps}, window: 1d, score: {at0: 0, at100: 1}}\n"

static void cmd_check_sums_up_a_good_configuration(void **state)
{
    (void)state;
    assert_int_equal(check(WEAK, NULL, NULL), EXIT_DONE);
    assert_non_null(strstr(output, ": good (model "));
    assert_non_null(strstr(output, "measures  2: E 1, X 0, V 0, no axis 1; cpi 1, kpi 0, hr 1\n"));
    assert_non_null(strstr(output, "scopes    organisation | region | region,segment\n"));
    assert_non_null(strstr(output, "alerts    0\nwarnings  1\n"));
}

static void cmd_check_says_the_same_as_json(void **state)
{
    (void)state;
    assert_int_equal(check(WEAK, "--json", NULL), EXIT_DONE);
    assert_non_null(strstr(output, "\"name\":\"cubed\",\"good\":true,\"model\":\""));
    assert_non_null(strstr(output, "\"measures\":{\"count\":2,\"axes\":{\"E\":1,\"X\":0,\"V\":0,\"none\":1},"
                                   "\"classes\":{\"cpi\":1,\"kpi\":0,\"hr\":1}},"
                                   "\"scopes\":[\"organisation\",\"region\",\"region,segment\"],\"alerts\":0,\"burn_rates\":[],\"warnings\":1}\n"));
}

static void cmd_check_refuses_with_78_and_an_empty_stdout(void **state)
{
    (void)state;
    assert_int_equal(check("measures: 1\n", NULL, NULL), EXIT_CONFIG);
    assert_string_equal(output, "");
    assert_int_equal(check("measures: 1\n", "--json", NULL), EXIT_CONFIG);
    assert_non_null(strstr(output, "\"good\":false,\"errors\":1,\"warnings\":0}\n"));
}

static void cmd_check_prints_an_effective_form_that_it_accepts(void **state)
{
    (void)state;
    static char first[OUTPUT_MAX];
    assert_int_equal(check("", "--effective", NULL), EXIT_DONE);
    strcpy(first, output);
    assert_non_null(strstr(first, "pack: none\n"));
    assert_int_equal(check(first, "--effective", NULL), EXIT_DONE);
    assert_string_equal(output, first);
}

static void cmd_check_shows_no_secret(void **state)
{
    (void)state;
    assert_int_equal(check("kafka: {sasl.password: hunter2, ssl.key.password: hunter2}\n", "--effective", NULL), EXIT_DONE);
    assert_null(strstr(output, "hunter2"));
    assert_non_null(strstr(output, "\"sasl.password\": \"(hidden)\"\n"));
}

static void cmd_check_needs_no_secret(void **state)
{
    (void)state;
    const char *kafka = "kafka: {security.protocol: sasl_ssl, sasl.mechanism: PLAIN, sasl.username: u, sasl.password: {credential: kafka-password},"
                        " ssl.key.pem: {file: /nowhere/key.pem}}\n";
    assert_int_equal(check(kafka, "--effective", NULL), EXIT_DONE);
    assert_non_null(strstr(output, "\"sasl.password\": {credential: \"kafka-password\"}\n"));
    assert_non_null(strstr(output, "\"ssl.key.pem\": {file: \"/nowhere/key.pem\"}\n"));
    assert_int_equal(check("kafka: {sasl.pasword: {credential: kafka-password}}\n", "--json", NULL), EXIT_CONFIG);
    const char *no_words = "kafka: {session.timeout.ms: {file: /nowhere/ms}, security.protocol: {file: /nowhere/protocol}}\n";
    assert_int_equal(check(no_words, "--json", NULL), EXIT_DONE);
    assert_int_equal(check("kafka: {security.protocol: sasl_plaintext, sasl.mechanism: {file: /nowhere/mechanism}, sasl.username: u,"
                           " sasl.password: p}\n", "--json", NULL), EXIT_DONE);
}

static void cmd_check_refuses_wrong_usage_with_64(void **state)
{
    (void)state;
    char *nothing[] = {"check", NULL};
    assert_int_equal(cmd_check(1, nothing), EXIT_USAGE);
    assert_int_equal(check("", "--effectiv3", NULL), EXIT_USAGE);
    assert_int_equal(check("", "more", NULL), EXIT_USAGE);
    assert_int_equal(check("", "--json", "--effective"), EXIT_USAGE);
    char *absent[] = {"check", "-c", "/nowhere/cubed.yaml", NULL};
    assert_int_equal(cmd_check(3, absent), EXIT_CONFIG);
}

static int setup(void **state)
{
    (void)state;
    int fd = mkstemp(file_name);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(file_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cmd_check_sums_up_a_good_configuration),
        cmocka_unit_test(cmd_check_says_the_same_as_json),
        cmocka_unit_test(cmd_check_refuses_with_78_and_an_empty_stdout),
        cmocka_unit_test(cmd_check_prints_an_effective_form_that_it_accepts),
        cmocka_unit_test(cmd_check_shows_no_secret),
        cmocka_unit_test(cmd_check_needs_no_secret),
        cmocka_unit_test(cmd_check_refuses_wrong_usage_with_64),
    };
    return unit_ended(cmocka_run_group_tests(tests, setup, teardown));
}
