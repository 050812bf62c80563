/* What comes out when the tasks alone, without worker, log, commits and restarts, take the same records in the same order. */
#ifndef CUBE_TESTS_SIM_PURE_H
#define CUBE_TESTS_SIM_PURE_H

#include "config/config.h"
#include "proto/event_decode.h"
#include "sim/sim_order.h"

/* from: where the records are, and how many partitions there are. Leaves all topics but the partials in ret_k, to be closed by the caller. Fails when
 * the tasks cannot be led through that order. */
void sim_pure_run(const struct config *c, struct decode_scratch *scratch, const struct sim_kafka *from, const struct sim_order *o,
                  struct sim_kafka *ret_k);

#endif
