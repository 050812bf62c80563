/* /api/v1/stream: server-sent events with a bounded buffer per client. */
#ifndef CUBE_HTTP_HTTP_STREAM_H
#define CUBE_HTTP_HTTP_STREAM_H

#include "http/http_server.h"

/* Answers a request with a stream that stays open. connection: the bookkeeping of this connection.
 */
enum MHD_Result stream_open(struct http_server *s, struct MHD_Connection *c,
                            struct http_connection *connection);

/* Queues one event for every client; drops those whose buffer is full. */
void stream_publish(struct http_server *s, const char *event, struct text json);

/* Queues a comment line, so that a dead client is noticed and proxies keep the connection. */
void stream_heartbeat(struct http_server *s);

/* Ends all streams; libmicrohttpd frees them when it next runs. */
void stream_end_all(struct http_server *s);

#endif
