/* Pieces that several output values share; for the output_*.c files only. */
#ifndef CUBE_PROTO_OUTPUT_PARTS_H
#define CUBE_PROTO_OUTPUT_PARTS_H

#include "proto/output.h"

#define OCTANT_NAME_MAX 16 /* "engagement" is the longest */

/* measure and contribution of a driver, as members of the map that is open. */
void output_put_driver(struct emit *e, const struct model *m, const struct driver *d);

/* 16 hex digits, without a zero byte. */
void output_put_hex(uint64_t v, char at[16]);

/* Appends a template with its {{...}} replaced: scope, value, n, measure, octant, from, to. An unknown
 * name stays as it is; a value that is not there reads "unknown". CUBE_ENOMEM. */
int output_annotation(struct text template, const struct model *m, struct text scope,
                      const struct decision *d, struct buf *out) CUBE_MUST_CHECK;

#endif
