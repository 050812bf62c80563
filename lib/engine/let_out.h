/* What privacy lets out of survey cells at a release (domain 4.4), as the task that decides hands it over to the
 * owners of the scopes. */
#ifndef CUBE_ENGINE_LET_OUT_H
#define CUBE_ENGINE_LET_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/measure.h"
#include "measure/result.h"

/* One horizon of a cell; all that its owner ever learns of it. */
struct let_out {
    bool withheld;        /* then nothing else is set */
    int64_t published_ms; /* the release that let this result out first */
    struct result result;
};

/* One measure of one scope. */
struct let_out_cell {
    struct text scope;
    uint32_t kind; /* of the scope */
    uint16_t measure;
    uint32_t horizon_count;
    struct let_out horizons[HORIZONS_MAX];
};

#endif
