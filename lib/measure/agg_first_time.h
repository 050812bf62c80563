/* What others ask of the cases that first_time keeps. */
#ifndef CUBE_MEASURE_AGG_FIRST_TIME_H
#define CUBE_MEASURE_AGG_FIRST_TIME_H

#include "engine/entity.h"
#include "engine/facts.h"
#include "engine/model.h"

/* Cases of a customer that wait, as the first measure of first_time knows them; 0 without one. */
int64_t first_time_waiting(const struct model *m, const struct entity *x);

#endif
