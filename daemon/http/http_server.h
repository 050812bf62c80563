/* The server's insides, shared by the files of this folder. */
#ifndef CUBE_HTTP_HTTP_SERVER_H
#define CUBE_HTTP_HTTP_SERVER_H

#include <microhttpd.h>
#include <stdbool.h>

#include "http/http.h"
#include "http/http_listen.h"

struct stream_client;

/* One connection from accept to close. */
struct http_connection {
    struct http_connection *next, *previous;
    int fd;
    uint64_t deadline_ms; /* loop time; a request or its answer must be complete by then; 0: none
                             (streams) */
};

struct http_server {
    struct http_options options;
    const struct status_source *source;
    struct http_address address;
    struct MHD_Daemon *daemon;
    struct MHD_Response *unavailable; /* the answer that needs no memory */
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_timer_t timer;     /* libmicrohttpd's own timeout */
    uv_timer_t heartbeat; /* streams */
    uv_timer_t reaper;    /* requests that do not become complete */
    uint32_t open_handles;
    struct http_connection *connections;
    struct stream_client *streams;
    uint32_t stream_count;
    uint64_t streams_dropped, requests, refused;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

#endif
