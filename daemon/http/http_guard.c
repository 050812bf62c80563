#include "http/http_guard.h"

#include <strings.h>

struct header_sum {
    size_t bytes;
    bool body;
};

static enum MHD_Result header_count(void *arg, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct header_sum *sum = arg;
    (void)kind;
    sum->bytes += strlen(name) + (value ? strlen(value) : 0) + 4;
    sum->body |=
        strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0 ||
        (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 && value && strcmp(value, "0") != 0);
    return MHD_YES;
}

bool secret_equal(struct text a, struct text b)
{
    if (a.len != b.len) {
        return false;
    }
    unsigned char differs = 0;
    for (uint32_t i = 0; i < a.len; i++) {
        differs |= (unsigned char)(a.at[i] ^ b.at[i]);
    }
    return differs == 0;
}

static bool authorised(const struct http_server *s, struct MHD_Connection *c)
{
    static const char scheme[] = "Bearer ";
    if (s->address.loopback && !s->options.token) {
        return true;
    }
    const char *given =
        MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    return given && strncasecmp(given, scheme, sizeof(scheme) - 1) == 0 &&
           secret_equal(text_of(given + sizeof(scheme) - 1), text_of(s->options.token));
}

/* Behind a token any name may lead here: a page of a rebound name does not have the token. */
static bool host_known(const struct http_server *s, struct MHD_Connection *c)
{
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    return !s->address.loopback || http_host_allowed(&s->address, text_of(host));
}

unsigned guard_check(const struct http_server *s, struct MHD_Connection *c, const char *url,
                     const char *method, const char **ret_text)
{
    struct header_sum sum = {.bytes = strlen(url) + strlen(method) + sizeof("  HTTP/1.1\r\n\r\n") - 1};
    MHD_get_connection_values(c, MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND, header_count, &sum);
    if (sum.bytes > HTTP_HEADER_BYTES_MAX) {
        *ret_text = "request line and headers are longer than 8192 bytes";
        return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
    }
    if (!host_known(s, c)) {
        *ret_text =
            "this Host is not served here: use localhost or the address that cubed listens on";
        return MHD_HTTP_MISDIRECTED_REQUEST;
    }
    if (!authorised(s, c)) {
        *ret_text = "Authorization: Bearer TOKEN is needed";
        return MHD_HTTP_UNAUTHORIZED;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        *ret_text = "only GET and HEAD are served";
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    }
    if (sum.body) {
        *ret_text = "a request here has no body";
        return MHD_HTTP_CONTENT_TOO_LARGE;
    }
    return 0;
}
