/* Processes of a version before beside those of this one: whoever comes back may find a watermark that its own buckets of events would not
 * have come to. */
#ifndef CUBE_TESTS_SIM_VERSION_H
#define CUBE_TESTS_SIM_VERSION_H

#include "sim/sim_world.h"
#include "task/entity_task.h"

/* Whether some processes of the schedule are of a version before. */
void sim_versions_draw(struct sim_world *w, uint64_t seed);

/* Whether the process that begins is. */
bool sim_version_draw(struct sim_world *w);

/* The task holds events as that version did; told before each record. */
void sim_version_before(struct entity_task *t);

#endif
