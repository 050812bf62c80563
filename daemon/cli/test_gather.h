/* What comes out of a test's run, as far as the test asks for it. */
#ifndef CUBE_CLI_TEST_GATHER_H
#define CUBE_CLI_TEST_GATHER_H

#include "cli/test_outcome.h"
#include "task/replay.h"

#define GATHER_KEY_MAX 2048
#define GATHER_LISTED_MAX 8 /* scopes named in a message */

struct gathering {
    const struct test_file *file;
    const struct test_case *test;
    json_t *wanted;   /* by snapshot key: null, then the record */
    json_t *scopes;   /* by instant: the keys that there are */
    json_t *alerts;   /* {ts, value}, in order */
    json_t *changes;  /* likewise */
    json_t *refusals; /* by record: why */
};

/* Zeroes are a valid closed one. CUBE_ENOMEM. */
int gathering_open(struct gathering *g, const struct test_file *f, const struct test_case *c) CUBE_MUST_CHECK;
void gathering_close(struct gathering *g);

/* The sink of the replay; arg is a struct gathering. */
int gathering_take(void *arg, const struct replay_line *l);

/* The record of a scope or customer at an instant, borrowed; NULL when there was none. */
json_t *gathering_record(const struct gathering *g, bool of_customer, int64_t at_ms, const char *key);

/* The first scopes that there were at an instant, borrowed; NULL: none. */
const json_t *gathering_scopes(const struct gathering *g, int64_t at_ms);

/* Why a record was not applied, borrowed; NULL when nothing is known. */
const char *gathering_refusal(const struct gathering *g, const struct test_event *e);

#endif
