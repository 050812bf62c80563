/* A record of Kafka, or of what stands in for it, as tasks see it. */
#ifndef CUBE_PORT_RECORD_H
#define CUBE_PORT_RECORD_H

#include <stdint.h>

#include "proto/output.h"

/* The topics a running cubed reads or writes, by role. Their names are configuration. */
enum topic_role {
    ROLE_INTERACTIONS, /* same order as enum event_topic */
    ROLE_CPI,
    ROLE_HR,
    ROLE_PARTIALS,
    ROLE_STATE,
    ROLE_CHANGES,
    ROLE_ALERTS,
    ROLE_CUSTOMERS,
    ROLE_LATE,
    ROLE_DEAD_LETTERS,
    ROLE_CHANGELOG_CUSTOMERS,
    ROLE_CHANGELOG_EMPLOYEES,
    ROLE_CHANGELOG_SCOPES,
    ROLE_COUNT
};

#define INPUT_ROLES 4 /* the first four are consumed by the group */

/* The changelogs, and the input whose partition each of their partitions belongs to: X(changelog, input) */
#define CHANGELOG_ROLES(X)                          \
    X(ROLE_CHANGELOG_CUSTOMERS, ROLE_INTERACTIONS)  \
    X(ROLE_CHANGELOG_EMPLOYEES, ROLE_HR)            \
    X(ROLE_CHANGELOG_SCOPES, ROLE_PARTIALS)
#define CHANGELOG_PAIR(changelog, input) {changelog, input},

/* Borrowed from the source until the call it is given to returns. */
struct record {
    enum topic_role role;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    const uint8_t *key;   /* NULL = none */
    size_t key_len;
    const uint8_t *value; /* NULL = none */
    size_t value_len;
    void *origin;         /* for record_headers of the source */
};

#define RECORD_HEADERS_MAX 64

/* Reads the headers a record came with, at most RECORD_HEADERS_MAX (more are dropped and counted by the
 * caller as cut); values may be absent texts (null). Returns how many. Texts borrowed like the record. */
typedef uint32_t record_headers_fn(const struct record *r, struct header *ret_h);

#endif
