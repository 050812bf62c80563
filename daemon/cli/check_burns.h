/* Burn rules as `cubed check` shows them: how many there must be in a short window at least before one can fire. */
#ifndef CUBE_CLI_CHECK_BURNS_H
#define CUBE_CLI_CHECK_BURNS_H

#include <jansson.h>
#include <stdio.h>

#include "engine/model.h"

/* The least n of which all being errors makes a burn rule fire: their Wilson bound exceeds factor x (1 - objective). Below it
 * the rule says nothing, however bad things are. INT64_MAX: none does; the configuration refuses that. */
int64_t burn_least(const struct burn_rate_condition *c);

/* One line for each burn rule; nothing without one. */
void check_burns_print(const struct model *m, FILE *out);

/* [{"alert", "measure", "least", "window_ms"}, ...]; NULL: no memory. */
json_t *check_burns_json(const struct model *m);

#endif
