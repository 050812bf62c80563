/* The ids of applied records that are remembered, per input partition. An id is remembered until the
 * partition's watermark has passed the ts of its first applied record plus the horizon. */
#ifndef CUBE_ENGINE_DEDUP_H
#define CUBE_ENGINE_DEDUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

struct dedup;

/* CUBE_ENOMEM. */
int dedup_create(int64_t horizon_ms, struct dedup **ret_d) CUBE_MUST_CHECK;
void dedup_destroy(struct dedup *d);

/* Name of a record within its topic: 128 bits over its key's hash (64 bits, always of the same seed) and its id. */
struct hash128 dedup_name(uint64_t key_hash, struct text id);

/* Fetches what dedup_place will look at. */
void dedup_prefetch(const struct dedup *d, struct hash128 name);

/* Where a name is remembered or would be, until the next change. */
uint32_t dedup_place(const struct dedup *d, struct hash128 name);

/* True when the name of this place is remembered at this watermark. */
bool dedup_has(const struct dedup *d, uint32_t place, int64_t watermark_ms);

/* Remembers a name from its first applied record on; place: its own. max_ts_before_ms as in hold.h: with
 * entries in memory it follows from theirs. CUBE_ENOMEM: nothing changed. */
int dedup_add(struct dedup *d, uint32_t place, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t max_ts_before_ms) CUBE_MUST_CHECK;

/* Forgets what the watermark has passed, from the oldest offset on. */
void dedup_expire(struct dedup *d, int64_t watermark_ms);

/* The smallest offset of a remembered name and the max ts before it. CUBE_ENOTFOUND: none. */
int dedup_first(const struct dedup *d, int64_t *ret_offset, int64_t *ret_max_ts_before_ms) CUBE_MUST_CHECK;

uint64_t dedup_count(const struct dedup *d);
uint64_t dedup_bytes(const struct dedup *d);

#endif
