/* Which measures and rules an event of each kind meets: worked out once, so that the cost of an event follows
 * what it touches and not what is configured. */
#ifndef CUBE_ENGINE_DISPATCH_H
#define CUBE_ENGINE_DISPATCH_H

#include "engine/entity_engine.h"
#include "engine/ledger_panes.h"
#include "engine/order.h"
#include "engine/reactions.h"

struct measure_list {
    uint8_t *at; /* indices of measures */
    uint32_t count;
};

struct rule_list {
    uint8_t at[POINTS_RULES_MAX];
    uint8_t count;
};

/* A horizon of a measure over ledgers, and the tracks (bits) whose changes it is told. */
struct track_watch {
    const struct measure *measure;
    uint16_t tracks;
    uint8_t horizon;
};

/* Tracks (bits) that somebody watches and that roll alike. */
struct track_window {
    struct horizon horizon;
    uint32_t tracks;
};

/* What there is to do about a customer's event, by its kind. */
enum event_step {
    STEP_ACTS = 1,    /* the customer acts */
    STEP_LIFE = 2,    /* it leaves something in the customer's life */
    STEP_SHOWN = 64,  /* or something there that only the customer's record shows */
    STEP_POINTS = 4,  /* some rule earns or is retracted by it */
    STEP_MONEY = 8,   /* it changes ledgers */
    STEP_BUYS = 16,   /* it is a purchase */
    STEP_CANCEL = 32, /* or takes one back */
    STEP_ORDERED = 128 /* what rules make of it hangs on what was before */
};

struct dispatch {
    uint8_t *memory; /* of all lists */
    struct measure_list apply[KIND_COUNT]; /* by their source */
    struct kind_reactions reactions[KIND_COUNT]; /* of the same measures */
    struct measure_list touch, move, forget, points;
    struct track_watch *watches;
    uint32_t watch_count;
    uint8_t steps[KIND_COUNT]; /* enum event_step */
    uint32_t tracks; /* bits of the tracks that somebody watches */
    struct track_window windows[TRACKS_MAX];
    uint32_t window_count;
    struct ledger_plan ledgers;
    struct order_plan orders;
    uint32_t purchase_facts; /* that most purchases add */
    struct rule_list earn[KIND_COUNT], retract[KIND_COUNT];
};

/* Works out the lists of one type of entity. CUBE_ENOMEM. */
int dispatch_create(const struct model *m, enum entity_type type, struct dispatch **ret_d) CUBE_MUST_CHECK;
void dispatch_destroy(struct dispatch *d);

#endif
