/* The HTTP server: page, JSON, server-sent events, metrics, health (contract, section 6). It lives
 * on the daemon's loop: libmicrohttpd's epoll descriptor is one more handle of libuv, nothing runs
 * in a thread. */
#ifndef CUBE_HTTP_HTTP_H
#define CUBE_HTTP_HTTP_H

#include <stdint.h>
#include <uv.h>

#include "cube/cube_plan.h"
#include "measure/measure.h"
#include "port/status.h"

#define HTTP_CONNECTIONS_MAX 64
#define HTTP_STREAMS_MAX 32        /* of them, at most so many event streams */
#define HTTP_HEADER_BYTES_MAX 8192 /* request line and headers */
#define HTTP_IDLE_SECONDS 5        /* a request must be complete, a connection used, within it */
#define HTTP_STREAM_BYTES_MAX                                                                      \
    (1u << 18) /* unsent events of one stream; beyond it the client is dropped */
#define HTTP_HEARTBEAT_MS 15000
#define HTTP_SERIES_MAX 2000 /* cubed_measure_value */

struct http_server;

/* Copied by http_start; the texts are borrowed until http_stop has called back. */
struct http_options {
    const char *listen;  /* "127.0.0.1:8642", "[::1]:8642", "localhost:0" (0: any free port) */
    const char *token;   /* the credential http-token, NULL = none */
    const char *name;    /* of the configuration */
    const char *model;   /* version of the model, 8 hex digits */
    const char *version; /* of cubed */
    const char *kafka_version;       /* of librdkafka */
    const char *topics[INPUT_ROLES]; /* names of the input topics, by role */
    double thresholds[AXIS_COUNT];   /* where the page draws the mark between low and high */
    const struct measure *measures;  /* whose units the page shows; borrowed as the texts are */
    uint32_t measure_count;
    /* Anything a person should know; severity as syslog. event is static text. May be NULL. */
    void (*told)(void *arg, int severity, const char *event, const char *text);
    void *told_arg;
};

/* Begins to serve. CUBE_ECONFIG: the address cannot be parsed, or it is not a loopback address and
 * there is no token (told says how to give one). CUBE_EIO: the address is taken or not ours.
 * CUBE_ENOMEM. Requests with an address that is not loopback need `Authorization: Bearer TOKEN`. */
int http_start(uv_loop_t *loop, const struct http_options *options,
               const struct status_source *source, struct http_server **ret_server) CUBE_MUST_CHECK;

/* Answers what has been asked meanwhile, for who keeps the loop from turning. Not from within a callback of the server. */
void http_turn(struct http_server *server);

/* Ends all connections and calls stopped (may be NULL) from the loop when the server's memory is
 * gone. */
void http_stop(struct http_server *server, void (*stopped)(void *arg), void *arg);

/* Hands an event to every open stream; event is "state", "change" or "alert". A client that cannot
 * keep up is dropped and counted: it reconnects and reads the whole state anew. */
void http_publish(struct http_server *server, const char *event, struct text json);

/* How many event streams are open: without any, nothing need be prepared for http_publish. */
uint32_t http_streams(const struct http_server *server);

/* The port that is listened on. */
uint16_t http_port(const struct http_server *server);

#endif
