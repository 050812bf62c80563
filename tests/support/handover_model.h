/* A model with two private measures among four, for what reads and writes hand-overs. */
#ifndef CUBE_TESTS_HANDOVER_MODEL_H
#define CUBE_TESTS_HANDOVER_MODEL_H

#include "proto/handover.h"

#define HANDOVER_MEASURES 4

static const uint16_t handover_scored[] = {0, 1, 3};

static inline struct model handover_model(struct measure measures[HANDOVER_MEASURES])
{
    for (uint16_t i = 0; i < HANDOVER_MEASURES; i++) {
        measures[i] = (struct measure){.index = i, .is_private = i % 2 == 1, .horizon_count = i == 1 ? 2 : 1};
    }
    return (struct model){
        .measures = measures,
        .measure_count = HANDOVER_MEASURES,
        .scopes = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}},
        .cube = {.tick_ms = 10000},
    };
}

#endif
