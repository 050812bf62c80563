/* Where the server listens, and whom it answers. */
#ifndef CUBE_HTTP_HTTP_LISTEN_H
#define CUBE_HTTP_HTTP_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/text.h"

#define HTTP_HOST_MAX 64

struct http_address {
    struct sockaddr_storage socket;
    socklen_t len;
    char host[HTTP_HOST_MAX]; /* as configured, without brackets */
    bool loopback;
};

/* Parses "HOST:PORT"; HOST is a numeric address (IPv6 in brackets) or localhost. CUBE_EFORMAT. */
int http_address_parse(const char *listen, struct http_address *ret_a) CUBE_MUST_CHECK;

/* Opens a listening socket there and fills the port in when it was 0. CUBE_EIO (errno says why). */
int http_address_listen(struct http_address *a, int *ret_fd) CUBE_MUST_CHECK;

uint16_t http_address_port(const struct http_address *a);

/* True when a Host header (with or without port) names this machine's loopback or the address
 * listened on: a foreign name that was made to point here (DNS rebinding) is not answered. */
bool http_host_allowed(const struct http_address *a, struct text host);

#endif
