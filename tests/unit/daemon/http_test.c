#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "http/http.h"

/* A source with two scopes and a server on a free loopback port. The client is a socket of this very
 * thread: the loop turns until the answer is there. */

static struct status fake_status;
static struct text asked_scope;
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
    if (!text_equal(key, TEXT_LITERAL("region=north,segment=smb"))) {
        return CUBE_ENOTFOUND;
    }
    return buf_append(out, "{\"scope\":\"x\"}", 13);
}

static int fake_scopes_each(void *self, int (*each)(void *arg, struct text key, struct text json), void *arg)
{
    (void)self;
    int rc = each(arg, TEXT_LITERAL("organisation"), TEXT_LITERAL("{\"scope\":\"organisation\"}"));
    return rc ? rc : each(arg, TEXT_LITERAL("region=north"), TEXT_LITERAL("{\"scope\":\"region=north\"}"));
}

static int fake_alerts_each(void *self, int (*each)(void *arg, struct text json), void *arg)
{
    (void)self;
    return each(arg, TEXT_LITERAL("{\"status\":\"firing\"}"));
}

static int fake_changes_each(void *self, struct text scope, int64_t since_ms, int (*each)(void *arg, struct text json), void *arg)
{
    (void)self;
    (void)each;
    (void)arg;
    snprintf(asked_scope_text, sizeof(asked_scope_text), "%.*s", (int)scope.len, scope.at ? scope.at : "");
    asked_scope = scope;
    asked_since = since_ms;
    return 0;
}

static int fake_measures_each(void *self, uint32_t series_max, int (*each)(void *arg, struct text scope, struct text measure, double value), void *arg)
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
    fake_status.live = true;
    series_given = 2;
    w->options = (struct http_options){
        .listen = listen, .token = token, .name = "acme", .model = "4f1c9ad2", .version = "0.1.0", .kafka_version = "2.6.1",
        .topics = {"interactions", "cpi", "hr", "p"}, .thresholds = {50, 50, 50}, .told = take_told, .told_arg = w};
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(http_start(&w->loop, &w->options, &fake_source, &w->server), expected);
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

static int client_open(struct world *w)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_port(w->server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* Turns the loop until the answer contains the text or the peer has closed. Returns false when it closed. */
static bool client_read(struct world *w, int fd, const char *until)
{
    for (;;) {
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
}

static void client_send(struct world *w, int fd, const char *request)
{
    w->answer_len = 0;
    w->answer[0] = 0;
    assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
}

/* One request on a connection of its own; the whole answer is in w->answer, its status is returned. */
static int ask(struct world *w, const char *method, const char *path, const char *headers)
{
    static char request[1 << 16];
    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nConnection: close\r\n%s\r\n", method, path, headers);
    int fd = client_open(w);
    client_send(w, fd, request);
    client_read(w, fd, NULL);
    close(fd);
    int status = 0;
    sscanf(w->answer, "HTTP/1.1 %d", &status);
    return status;
}

static int get(struct world *w, const char *path)
{
    return ask(w, "GET", path, "Host: localhost\r\n");
}

static const char *body(struct world *w)
{
    const char *at = strstr(w->answer, "\r\n\r\n");
    assert_non_null(at);
    return at + 4;
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("%s\nis not in\n%s", part, text);
    }
}

static void http_answers_lists_as_arrays(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/api/v1/scopes"), 200);
    assert_string_equal(body(w), "{\"scopes\":[{\"scope\":\"organisation\"},{\"scope\":\"region=north\"}]}\n");
    assert_contains(w->answer, "Content-Type: application/json");
    assert_contains(w->answer, "Cache-Control: no-store\r\n");
    assert_contains(w->answer, "Content-Security-Policy: default-src 'self'");
    assert_contains(w->answer, "X-Content-Type-Options: nosniff\r\n");
    assert_int_equal(get(w, "/api/v1/alerts"), 200);
    assert_string_equal(body(w), "{\"alerts\":[{\"status\":\"firing\"}]}\n");
    assert_int_equal(get(w, "/api/v1/changes?scope=region%3Dnorth&since=17"), 200);
    assert_string_equal(body(w), "{\"changes\":[]}\n");
    assert_string_equal(asked_scope_text, "region=north");
    assert_int_equal(asked_since, 17);
    world_close(w);
}

static void http_changes_refuses_since_that_is_no_time(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/api/v1/changes?since=yesterday"), 400);
    assert_string_equal(body(w), "{\"error\":\"since is a time in Unix milliseconds\"}\n");
    world_close(w);
}

static void http_decodes_the_key_of_a_scope(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/api/v1/scopes/region%3Dnorth%2Csegment=smb"), 200);
    assert_string_equal(body(w), "{\"scope\":\"x\"}\n");
    assert_int_equal(get(w, "/api/v1/scopes/region=mars"), 404);
    assert_string_equal(body(w), "{\"error\":\"no such scope\"}\n");
    world_close(w);
}

static void http_serves_the_page(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/"), 200);
    assert_contains(body(w), "<!doctype html>");
    assert_int_equal(get(w, "/app.js"), 200);
    assert_contains(w->answer, "Content-Type: text/javascript");
    assert_int_equal(get(w, "/app.css"), 200);
    assert_int_equal(get(w, "/icon.svg"), 200);
    assert_int_equal(get(w, "/nothing"), 404);
    world_close(w);
}

static void http_about_says_version_and_thresholds(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/api/v1/about"), 200);
    assert_contains(body(w), "\"librdkafka\":\"2.6.1\"");
    assert_contains(body(w), "\"thresholds\":{\"E\":50");
    world_close(w);
}

static void http_refuses_methods_other_than_get_and_head(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(ask(w, "POST", "/api/v1/scopes", "Host: localhost\r\nContent-Length: 0\r\n"), 405);
    assert_contains(w->answer, "Allow: GET, HEAD\r\n");
    assert_int_equal(ask(w, "HEAD", "/api/v1/scopes", "Host: localhost\r\n"), 200);
    assert_string_equal(body(w), "");
    assert_int_equal(ask(w, "GET", "/", "Host: localhost\r\nContent-Length: 3\r\n"), 413);
    world_close(w);
}

static void http_refuses_a_host_that_was_made_to_point_here(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(ask(w, "GET", "/livez", "Host: evil.example\r\n"), 421);
    assert_int_equal(ask(w, "GET", "/livez", "Host: localhost.evil.example:80\r\n"), 421);
    assert_int_equal(ask(w, "GET", "/livez", "Host: 127.0.0.1:8642\r\n"), 200);
    assert_int_equal(ask(w, "GET", "/livez", "Host: [::1]:8642\r\n"), 200);
    assert_int_equal(ask(w, "GET", "/livez", "Host: LocalHost\r\n"), 200);
    assert_int_equal(ask(w, "GET", "/livez", ""), 400);
    world_close(w);
}

static void http_refuses_headers_beyond_their_bound(void **state)
{
    (void)state;
    static char headers[40000] = "Host: localhost\r\nX: ";
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    size_t len = strlen(headers);
    memset(headers + len, 'a', 9000);
    strcpy(headers + len + 9000, "\r\n");
    assert_int_equal(ask(w, "GET", "/livez", headers), 431);
    memset(headers + len, 'a', 30000);
    strcpy(headers + len + 30000, "\r\n");
    assert_int_equal(ask(w, "GET", "/livez", headers), 431);
    memset(headers + len, 'a', 7000);
    strcpy(headers + len + 7000, "\r\n");
    assert_int_equal(ask(w, "GET", "/livez", headers), 200);
    world_close(w);
}

static void http_start_refuses_an_open_address_without_token(void **state)
{
    (void)state;
    struct world *w = world_open("0.0.0.0:0", NULL, CUBE_ECONFIG);
    assert_contains(w->told, "3 http_refused http.listen: 0.0.0.0:0 is not a loopback address");
    assert_contains(w->told, "$CREDENTIALS_DIRECTORY/http-token");
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
    w = world_open("localhost", NULL, CUBE_ECONFIG);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
}

static void http_start_says_that_the_port_is_taken(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    char listen[32];
    snprintf(listen, sizeof(listen), "127.0.0.1:%u", http_port(w->server));
    struct world *other = world_open(listen, NULL, CUBE_EIO);
    assert_contains(other->told, "Address already in use");
    assert_int_equal(uv_loop_close(&other->loop), 0);
    free(other);
    world_close(w);
}

static void http_on_an_open_address_asks_for_the_token(void **state)
{
    (void)state;
    struct world *w = world_open("0.0.0.0:0", "s3cret", 0);
    assert_int_equal(ask(w, "GET", "/metrics", "Host: cube.example\r\n"), 401);
    assert_contains(w->answer, "WWW-Authenticate: Bearer");
    assert_int_equal(ask(w, "GET", "/metrics", "Host: cube.example\r\nAuthorization: Bearer s3creT\r\n"), 401);
    assert_int_equal(ask(w, "GET", "/metrics", "Host: cube.example\r\nAuthorization: Bearer s3cre\r\n"), 401);
    assert_int_equal(ask(w, "GET", "/metrics", "Host: cube.example\r\nAuthorization: Bearer s3cret\r\n"), 200);
    world_close(w);
}

static void http_readyz_follows_the_status(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    strcpy(fake_status.not_ready, "restoring customers 3");
    assert_int_equal(get(w, "/readyz"), 503);
    assert_string_equal(body(w), "not ready\n");
    assert_int_equal(get(w, "/readyz?verbose"), 503);
    assert_contains(body(w), "not ready: restoring customers 3\nlive yes\n");
    fake_status.ready = true;
    assert_int_equal(get(w, "/readyz"), 200);
    assert_string_equal(body(w), "ready\n");
    fake_status.live = false;
    assert_int_equal(get(w, "/livez"), 503);
    world_close(w);
}

static void http_metrics_are_prometheus_text(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    struct partition_status partition = {.role = ROLE_HR, .partition = 3, .watermark_ms = 1767225600500, .lag = 17};
    struct alert_count alert = {.alertname = "Burn", .pending = 2, .firing = 1};
    fake_status.partitions = &partition;
    fake_status.partition_count = 1;
    fake_status.alerts = &alert;
    fake_status.alert_count = 1;
    fake_status.records[1][OUTCOME_DEAD_LETTER] = 9;
    fake_status.commit_bucket[0] = 4;
    fake_status.commit_bucket[COMMIT_BUCKETS] = 1;
    fake_status.commit_seconds_sum = 7.25;
    assert_int_equal(get(w, "/metrics"), 200);
    assert_contains(w->answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    const char *b = body(w);
    assert_contains(b, "# TYPE cubed_records_total counter\n");
    assert_contains(b, "\ncubed_records_total{topic=\"cpi\",outcome=\"dead_letter\"} 9\n");
    assert_contains(b, "\ncubed_commit_seconds_bucket{le=\"0.001\"} 4\n");
    assert_contains(b, "\ncubed_commit_seconds_bucket{le=\"+Inf\"} 5\ncubed_commit_seconds_sum 7.25\ncubed_commit_seconds_count 5\n");
    assert_contains(b, "\ncubed_watermark_timestamp_seconds{topic=\"hr\",partition=\"3\"} 1767225600.5\n");
    assert_contains(b, "\ncubed_partition_lag_records{topic=\"hr\",partition=\"3\"} 17\n");
    assert_contains(b, "\ncubed_alerts{alertname=\"Burn\",status=\"firing\"} 1\n");
    assert_contains(b, "\ncubed_measure_value{scope=\"region=no\\\"r\\\\t\\nh\",measure=\"nps\"} -12.5\n");
    assert_contains(b, "\ncubed_measure_series_cut 0\n");
    assert_contains(b, "\ncubed_build_info{version=\"0.1.0\",librdkafka=\"2.6.1\",model=\"4f1c9ad2\"} 1\n");
    assert_contains(b, "\ncubed_config_last_reload_successful 1\n");
    world_close(w);
}

static void http_metrics_bounds_the_series_and_says_so(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    series_given = 5000;
    assert_int_equal(get(w, "/metrics"), 200);
    uint32_t seen = 0;
    for (const char *at = body(w); (at = strstr(at, "\ncubed_measure_value{")); at++) {
        seen++;
    }
    assert_int_equal(seen, HTTP_SERIES_MAX);
    assert_contains(body(w), "\ncubed_measure_series_cut 1\n");
    world_close(w);
}

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
        cmocka_unit_test(http_answers_lists_as_arrays),
        cmocka_unit_test(http_changes_refuses_since_that_is_no_time),
        cmocka_unit_test(http_decodes_the_key_of_a_scope),
        cmocka_unit_test(http_serves_the_page),
        cmocka_unit_test(http_about_says_version_and_thresholds),
        cmocka_unit_test(http_refuses_methods_other_than_get_and_head),
        cmocka_unit_test(http_refuses_a_host_that_was_made_to_point_here),
        cmocka_unit_test(http_refuses_headers_beyond_their_bound),
        cmocka_unit_test(http_start_refuses_an_open_address_without_token),
        cmocka_unit_test(http_start_says_that_the_port_is_taken),
        cmocka_unit_test(http_on_an_open_address_asks_for_the_token),
        cmocka_unit_test(http_readyz_follows_the_status),
        cmocka_unit_test(http_metrics_are_prometheus_text),
        cmocka_unit_test(http_metrics_bounds_the_series_and_says_so),
        cmocka_unit_test(http_publish_reaches_every_stream),
        cmocka_unit_test(http_publish_drops_a_client_that_does_not_read),
        cmocka_unit_test(http_bounds_the_number_of_streams),
        cmocka_unit_test(http_stop_ends_open_streams),
        cmocka_unit_test(http_keeps_a_connection_for_the_next_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
