/* Reading changelog partitions from their start, or a place in them, to the end they had when the reading began; several at once, each
 * on a thread of its own, while the loop's is one of them or waits. */
#ifndef CUBE_KAFKA_CHANGELOG_H
#define CUBE_KAFKA_CHANGELOG_H

#include <pthread.h>

#include "kafka/kafka_fetch.h"
#include "kafka/kafka_member.h"
#include "kafka/kafka_offsets.h"

/* Without a record or an end for so long the reading is given up: CUBE_EAGAIN. Longer than a transaction of a
 * process that died can stand open. */
#define CHANGELOG_STALL_MS 30000

struct kafka_changelogs {
    struct kafka_fetch fetch; /* no client while nothing is restored */
    pthread_mutex_t lock;     /* of those who read at once: held for all but asking for ends, waiting for records and handing them over. On the
                               * loop's thread, while none of them does, it need not be */
    uint32_t readers;         /* of its client */
};

/* Calls each for every committed record from this offset (-1: the start) and below the high watermark. Returns 0, the first
 * non-zero of each, CUBE_ERANGE when the partition does not hold the offset, or CUBE_EAGAIN. Blocks; keeps the member alive. */
int kafka_changelog_read(struct kafka_changelogs *c, struct kafka_offsets *o, struct kafka_member *m, enum topic_role role,
                         int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r), void *arg) CUBE_MUST_CHECK;

/* Whether its client is of no use any more, and nobody reads. Ask with the lock held, and end the client before it is given back. */
bool kafka_changelogs_spoilt(const struct kafka_changelogs *c);

#endif
