/* What became of one test of `cubed test`. */
#ifndef CUBE_CLI_TEST_OUTCOME_H
#define CUBE_CLI_TEST_OUTCOME_H

#include <stdint.h>

#include <jansson.h>

#include "config/test_file.h"

/* One thing that is not as the file says. Texts are owned by the outcome. */
struct test_failure {
    struct test_place place;
    char *whom;     /* "scope region=north at 7d"; "event" */
    char *path;     /* "measures.nps.value" */
    char *expected, *got;
};

struct test_outcome {
    struct test_failure *failures;
    uint32_t count, capacity;
};

/* Adds a failure; the texts are copied. CUBE_ENOMEM. */
int test_outcome_add(struct test_outcome *o, struct test_place place, const char *whom, const char *path, const char *expected,
                     const char *got) CUBE_MUST_CHECK;
void test_outcome_close(struct test_outcome *o);

/* Lays what is wanted over what is there (NULL: nothing) and adds what differs. CUBE_ENOMEM. */
int test_match(const struct test_want *want, const json_t *got, const char *whom, struct test_outcome *o) CUBE_MUST_CHECK;

/* Plays the events of a test through the engine that `cubed replay` runs, and compares. CUBE_ENOMEM, or what
 * the engine failed with. */
int test_run(const struct test_file *f, const struct test_case *c, struct test_outcome *o) CUBE_MUST_CHECK;

#endif
