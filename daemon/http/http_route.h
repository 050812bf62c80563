/* The routes: one row each. */
#ifndef CUBE_HTTP_HTTP_ROUTE_H
#define CUBE_HTTP_HTTP_ROUTE_H

#include "http/http_server.h"

/* Answers a request that passed the guard. url is as it came, %41 and all. */
enum MHD_Result route_answer(struct http_server *s, struct MHD_Connection *c,
                             struct http_connection *connection, const char *url);

#endif
