#include "http/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_decode.h"
#include "http/http_guard.h"
#include "http/http_reply.h"
#include "http/http_route.h"
#include "http/http_server.h"
#include "http/http_stream.h"

#define REAP_EVERY_MS 1000
#define ANSWER_MS_MAX 60000 /* a client that reads an answer more slowly is cut off */
#define POOL_BYTES                                                                                 \
    (HTTP_HEADER_BYTES_MAX + 8192) /* of a connection: what is read, parsed and sent */

static int server_open(struct http_server *s, uv_loop_t *loop);
static void server_close(struct http_server *s);
static int address_check(const struct http_options *o, struct http_address *ret_a);
static int daemon_start(struct http_server *s);

static void server_wake(struct http_server *s);

static void tell(const struct http_options *o, int severity, const char *event, const char *text)
{
    if (o->told) {
        o->told(o->told_arg, severity, event, text);
    }
}

int http_start(uv_loop_t *loop, const struct http_options *options,
               const struct status_source *source, struct http_server **ret_server)
{
    struct http_address address;
    int rc = address_check(options, &address);
    if (rc != 0) {
        return rc;
    }
    struct http_server *s = calloc(1, sizeof(*s));
    if (!s) {
        return CUBE_ENOMEM;
    }
    s->options = *options;
    s->source = source;
    s->address = address;
    s->loop = loop;
    rc = daemon_start(s);
    if (rc != 0) {
        free(s);
        return rc;
    }
    rc = server_open(s, loop);
    if (rc != 0) {
        server_close(s);
        return rc;
    }
    *ret_server = s;
    return 0;
}

void http_stop(struct http_server *server, void (*stopped)(void *arg), void *arg)
{
    if (!server) {
        if (stopped) {
            stopped(arg);
        }
        return;
    }
    server->stopped = stopped;
    server->stopped_arg = arg;
    server_close(server);
}

void http_publish(struct http_server *server, const char *event, struct text json)
{
    stream_publish(server, event, json);
    server_wake(server);
}

uint32_t http_streams(const struct http_server *server)
{
    return server->stream_count;
}

uint16_t http_port(const struct http_server *server)
{
    return http_address_port(&server->address);
}

static int address_check(const struct http_options *o, struct http_address *ret_a)
{
    char text[320];
    if (http_address_parse(o->listen, ret_a) != 0) {
        snprintf(text, sizeof(text),
                 "http.listen: \"%.100s\" is not HOST:PORT with a numeric HOST or localhost",
                 o->listen);
        tell(o, 3, "http_refused", text);
        return CUBE_ECONFIG;
    }
    if (!ret_a->loopback && (!o->token || !*o->token)) {
        snprintf(text, sizeof(text),
                 "http.listen: %.100s is not a loopback address: put a token into "
                 "$CREDENTIALS_DIRECTORY/http-token "
                 "(systemd: LoadCredential=http-token:FILE), or listen on 127.0.0.1",
                 o->listen);
        tell(o, 3, "http_refused", text);
        return CUBE_ECONFIG;
    }
    return 0;
}

/* Called twice per request: when its headers are there and, if it was let in, when it is complete.
 * An answer given at the first call closes the connection. */
static enum MHD_Result request_answer(void *arg, struct MHD_Connection *c, const char *url,
                                      const char *method, const char *version, const char *upload,
                                      size_t *upload_len, void **request)
{
    struct http_server *s = arg;
    (void)version;
    (void)upload;
    *upload_len = 0;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_connection *connection = info ? info->socket_context : NULL;
    if (!connection) {
        return MHD_NO; /* no memory for its bookkeeping */
    }
    connection->deadline_ms = uv_now(s->loop) + ANSWER_MS_MAX;
    if (*request) {
        return route_answer(s, c, connection, url);
    }
    const char *text;
    unsigned refusal = guard_check(s, c, url, method, &text);
    if (refusal != 0) {
        return reply_error(s, c, refusal, text);
    }
    *request = connection;
    return MHD_YES;
}

static void connection_wait(struct http_server *s, struct http_connection *connection)
{
    connection->deadline_ms = uv_now(s->loop) + HTTP_IDLE_SECONDS * 1000;
}

static void request_completed(void *arg, struct MHD_Connection *c, void **request,
                              enum MHD_RequestTerminationCode code)
{
    (void)request;
    (void)code;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info && info->socket_context) {
        connection_wait(arg, info->socket_context);
    }
}

static void connection_open(struct http_server *s, struct MHD_Connection *c, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_connection *connection = calloc(1, sizeof(*connection));
    *context = connection;
    if (!connection) {
        return;
    }
    connection->fd = info ? info->connect_fd : -1;
    connection->next = s->connections;
    if (s->connections) {
        s->connections->previous = connection;
    }
    s->connections = connection;
    connection_wait(s, connection);
}

static void connection_close(struct http_server *s, struct http_connection *connection)
{
    if (!connection) {
        return;
    }
    if (connection->next) {
        connection->next->previous = connection->previous;
    }
    if (connection->previous) {
        connection->previous->next = connection->next;
    } else {
        s->connections = connection->next;
    }
    free(connection);
}

static void connection_noted(void *arg, struct MHD_Connection *c, void **context,
                             enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_open(arg, c, context);
    } else {
        connection_close(arg, *context);
        *context = NULL;
    }
}

static struct MHD_Response *unavailable_create(void)
{
    static char body[] = "{\"error\":\"cubed cannot answer this now\"}\n";
    struct MHD_Response *r =
        MHD_create_response_from_buffer(sizeof(body) - 1, body, MHD_RESPMEM_PERSISTENT);
    if (r && !reply_headers(r, TYPE_JSON, "no-store")) {
        MHD_destroy_response(r);
        return NULL;
    }
    return r;
}

static int daemon_start(struct http_server *s)
{
    int fd;
    char text[200];
    s->unavailable = unavailable_create();
    if (!s->unavailable) {
        return CUBE_ENOMEM;
    }
    if (http_address_listen(&s->address, &fd) != 0) {
        snprintf(text, sizeof(text), "http.listen: cannot listen on %.100s: %s", s->options.listen,
                 strerror(errno));
        tell(&s->options, 3, "http_refused", text);
        MHD_destroy_response(s->unavailable);
        return CUBE_EIO;
    }
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, request_answer, s,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)POOL_BYTES, MHD_OPTION_NOTIFY_COMPLETED, request_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, connection_noted, s, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, http_decode_later, NULL, MHD_OPTION_END);
    if (!s->daemon) {
        close(fd);
        MHD_destroy_response(s->unavailable);
        return CUBE_EIO;
    }
    return 0;
}

static void timer_fired(uv_timer_t *timer);

/* Lets libmicrohttpd work and asks when it wants to be called again. */
static void server_turn(struct http_server *s)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    MHD_run(s->daemon);
    if (MHD_get_timeout(s->daemon, &wait_ms) == MHD_YES) {
        uv_timer_start(&s->timer, timer_fired, (uint64_t)wait_ms, 0);
    } else {
        uv_timer_stop(&s->timer);
    }
}

void http_turn(struct http_server *s)
{
    uv_update_time(s->loop);
    server_turn(s);
}

static void timer_fired(uv_timer_t *timer)
{
    server_turn(timer->data);
}

/* A resumed connection is not noticed by the epoll descriptor in every version of libmicrohttpd. */
static void server_wake(struct http_server *s)
{
    uv_timer_start(&s->timer, timer_fired, 0, 0);
}

static void poll_fired(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    server_turn(poll->data);
}

static void heartbeat_fired(uv_timer_t *timer)
{
    stream_heartbeat(timer->data);
    server_wake(timer->data);
}

/* libmicrohttpd's timeout starts anew with every byte; a request that trickles in is ended here. */
static void reaper_fired(uv_timer_t *timer)
{
    struct http_server *s = timer->data;
    uint64_t now_ms = uv_now(s->loop);
    for (struct http_connection *c = s->connections; c; c = c->next) {
        if (c->deadline_ms != 0 && c->fd >= 0 && now_ms > c->deadline_ms) {
            c->deadline_ms = 0;
            shutdown(c->fd, SHUT_RDWR);
        }
    }
}

static int server_open(struct http_server *s, uv_loop_t *loop)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || uv_poll_init(loop, &s->poll, info->epoll_fd) != 0) {
        return CUBE_EIO;
    }
    s->poll.data = s->timer.data = s->heartbeat.data = s->reaper.data = s;
    uv_timer_init(loop, &s->timer);
    uv_timer_init(loop, &s->heartbeat);
    uv_timer_init(loop, &s->reaper);
    s->open_handles = 4;
    if (uv_poll_start(&s->poll, UV_READABLE, poll_fired) != 0) {
        return CUBE_EIO;
    }
    uv_timer_start(&s->heartbeat, heartbeat_fired, HTTP_HEARTBEAT_MS, HTTP_HEARTBEAT_MS);
    uv_timer_start(&s->reaper, reaper_fired, REAP_EVERY_MS, REAP_EVERY_MS);
    return 0;
}

static void server_free(struct http_server *s)
{
    void (*stopped)(void *arg) = s->stopped;
    void *arg = s->stopped_arg;
    stream_end_all(s);
    MHD_run(s->daemon); /* takes resumed connections back, or stopping would find them suspended */
    MHD_stop_daemon(s->daemon);
    MHD_destroy_response(s->unavailable);
    free(s);
    if (stopped) {
        stopped(arg);
    }
}

static void handle_closed(uv_handle_t *handle)
{
    struct http_server *s = handle->data;
    if (--s->open_handles == 0) {
        server_free(s);
    }
}

static void server_close(struct http_server *s)
{
    if (s->open_handles == 0) {
        server_free(s);
        return;
    }
    uv_close((uv_handle_t *)&s->poll, handle_closed);
    uv_close((uv_handle_t *)&s->timer, handle_closed);
    uv_close((uv_handle_t *)&s->heartbeat, handle_closed);
    uv_close((uv_handle_t *)&s->reaper, handle_closed);
}
