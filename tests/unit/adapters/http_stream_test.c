
#include "support/unit.h"

#include "support/http_world.h"

static void http_publish_reaches_every_stream(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    int a = client_open(w), b = client_open(w);
    const char *request = "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client_send(w, b, request);
    assert_true(client_read(w, b, "retry: 1000\n\n"));
    client_send(w, a, request);
    assert_true(client_read(w, a, "retry: 1000\n\n"));
    assert_contains(w->answer, "Content-Type: text/event-stream");
    assert_int_equal(http_streams(w->server), 2);
    http_publish(w->server, "change", TEXT_LITERAL("{\"to\":\"stress\"}"));
    assert_true(client_read(w, a, "event: change\ndata: {\"to\":\"stress\"}\n\n"));
    w->answer_len = 0;
    assert_true(client_read(w, b, "event: change\ndata: {\"to\":\"stress\"}\n\n"));
    close(a);
    close(b);
    world_close(w);
}

static void http_publish_drops_a_client_that_does_not_read(void **state)
{
    (void)state;
    static char json[60000];
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    int fd = client_open(w);
    client_send(w, fd, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_true(client_read(w, fd, "retry: 1000\n\n"));
    memset(json, 'x', sizeof(json));
    for (int i = 0; i < 400; i++) {
        http_publish(w->server, "state", (struct text){json, sizeof(json)});
        uv_run(&w->loop, UV_RUN_NOWAIT);
    }

    assert_int_equal(get(w, "/metrics"), 200);
    assert_contains(body(w), "\ncubed_http_streams_dropped_total 1\n");
    close(fd);
    world_close(w);
}

static void http_bounds_the_number_of_streams(void **state)
{
    (void)state;
    int fds[HTTP_STREAMS_MAX];
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    for (int i = 0; i < HTTP_STREAMS_MAX; i++) {
        fds[i] = client_open(w);
        client_send(w, fds[i], "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_true(client_read(w, fds[i], "retry: 1000\n\n"));
    }
    assert_int_equal(get(w, "/api/v1/stream"), 503);
    assert_int_equal(get(w, "/livez"), 200);
    for (int i = 0; i < HTTP_STREAMS_MAX; i++) {
        close(fds[i]);
    }
    world_close(w);
}

static void http_stop_ends_open_streams(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    int fd = client_open(w);
    client_send(w, fd, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_true(client_read(w, fd, "retry: 1000\n\n"));
    world_close(w);
    char rest[64];
    ssize_t n;
    while ((n = read(fd, rest, sizeof(rest))) > 0) {
    }
    assert_true(n == 0 || errno != EAGAIN);
    close(fd);
}

static void http_keeps_a_connection_for_the_next_request(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    int fd = client_open(w);
    client_send(w, fd, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_true(client_read(w, fd, "\r\n\r\nlive\n"));
    client_send(w, fd, "GET /api/v1/alerts HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_true(client_read(w, fd, "{\"alerts\""));
    close(fd);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_publish_reaches_every_stream),
        cmocka_unit_test(http_publish_drops_a_client_that_does_not_read),
        cmocka_unit_test(http_bounds_the_number_of_streams),
        cmocka_unit_test(http_stop_ends_open_streams),
        cmocka_unit_test(http_keeps_a_connection_for_the_next_request),
    };
    return RUN_TESTS(tests);
}
