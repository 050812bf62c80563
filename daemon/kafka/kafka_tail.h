/* Following topics read_committed, without a group: for `cubed tap`. */
#ifndef CUBE_KAFKA_TAIL_H
#define CUBE_KAFKA_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "port/record.h"

#define TAIL_TEXT_MAX 512

struct kafka_tail;

/* Opens all partitions of these roles, from their start or from their end. CUBE_ETIMEOUT: no broker answered,
 * CUBE_ENOTFOUND: a topic is not there, CUBE_ECONFIG, CUBE_EKAFKA; text says which. CUBE_ENOMEM. */
int kafka_tail_create(const struct config *c, const enum topic_role *roles, uint32_t count, bool from_start,
                      int timeout_ms, char text[TAIL_TEXT_MAX], struct kafka_tail **ret_t) CUBE_MUST_CHECK;

/* Waits for the next record, which is borrowed until the next call. 1: a record, 0: none within the time,
 * CUBE_EKAFKA: trouble, or its end, text says which, once; the next call goes on. CUBE_ENOTFOUND: a topic may not be read. */
int kafka_tail_next(struct kafka_tail *t, int timeout_ms, struct record *ret_r, char text[TAIL_TEXT_MAX]) CUBE_MUST_CHECK;
uint32_t kafka_tail_headers(const struct record *r, struct header *ret_h);
void kafka_tail_destroy(struct kafka_tail *t);

#endif
