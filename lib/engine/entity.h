/* One customer or employee: the fixed part of its record. What it has any number of are facts
 * (engine/facts.h). */
#ifndef CUBE_ENGINE_ENTITY_H
#define CUBE_ENGINE_ENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fixed.h"
#include "base/text.h"
#include "event/dimension.h"

struct fact;

#define RECORD_DIMS 3 /* dimensions an entity's record keeps */

enum entity_flag {
    ENTITY_USED = 1,      /* the slot holds an entity */
    ENTITY_ERASED = 2,    /* erased; kept until nothing from before that can come (engine/entity_erased.h) */
    ENTITY_PUBLISH = 4,   /* its status changed since its record was last due */
    ENTITY_SEEN = 8,      /* it acted: first_seen_ms and last_seen_ms are set */
    ENTITY_LISTED = 32,   /* on the list of those whose record is due */
    ENTITY_PRESENT = 16,  /* employee: hired and not gone; customer: it acted and did not churn since */
    ENTITY_OVERDUE = 64,  /* customer: an invoice is overdue */
    ENTITY_REBORN = 128   /* it came after an erasure that is still remembered */
};

/* What publish.customers: on_change looks at. */
enum entity_status {
    STATUS_ENGAGED = 1,
    STATUS_UNPROFITABLE = 2, /* also of a strategic customer, of whom it is not told */
    STATUS_PRESENT_HIGH = 4,
    STATUS_FUTURE_HIGH = 8,
    STATUS_STRATEGIC = 16,
    STATUS_CHURNED = 32
};

/* Of two values for one dimension the one with the larger (ts, id) holds. */
struct dim_stamp {
    int64_t ts_ms;
    uint64_t id_prefix; /* the first eight bytes of the id, big endian, so that numbers compare as bytes do */
};

struct customer_part {
    int64_t first_seen_ms, last_seen_ms;
    int64_t totals[6];   /* lifetime revenue, cost, effort: three wide cells */
    int64_t purchases;
    int64_t points;      /* balance: what counts now (without half-life) */
    int64_t unprofitable_since_ms;
};

struct employee_part {
    int64_t hired_ms;
    int64_t fte;             /* micro, not negative */
    int64_t absent_since_ms; /* of the open spell */
    int64_t fraction;        /* micro, 0..1: of the open spell, as last told */
    bool absent;             /* a spell is open; only of somebody present */
    bool productive;         /* since the hire */
};

struct entity {
    char *key;
    union {
        struct fact *facts;   /* the block starts before it with the totals of the tracks */
        uint64_t *packed;     /* while asleep (engine/entity_sleep.h) */
    };
    int64_t due_ms;      /* no fact is due earlier; INT64_MAX: none is due */
    uint32_t fact_count;
    uint32_t fact_capacity; /* words of the packed block while asleep */
    uint32_t timer_place; /* place in the timer heap + 1; 0 = not in it */
    uint32_t dirty_place; /* place in the dirty list + 1; 0 = clean */
    uint32_t stock;       /* scope set of its record's dimensions */
    uint32_t dims[RECORD_DIMS]; /* value ids, DIM_ABSENT where unknown */
    uint16_t key_len;
    uint16_t mark_count;   /* facts of type FACT_MARK: they stand first */
    uint8_t flags;         /* enum entity_flag */
    uint8_t status;        /* enum entity_status */
    uint8_t index_bits;    /* of the index behind the facts; 0 = none */
    bool awake;            /* its facts are not packed, and it has its turn to fall asleep */
    uint16_t active_tracks; /* bit per track: the customer counts as active in its horizon */
    uint16_t held_tracks;   /* bit per track: it has an event of the ledger in the window; of counted ones only */
    bool touched;           /* nothing is to be done when something happens to it: it is dirty, and to be noted if anybody notes (entity_dirty.c) */
    bool listed;            /* on the list of those to be noted, though it may have been written since */
    struct dim_stamp stamps[RECORD_DIMS];
    union {
        struct customer_part customer;
        struct employee_part employee;
    };
};

static inline struct text entity_key(const struct entity *x)
{
    return (struct text){x->key, x->key_len};
}

#endif
