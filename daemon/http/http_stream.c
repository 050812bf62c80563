#include "http/http_stream.h"

#include <stdlib.h>

#include "base/buf.h"
#include "http/http_reply.h"

struct stream_client {
    struct stream_client *next, *previous;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct buf unsent;
    size_t sent;    /* of unsent */
    bool suspended; /* libmicrohttpd waits for us */
    bool ending;
};

static ssize_t stream_read(void *arg, uint64_t position, char *at, size_t max)
{
    struct stream_client *client = arg;
    (void)position;
    size_t n = client->unsent.len - client->sent;
    if (n == 0) {
        if (client->ending) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
        client->suspended = true;
        MHD_suspend_connection(client->connection);
        return 0;
    }
    n = n < max ? n : max;
    memcpy(at, client->unsent.at + client->sent, n);
    client->sent += n;
    if (client->sent == client->unsent.len) {
        buf_clear(&client->unsent);
        client->sent = 0;
    }
    return (ssize_t)n;
}

static void client_free(void *arg)
{
    struct stream_client *client = arg;
    struct http_server *s = client->server;
    if (client->next) {
        client->next->previous = client->previous;
    }
    if (client->previous) {
        client->previous->next = client->next;
    } else {
        s->streams = client->next;
    }
    s->stream_count--;
    buf_close(&client->unsent);
    free(client);
}

static void client_wake(struct stream_client *client)
{
    if (client->suspended) {
        client->suspended = false;
        MHD_resume_connection(client->connection);
    }
}

static void client_drop(struct stream_client *client)
{
    buf_close(&client->unsent);
    client->sent = 0;
    client->ending = true;
    client->server->streams_dropped++;
}

/* Takes away what was sent already, so that the bound is one of unsent bytes. */
static void client_compact(struct stream_client *client)
{
    size_t rest = client->unsent.len - client->sent;
    if (client->sent > 0) {
        memmove(client->unsent.at, client->unsent.at + client->sent, rest);
        client->unsent.len = rest;
        client->sent = 0;
    }
}

static void client_add(struct stream_client *client, const struct buf *frame)
{
    if (client->ending) {
        return;
    }
    client_compact(client);
    if (client->unsent.len + frame->len > HTTP_STREAM_BYTES_MAX ||
        buf_append(&client->unsent, frame->at, frame->len) != 0) {
        client_drop(client);
    }
    client_wake(client);
}

static void clients_add(struct http_server *s, const struct buf *frame)
{
    for (struct stream_client *client = s->streams; client; client = client->next) {
        client_add(client, frame);
    }
}

/* Each line of the text becomes a data line. */
static int frame_write(const char *event, struct text json, struct buf *out)
{
    int rc = buf_append(out, "event: ", 7);
    rc = rc ? rc : buf_append(out, event, strlen(event));
    while (rc == 0) {
        const char *end = json.len ? memchr(json.at, '\n', json.len) : NULL;
        uint32_t len = end ? (uint32_t)(end - json.at) : json.len;
        rc = buf_append(out, "\ndata: ", 7);
        rc = rc ? rc : buf_append(out, json.at, len);
        if (!end) {
            break;
        }
        json = (struct text){end + 1, json.len - len - 1};
    }
    return rc ? rc : buf_append(out, "\n\n", 2);
}

void stream_publish(struct http_server *s, const char *event, struct text json)
{
    struct buf frame = {0};
    if (!s->streams) {
        return;
    }
    if (frame_write(event, json, &frame) == 0) {
        clients_add(s, &frame);
    } else {
        /* A client that missed an event must not believe that it has seen all. */
        for (struct stream_client *client = s->streams; client; client = client->next) {
            client_drop(client);
            client_wake(client);
        }
    }
    buf_close(&frame);
}

void stream_heartbeat(struct http_server *s)
{
    static uint8_t beat[] = ":\n\n";
    const struct buf frame = {.at = beat, .len = sizeof(beat) - 1, .capacity = sizeof(beat)};
    clients_add(s, &frame);
}

void stream_end_all(struct http_server *s)
{
    for (struct stream_client *client = s->streams; client; client = client->next) {
        client->ending = true;
        client_wake(client);
    }
}

static struct stream_client *client_create(struct http_server *s, struct MHD_Connection *c)
{
    static const char hello[] = "retry: 1000\n\n";
    struct stream_client *client = calloc(1, sizeof(*client));
    if (!client || buf_append(&client->unsent, hello, sizeof(hello) - 1) != 0) {
        free(client);
        return NULL;
    }
    client->server = s;
    client->connection = c;
    client->next = s->streams;
    if (s->streams) {
        s->streams->previous = client;
    }
    s->streams = client;
    s->stream_count++;
    return client;
}

enum MHD_Result stream_open(struct http_server *s, struct MHD_Connection *c,
                            struct http_connection *connection)
{
    if (s->stream_count >= HTTP_STREAMS_MAX) {
        return reply_error(s, c, MHD_HTTP_SERVICE_UNAVAILABLE, "too many open streams");
    }
    struct stream_client *client = client_create(s, c);
    if (!client) {
        return reply_failure(s, c);
    }
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, client, client_free);
    if (!r) {
        client_free(client);
        return reply_failure(s, c);
    }
    enum MHD_Result done = MHD_NO;
    if (reply_headers(r, "text/event-stream; charset=utf-8", "no-store") &&
        MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, 0u) == MHD_YES) {
        s->requests++;
        connection->deadline_ms = 0;
        done = MHD_queue_response(c, MHD_HTTP_OK, r);
    }
    MHD_destroy_response(r);
    return done;
}
