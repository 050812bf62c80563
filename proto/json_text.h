/* The lexical half of the JSON scanner: texts and numbers. */
#ifndef CUBE_PROTO_JSON_TEXT_H
#define CUBE_PROTO_JSON_TEXT_H

#include "proto/bytes16.h"
#include "proto/json_scan.h"

/* Bit i: byte i of sixteen is not plain inside a text: a quote, a backslash, a control character or beyond ASCII. */
static inline uint32_t json_text_stops(const uint8_t *at)
{
    struct bytes16 b = bytes16_load(at);
    struct bytes16 quote = bytes16_equal(b, bytes16_all('"')), backslash = bytes16_equal(b, bytes16_all('\\'));
    struct bytes16 other = bytes16_less(b, bytes16_all(' ')); /* bytes beyond ASCII are negative */
    return bytes16_high((struct bytes16){quote.at | backslash.at | other.at});
}

/* Reads a text; s->at stands behind its opening quote and moves behind the closing one. Fills all
 * of *ret_t but the type. Errors as json_scan_next. */
int json_text_read(struct json_scan *s, struct json_token *ret_t) CUBE_MUST_CHECK;

/* Reads a number; s->at stands on its first byte. Errors as json_scan_next. */
int json_number_read(struct json_scan *s, struct json_token *ret_t) CUBE_MUST_CHECK;

#endif
