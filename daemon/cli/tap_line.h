/* One line per output record: for people, or as JSON. */
#ifndef CUBE_CLI_TAP_LINE_H
#define CUBE_CLI_TAP_LINE_H

#include <stdbool.h>

#include "config/config.h"
#include "port/record.h"

/* Prints the record to stdout unless scope is present and the record is of another one. Returns whether it
 * was printed. */
bool tap_line_print(const struct config *c, const struct record *r, record_headers_fn *headers, struct text scope, bool json);

#endif
