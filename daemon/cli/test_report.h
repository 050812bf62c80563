/* How `cubed test` tells what it found. */
#ifndef CUBE_CLI_TEST_REPORT_H
#define CUBE_CLI_TEST_REPORT_H

#include <stdio.h>

#include "cli/test_junit.h"
#include "cli/test_outcome.h"

enum test_form { TEST_FORM_TEXT, TEST_FORM_TAP, TEST_FORM_JSON };

struct test_report {
    FILE *out;
    enum test_form form;
    bool colour;
    struct test_junit *junit; /* NULL: none */
    const char *path; /* of the file at hand */
    uint32_t passed, failed;
};

/* Begins and ends a report; nothing of it is owned. */
void test_report_begin(struct test_report *r);
void test_report_end(struct test_report *r);

/* Begins and ends the tests of one file. CUBE_ENOMEM. */
void test_report_file(struct test_report *r, const struct test_file *f);
int test_report_file_end(struct test_report *r) CUBE_MUST_CHECK;

/* Tells of a file that cannot be used. CUBE_ENOMEM. */
int test_report_unusable(struct test_report *r, const char *path) CUBE_MUST_CHECK;

/* Tells of one test, which took so long. CUBE_ENOMEM. */
int test_report_case(struct test_report *r, const struct test_case *c, const struct test_outcome *o, double seconds) CUBE_MUST_CHECK;

#endif
