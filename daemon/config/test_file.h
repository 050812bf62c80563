/* The files of `cubed test`: events in virtual time, and what the outputs must say at given instants. Read,
 * checked with file:line:col, and written out event by event. */
#ifndef CUBE_CONFIG_TEST_FILE_H
#define CUBE_CONFIG_TEST_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"
#include "port/status.h"

#define TEST_EVENTS_MAX 1000000    /* of one test, written out */
#define TEST_PARTITIONS_MAX 64

/* Where something stands in the file, from 1. */
struct test_place {
    uint32_t line, column;
};

enum test_want_type {
    WANT_MAP,    /* these members, among others */
    WANT_LIST,   /* these members and no others, in this order */
    WANT_NUMBER, /* exactly */
    WANT_TEXT,   /* exactly; of a number: a duration or a time in ms */
    WANT_BOOL,
    WANT_RANGE,  /* {about:, within:} or bounds */
    WANT_ABSENT,
    WANT_ALERT,  /* firing, resolved, or inactive: it does not fire */
    WANT_EDGE    /* a change by its edge: stress->burnout */
};

/* One expected value, or a map or list of them. */
struct test_want {
    enum test_want_type type;
    struct test_place place;
    const char *key;     /* in its map; NULL in a list */
    const char *text;    /* as the file writes it, for messages */
    double number;       /* WANT_NUMBER; WANT_BOOL: 0 or 1; WANT_RANGE: about */
    double within;       /* WANT_RANGE: half width around `number`; negative: none */
    double above, below; /* WANT_RANGE: strict; infinite: none */
    double min, max;
    const struct test_want *first, *next;
};

/* What one scope or one customer must say at an instant. */
struct test_expect {
    struct test_place place;
    int64_t at_ms;
    const char *at;         /* as the file writes it */
    bool of_customer;
    const char *key;        /* the scope or the customer */
    bool exists;            /* false: there must be none, and nothing else is asked */
    struct test_want want;  /* a map: of the record, and alerts, changes and levers by name */
};

/* One event, as a record of its topic. */
struct test_event {
    struct test_place place;
    int64_t ts_ms, arrives_ms; /* they come in the order of arrives_ms, then of the file */
    enum topic_role role;
    struct text key, value;    /* value: JSON */
    enum record_outcome outcome; /* that it must have */
    uint32_t number;             /* in the order of the file */
};

struct test_case {
    const char *name;
    struct test_place place;
    int32_t partitions;
    const struct test_event *events;
    uint32_t event_count;
    const struct test_expect *expects;
    uint32_t expect_count;
    int64_t *instants; /* of the expectations, ascending, each once */
    uint32_t instant_count;
};

struct test_file {
    const char *path;
    const struct config *config; /* the one that all its tests run under */
    const struct test_case *cases;
    uint32_t case_count;
};

/* Reads and checks a test file and the configuration it names. Problems go to errors as those of a
 * configuration do. Returns 0, CUBE_ECONFIG (problems were printed), CUBE_ENOTFOUND (a file cannot be opened;
 * printed), CUBE_ENOMEM. */
int test_file_load(const char *path, FILE *errors, struct test_file **ret_f) CUBE_MUST_CHECK;

/* The same from text; name stands for the file in messages and `config` is relative to its folder. */
int test_file_parse(const char *yaml, size_t len, const char *name, FILE *errors, struct test_file **ret_f) CUBE_MUST_CHECK;
void test_file_destroy(struct test_file *f);

/* Prints what every key means, for `cubed help test`. */
void test_file_print_reference(FILE *out);

#endif
