/* The JUnit form of what `cubed test` found. */
#ifndef CUBE_CLI_TEST_JUNIT_H
#define CUBE_CLI_TEST_JUNIT_H

#include <stdio.h>

#include "base/buf.h"
#include "cli/test_outcome.h"

/* What a suite, or all of them, come to; they stand before the cases. */
struct test_count {
    uint32_t tests, failures, errors;
    double seconds;
};

/* Zeroes are one in which nothing was found. */
struct test_junit {
    struct buf suites, cases; /* cases: of the file at hand */
    struct test_count all, file;
};

/* Adds a test of this file, which took so long. CUBE_ENOMEM. */
int test_junit_case(struct test_junit *j, const char *path, const struct test_case *c, const struct test_outcome *o, double seconds) CUBE_MUST_CHECK;

/* Ends the tests of this file. CUBE_ENOMEM. */
int test_junit_file_end(struct test_junit *j, const char *path) CUBE_MUST_CHECK;

/* Adds a file that cannot be used. CUBE_ENOMEM. */
int test_junit_unusable(struct test_junit *j, const char *path) CUBE_MUST_CHECK;

/* Writes all of it; the caller looks whether out took it. */
void test_junit_write(const struct test_junit *j, FILE *out);

void test_junit_close(struct test_junit *j);

#endif
