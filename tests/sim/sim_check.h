/* What must hold after a schedule. */
#ifndef CUBE_TESTS_SIM_CHECK_H
#define CUBE_TESTS_SIM_CHECK_H

#include "proto/commit_record.h"
#include "sim/sim_world.h"

#define OUTPUTS 6

/* The public topics as a read_committed reader sees them, in an order that only the order per key decides. Of
 * states and customers the last record per key. And what became of the records of each input, as the last commit
 * records count it. */
struct sim_outputs {
    struct sim_output {
        const struct sim_record **records;
        uint32_t count;
    } topics[OUTPUTS];
    struct sim_outcomes {
        uint8_t input;
        int32_t partition;
        uint64_t counts[OUTCOME_COUNT];
    } outcomes[2 * COMMIT_INPUTS_MAX * SIM_PARTITIONS];
    uint32_t outcome_count;
};

/* Borrowed from the Kafka, to which nothing may be added meanwhile, but for the arrays. */
void sim_outputs_take(const struct sim_kafka *k, struct sim_outputs *ret_o);
void sim_outputs_close(struct sim_outputs *o);

/* The last commit record of a changelog partition that a reader is shown; NULL: there is none. */
const struct sim_record *sim_commit_last(const struct sim_kafka *k, enum topic_role changelog, int32_t partition);

/* Fails with the first difference. */
void sim_outputs_equal(const struct sim_outputs *got, const struct sim_outputs *want);

/* Commit records count up by one, their ranges join and their outcomes add up to what was read; bundles count up by one per sender and receiver; a
 * change begins where the one before it ended; firing and resolved alternate; watermarks do not fall. */
void sim_invariants_hold(struct sim_world *w);

#endif
