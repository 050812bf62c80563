/* Reading a changelog partition from its start, or a place in it, to the end it had when the reading began. */
#ifndef CUBE_KAFKA_CHANGELOG_H
#define CUBE_KAFKA_CHANGELOG_H

#include "kafka/kafka_fetch.h"
#include "kafka/kafka_member.h"
#include "kafka/kafka_offsets.h"

/* Without a record or an end for so long the reading is given up: CUBE_EAGAIN. Longer than a transaction of a
 * process that died can stand open. */
#define CHANGELOG_STALL_MS 30000

/* Calls each for every committed record from this offset (-1: the start) and below the high watermark. Returns 0, the first
 * non-zero of each, CUBE_ERANGE when the partition does not hold the offset, or CUBE_EAGAIN. Blocks the loop; keeps the member alive. */
int kafka_changelog_read(struct kafka_fetch *f, struct kafka_offsets *o, struct kafka_member *m, enum topic_role role,
                         int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r), void *arg) CUBE_MUST_CHECK;

#endif
