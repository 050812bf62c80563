/* Whether our own topics are kept as they must be. Inside daemon/kafka only. */
#ifndef CUBE_KAFKA_JUDGE_H
#define CUBE_KAFKA_JUDGE_H

#include <librdkafka/rdkafka.h>

#include "kafka/kafka_admin.h"
#include "kafka/kafka_told.h"

/* Compares the settings of the plan's own topics that are not TOPIC_MISSING with those on the broker: state and problem of each.
 * CUBE_EKAFKA: no answer in time, or a refusal; text says which. Blocks for timeout_ms and half a second at most. */
int kafka_topics_describe(rd_kafka_t *rk, struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512]) CUBE_MUST_CHECK;

/* At the start of a daemon. Tells what is wrong. CUBE_ELAYOUT: a topic would forget what is still to be read from it. A broker that does
 * not say what the settings are stops nobody. Blocks a second and a half at most. */
int kafka_topics_judge(rd_kafka_t *rk, const struct config *c, struct kafka_told *told) CUBE_MUST_CHECK;

#endif
