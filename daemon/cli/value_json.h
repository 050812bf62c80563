/* The value of a record as a JSON tree, whichever form it came in. */
#ifndef CUBE_CLI_VALUE_JSON_H
#define CUBE_CLI_VALUE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"

/* Returns a new tree, NULL when the bytes are neither JSON nor one MessagePack value or memory ends. Binary
 * becomes base64 text, extensions null, keys that are no text, or have a byte 0, are left out; JSON with such a key is none. */
json_t *value_json(const uint8_t *at, size_t len);

/* Appends the tree as JSON text, numbers as the shortest text that reads back, members that are null left out.
 * CUBE_ENOMEM, CUBE_ELIMIT: deeper than EMIT_DEPTH_MAX; nothing changed. */
int value_json_text(const json_t *j, struct buf *out) CUBE_MUST_CHECK;

/* A path as a JSON text: it may be no UTF-8, and bytes that are none become U+FFFD. NULL: no memory. */
json_t *value_json_path(const char *path);

#endif
