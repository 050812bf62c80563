/* The inside of a hold, shared by the files that make one up. */
#ifndef CUBE_ENGINE_HOLD_INNER_H
#define CUBE_ENGINE_HOLD_INNER_H

#include "engine/hold.h"
#include "engine/piece_pool.h"

/* Buckets found at once: as many as the numbers of events that come one after the other differ by. */
enum { HOLD_NEAR = 64 };

struct bucket {
    int64_t number;      /* bucket start / bucket_ms */
    struct bucket *next; /* spare, or opened */
    struct pieces pieces; /* of packed events */
    uint64_t packed_bytes;
    struct held *events;
    uint32_t count, capacity;
    bool has_first[HOLD_INPUTS_MAX];
    struct hold_origin first[HOLD_INPUTS_MAX];
};

/* Room for some events that do not stand where they came. */
struct held_room {
    struct held *at;
    uint32_t capacity;
};

struct hold {
    int64_t bucket_ms;
    struct bucket **room;    /* for pointers to buckets */
    struct bucket **buckets; /* in that room, ascending by number; opened ones leave a gap in front */
    uint32_t count, capacity;
    struct bucket *near[HOLD_NEAR]; /* by low bits of the number; NULL: not known */
    uint64_t reciprocal;     /* of bucket_ms */
    struct piece_pool pool;
    struct bucket *spare;    /* emptied buckets, kept for their memory */
    uint64_t spare_bytes;
    struct bucket *opened;   /* NULL: none is */
    struct held *events;     /* of those, in their order */
    uint32_t event_count;
    struct held_room together, scratch;
    uint64_t bytes;
};

/* The bucket is no longer one that events go to. */
static inline void hold_bucket_leaves(struct hold *h, const struct bucket *b)
{
    struct bucket **near = &h->near[b->number & (HOLD_NEAR - 1)];
    *near = *near == b ? NULL : *near;
}

/* Keeps an emptied bucket for its memory, or gives that back. */
void hold_bucket_spare(struct hold *h, struct bucket *b);

#endif
