/* `cubed test`: unit tests of a configuration, in virtual time. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/test_report.h"

struct options {
    bool tap, json;
    const char *junit;
};

static int options_read(int argc, char **argv, struct options *ret_o)
{
    static const struct option longs[] = {
        {"tap", no_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'}, {"junit", required_argument, NULL, 'x'}, {0}};
    int option;
    *ret_o = (struct options){0};
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    while ((option = command_option(argc, argv, "", longs, 0, &given)) != -1) {
        switch (option) {
        case 't': ret_o->tap = true; break;
        case 'j': ret_o->json = true; break;
        case 'x': ret_o->junit = optarg; break;
        default: return EXIT_USAGE;
        }
    }
    if (optind == argc) {
        return command_usage("test", "name the test files");
    }
    return ret_o->tap && ret_o->json ? command_usage("test", "--tap and --json do not go together") : 0;
}

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int case_run(const struct test_file *f, const struct test_case *c, struct test_report *r)
{
    struct test_outcome o = {0};
    double begun = now_seconds();
    int rc = test_run(f, c, &o);
    rc = rc ? rc : test_report_case(r, c, &o, now_seconds() - begun);
    test_outcome_close(&o);
    return rc;
}

/* Runs one file. Returns an exit code; failed tests are none, the report counts them. */
static int file_run(const char *path, struct test_report *r)
{
    struct test_file *f;
    int rc = test_file_load(path, stderr, &f);
    if (rc != 0) {
        return test_report_unusable(r, path) != 0 || rc == CUBE_ENOMEM ? EXIT_MEMORY : EXIT_CONFIG;
    }
    test_report_file(r, f);
    for (uint32_t i = 0; i < f->case_count && rc == 0; i++) {
        rc = case_run(f, &f->cases[i], r);
    }
    int end = test_report_file_end(r);
    rc = rc ? rc : end;
    if (rc != 0) {
        fprintf(stderr, "cubed test: %s: %s\n", path, err_text(rc));
    }
    test_file_destroy(f);
    return exit_code_of(rc);
}

static int files_run(int count, char **paths, struct test_report *r)
{
    int code = EXIT_DONE;
    test_report_begin(r);
    for (int i = 0; i < count; i++) {
        int one = file_run(paths[i], r);
        code = one ? one : code;
    }
    test_report_end(r);
    if ((ferror(r->out) || fflush(r->out) != 0) && command_unwritten("test") != EXIT_DONE) {
        return EXIT_FAILED;
    }
    return code ? code : r->failed ? EXIT_FAILED : EXIT_DONE;
}

static bool junit_written(const struct test_junit *junit, FILE *to)
{
    test_junit_write(junit, to);
    bool good = !ferror(to);
    return fclose(to) == 0 && good;
}

int cmd_test(int argc, char **argv)
{
    struct options o;
    int code = options_read(argc, argv, &o);
    if (code != 0) {
        return code;
    }
    bool terminal = isatty(STDOUT_FILENO);
    struct test_report r = {.out = stdout,
                            .form = o.json ? TEST_FORM_JSON : o.tap || !terminal ? TEST_FORM_TAP : TEST_FORM_TEXT,
                            .colour = terminal && !getenv("NO_COLOR")};
    struct test_junit junit = {0};
    FILE *to = o.junit ? fopen(o.junit, "w") : NULL;
    if (o.junit && !to) {
        fprintf(stderr, "cubed test: %s: %s\n", o.junit, strerror(errno));
        return EXIT_USAGE;
    }
    r.junit = to ? &junit : NULL;
    code = files_run(argc - optind, argv + optind, &r);
    if (to && code == EXIT_MEMORY) {
        fclose(to); /* half a report would be read as a whole one: it stays empty */
    } else if (to && !junit_written(&junit, to)) {
        fprintf(stderr, "cubed test: %s cannot be written\n", o.junit);
        code = code ? code : EXIT_FAILED;
    }
    test_junit_close(&junit);
    return code;
}
