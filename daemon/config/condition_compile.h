/* Conditions of alerts. */
#ifndef CUBE_CONFIG_CONDITION_COMPILE_H
#define CUBE_CONFIG_CONDITION_COMPILE_H

#include "config/whole.h"

/* Reads the one condition of an alert, with its measure or axis. */
void condition_of_alert_compile(struct whole *w, const struct yaml *map, struct alert_rule *r);

/* The names of the conditions in turn; NULL after the last. */
const char *condition_name_at(uint32_t i);

/* The factor of a burn rate when none is given: min(14.4, 0.8/(1-objective)). */
double burn_factor_default(double objective);

#endif
