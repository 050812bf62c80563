/* What the tasks of all processes hold: what is as it was after a restart though no output shows it yet. */
#ifndef CUBE_TESTS_SIM_STATE_H
#define CUBE_TESTS_SIM_STATE_H

#include "base/buf.h"
#include "sim/sim_world.h"

/* An entity, a scope, or what a task remembers beside them. */
struct sim_state_item {
    uint32_t key, key_len, value, value_len; /* in bytes */
};

struct sim_state {
    struct buf bytes;
    struct sim_state_item *items; /* ascending by key */
    uint32_t count, capacity;
};

/* Of processes that are at rest; of none where some are of a version before that would stop at another instant. */
void sim_state_take(struct sim_world *w, struct sim_state *ret_s);
void sim_state_close(struct sim_state *s);

/* Fails with the first difference. */
void sim_state_equal(const struct sim_state *got, const struct sim_state *want);

#endif
