/* What rules of points made of the events of a customer, kept at least while one from before them may come. An event that is told late
 * undoes those after it, last first, is applied, and so are they again; what then differs is told where it counted. */
#ifndef CUBE_ENGINE_POINTS_STEPS_H
#define CUBE_ENGINE_POINTS_STEPS_H

#include "engine/points_rules.h"

/* So many are undone for an event that is told late; where more are later than it, it counts as after the earliest of them. */
#define POINTS_STEPS_MAX 255

struct points_step {
    int64_t ts_ms;
    uint64_t key;   /* hash of the thing */
    uint32_t set;   /* scopes of the event */
    int32_t net;    /* points that it added */
    uint8_t rule;
    uint8_t order;  /* of its event among those of one instant */
    bool back;      /* it takes back */
    bool above;     /* it earns what the rule's steps say */
    bool did;       /* it earned, or took back */
    bool is_fresh;  /* it stands in a FACT_POINTS_FRESH */
};

/* Keeps a step that was applied, and that does not stand in what it earned. CUBE_ENOMEM. */
int points_step_keep(struct applying *a, const struct points_step *s) CUBE_MUST_CHECK;

/* Applies an event of which steps are kept, in its turn. Leaves the net in a->points. CUBE_ENOMEM. */
int points_steps_apply(struct applying *a, const struct points_rules *rules) CUBE_MUST_CHECK;

#endif
