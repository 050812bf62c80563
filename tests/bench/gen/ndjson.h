/* An event's bytes as a line of JSON: what `cubed replay` reads. */
#ifndef CUBE_BENCH_GEN_NDJSON_H
#define CUBE_BENCH_GEN_NDJSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Writes a map of texts, numbers and booleans, as this generator makes them, as one line. 0; -1: the map holds
 * something else, or the file takes no more. */
int ndjson_write(const uint8_t *map, size_t len, FILE *to);

#endif
