
#include "support/unit.h"

#include "support/http_world.h"

static void http_answers_lists_as_arrays(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/api/v1/scopes"), 200);
    assert_string_equal(
        body(w), "{\"scopes\":[{\"scope\":\"organisation\"},{\"scope\":\"region=north\"}],\"ready\":true,\"complete\":true}\n");
    assert_contains(w->answer, "Content-Type: application/json");
    assert_contains(w->answer, "Cache-Control: no-store\r\n");
    assert_contains(w->answer, "Content-Security-Policy: default-src 'self'");
    assert_contains(w->answer, "X-Content-Type-Options: nosniff\r\n");
    assert_int_equal(get(w, "/api/v1/alerts"), 200);
    assert_string_equal(body(w), "{\"alerts\":[{\"status\":\"firing\"}],\"ready\":true,\"complete\":true}\n");
    assert_int_equal(get(w, "/api/v1/changes?scope=region%3Dnorth&since=17"), 200);
    assert_string_equal(body(w), "{\"changes\":[],\"ready\":true,\"complete\":true}\n");
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

static void http_decodes_a_zero_byte_as_any_other(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/api/v1/scopes/region=north,segment=smb%00"), 404);
    assert_int_equal(get(w, "/api/v1/scopes/region=a%00b"), 200);
    assert_string_equal(body(w), "{\"scope\":\"zero\"}\n");
    assert_int_equal(get(w, "/livez%00"), 404);
    assert_int_equal(get(w, "/livez%"), 404);
    assert_int_equal(get(w, "/%6civez"), 200);
    assert_int_equal(get(w, "/%6Civez%3f"), 404);
    assert_int_equal(get(w, "/api/v1/changes?scope=region%3Da%00b&since=1%37"), 200);
    assert_int_equal(asked_scope_len, 10);
    assert_int_equal(asked_since, 17);
    assert_int_equal(get(w, "/api/v1/changes?scope=a+b%2Bc"), 200);
    assert_string_equal(asked_scope_text, "a b+c");
    assert_int_equal(get(w, "/api/v1/changes?since=17%00"), 400);
    assert_int_equal(get(w, "/api/v1/changes?since=%20"), 400);
    assert_int_equal(get(w, "/api/v1/changes?scope=&since="), 200);
    assert_int_equal(asked_scope_len, 0);
    assert_int_equal(asked_since, 0);
    assert_int_equal(get(w, "/api/v1/changes?since"), 200);
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
    assert_contains(w->answer, "Content-Type: image/svg+xml\r\n");
    assert_int_equal(get(w, "/nothing"), 404);
    world_close(w);
}

static void http_about_says_version_thresholds_and_units(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(get(w, "/api/v1/about"), 200);
    assert_contains(body(w), "\"librdkafka\":\"2.6.1\"");
    assert_contains(body(w), "\"thresholds\":{\"E\":50");
    assert_contains(body(w), "\"units\":{\"quick\":\"share\"}}");
    world_close(w);
}

static void http_refuses_methods_other_than_get_and_head(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    assert_int_equal(ask(w, "POST", "/api/v1/scopes", "Host: localhost\r\nContent-Length: 0\r\n"),
                     405);
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
    assert_int_equal(
        ask(w, "GET", "/metrics", "Host: cube.example\r\nAuthorization: Bearer s3creT\r\n"), 401);
    assert_int_equal(
        ask(w, "GET", "/metrics", "Host: cube.example\r\nAuthorization: Bearer s3cre\r\n"), 401);
    assert_int_equal(
        ask(w, "GET", "/metrics", "Host: cube.example\r\nAuthorization: Bearer s3cret\r\n"), 200);
    world_close(w);
}

/* An empty list is not to be taken for nothing. */
static void http_lists_say_whether_they_are_all_there_is(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    fake_status.ready = false;
    strcpy(fake_status.not_ready, "no \"broker\" answers");
    assert_int_equal(get(w, "/api/v1/changes"), 200);
    assert_string_equal(body(w), "{\"changes\":[],\"ready\":false,\"complete\":true,\"why\":\"no \\\"broker\\\" answers\"}\n");
    assert_int_equal(get(w, "/api/v1/scopes/region=mars"), 404);
    fake_status.complete = false;
    fake_status.not_ready[0] = 0;
    assert_int_equal(get(w, "/api/v1/alerts"), 200);
    assert_string_equal(body(w), "{\"alerts\":[{\"status\":\"firing\"}],\"ready\":false,\"complete\":false,\"why\":\"starting\"}\n");
    assert_int_equal(get(w, "/api/v1/scopes/region=mars"), 503);
    assert_string_equal(body(w), "{\"error\":\"not known now: starting\"}\n");
    strcpy(fake_status.not_ready, "no \"broker\" answers");
    assert_int_equal(get(w, "/api/v1/scopes/region=mars"), 503);
    assert_string_equal(body(w), "{\"error\":\"not known now: no \\\"broker\\\" answers\"}\n");
    fake_status.not_ready[0] = 0;
    assert_int_equal(get(w, "/metrics"), 200);
    assert_null(strstr(body(w), "\ncubed_input_lag_"));
    world_close(w);
}

static void http_readyz_follows_the_status(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    fake_status.ready = false;
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
    struct partition_status partition = {
        .role = ROLE_HR, .partition = 3, .watermark_ms = 1767225600500, .lag = 17};
    struct alert_count alerts[] = {{"Burn", 2, 1}, {"Overflow", 0, 4}, {CHECKPOINT_ALERT, 6, 7}, {"DeadLetterShare", 0, 0}, {"Overflow", 0, 1}};
    fake_status.partitions = &partition;
    fake_status.partition_count = 1;
    fake_status.alerts = alerts;
    fake_status.alert_count = sizeof alerts / sizeof *alerts;
    fake_status.records[1][OUTCOME_DEAD_LETTER] = 9;
    fake_status.commit_bucket[0] = 4;
    fake_status.commit_bucket[COMMIT_BUCKETS] = 1;
    fake_status.commit_seconds_sum = 7.25;
    fake_status.overflow_customers = 21;
    fake_status.overflow_employees = 22;
    fake_status.overflow_scopes = 23;
    fake_status.dirty = 24;
    fake_status.redo = 25;
    fake_status.redo_noted = 20;
    fake_status.checkpoint = (struct checkpoint_status){.open = 7, .stopped = 2, .ill = 3, .bytes = 26, .records_read = 27, .bytes_written = 28,
                                                        .rewrites = 29};
    fake_status.checkpoint.troubles[CHECKPOINT_TOO_OLD] = 30;
    assert_int_equal(get(w, "/metrics"), 200);
    assert_contains(w->answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    const char *b = body(w);
    assert_contains(b, "# TYPE cubed_records_total counter\n");
    assert_contains(b, "\ncubed_records_total{topic=\"cpi\",outcome=\"dead_letter\"} 9\n");
    assert_contains(b, "\ncubed_commit_seconds_bucket{le=\"0.001\"} 4\n");
    assert_contains(b, "\ncubed_commit_seconds_bucket{le=\"+Inf\"} 5\ncubed_commit_seconds_sum "
                       "7.25\ncubed_commit_seconds_count 5\n");
    assert_contains(
        b, "\ncubed_watermark_timestamp_seconds{topic=\"hr\",partition=\"3\"} 1767225600.5\n");
    assert_contains(b, "\ncubed_partition_lag_records{topic=\"hr\",partition=\"3\"} 17\n");
    assert_contains(b, "cubed_alerts gauge\ncubed_alerts{alertname=\"Burn\",status=\"pending\"} 2\n"
                       "cubed_alerts{alertname=\"Burn\",status=\"firing\"} 1\n"
                       "cubed_alerts{alertname=\"Overflow\",status=\"pending\"} 0\ncubed_alerts{alertname=\"Overflow\",status=\"firing\"} 5\n"
                       "cubed_alerts{alertname=\"" CHECKPOINT_ALERT "\",status=\"pending\"} 6\n"
                       "cubed_alerts{alertname=\"" CHECKPOINT_ALERT "\",status=\"firing\"} 10\n"
                       "cubed_alerts{alertname=\"DeadLetterShare\",status=\"pending\"} 0\n"
                       "cubed_alerts{alertname=\"DeadLetterShare\",status=\"firing\"} 0\n#");
    assert_contains(
        b, "\ncubed_measure_value{scope=\"region=no\\\"r\\\\t\\nh\",measure=\"nps\"} -12.5\n");
    assert_contains(b, "\ncubed_overflow_total{part=\"customers\"} 21\ncubed_overflow_total{part=\"employees\"} 22\n"
                       "cubed_overflow_total{part=\"scopes\"} 23\n");
    assert_contains(b, "\ncubed_dirty_entities 24\n");
    assert_contains(b, "\ncubed_redo_records 25\n");
    assert_contains(b, "\ncubed_checkpoint_copies{state=\"open\"} 5\ncubed_checkpoint_copies{state=\"stopped\"} 2\n");
    assert_contains(b, "\ncubed_checkpoint_bytes 26\n");
    assert_contains(b, "\ncubed_checkpoint_redo_records 20\n");
    assert_contains(b, "\ncubed_checkpoint_read_records_total 27\n");
    assert_contains(b, "\ncubed_checkpoint_written_bytes_total 28\n");
    assert_contains(b, "\ncubed_checkpoint_rewrites_total 29\n");
    assert_contains(b, "\ncubed_checkpoint_troubles_total{kind=\"too_old\"} 30\n");
    assert_contains(b, "\ncubed_measure_series_cut 0\n");
    assert_contains(
        b, "\ncubed_build_info{version=\"0.1.0\",librdkafka=\"2.6.1\",model=\"4f1c9ad2\"} 1\n");
    assert_contains(b, "\ncubed_config_last_reload_successful 1\n");
    fake_status.reload_refused = true;
    assert_int_equal(get(w, "/metrics"), 200);
    assert_contains(body(w), "\ncubed_config_last_reload_successful 0\n");
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

static void http_turn_answers_while_the_loop_stands(void **state)
{
    (void)state;
    struct world *w = world_open("127.0.0.1:0", NULL, 0);
    char answer[512] = "";
    ssize_t n = -1;
    int fd = client_open(w);
    client_send(w, fd, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (int turn = 0; turn < 5000 && n < 0; turn++) {
        http_turn(w->server);
        n = read(fd, answer, sizeof(answer) - 1);
        usleep(n < 0 ? 1000 : 0);
    }
    assert_contains(answer, "HTTP/1.1 200 OK");
    close(fd);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_answers_lists_as_arrays),
        cmocka_unit_test(http_changes_refuses_since_that_is_no_time),
        cmocka_unit_test(http_decodes_the_key_of_a_scope),
        cmocka_unit_test(http_decodes_a_zero_byte_as_any_other),
        cmocka_unit_test(http_serves_the_page),
        cmocka_unit_test(http_about_says_version_thresholds_and_units),
        cmocka_unit_test(http_refuses_methods_other_than_get_and_head),
        cmocka_unit_test(http_refuses_a_host_that_was_made_to_point_here),
        cmocka_unit_test(http_refuses_headers_beyond_their_bound),
        cmocka_unit_test(http_start_refuses_an_open_address_without_token),
        cmocka_unit_test(http_start_says_that_the_port_is_taken),
        cmocka_unit_test(http_on_an_open_address_asks_for_the_token),
        cmocka_unit_test(http_lists_say_whether_they_are_all_there_is),
        cmocka_unit_test(http_readyz_follows_the_status),
        cmocka_unit_test(http_metrics_are_prometheus_text),
        cmocka_unit_test(http_metrics_bounds_the_series_and_says_so),
        cmocka_unit_test(http_turn_answers_while_the_loop_stands),
    };
    return RUN_TESTS(tests);
}
