/* One local copy of a changelog partition in memory (sim_disk.h), and what may happen to it while nobody uses it. */
#ifndef CUBE_TESTS_SIM_COPY_H
#define CUBE_TESTS_SIM_COPY_H

#include "sim/sim_disk.h"

/* Appends to the copy. */
void sim_copy_add(struct sim_copy *c, const struct sim_copy_entry *e);

/* Makes it what another one is. */
void sim_copy_assign(struct sim_copy *to, const struct sim_copy *from);
/* Empties and opens it. */
void sim_copy_begin(struct sim_copy *c);

/* The place that all marks together tell. */
struct checkpoint_place sim_copy_place(const struct sim_copy *c);

/* The last record of each key, no tombstones, one mark. Nothing is put since the last one. */
void sim_copy_rewrite(struct sim_copy *c);

/* It is shorter than it was, lost, as it was some time ago, or made foreign with the keys of another one. */
void sim_copy_strike(struct sim_disks *d, struct sim_copy *c, const struct sim_copy *older, const struct sim_copy *other);

#endif
