/* What could be worked out of survey cells by taking one from another, and which of them are withheld so
 * that it cannot (domain 4.4; contract 5, differencing). Pure: numbers of answers in, cells to withhold out. */
#ifndef CUBE_ENGINE_EXPOSURE_H
#define CUBE_ENGINE_EXPOSURE_H

#include <stdint.h>

#include "measure/measure.h"

/* One measure of one scope as it is about to be let out. */
struct exposure_cell {
    int64_t n[HORIZONS_MAX]; /* answers, as let out */
    uint8_t let_out;         /* bit per horizon */
};

/* A scope and the scopes of one finer kind inside it. */
struct exposure_group {
    uint32_t whole;        /* index of a cell */
    const uint32_t *parts; /* indices of cells, ascending by key */
    uint32_t count;
};

/* Takes let_out away from cells until nothing is exposed:
 * of a group and a horizon, when n of the whole less the n of its parts that are let out is 1..k-1, the part
 * with the smallest n goes (of equal ones the first by key);
 * of one cell, when the n of a longer horizon less that of a shorter one is 1..k-1, the shorter one goes.
 * Groups are gone through in the order given, each until it exposes nothing, and again until none does; then all
 * cells with their horizons from the longest to the shortest; all of it again until nothing is withheld. Returns
 * how many were withheld. */
uint32_t exposure_withhold(struct exposure_cell *cells, uint32_t cell_count, const struct exposure_group *groups,
                           uint32_t group_count, const struct measure *m, int64_t k);

#endif
