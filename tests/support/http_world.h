/* A source of canned values, a server on a free loopback port, and a client in the same thread: for
 * the tests of daemon/http. Include it after cmocka.h. */
#ifndef CUBE_TESTS_HTTP_WORLD_H
#define CUBE_TESTS_HTTP_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/http.h"

static const struct measure given_measures[2] = {{.name = {"quick", 5}, .unit = {"share", 5}}, {.name = {"slow", 4}}};
static struct status fake_status;
static uint32_t asked_scope_len;
static int64_t asked_since;
static char asked_scope_text[64];
static uint32_t series_asked, series_given = 2;

static void fake_read(void *self, struct status *ret_s)
{
    (void)self;
    *ret_s = fake_status;
}

static int fake_scope_json(void *self, struct text key, struct buf *out)
{
    (void)self;
    if (text_equal(key, TEXT_LITERAL("region=a\0b"))) {
        return buf_append(out, "{\"scope\":\"zero\"}", 16);
    }
    if (!text_equal(key, TEXT_LITERAL("region=north,segment=smb"))) {
        return CUBE_ENOTFOUND;
    }
    return buf_append(out, "{\"scope\":\"x\"}", 13);
}

static int fake_scopes_each(void *self, int (*each)(void *arg, struct text key, struct text json),
                            void *arg)
{
    (void)self;
    int rc = each(arg, TEXT_LITERAL("organisation"), TEXT_LITERAL("{\"scope\":\"organisation\"}"));
    return rc ? rc
              : each(arg, TEXT_LITERAL("region=north"),
                     TEXT_LITERAL("{\"scope\":\"region=north\"}"));
}

static int fake_alerts_each(void *self, int (*each)(void *arg, struct text json), void *arg)
{
    (void)self;
    return each(arg, TEXT_LITERAL("{\"status\":\"firing\"}"));
}

static int fake_changes_each(void *self, struct text scope, int64_t since_ms,
                             int (*each)(void *arg, struct text json), void *arg)
{
    (void)self;
    (void)each;
    (void)arg;
    snprintf(asked_scope_text, sizeof(asked_scope_text), "%.*s", (int)scope.len,
             scope.at ? scope.at : "");
    asked_scope_len = scope.len;
    asked_since = since_ms;
    return 0;
}

static int fake_measures_each(void *self, uint32_t series_max,
                              int (*each)(void *arg, struct text scope, struct text measure,
                                          double value),
                              void *arg)
{
    (void)self;
    series_asked = series_max;
    for (uint32_t i = 0; i < series_given && i < series_max; i++) {
        int rc = each(arg, TEXT_LITERAL("region=no\"r\\t\nh"), TEXT_LITERAL("nps"), -12.5);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static const struct status_source fake_source = {
    .read = fake_read,
    .scope_json = fake_scope_json,
    .scopes_each = fake_scopes_each,
    .alerts_each = fake_alerts_each,
    .changes_each = fake_changes_each,
    .measures_each = fake_measures_each,
};

struct world {
    uv_loop_t loop;
    struct http_options options;
    struct http_server *server;
    char answer[1 << 20];
    size_t answer_len;
    char told[512];
};

static void take_told(void *arg, int severity, const char *event, const char *text)
{
    struct world *w = arg;
    snprintf(w->told, sizeof(w->told), "%d %s %s", severity, event, text);
}

static struct world *world_open(const char *listen, const char *token, int expected)
{
    struct world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    memset(&fake_status, 0, sizeof(fake_status));
    fake_status.live = fake_status.ready = fake_status.complete = true;
    series_given = 2;
    w->options = (struct http_options){.listen = listen,
                                       .token = token,
                                       .name = "acme",
                                       .model = "4f1c9ad2",
                                       .version = "0.1.0",
                                       .kafka_version = "2.6.1",
                                       .topics = {"interactions", "cpi", "hr", "p"},
                                       .thresholds = {50, 50, 50},
                                       .measures = given_measures,
                                       .measure_count = 2,
                                       .told = take_told,
                                       .told_arg = w};
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(http_start(&w->loop, &w->options, &fake_source, &w->server), expected);
    memset(&w->options, 0xAA, sizeof(w->options)); /* the server has its own copy */
    return w;
}

static void count_stop(void *arg)
{
    ++*(int *)arg;
}

static void world_close(struct world *w)
{
    int stops = 0;
    http_stop(w->server, count_stop, &stops);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(stops, 1);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
}

__attribute__((unused)) static int client_open(struct world *w)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(http_port(w->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* Turns the loop until the answer contains the text or the peer has closed. Returns false when it
 * closed. */
__attribute__((unused)) static bool client_read(struct world *w, int fd, const char *until)
{
    for (uint32_t turn = 0; turn < 2000000; turn++) {
        uv_run(&w->loop, UV_RUN_NOWAIT);
        ssize_t n = read(fd, w->answer + w->answer_len, sizeof(w->answer) - 1 - w->answer_len);
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            return false;
        }
        w->answer_len += n > 0 ? (size_t)n : 0;
        w->answer[w->answer_len] = 0;
        if (until && strstr(w->answer, until)) {
            return true;
        }
    }
    fail_msg("no more of an answer: %s", w->answer);
    return false;
}

__attribute__((unused)) static void client_send(struct world *w, int fd, const char *request)
{
    w->answer_len = 0;
    w->answer[0] = 0;
    assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
}

/* One request on a connection of its own; the whole answer is in w->answer, its status is returned.
 */
__attribute__((unused)) static int ask(struct world *w, const char *method, const char *path,
                                       const char *headers)
{
    static char request[1 << 16];
    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nConnection: close\r\n%s\r\n", method,
             path, headers);
    int fd = client_open(w);
    client_send(w, fd, request);
    client_read(w, fd, NULL);
    close(fd);
    int status = 0;
    sscanf(w->answer, "HTTP/1.1 %d", &status);
    return status;
}

__attribute__((unused)) static int get(struct world *w, const char *path)
{
    return ask(w, "GET", path, "Host: localhost\r\n");
}

__attribute__((unused)) static const char *body(struct world *w)
{
    const char *at = strstr(w->answer, "\r\n\r\n");
    assert_non_null(at);
    return at + 4;
}

__attribute__((unused)) static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("%s\nis not in\n%s", part, text);
    }
}

#endif
