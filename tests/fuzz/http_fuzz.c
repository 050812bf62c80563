/* Requests: whatever comes behind libmicrohttpd's parser is answered once, with the headers of every answer, with
 * JSON that is JSON and metrics whose labels are closed; and without the token nothing but a refusal. */
#include "fuzz.h"

#include "fake_mhd.h"
#include "http/http_guard.h"
#include "http/http_reply.h"
#include "http/http_route.h"
#include "http/http_stream.h"
#include "proto/json_scan.h"

#define GET(path, host) FUZZ_SEED("GET " path "\nHost: " host "\n")

const struct fuzz_seed fuzz_seeds[] = {
    GET("/", "localhost:8642"), GET("/livez", "[::1]:1"), GET("/readyz?verbose", "127.0.0.1"), GET("/metrics", "localhost"),
    GET("/api/v1/about", "localhost"), GET("/api/v1/scopes", "localhost"), GET("/api/v1/scopes/region=north", "localhost"),
    GET("/api/v1/changes?scope=organisation&since=1767225600000", "localhost"), GET("/api/v1/alerts", "localhost"),
    GET("/api/v1/stream", "localhost"), GET("/", "evil.example"),
    FUZZ_SEED("POST /api/v1/scopes\nHost: localhost\nContent-Length: 5\nTransfer-Encoding: chunked\n"),
    FUZZ_SEED("HEAD /metrics\nHost: localhost\nAuthorization: Bearer secret\n"),
    {NULL, 0},
};

static struct MHD_Connection request;

/* A source whose names are what the request says: texts of people, in the worst case. */
static struct text told(void)
{
    const char *scope = MHD_lookup_connection_value(&request, MHD_GET_ARGUMENT_KIND, "scope");
    return text_of(scope ? scope : "organisation");
}

static void source_read(void *self, struct status *ret_s)
{
    (void)self;
    *ret_s = (struct status){.live = true, .commits = 3};
    snprintf(ret_s->not_ready, sizeof ret_s->not_ready, "%.60s", told().at);
}

static int source_scope(void *self, struct text key, struct buf *out)
{
    (void)self;
    return text_equal(key, TEXT_LITERAL("region=north")) ? buf_append(out, "{}", 2) : CUBE_ENOTFOUND;
}

static int source_scopes(void *self, int (*each)(void *arg, struct text key, struct text json), void *arg)
{
    (void)self;
    int rc = each(arg, told(), TEXT_LITERAL("{\"a\":1}"));
    return rc ? rc : each(arg, told(), TEXT_LITERAL("{\"a\":2}"));
}

static int source_alerts(void *self, int (*each)(void *arg, struct text json), void *arg)
{
    (void)self;
    return each(arg, TEXT_LITERAL("{}"));
}

static int source_changes(void *self, struct text scope, int64_t since_ms, int (*each)(void *arg, struct text json), void *arg)
{
    (void)self, (void)scope;
    FUZZ_CHECK(since_ms >= 0);
    return since_ms > 5 ? each(arg, TEXT_LITERAL("{}")) : 0;
}

static int source_measures(void *self, uint32_t most, int (*each)(void *arg, struct text scope, struct text measure, double value), void *arg)
{
    (void)self, (void)most;
    return each(arg, told(), told(), 0.5);
}

static const struct status_source source = {NULL, source_read, source_scope, source_scopes, source_alerts, source_changes, source_measures};

static void check_json(const struct MHD_Response *r)
{
    struct json_scan s;
    struct json_token t = {.type = JSON_SCAN_NULL};
    json_scan_init(&s, (const uint8_t *)r->body, r->len);
    while (t.type != JSON_SCAN_END) {
        FUZZ_CHECK(json_scan_next(&s, &t) == 0);
    }
}

/* Every line is a comment or a series; quotes of labels are closed on their line. */
static void check_metrics(const struct MHD_Response *r)
{
    bool quoted = false, escaped = false;
    for (size_t i = 0; i < r->len; i++) {
        FUZZ_CHECK(r->body[i] != '\n' || !quoted);
        bool comment = r->body[i] == '#' && (i == 0 || r->body[i - 1] == '\n');
        for (; comment && r->body[i] != '\n'; i++) {
        }
        quoted = r->body[i] == '"' && !escaped ? !quoted : quoted;
        escaped = quoted && r->body[i] == '\\' && !escaped;
    }
    FUZZ_CHECK(r->len > 0 && r->body[r->len - 1] == '\n');
}

static void check_answer(const struct http_server *s, unsigned refusal)
{
    const struct MHD_Response *r = request.answer;
    FUZZ_CHECK(r && r->headers >= 6 && request.status >= 200 && request.status <= 503);
    FUZZ_CHECK(refusal ? request.status == refusal && refusal >= 400 : request.status != MHD_HTTP_UNAUTHORIZED);
    FUZZ_CHECK(!r->free_source || s->stream_count == 1);
    if (r->body && strncmp(r->type, "application/json", 16) == 0) {
        check_json(r);
    }
    if (r->body && strncmp(r->type, "text/plain; version", 19) == 0) {
        check_metrics(r);
    }
}

static void stream_try(struct http_server *s)
{
    char at[256];
    if (s->streams) {
        stream_publish(s, "change", told());
        stream_heartbeat(s);
        while (request.answer->read_source(request.answer->source, 0, at, sizeof at) > 0) {
        }
        stream_end_all(s);
    }
}

static void serve(struct http_server *s)
{
    struct http_connection connection = {0};
    const char *text = NULL;
    unsigned refusal = guard_check(s, &request, request.url, request.method, &text);
    FUZZ_CHECK(refusal || !s->options.token || MHD_lookup_connection_value(&request, MHD_HEADER_KIND, "Authorization"));
    enum MHD_Result done = refusal ? reply_error(s, &request, refusal, text) : route_answer(s, &request, &connection, request.url);
    FUZZ_CHECK(done == MHD_YES);
    check_answer(s, refusal);
    stream_try(s);
    MHD_destroy_response(request.answer);
    FUZZ_CHECK(s->stream_count == 0);
}

static void serve_as(const char *text, size_t len, const char *token)
{
    struct http_server s = {.source = &source, .options = {.token = token, .name = "f\"\\", .model = "1", .version = "1", .kafka_version = "2"}};
    s.options.topics[0] = s.options.topics[1] = s.options.topics[2] = s.options.topics[3] = "t";
    FUZZ_CHECK(http_address_parse("127.0.0.1:8642", &s.address) == 0);
    char *copy = malloc(len + 1); /* strndup is held to a text that ends where sanitizers are strict */
    FUZZ_CHECK(copy);
    memcpy(copy, text, len);
    copy[len] = 0;
    request = (struct MHD_Connection){0};
    request_read(&request, copy);
    serve(&s);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    serve_as((const char *)at, len, NULL);
    serve_as((const char *)at, len, "secret");
    return 0;
}
