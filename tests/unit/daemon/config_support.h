/* A configuration from a text, for tests. */
#ifndef CUBE_TESTS_CONFIG_SUPPORT_H
#define CUBE_TESTS_CONFIG_SUPPORT_H

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

/* Must be accepted without a word. */
static inline struct config *config_of(const char *yaml)
{
    char *told;
    size_t len;
    struct config *c = NULL;
    FILE *errors = open_memstream(&told, &len);
    assert_non_null(errors);
    int rc = config_parse(yaml, strlen(yaml), "test.yaml", NULL, errors, &c);
    assert_int_equal(fclose(errors), 0);
    assert_string_equal(told, "");
    assert_int_equal(rc, 0);
    free(told);
    return c;
}

/* The measure of a name; fails when there is none. */
static inline const struct measure *measure_of(const struct config *c, const char *name)
{
    for (uint32_t i = 0; i < c->model.measure_count; i++) {
        if (strcmp(c->model.measures[i].name.at, name) == 0) {
            assert_int_equal(c->model.measures[i].index, i);
            return &c->model.measures[i];
        }
    }
    fail_msg("no measure %s", name);
    return NULL;
}

static inline const struct alert_rule *alert_of(const struct config *c, const char *name)
{
    for (uint32_t i = 0; i < c->model.alert_count; i++) {
        if (strcmp(c->model.alerts[i].name.at, name) == 0) {
            return &c->model.alerts[i];
        }
    }
    fail_msg("no alert %s", name);
    return NULL;
}

/* What is told of it, to be freed. */
static inline char *told_of(const char *yaml, int expected)
{
    char *told;
    size_t len;
    struct config *c = NULL;
    FILE *errors = open_memstream(&told, &len);
    assert_non_null(errors);
    assert_int_equal(config_parse(yaml, strlen(yaml), "acme.yaml", NULL, errors, &c), expected);
    assert_int_equal(fclose(errors), 0);
    config_destroy(c);
    return told;
}

#endif
