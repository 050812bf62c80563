/* What the files that read a test file share. Only daemon/config/test_*.c include it. */
#ifndef CUBE_CONFIG_TEST_PARTS_H
#define CUBE_CONFIG_TEST_PARTS_H

#include "base/buf.h"
#include "config/problem.h"
#include "config/test_file.h"
#include "config/yaml.h"
#include "event/kind.h"

/* A test file while it is read. file stands first, so a struct test_file * is one of these. */
struct test_reading {
    struct test_file file;
    struct config_memory memory;
    struct problems problems;
    struct config *config;
    struct buf text; /* of the event at hand */
};

/* One key of the file: where it may stand, and what the map it holds is called. */
struct test_key {
    const char *section; /* "" = top level */
    const char *key;
    const char *inside;  /* section of its value; NULL: a value, a list or a map of bounds */
    const char *help;
};

/* The key of a section as the file names it, or NULL when there is none; then it was told, with a hint. *ret_inside:
 * the section of its value. Sections may also hold names of the configuration. */
bool test_key_find(struct test_reading *r, const char *section, const struct yaml *key, const char **ret_inside);

/* Maps of this section may stand in a list. */
bool test_key_list(const char *section);

/* Tells keys of a map that its section does not have. True when all are known. */
bool test_keys_known(struct test_reading *r, const char *section, const struct yaml *map);

/* An instant: a duration from the start on, or RFC 3339. */
bool test_instant(struct test_reading *r, const struct yaml *node, const char *what, int64_t start_ms, int64_t *ret_ms);

/* One entry of a list of events. */
struct test_entry {
    const struct yaml *node;
    uint32_t number;
    enum event_kind kind;
    int64_t at_ms, late_ms; /* late_ms: from its instant to its arrival */
    int64_t repeat, every_ms, spread_ms, seed;
    int outcome;
};

/* Writes out the i-th event of an entry, i from 1. False when that is not possible, which was told. */
bool test_event_make(struct test_reading *r, const struct test_entry *e, int64_t i, struct test_event *ret_event);

/* The events of a test, written out, in the order in which they come. */
void test_events_compile(struct test_reading *r, const struct yaml *node, int64_t start_ms, struct test_case *ret_case);

/* What a test expects, and the instants of it. */
void test_expects_compile(struct test_reading *r, const struct yaml *node, int64_t start_ms, struct test_case *ret_case);

static inline struct test_place test_place_of(const struct yaml *node)
{
    return (struct test_place){node->line, node->column};
}

#endif
