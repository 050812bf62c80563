/* The registry as `cubed check` shows it: measures by class, and the hypotheses. For cmd_check.c only. */
#ifndef CUBE_CLI_CHECK_REGISTRY_H
#define CUBE_CLI_CHECK_REGISTRY_H

#include <jansson.h>
#include <stdio.h>

#include "engine/model.h"

/* Prints a table of the CPIs, the KPIs and the HR measures, then the hypotheses. */
void check_registry_print(const struct model *m, FILE *out);

/* The same as lists of maps; owned by the caller, NULL without memory. */
json_t *check_registry_json(const struct model *m);
json_t *check_hypotheses_json(const struct model *m);

#endif
