/* Base64 (RFC 4648, with padding): bytes that are no text, in JSON. */
#ifndef CUBE_PROTO_BASE64_H
#define CUBE_PROTO_BASE64_H

#include "base/buf.h"
#include "base/text.h"

/* Appends the text of n bytes. CUBE_ENOMEM. */
int base64_append(struct buf *out, const uint8_t *at, size_t n) CUBE_MUST_CHECK;

/* Appends the bytes of a text. CUBE_EFORMAT: no Base64. CUBE_ENOMEM. */
int base64_decode(struct text t, struct buf *out) CUBE_MUST_CHECK;

#endif
