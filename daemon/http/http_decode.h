/* Texts of a request line. libmicrohttpd hands out paths without their length, so a decoded %00 would end them. */
#ifndef CUBE_HTTP_HTTP_DECODE_H
#define CUBE_HTTP_HTTP_DECODE_H

#include <microhttpd.h>

#include "base/buf.h"
#include "base/text.h"

/* For MHD_OPTION_UNESCAPE_CALLBACK: leaves a text as it came. */
size_t http_decode_later(void *arg, struct MHD_Connection *c, char *s);

/* Appends the text with %41 as A; what is no such triple stays. CUBE_ENOMEM. */
int http_decode(struct text escaped, struct buf *out) CUBE_MUST_CHECK;

#endif
