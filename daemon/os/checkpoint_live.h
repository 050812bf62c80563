/* Which records of a copy are the last of their keys. Records are numbered as they come; keys are told apart by 96 bits
 * of their hash. Memory is bounded: of many keys only a share is looked at in one pass. */
#ifndef CUBE_OS_CHECKPOINT_LIVE_H
#define CUBE_OS_CHECKPOINT_LIVE_H

#include <stdbool.h>

#include "base/buf.h"
#include "port/record.h"

struct checkpoint_key {
    uint64_t high;
    uint32_t low, number; /* number + 1 of the last record of this key; 0: a free slot */
};

#define LIVE_WAITING 16 /* keys whose slots are fetched before they are looked at */

struct checkpoint_live {
    struct buf bits;             /* one per record: it is the last of its key and has a value */
    struct checkpoint_key *keys; /* open addressing */
    uint32_t capacity, capacity_max, used;
    uint32_t share, shares;      /* keys looked at in this pass: hash % shares == share */
    uint32_t number;             /* of the next record in this pass */
    struct checkpoint_key waiting[LIVE_WAITING];
    uint32_t waiting_count;
};

/* capacity_max: slots of the table at most, a power of two. Nothing is allocated yet. */
void checkpoint_live_init(struct checkpoint_live *l, uint32_t capacity_max);

/* Begins the pass over this share of the keys. */
void checkpoint_live_pass(struct checkpoint_live *l, uint32_t share, uint32_t shares);

/* Takes the next record of the pass. CUBE_ELIMIT: too many keys for the table: begin again with more shares.
 * CUBE_ENOMEM. */
int checkpoint_live_add(struct checkpoint_live *l, const struct record *r) CUBE_MUST_CHECK;

/* Those were all records of the pass. Errors as of add. */
int checkpoint_live_end(struct checkpoint_live *l) CUBE_MUST_CHECK;

bool checkpoint_live_is(const struct checkpoint_live *l, uint32_t number);
void checkpoint_live_close(struct checkpoint_live *l);

#endif
