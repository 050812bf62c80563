/* Holds the value of an output against its form (proto/output_form.h). */
#ifndef CUBE_CLI_VERIFY_FORM_H
#define CUBE_CLI_VERIFY_FORM_H

#include <stdbool.h>

#include <jansson.h>

#include "proto/output_form.h"

#define VERIFY_FORM_TEXT_MAX 96

/* True when j has all members that are always there, each of its type. Members it does not know pass. Otherwise why
 * says what is wrong. */
bool verify_form_holds(const json_t *j, enum output_map map, char why[VERIFY_FORM_TEXT_MAX]);

#endif
