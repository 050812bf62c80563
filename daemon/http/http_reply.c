#include "http/http_reply.h"

#include <stdlib.h>

#include "proto/emit.h"

bool reply_headers(struct MHD_Response *r, const char *type, const char *cache)
{
    static const char *const common[][2] = {
        {"Content-Security-Policy",
         "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (MHD_add_response_header(r, common[i][0], common[i][1]) != MHD_YES) {
            return false;
        }
    }
    return MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
           MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, cache) == MHD_YES;
}

static enum MHD_Result queue(struct http_server *s, struct MHD_Connection *c, unsigned status,
                             struct MHD_Response *r)
{
    s->requests++;
    s->refused += status >= 400;
    enum MHD_Result done = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return done;
}

enum MHD_Result reply_failure(struct http_server *s, struct MHD_Connection *c)
{
    return MHD_queue_response(c, MHD_HTTP_INTERNAL_SERVER_ERROR, s->unavailable);
}

enum MHD_Result reply_buf(struct http_server *s, struct MHD_Connection *c, unsigned status,
                          const char *type, struct buf *body)
{
    struct MHD_Response *r =
        body->len
            ? MHD_create_response_from_buffer(body->len, body->at, MHD_RESPMEM_MUST_FREE)
            : MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    if (!r || body->len == 0) {
        buf_close(body);
    }
    *body = (struct buf){0};
    if (!r) {
        return reply_failure(s, c);
    }
    if (!reply_headers(r, type, "no-store")) {
        MHD_destroy_response(r);
        return reply_failure(s, c);
    }
    return queue(s, c, status, r);
}

enum MHD_Result reply_asset(struct http_server *s, struct MHD_Connection *c, const char *type,
                            const char *at, size_t len)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(len, (void *)(uintptr_t)at, MHD_RESPMEM_PERSISTENT);
    if (!r) {
        return reply_failure(s, c);
    }
    if (!reply_headers(r, type, "no-cache")) {
        MHD_destroy_response(r);
        return reply_failure(s, c);
    }
    return queue(s, c, MHD_HTTP_OK, r);
}

/* What the protocol asks beside the status. */
static bool status_headers(struct MHD_Response *r, unsigned status)
{
    switch (status) {
    case MHD_HTTP_METHOD_NOT_ALLOWED:
        return MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES;
    case MHD_HTTP_UNAUTHORIZED:
        return MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                                       "Bearer realm=\"cubed\"") == MHD_YES;
    case MHD_HTTP_CONTENT_TOO_LARGE: /* its body was not read: nothing more can come on this
                                        connection */
        return MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
    default: return true;
    }
}

int reply_text_last(struct buf *out, const char *text)
{
    struct emit e;
    emit_begin(&e, FORMAT_JSON, out);
    emit_text(&e, text_of(text));
    int rc = emit_end(&e);
    return rc ? rc : buf_append(out, "}\n", 2);
}

static int error_write(const char *text, struct buf *out)
{
    int rc = buf_append(out, "{\"error\":", 9);
    return rc ? rc : reply_text_last(out, text);
}

enum MHD_Result reply_error(struct http_server *s, struct MHD_Connection *c, unsigned status,
                            const char *text)
{
    struct buf body = {0};
    struct MHD_Response *r = error_write(text, &body) ? NULL : MHD_create_response_from_buffer(body.len, body.at, MHD_RESPMEM_MUST_FREE);
    if (!r) {
        buf_close(&body);
        return reply_failure(s, c);
    }
    if (!reply_headers(r, TYPE_JSON, "no-store") || !status_headers(r, status)) {
        MHD_destroy_response(r);
        return reply_failure(s, c);
    }
    return queue(s, c, status, r);
}
