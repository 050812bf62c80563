/* Answers, with the headers that every answer carries. */
#ifndef CUBE_HTTP_HTTP_REPLY_H
#define CUBE_HTTP_HTTP_REPLY_H

#include "base/buf.h"
#include "http/http_server.h"

#define TYPE_JSON "application/json; charset=utf-8"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"

/* Appends the last value of an object, a text, and the end of the object. CUBE_ENOMEM. */
int reply_text_last(struct buf *out, const char *text) CUBE_MUST_CHECK;

/* Sends a body that it takes over: *body is empty afterwards, whatever happens. */
enum MHD_Result reply_buf(struct http_server *s, struct MHD_Connection *c, unsigned status,
                          const char *type, struct buf *body);

/* Sends a part of the page; at is static. */
enum MHD_Result reply_asset(struct http_server *s, struct MHD_Connection *c, const char *type,
                            const char *at, size_t len);

/* Sends {"error":"TEXT"}; text needs no escaping. */
enum MHD_Result reply_error(struct http_server *s, struct MHD_Connection *c, unsigned status,
                            const char *text);

/* Sends 500 {"error":...} for a failure of ours: out of memory, or a source that failed. */
enum MHD_Result reply_failure(struct http_server *s, struct MHD_Connection *c);

/* Adds the headers of every answer. False: out of memory. */
bool reply_headers(struct MHD_Response *r, const char *type, const char *cache);

#endif
