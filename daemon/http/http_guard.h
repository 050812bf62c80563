/* The checks that every request passes before it reaches a route. */
#ifndef CUBE_HTTP_HTTP_GUARD_H
#define CUBE_HTTP_HTTP_GUARD_H

#include "http/http_server.h"

/* Returns 0 when the request may pass, else the HTTP status to refuse it with and its text. */
unsigned guard_check(const struct http_server *s, struct MHD_Connection *c, const char *url,
                     const char *method, const char **ret_text);

/* Compares in a time that does not depend on where two secrets of one length differ. */
bool secret_equal(struct text a, struct text b);

#endif
