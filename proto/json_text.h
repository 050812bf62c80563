/* The lexical half of the JSON scanner: texts and numbers. */
#ifndef CUBE_PROTO_JSON_TEXT_H
#define CUBE_PROTO_JSON_TEXT_H

#include "proto/json_scan.h"

/* Reads a text; s->at stands behind its opening quote and moves behind the closing one. Fills all
 * of *ret_t but the type. Errors as json_scan_next. */
int json_text_read(struct json_scan *s, struct json_token *ret_t) CUBE_MUST_CHECK;

/* Reads a number; s->at stands on its first byte. Errors as json_scan_next. */
int json_number_read(struct json_scan *s, struct json_token *ret_t) CUBE_MUST_CHECK;

#endif
