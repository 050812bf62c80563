/* What others ask of the cases that first_time keeps. */
#ifndef CUBE_MEASURE_AGG_FIRST_TIME_H
#define CUBE_MEASURE_AGG_FIRST_TIME_H

#include "engine/entity.h"
#include "engine/facts.h"
#include "engine/model.h"

/* Cases of a customer that wait, as the first measure of first_time knows them; 0 without one. */
int64_t first_time_waiting(const struct model *m, const struct entity *x);

/* The scope sets inside the value of a FACT_CASE, which only have a meaning in one run: read and replaced
 * when a record is written and put back. */
void first_time_sets(const struct fact *f, uint32_t *ret_waits_in, uint32_t *ret_counted_in);
void first_time_sets_replace(struct fact *f, uint32_t waits_in, uint32_t counted_in);

#endif
