/* The ids of applied records that are remembered, per input partition. An id is remembered until the
 * partition's watermark has passed the ts of its first applied record plus the horizon, or none of the last ids_max
 * offsets had it: which ids are remembered follows from so many records, whatever came before them. */
#ifndef CUBE_ENGINE_DEDUP_H
#define CUBE_ENGINE_DEDUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

struct dedup;

/* ids_max: 1 to 2^30. CUBE_ENOMEM. */
int dedup_create(int64_t horizon_ms, uint32_t ids_max, struct dedup **ret_d) CUBE_MUST_CHECK;
void dedup_destroy(struct dedup *d);

/* Name of a record within its topic: its key's hash and that of its id, 64 bits each, always of the same seed. Two ids of one key share
 * one by chance in one of 2^64 pairs, and so does one id of two keys. */
static inline struct hash128 dedup_name(uint64_t key_hash, struct text id)
{
    return (struct hash128){hash64_seed(id.at, id.len, key_hash), key_hash};
}

/* Fetches what dedup_place will look at. */
void dedup_prefetch(const struct dedup *d, struct hash128 name);

/* Where a name is remembered or would be, until the next change. */
uint32_t dedup_place(const struct dedup *d, struct hash128 name);

/* True when the name of this place is remembered at this watermark by the record of this offset. */
bool dedup_has(const struct dedup *d, uint32_t place, int64_t watermark_ms, int64_t offset);

/* The ts of the first applied record of the name of this place, which is remembered. */
int64_t dedup_ts(const struct dedup *d, uint32_t place);

/* Remembers a name from its first applied record on; place: its own. max_ts_before_ms as in hold.h: with
 * entries in memory it follows from theirs. CUBE_ENOMEM: nothing changed. */
int dedup_add(struct dedup *d, uint32_t place, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t max_ts_before_ms) CUBE_MUST_CHECK;

/* dedup_place, dedup_has, dedup_add and now and then dedup_expire of a name that is new, where there is room, as nearly all
 * are. 1: it is remembered now; DEDUP_LOST: and others were forgotten before the watermark had passed them. 0: it is another
 * one, nothing changed. watermark_ms: behind it. */
#define DEDUP_LOST 2
int dedup_take(struct dedup *d, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t max_ts_before_ms, int64_t watermark_ms) CUBE_MUST_CHECK;

/* The name of this place, which is remembered, came once more: from here on it is so many offsets old again. Its time stays that of its
 * first applied record. CUBE_ENOMEM: nothing changed. */
int dedup_again(struct dedup *d, uint32_t place, int64_t offset) CUBE_MUST_CHECK;

/* Forgets from the oldest offset on what the watermark has passed and what is too far behind the next record. */
void dedup_expire(struct dedup *d, int64_t watermark_ms, int64_t next);

/* Names forgotten before the watermark had passed them, since the start. */
uint64_t dedup_lost(const struct dedup *d);

/* The smallest offset of a remembered name and the max ts before it, as of the last dedup_expire. CUBE_ENOTFOUND: none. */
int dedup_first(const struct dedup *d, int64_t *ret_offset, int64_t *ret_max_ts_before_ms) CUBE_MUST_CHECK;

uint64_t dedup_count(const struct dedup *d);
uint64_t dedup_bytes(const struct dedup *d);

#endif
