#include "http/http_listen.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* Splits HOST:PORT or [HOST]:PORT; the port may be missing. Returns false when it is neither. */
static bool host_split(struct text t, struct text *ret_host, struct text *ret_port)
{
    uint32_t end;
    if (!t.at || t.len == 0) {
        return false;
    }
    if (t.at[0] == '[') {
        const char *close = memchr(t.at, ']', t.len);
        if (!close) {
            return false;
        }
        *ret_host = (struct text){t.at + 1, (uint32_t)(close - t.at - 1)};
        end = (uint32_t)(close - t.at) + 1;
    } else {
        const char *colon = memchr(t.at, ':', t.len);
        end = colon ? (uint32_t)(colon - t.at) : t.len;
        *ret_host = (struct text){t.at, end};
    }
    if (end == t.len) {
        *ret_port = (struct text){0};
        return true;
    }
    *ret_port = (struct text){t.at + end + 1, t.len - end - 1};
    return t.at[end] == ':';
}

static int port_parse(struct text t, uint16_t *ret_port)
{
    uint32_t v = 0;
    if (t.len == 0 || t.len > 5) {
        return CUBE_EFORMAT;
    }
    for (uint32_t i = 0; i < t.len; i++) {
        if (t.at[i] < '0' || t.at[i] > '9') {
            return CUBE_EFORMAT;
        }
        v = v * 10 + (uint32_t)(t.at[i] - '0');
    }
    if (v > 65535) {
        return CUBE_EFORMAT;
    }
    *ret_port = (uint16_t)v;
    return 0;
}

static int socket_address_set(struct http_address *a, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&a->socket;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a->socket;
    const char *numeric = strcasecmp(a->host, "localhost") == 0 ? "127.0.0.1" : a->host;
    if (inet_pton(AF_INET, numeric, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        a->len = sizeof(*v4);
        a->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
        return 0;
    }
    if (inet_pton(AF_INET6, numeric, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        a->len = sizeof(*v6);
        a->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        return 0;
    }
    return CUBE_EFORMAT;
}

int http_address_parse(const char *listen, struct http_address *ret_a)
{
    struct http_address a;
    struct text host, port_text;
    uint16_t port;
    memset(&a, 0, sizeof(a));
    if (!host_split(text_of(listen), &host, &port_text) || host.len >= sizeof(a.host) ||
        port_parse(port_text, &port) != 0) {
        return CUBE_EFORMAT;
    }
    memcpy(a.host, host.at, host.len);
    int rc = socket_address_set(&a, port);
    if (rc == 0) {
        *ret_a = a;
    }
    return rc;
}

int http_address_listen(struct http_address *a, int *ret_fd)
{
    int on = 1;
    int fd = socket(a->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return CUBE_EIO;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&a->socket, a->len) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&a->socket, &a->len) != 0) {
        close(fd);
        return CUBE_EIO;
    }
    *ret_fd = fd;
    return 0;
}

uint16_t http_address_port(const struct http_address *a)
{
    if (a->socket.ss_family == AF_INET6) {
        return ntohs(((const struct sockaddr_in6 *)&a->socket)->sin6_port);
    }
    return ntohs(((const struct sockaddr_in *)&a->socket)->sin_port);
}

static bool text_is(struct text t, const char *z)
{
    return strlen(z) == t.len && strncasecmp(t.at, z, t.len) == 0;
}

bool http_host_allowed(const struct http_address *a, struct text host)
{
    struct text name, port;
    uint16_t number;
    if (!host_split(host, &name, &port) ||
        (port.at && port_parse(port, &number) != 0)) {
        return false;
    }
    return text_is(name, "localhost") || text_is(name, "127.0.0.1") || text_is(name, "::1") ||
           text_is(name, a->host);
}
