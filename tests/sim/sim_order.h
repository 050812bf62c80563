/* In what order the tasks took the records that are committed, and how far each had applied then, and by which clock. What becomes of a straggler
 * hangs on the one, of a record that is ahead of the clock on the other, and on nothing else of a schedule. */
#ifndef CUBE_TESTS_SIM_ORDER_H
#define CUBE_TESTS_SIM_ORDER_H

#include "sim/sim_kafka.h"

/* A record handed to a task that had not read it before. */
struct sim_delivery {
    uint32_t incarnation;      /* of the process */
    enum topic_role role;
    int32_t partition;
    int64_t offset;
    int64_t applied_ms;        /* of the task, before it took the record */
    int64_t clock_ms;          /* of the process */
};

struct sim_order {
    struct sim_delivery *all;
    uint32_t count, capacity;
};

/* Notes a delivery; most are of records whose commit comes to nothing and which are delivered again. */
void sim_order_note(struct sim_order *o, const struct sim_delivery *d);

/* Leaves what was committed: of each record the last delivery to the process that moved the group past it. Fails when there is none. */
void sim_order_settle(struct sim_order *o, const struct sim_kafka *k);

void sim_order_close(struct sim_order *o);

#endif
