/* A pull scanner of JSON text (RFC 8259) for input nobody has vouched for: it allocates nothing,
 * does not recurse, and its work is bounded by the bytes and by the bounds of a record. */
#ifndef CUBE_PROTO_JSON_SCAN_H
#define CUBE_PROTO_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum json_type {
    JSON_SCAN_OBJECT,
    JSON_SCAN_OBJECT_END,
    JSON_SCAN_ARRAY,
    JSON_SCAN_ARRAY_END,
    JSON_SCAN_KEY,
    JSON_SCAN_TEXT,
    JSON_SCAN_NUMBER,
    JSON_SCAN_TRUE,
    JSON_SCAN_FALSE,
    JSON_SCAN_NULL,
    JSON_SCAN_END /* the value is complete and only white space followed */
};

struct json_token {
    enum json_type type;
    struct text raw;  /* KEY, TEXT: between the quotes, as written; NUMBER: its text. Borrowed. */
    uint32_t decoded; /* KEY, TEXT: bytes after unescaping */
    bool escaped;     /* KEY, TEXT: raw holds an escape */
    bool valid;       /* KEY, TEXT: well-formed UTF-8 and no lone surrogate */
    bool whole;       /* NUMBER: written without fraction and exponent */
};

/* Every container but the first is a counted member of another, so no more can be open than this.
 */
#define JSON_SCAN_OPEN_MAX (4096 + 64)

struct json_scan {
    const uint8_t *at, *end;
    uint32_t depth;    /* containers open now */
    uint32_t elements; /* members of arrays and objects so far */
    bool too_deep;     /* more than RECORD_DEPTH_MAX were open at some time */
    bool bad_text;     /* some text was not valid */
    uint8_t state;
    uint64_t object[JSON_SCAN_OPEN_MAX / 64]; /* bit per open container: it is an object */
};

void json_scan_init(struct json_scan *s, const uint8_t *at, size_t len);

/* Gives the next token. CUBE_ETRUNCATED: the text ends too early. CUBE_EFORMAT: no JSON.
 * CUBE_ELIMIT: a text longer than RECORD_STRING_MAX bytes after unescaping, or more than
 * RECORD_ELEMENTS_MAX members. After an error the scanner must not be used. Depth and bad texts do
 * not stop it: they are noted in the scanner. */
int json_scan_next(struct json_scan *s, struct json_token *ret_t) CUBE_MUST_CHECK;

/* Skips the rest of the containers opened since depth was `depth`. Errors as json_scan_next. */
int json_scan_skip_to(struct json_scan *s, uint32_t depth) CUBE_MUST_CHECK;

/* Writes the unescaped text of a valid KEY or TEXT token to at, which has room for t->decoded
 * bytes. */
void json_unescape(const struct json_token *t, uint8_t *at);

#endif
