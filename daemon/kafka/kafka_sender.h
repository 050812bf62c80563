/* Writing events to the input topics from a one-shot command: idempotent, Java's partitions, counted. */
#ifndef CUBE_KAFKA_SENDER_H
#define CUBE_KAFKA_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#define SENDER_TEXT_MAX 512

struct kafka_sender;

/* timeout_ms: how long a record may wait for its broker. CUBE_ECONFIG with text, CUBE_ENOMEM. */
int kafka_sender_create(const struct config *c, int timeout_ms, char text[SENDER_TEXT_MAX], struct kafka_sender **ret_s) CUBE_MUST_CHECK;

/* Sees that the topic is there; waits for a broker until the timeout. CUBE_ENOTFOUND, CUBE_ETIMEOUT, CUBE_EKAFKA with text; CUBE_ENOMEM. */
int kafka_sender_topic(struct kafka_sender *s, enum topic_role role, char text[SENDER_TEXT_MAX]) CUBE_MUST_CHECK;

/* Queues one record; copies it. mark: what the caller calls it by, larger than that of the record before. Waits while the queue is full.
 * CUBE_EKAFKA: refused at once. */
int kafka_sender_send(struct kafka_sender *s, enum topic_role role, const uint8_t *key, size_t key_len,
                      const uint8_t *value, size_t value_len, int64_t timestamp_ms, uint64_t mark) CUBE_MUST_CHECK;

struct kafka_sent {
    uint64_t delivered[INPUT_ROLES], failed;
    uint64_t untold;       /* among those that failed: nothing is known of them, not even which they are */
    uint64_t first_failed; /* the least mark of the others that failed */
};

/* Waits until everything is delivered or has timed out; what became of it since the start. CUBE_EKAFKA: some were not
 * delivered; text says why. */
int kafka_sender_finish(struct kafka_sender *s, struct kafka_sent *ret_sent, char text[SENDER_TEXT_MAX]) CUBE_MUST_CHECK;
void kafka_sender_destroy(struct kafka_sender *s);

#endif
