/* Reading topics read_committed from their start to the end they have now, and what the group has committed, without
 * joining it: for `cubed verify`. */
#ifndef CUBE_KAFKA_HISTORY_H
#define CUBE_KAFKA_HISTORY_H

#include "config/config.h"
#include "port/record.h"

#define HISTORY_TEXT_MAX 512

struct kafka_history;

/* Finds all topics and how many partitions they have. CUBE_ETIMEOUT: no broker answered, CUBE_ENOTFOUND: a topic is
 * not there, CUBE_ECONFIG; text says which. CUBE_ENOMEM. Every call gives up after timeout_ms without an answer or a
 * record. */
int kafka_history_create(const struct config *c, int timeout_ms, char text[HISTORY_TEXT_MAX],
                         struct kafka_history **ret_h) CUBE_MUST_CHECK;
void kafka_history_destroy(struct kafka_history *h);

int32_t kafka_history_count(const struct kafka_history *h, enum topic_role role);

/* The first offset of each partition there was when the ends of the topic were last asked for; 0 before. Borrowed. */
const int64_t *kafka_history_lows(const struct kafka_history *h, enum topic_role role);

/* The group's committed offsets of a topic, -1 none, commits under way waited for. ret_next has one place per
 * partition. CUBE_ETIMEOUT, CUBE_EKAFKA with text. */
int kafka_history_committed(struct kafka_history *h, enum topic_role role, int64_t *ret_next, char text[HISTORY_TEXT_MAX]) CUBE_MUST_CHECK;

/* Calls each for every record of these topics up to the ends they have when it begins, in offset order per partition.
 * A partition is done when it has come to its end and each did not return 1 for its last record. Returns the first
 * negative of each; CUBE_EAGAIN: offsets were deleted while they were read, begin anew; CUBE_ETIMEOUT, CUBE_EKAFKA with
 * text. */
int kafka_history_read(struct kafka_history *h, const enum topic_role *roles, uint32_t count, int (*each)(void *arg, const struct record *r),
                       void *arg, char text[HISTORY_TEXT_MAX]) CUBE_MUST_CHECK;

uint32_t kafka_history_headers(const struct record *r, struct header *ret_h);

#endif
