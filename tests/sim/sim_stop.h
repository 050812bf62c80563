/* Clean stops: a process commits what it has, notes on its disk what changelogs lack, and leaves the group. */
#ifndef CUBE_TESTS_SIM_STOP_H
#define CUBE_TESTS_SIM_STOP_H

#include "sim/sim_world.h"

/* Draws how often it happens in a schedule. */
void sim_stops_draw(struct sim_world *w, uint64_t seed);

/* Before each step: somebody is told to stop. */
void sim_stop_strike(struct sim_world *w);

/* Draws whether all are told to. */
bool sim_stops_all(struct sim_world *w);

/* After each turn of a process: it may have left; then the next one of its name may come at once. */
void sim_stop_look(struct sim_world *w, struct sim_process *p);

#endif
