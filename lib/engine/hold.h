/* Events waiting for their task's watermark. They are packed into buckets of event time, and a bucket is
 * sorted once, when the watermark has passed its end: waiting costs a copy and a small sort.
 * What is released comes in the order (ts, id as bytes, topic, offset), whatever order it came in. */
#ifndef CUBE_ENGINE_HOLD_H
#define CUBE_ENGINE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "event/event.h"
#include "scope/scope_table.h"

#define HOLD_BUCKET_MAX_MS 60000
#define HOLD_INPUTS_MAX 2 /* partitions a task reads: interactions and cpi */

struct hold;

/* Bucket length for a tick: the greatest common divisor of the tick and 10 s, or a minute where the tick is ten of them or more. So every
 * tick is the end of a bucket, and the work of a tick is not left to its end. */
int64_t hold_bucket_ms(int64_t tick_ms);

/* CUBE_ENOMEM. */
int hold_create(int64_t bucket_ms, struct hold **ret_h) CUBE_MUST_CHECK;
void hold_destroy(struct hold *h);

/* From now on buckets are so short that one ends at end_ms. Nothing may be held. */
void hold_fit(struct hold *h, int64_t end_ms);

/* The latest end of a bucket that is not after t_ms, and the earliest that is. */
int64_t hold_end_ms(const struct hold *h, int64_t t_ms);
int64_t hold_end_after_ms(const struct hold *h, int64_t t_ms);

/* Where an event was read: which of the task's inputs, its offset, and the largest ts its partition had
 * accepted before it (INT64_MIN: none). */
struct hold_origin {
    uint32_t input;
    int64_t offset, max_ts_before_ms;
};

/* Copies an event in. straggler: it was older than the watermark when it came. CUBE_ENOMEM: nothing
 * changed. */
int hold_add(struct hold *h, const struct event *e, uint64_t entity_hash, const struct hold_origin *o, bool straggler) CUBE_MUST_CHECK;

/* Start of the earliest bucket; INT64_MAX when nothing is held. */
int64_t hold_earliest_ms(const struct hold *h);

/* Opens the earliest bucket when it ends at or before before_ms, and the next ones that do while all together have few events: 1, with
 * their events sorted and numbered from 0 to hold_count; 0 when none is due. They stay open until hold_close. CUBE_ENOMEM. */
int hold_open(struct hold *h, int64_t before_ms) CUBE_MUST_CHECK;
uint32_t hold_count(const struct hold *h);

/* An event that waits. */
struct held {
    int64_t ts_ms;
    uint64_t entity_hash;
    int64_t offset;
    uint64_t at : 63; /* where the packed event stands */
    uint64_t straggler : 1;
};

/* The events of the open buckets, in their order. Borrowed until hold_close. */
const struct held *hold_events(const struct hold *h);
/* Fills *ret_e, and how it says its dimensions (event_unpack); the texts of both are borrowed until hold_close. */
void hold_event(const struct hold *h, uint32_t i, struct event *ret_e, struct said_dims *ret_s);
void hold_close(struct hold *h);

/* The smallest offset still held of an input, with the largest ts its partition had accepted before it.
 * CUBE_ENOTFOUND: nothing of that input is held. */
int hold_first(const struct hold *h, uint32_t input, struct hold_origin *ret_o) CUBE_MUST_CHECK;

uint64_t hold_bytes(const struct hold *h);  /* of held events */

#endif
