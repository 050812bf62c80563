#include "http/http_route.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/http_decode.h"
#include "http/http_reply.h"
#include "http/http_stream.h"
#include "http/metrics.h"
#include "http/page.h"
#include "proto/emit.h"

#define LIST_BYTES_MAX (64u << 20)

struct request {
    struct http_server *server;
    struct MHD_Connection *c;
    struct http_connection *connection;
    struct text rest; /* what follows the path of a route that takes a key */
};

typedef enum MHD_Result route_fn(const struct request *q);

/* X(path, takes a key behind the path, function) */
#define ROUTES(X)                                                                                  \
    X("/api/v1/about", false, about_answer)                                                        \
    X("/api/v1/scopes", false, scopes_answer)                                                      \
    X("/api/v1/scopes/", true, scope_answer)                                                       \
    X("/api/v1/changes", false, changes_answer)                                                    \
    X("/api/v1/alerts", false, alerts_answer)                                                      \
    X("/api/v1/stream", false, stream_answer)                                                      \
    X("/metrics", false, metrics_answer)                                                           \
    X("/livez", false, live_answer)                                                                \
    X("/readyz", false, ready_answer)

#define X(path, keyed, function) static route_fn function;
ROUTES(X)
#undef X

struct route {
    struct text path;
    bool keyed;
    route_fn *answer;
};

static const struct route routes[] = {
#define X(path, keyed, function) {{path, sizeof(path) - 1}, keyed, function},
    ROUTES(X)
#undef X
};

struct page_file {
    const char *path, *type, *at;
};

static const struct page_file page_files[] = {
#define X(path, array, type) {path, type, array},
    PAGE_FILES(X)
#undef X
};

static const struct page_file *page_file_find(struct text path)
{
    for (size_t i = 0; i < sizeof(page_files) / sizeof(page_files[0]); i++) {
        if (text_equal(text_of(page_files[i].path), path)) {
            return &page_files[i];
        }
    }
    return NULL;
}

static bool route_matches(const struct route *r, struct text url)
{
    if (!r->keyed) {
        return text_equal(r->path, url);
    }
    return url.len > r->path.len && memcmp(url.at, r->path.at, r->path.len) == 0;
}

static enum MHD_Result path_answer(struct request q, struct text path)
{
    const struct page_file *file = page_file_find(path);
    if (file) {
        return reply_asset(q.server, q.c, file->type, file->at, strlen(file->at));
    }
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (route_matches(&routes[i], path)) {
            uint32_t skip = routes[i].path.len;
            q.rest = (struct text){path.at + skip, path.len - skip};
            return routes[i].answer(&q);
        }
    }
    return reply_error(q.server, q.c, MHD_HTTP_NOT_FOUND, "no such page");
}

enum MHD_Result route_answer(struct http_server *s, struct MHD_Connection *c,
                             struct http_connection *connection, const char *url)
{
    struct request q = {s, c, connection, {0}};
    struct buf path = {0};
    int rc = http_decode(text_of(url), &path);
    enum MHD_Result result =
        rc ? reply_failure(s, c) : path_answer(q, (struct text){(const char *)path.at, (uint32_t)path.len});
    buf_close(&path);
    return result;
}

/* A list that is being written: {"NAME":[a,b]}. */
struct list {
    struct buf out;
    uint32_t count;
};

static int list_add(void *arg, struct text json)
{
    struct list *l = arg;
    if (l->out.len + json.len > LIST_BYTES_MAX) {
        return CUBE_ELIMIT;
    }
    int rc = l->count++ > 0 ? buf_append(&l->out, ",", 1) : 0;
    return rc ? rc : buf_append(&l->out, json.at, json.len);
}

static int list_add_scope(void *arg, struct text key, struct text json)
{
    (void)key;
    return list_add(arg, json);
}

static int list_open(struct list *l, const char *name)
{
    char head[32];
    *l = (struct list){.count = 0};
    return buf_append(&l->out, head, (size_t)snprintf(head, sizeof(head), "{\"%s\":[", name));
}

static const char *why_not_ready(const struct status *s)
{
    return s->not_ready[0] ? s->not_ready : "starting";
}

/* Whether an empty list means that there is nothing: {"scopes":[],"ready":false,"complete":false,"why":"no broker answers"}. */
static int list_close(const struct request *q, struct buf *out)
{
    struct status status = {0};
    q->server->source->read(q->server->source->self, &status);
    const char *text = !status.complete ? "],\"ready\":false,\"complete\":false,\"why\":"
                       : status.ready   ? "],\"ready\":true,\"complete\":true}\n"
                                        : "],\"ready\":false,\"complete\":true,\"why\":";
    int rc = buf_append(out, text, strlen(text));
    return rc || (status.ready && status.complete) ? rc : reply_text_last(out, why_not_ready(&status));
}

/* Closes and sends the list, or a failure when rc says that writing it failed. */
static enum MHD_Result list_send(const struct request *q, struct list *l, int rc)
{
    rc = rc ? rc : list_close(q, &l->out);
    if (rc != 0) {
        buf_close(&l->out);
        if (rc == CUBE_ELIMIT) {
            return reply_error(q->server, q->c, MHD_HTTP_SERVICE_UNAVAILABLE,
                               "the list is too long: ask for single scopes or follow the topic");
        }
        return reply_failure(q->server, q->c);
    }
    return reply_buf(q->server, q->c, MHD_HTTP_OK, TYPE_JSON, &l->out);
}

static enum MHD_Result scopes_answer(const struct request *q)
{
    const struct status_source *source = q->server->source;
    struct list l;
    int rc = list_open(&l, "scopes");
    rc = rc ? rc : source->scopes_each(source->self, list_add_scope, &l);
    return list_send(q, &l, rc);
}

static enum MHD_Result alerts_answer(const struct request *q)
{
    const struct status_source *source = q->server->source;
    struct list l;
    int rc = list_open(&l, "alerts");
    rc = rc ? rc : source->alerts_each(source->self, list_add, &l);
    return list_send(q, &l, rc);
}

/* What is asked for behind the "?"; absent: nothing is appended. */
static int argument_read(const struct request *q, const char *name, struct buf *out)
{
    const char *given = MHD_lookup_connection_value(q->c, MHD_GET_ARGUMENT_KIND, name);
    return given ? http_decode(text_of(given), out) : 0;
}

/* since: Unix ms; absent or empty: all. */
static int since_parse(const struct request *q, int64_t *ret_ms)
{
    struct buf text = {0};
    char *end;
    int rc = argument_read(q, "since", &text);
    rc = rc ? rc : buf_append(&text, "", 1);
    if (!rc && text.len > 1) {
        long long v = strtoll((const char *)text.at, &end, 10);
        bool whole = end == (char *)text.at + text.len - 1;
        rc = whole && v >= 0 ? 0 : CUBE_EFORMAT;
        *ret_ms = v;
    } else if (!rc) {
        *ret_ms = 0;
    }
    buf_close(&text);
    return rc;
}

static enum MHD_Result changes_list(const struct request *q, int64_t since_ms)
{
    const struct status_source *source = q->server->source;
    struct buf scope = {0};
    struct list l;
    int rc = list_open(&l, "changes");
    rc = rc ? rc : argument_read(q, "scope", &scope);
    struct text wanted = {scope.len ? (const char *)scope.at : NULL, (uint32_t)scope.len};
    rc = rc ? rc : source->changes_each(source->self, wanted, since_ms, list_add, &l);
    buf_close(&scope);
    return list_send(q, &l, rc);
}

static enum MHD_Result changes_answer(const struct request *q)
{
    int64_t since_ms;
    int rc = since_parse(q, &since_ms);
    if (rc == CUBE_EFORMAT) {
        return reply_error(q->server, q->c, MHD_HTTP_BAD_REQUEST,
                           "since is a time in Unix milliseconds");
    }
    return rc ? reply_failure(q->server, q->c) : changes_list(q, since_ms);
}

/* Of a scope that is not here: it may be when tasks are. */
static enum MHD_Result unknown_answer(const struct request *q)
{
    struct status status = {0};
    char text[200];
    q->server->source->read(q->server->source->self, &status);
    if (status.complete) {
        return reply_error(q->server, q->c, MHD_HTTP_NOT_FOUND, "no such scope");
    }
    snprintf(text, sizeof text, "not known now: %s", why_not_ready(&status));
    return reply_error(q->server, q->c, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

static enum MHD_Result scope_answer(const struct request *q)
{
    const struct status_source *source = q->server->source;
    struct buf body = {0};
    int rc = source->scope_json(source->self, q->rest, &body);
    rc = rc ? rc : buf_append(&body, "\n", 1);
    if (rc == 0) {
        return reply_buf(q->server, q->c, MHD_HTTP_OK, TYPE_JSON, &body);
    }
    buf_close(&body);
    return rc == CUBE_ENOTFOUND ? unknown_answer(q) : reply_failure(q->server, q->c);
}

static void about_text(struct emit *e, const char *key, const char *text)
{
    emit_key(e, key);
    emit_text(e, text_of(text ? text : ""));
}

/* Of the measures that have one. */
static void about_units(struct emit *e, const struct http_options *o)
{
    emit_key(e, "units");
    emit_map(e);
    for (uint32_t i = 0; i < o->measure_count; i++) {
        if (o->measures[i].unit.at) {
            emit_key_text(e, o->measures[i].name);
            emit_text(e, o->measures[i].unit);
        }
    }
    emit_close(e);
}

static int about_write(const struct http_options *o, struct buf *out)
{
    struct emit e;
    emit_begin(&e, FORMAT_JSON, out);
    emit_map(&e);
    about_text(&e, "name", o->name);
    about_text(&e, "version", o->version);
    about_text(&e, "librdkafka", o->kafka_version);
    about_text(&e, "model", o->model);
    emit_key(&e, "thresholds");
    emit_map(&e);
    for (int i = 0; i < AXIS_COUNT; i++) {
        emit_key_text(&e, axis_names[i]);
        emit_double(&e, o->thresholds[i]);
    }
    emit_close(&e);
    about_units(&e, o);
    emit_close(&e);
    return emit_end(&e);
}

static enum MHD_Result about_answer(const struct request *q)
{
    struct buf body = {0};
    if (about_write(&q->server->options, &body) != 0) {
        buf_close(&body);
        return reply_failure(q->server, q->c);
    }
    return reply_buf(q->server, q->c, MHD_HTTP_OK, TYPE_JSON, &body);
}

static enum MHD_Result stream_answer(const struct request *q)
{
    return stream_open(q->server, q->c, q->connection);
}

static enum MHD_Result metrics_answer(const struct request *q)
{
    const struct http_server *s = q->server;
    struct metrics_own own = {&s->options, s->stream_count, s->streams_dropped, s->requests,
                              s->refused};
    struct buf body = {0};
    if (metrics_write(s->source, &own, &body) != 0) {
        buf_close(&body);
        return reply_failure(q->server, q->c);
    }
    return reply_buf(q->server, q->c, MHD_HTTP_OK, TYPE_METRICS, &body);
}

static enum MHD_Result health_answer(const struct request *q, bool good, const char *text)
{
    struct buf body = {0};
    if (buf_append(&body, text, strlen(text)) != 0 || buf_append(&body, "\n", 1) != 0) {
        buf_close(&body);
        return reply_failure(q->server, q->c);
    }
    return reply_buf(q->server, q->c, good ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, TYPE_TEXT,
                     &body);
}

static enum MHD_Result live_answer(const struct request *q)
{
    struct status status = {0};
    q->server->source->read(q->server->source->self, &status);
    return health_answer(q, status.live,
                         status.live ? "live" : "not live: the loop makes no progress");
}

static enum MHD_Result ready_answer(const struct request *q)
{
    struct status status = {0};
    char text[512];
    q->server->source->read(q->server->source->self, &status);
    bool verbose = MHD_get_connection_values(q->c, MHD_GET_ARGUMENT_KIND, NULL, NULL) > 0;
    const char *why = why_not_ready(&status);
    if (!verbose) {
        return health_answer(q, status.ready, status.ready ? "ready" : "not ready");
    }
    snprintf(text, sizeof(text),
             "%s%s\nlive %s\nlag_records %lld\nlag_seconds %.3f\npartitions %u\nscopes "
             "%llu\ncustomers %llu\nemployees %llu",
             status.ready ? "ready" : "not ready: ", status.ready ? "" : why,
             status.live ? "yes" : "no", (long long)status.lag_records, status.lag_seconds,
             status.partition_count, (unsigned long long)status.scopes,
             (unsigned long long)status.customers, (unsigned long long)status.employees);
    return health_answer(q, status.ready, text);
}
