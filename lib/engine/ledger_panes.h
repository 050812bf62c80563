/* What a customer's ledgers come from, by window and pane (domain 4.3): all tracks that roll alike share it. */
#ifndef CUBE_ENGINE_LEDGER_PANES_H
#define CUBE_ENGINE_LEDGER_PANES_H

#include "engine/applying.h"
#include "engine/facts.h"

/* What is kept of a pane. Each is a fact of type FACT_LEDGER: its events are the key, their amount is the value. */
enum ledger_part {
    PART_SALES,   /* purchases, and their revenue */
    PART_COSTS,   /* no events; the cost of the purchases */
    PART_EFFORTS, /* events of effort, and the effort */
    PART_COUNT
};

struct ledger_share {
    int64_t events;
    cube_i128 amount;
};

/* Tracks that roll alike. */
struct ledger_window {
    struct horizon horizon;
    uint8_t tracks[LEDGER_COUNT];  /* TRACKS_MAX: none is of that ledger */
    uint16_t held[PART_COUNT];     /* tracks (bits) that hold the events of a part, as far as somebody asks */
    uint8_t parts;                 /* bits of those that are kept */
};

struct ledger_plan {
    struct ledger_window windows[TRACKS_MAX];
    uint32_t count;
    uint32_t parts; /* of all windows together that a purchase adds to */
};

/* counted: tracks (bits) on which customers with events of the ledger are counted. */
void ledger_plan_fill(const struct model *m, uint32_t counted, struct ledger_plan *ret_p);

/* Adds to the pane of a->ts_ms in every window, and to the totals of its tracks. shares: by part. CUBE_ENOMEM: some of it may
 * be added. */
int ledger_panes_add(struct applying *a, const struct ledger_share *shares) CUBE_MUST_CHECK;

/* Fact i, of type FACT_LEDGER, leaves its window. */
void ledger_leave(struct applying *a, uint32_t i);

/* ---- restoring: totals are restored by themselves ---- */

/* A fact of a record may have this arg. */
bool ledger_arg_is_valid(const struct ledger_plan *p, uint8_t arg);

/* The tracks (bits) that the customer holds by this fact. */
static inline uint16_t ledger_held_by(const struct ledger_plan *p, const struct fact *f)
{
    bool has = fact_type(f) == FACT_LEDGER && (int64_t)f->key > 0;
    return has ? p->windows[fact_arg(f) >> 2].held[fact_arg(f) & 3] : 0;
}

/* Which tracks the customer holds, from all its facts. */
void ledger_held_find(const struct ledger_plan *p, struct entity *x);

/* Adds to the fact of a window and part whose pane leaves at t. CUBE_ENOMEM. */
int ledger_part_add(struct fact_home *h, struct entity *x, const struct ledger_plan *p, uint32_t window, enum ledger_part part, int64_t t,
                    struct ledger_share s) CUBE_MUST_CHECK;

/* A fact of a record of version 3, which had one for each track and pane: of its total, or (events) of the events in it.
 * CUBE_ENOMEM. */
int ledger_old_take(struct fact_home *h, struct entity *x, const struct ledger_plan *p, const struct fact *f, bool events) CUBE_MUST_CHECK;

#endif
