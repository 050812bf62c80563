/* What comes out when the tasks alone, without worker, log, commits and restarts, take the same records in the same order. */
#ifndef CUBE_TESTS_SIM_PURE_H
#define CUBE_TESTS_SIM_PURE_H

#include "config/config.h"
#include "proto/event_decode.h"
#include "sim/sim_order.h"
#include "task/task.h"

#define SIM_PURE_ENTITIES (SIM_PARTITIONS + 1) /* customers, then the employees */

struct sim_pure {
    struct sim_kafka to;          /* what came out: all topics but the partials */
    const struct sim_kafka *from;
    const struct sim_order *order;
    struct task_env env;
    struct epoch epoch;
    struct entity_task *entities[SIM_PURE_ENTITIES];
    struct scope_task *scopes[SIM_PARTITIONS];
    uint32_t at[SIM_PURE_ENTITIES];         /* the next of the order that may be one of this task */
    int64_t ends_ms[SIM_PURE_ENTITIES];     /* where the clock has taken each task behind its last record; TIME_NONE: it is no matter of the clock */
    int64_t offsets[SIM_PARTITIONS];        /* of the next bundle */
    int32_t count;                          /* tasks of customers, and of scopes */
    int32_t producer;
    uint64_t added;                         /* places of its transaction */
};

/* from: where the records are, and how many partitions there are; it and the order are borrowed. */
void sim_pure_open(struct sim_pure *p, const struct config *c, struct decode_scratch *scratch, const struct sim_kafka *from,
                   const struct sim_order *o);
/* Takes what the order, which is settled, has more than the last time, goes as far as the clock has taken the tasks and publishes what came of it.
 * Fails when the tasks cannot be led through that order. */
void sim_pure_go(struct sim_pure *p);
void sim_pure_close(struct sim_pure *p);

#endif
