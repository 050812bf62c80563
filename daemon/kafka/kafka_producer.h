/* The transactional producer: made, renewed and fed by the transaction thread alone. Counts the requests
 * of a transaction, because a doubled or unanswered EndTxn could end a later one (KAFKA-17754). */
#ifndef CUBE_KAFKA_PRODUCER_H
#define CUBE_KAFKA_PRODUCER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "config/config.h"
#include "kafka/kafka_refused.h"
#include "kafka/kafka_timeout.h"
#include "kafka/kafka_told.h"
#include "port/producer.h"

struct kafka_producer {
    rd_kafka_t *rk;              /* NULL: to be made */
    bool was_made;               /* of this configuration: what is wrong with it since can only be a secret's file */
    const struct config *config;
    struct kafka_told *told;
    const atomic_bool *give_up;  /* ends every wait early */
    rd_kafka_topic_t *topics[ROLE_COUNT];
    struct epoch *landing;       /* of the transaction under way: learns where its messages came to lie */
    struct kafka_timeout timeout;
    uint32_t taken;              /* messages of the transaction under way that the broker has */
    uint64_t begun_ms;
    int64_t begun_real_ms; /* by the wall clock, whole seconds */
    struct kafka_refused refused;
    atomic_uint ends;            /* EndTxn requests of the transaction */
    atomic_uint faults;          /* its requests that got no answer */
    atomic_bool fenced;          /* the last transaction was, and not for its age; any thread may ask */
};

/* Makes the client and resolves what an earlier one left behind. CUBE_EAGAIN: not now. CUBE_ECONFIG. */
int kafka_producer_ready(struct kafka_producer *p) CUBE_MUST_CHECK;
/* Destroys the client, whatever state it is in. Nothing refers to the epoch's bytes afterwards. */
void kafka_producer_drop(struct kafka_producer *p);

enum txn_verdict kafka_producer_begin(struct kafka_producer *p);
/* Produces all messages; borrows the epoch's bytes until the transaction ends. A letter that is cut has a header that says so. */
enum txn_verdict kafka_producer_produce(struct kafka_producer *p, struct epoch *e);
enum txn_verdict kafka_producer_offsets(struct kafka_producer *p, const struct epoch *e, const char *mark,
                                        const rd_kafka_consumer_group_metadata_t *group);
enum txn_verdict kafka_producer_commit(struct kafka_producer *p);
/* TXN_OK: aborted. TXN_TOO_LARGE: aborted, and `refused` says which message was to blame. TXN_UNKNOWN: drop the producer. */
enum txn_verdict kafka_producer_abort(struct kafka_producer *p);

/* The last transaction's requests were each answered and its end was sent once. */
bool kafka_producer_clean(struct kafka_producer *p);

/* Translates an error of a transaction call, which it destroys. retry: the same call may be made again. */
enum txn_verdict kafka_txn_verdict(rd_kafka_error_t *error, bool *ret_retry);

#endif
