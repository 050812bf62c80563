/* The report of `cubed verify`, for a person and for programs. */
#ifndef CUBE_CLI_VERIFY_PRINT_H
#define CUBE_CLI_VERIFY_PRINT_H

#include <stdbool.h>

#include <stdio.h>

#include "cli/verify_report.h"
#include "cli/verify_world.h"

/* Prints one line per invariant, then each violation, to stdout. */
void verify_print(const struct verify_world *w, const struct verify_report *v);

/* Prints one JSON object to stdout. CUBE_ENOMEM. */
int verify_print_json(const struct verify_world *w, const struct verify_report *v) CUBE_MUST_CHECK;

/* Prints what is checked, for `cubed help verify`. */
void verify_print_reference(FILE *out);

#endif
