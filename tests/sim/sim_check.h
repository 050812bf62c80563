/* What must hold after a schedule. */
#ifndef CUBE_TESTS_SIM_CHECK_H
#define CUBE_TESTS_SIM_CHECK_H

#include "sim/sim_world.h"

#define OUTPUTS 7

/* The public topics as a read_committed reader sees them, in an order that only the order per key decides. Of
 * states and customers the last record per key. And what became of the records of each input, as the last commit
 * records count it. */
struct sim_outputs {
    struct sim_output {
        const char **lines;
        uint32_t count;
    } topics[OUTPUTS];
};

/* Borrowed from the Kafka, but for the arrays. */
void sim_outputs_take(struct sim_kafka *k, struct sim_outputs *ret_o);
void sim_outputs_close(struct sim_outputs *o);

/* The last commit record of a changelog partition that a reader is shown; NULL: there is none. */
const struct sim_record *sim_commit_last(const struct sim_kafka *k, enum topic_role changelog, int32_t partition);

/* Fails with the first difference. */
void sim_outputs_equal(const struct sim_outputs *got, const struct sim_outputs *want);

/* Commit records count up by one, their ranges join and their outcomes add up to what was read; bundles count up by one per sender and receiver; a
 * change begins where the one before it ended; firing and resolved alternate; watermarks do not fall. */
void sim_invariants_hold(struct sim_world *w);

#endif
