/* How `cubed test` tells what it found. */
#ifndef CUBE_CLI_TEST_REPORT_H
#define CUBE_CLI_TEST_REPORT_H

#include <stdio.h>

#include "cli/test_outcome.h"

enum test_form { TEST_FORM_TEXT, TEST_FORM_TAP, TEST_FORM_JSON };

struct test_report {
    FILE *out;
    enum test_form form;
    bool colour;
    FILE *junit;  /* NULL: none */
    const char *path; /* of the file at hand */
    uint32_t passed, failed;
};

/* Begins and ends a report; nothing of it is owned. */
void test_report_begin(struct test_report *r);
void test_report_end(struct test_report *r);

/* Begins and ends the tests of one file. */
void test_report_file(struct test_report *r, const struct test_file *f);
void test_report_file_end(struct test_report *r);

/* Tells of a file that cannot be used. CUBE_ENOMEM. */
int test_report_unusable(struct test_report *r, const char *path) CUBE_MUST_CHECK;

/* Tells of one test. CUBE_ENOMEM. */
int test_report_case(struct test_report *r, const struct test_case *c, const struct test_outcome *o) CUBE_MUST_CHECK;

#endif
