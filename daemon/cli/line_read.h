/* Lines of a stream, in memory that is bounded. */
#ifndef CUBE_CLI_LINE_READ_H
#define CUBE_CLI_LINE_READ_H

#include <stdint.h>
#include <stdio.h>

#include "proto/event_decode.h"

/* Of a line so much is kept: one that is longer is no record, and is refused for its length. */
#define LINE_KEPT_MAX (RECORD_BYTES_MAX + 1)

/* Reads the next line into to, which has room for LINE_KEPT_MAX bytes, without what is blank at its end. Of a longer line its first bytes, and
 * the rest is passed over. False at the end, or when the stream cannot be read (ferror). */
bool line_read(FILE *in, uint8_t *to, size_t *ret_len);

/* The bytes that some editors put in front of a text (U+FEFF) and that are none of it: how many stand there. */
size_t order_mark_length(const uint8_t *at, size_t len);

#endif
