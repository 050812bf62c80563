/* The group's committed offsets and the ends of partitions, read from the broker. Any thread. */
#ifndef CUBE_KAFKA_OFFSETS_H
#define CUBE_KAFKA_OFFSETS_H

#include <librdkafka/rdkafka.h>

#include "config/config.h"
#include "kafka/kafka_told.h"
#include "port/log.h"

#define OFFSETS_CALL_MS 2000

struct kafka_offsets {
    rd_kafka_t *stable; /* borrowed: a read_committed client of the group */
    rd_kafka_t *marks;  /* read_uncommitted, created on init */
    bool silent;        /* no broker answered when it was asked for partitions last */
    const struct config *config;
    struct kafka_told *told;
};

/* CUBE_ECONFIG with text, CUBE_ENOMEM. */
int kafka_offsets_init(struct kafka_offsets *o, char *text) CUBE_MUST_CHECK;
/* Returns its client, which is for kafka_clients_end. */
rd_kafka_t *kafka_offsets_close(struct kafka_offsets *o) CUBE_MUST_CHECK;

/* Committed offsets, -1 where there is none. Waits for commits under way. CUBE_EAGAIN, CUBE_ENOMEM. */
int kafka_offsets_committed(struct kafka_offsets *o, const struct log_partition *p, uint32_t count, int64_t *ret_next) CUBE_MUST_CHECK;

/* 1: the epoch that carried this mark has landed, 0: it has not, CUBE_EAGAIN. */
int kafka_offsets_landed(struct kafka_offsets *o, const struct epoch *e, const char *mark) CUBE_MUST_CHECK;

/* Low and high watermark, open transactions included. CUBE_EAGAIN. */
int kafka_offsets_ends(struct kafka_offsets *o, enum topic_role role, int32_t partition, int64_t *ret_low, int64_t *ret_high) CUBE_MUST_CHECK;

/* The first offset and the end as the broker knows them; a partition that was without a leader is found again when it has one: librdkafka
 * takes the word of its cache for as long as metadata.max.age.ms. Blocks at most seven times timeout_ms. */
rd_kafka_resp_err_t kafka_watermarks(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t *ret_low, int64_t *ret_high,
                                     int timeout_ms) CUBE_MUST_CHECK;

/* CUBE_ENOTFOUND; CUBE_EKAFKA: it may not be looked at, told; CUBE_EAGAIN: no broker answers. Blocks at most a second; a millisecond
 * when none answered the last time and none is connected since. */
int kafka_offsets_partition_count(struct kafka_offsets *o, enum topic_role role, int32_t *ret_count) CUBE_MUST_CHECK;

#endif
