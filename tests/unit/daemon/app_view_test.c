/* What the page sees of a worker, and what the demo tells. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_view.h"
#include "demo_tell.h"
#include "support/failmalloc.h"
#include "support/fake_log.h"
#include "unit/daemon/config_support.h"

#define T0 INT64_C(1760000000000)
#define DAY_MS INT64_C(86400000)

static const char yaml[] =
    "version: 1\nname: v\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\ntime: {out_of_order: 1s, idle_after: never}\nscopes: [region]\npack: none\n"
    "measures:\n  - {name: revenue, axis: none, class: kpi, aggregation: sum, from: {kind: purchase, value: revenue}, window: 1h}\n"
    "alerts:\n  - {name: Much, measure: revenue, threshold: {above: 5}, severity: page}\n"
    "  - {name: MuchForLong, measure: revenue, threshold: {above: 5}, for: 1h, severity: page}\n";

struct world {
    struct config *config;
    struct fake_log log;
    struct worker *worker;
    struct app_view *view;
    struct status_source source;
    int64_t now_ms;
    struct buf seen;
    int stop_after;
};

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    (void)arg;
    (void)severity;
    fail_msg("%s: %s", event, text);
}

static void on_failed(void *arg, int error)
{
    (void)arg;
    fail_msg("failed with %d", error);
}

static int64_t no_time(void *arg)
{
    (void)arg;
    return 0;
}

static void no_line(void *arg, const char *line, size_t len)
{
    (void)arg;
    (void)line;
    (void)len;
}

static void fix_status(void *arg, struct status *s)
{
    (void)arg;
    s->live = false;
}

static void purchase(struct world *w, const char *region, int64_t ts_ms, int revenue)
{
    char json[300];
    snprintf(json, sizeof json,
             "{\"v\":1,\"id\":\"%s%d%lld\",\"ts\":%lld,\"kind\":\"purchase\",\"customer\":\"c\",\"order\":\"o\",\"revenue\":%d,\"region\":\"%s\"}",
             region, revenue, (long long)ts_ms, (long long)ts_ms, revenue, region);
    fake_log_append(&w->log, ROLE_INTERACTIONS, ts_ms, "c", json);
}

static void turns(struct world *w, int n)
{
    while (n--) {
        w->now_ms += 100;
        fake_log_deliver(&w->log, UINT32_MAX);
        worker_turn(w->worker, w->now_ms);
        if (w->log.pending) {
            fake_log_land(&w->log, true);
        }
    }
}

static void world_open(struct world *w)
{
    *w = (struct world){.config = config_of(yaml), .now_ms = T0 + 60000};
    struct worker_events ev = {.told = on_told, .failed = on_failed, .arg = w};
    fake_log_init(&w->log, 2, 1);
    assert_int_equal(worker_create(w->config, &w->log.log, &ev, 7, &w->worker), 0);
    assert_int_equal(app_view_create(w->config, w->worker, &w->view), 0);
    w->source = app_view_source(w->view, fix_status, w);
    fake_log_connect(&w->log, worker_log_events(w->worker));
    fake_log_assign(&w->log);
    purchase(w, "south", T0, 7);
    purchase(w, "north", T0 + 1, 3);
    purchase(w, "north", T0 + 30000, 1);
    turns(w, 6);
}

static void world_close(struct world *w)
{
    app_view_destroy(w->view);
    worker_destroy(w->worker);
    fake_log_close(&w->log);
    config_destroy(w->config);
    buf_close(&w->seen);
}

static int see(struct world *w, struct text t)
{
    assert_int_equal(buf_append(&w->seen, t.at, t.len), 0);
    assert_int_equal(buf_append(&w->seen, "\n", 1), 0);
    return w->stop_after && --w->stop_after == 0 ? 17 : 0;
}

static int see_json(void *arg, struct text json)
{
    return see(arg, json);
}

static int see_scope(void *arg, struct text key, struct text json)
{
    assert_non_null(memmem(json.at, json.len, key.at, key.len));
    return see(arg, key);
}

static int see_measure(void *arg, struct text scope, struct text measure, double value)
{
    char text[100];
    snprintf(text, sizeof text, "%.*s %.*s %g", (int)scope.len, scope.at, (int)measure.len, measure.at, value);
    return see(arg, text_of(text));
}

static const char *seen(struct world *w)
{
    assert_int_equal(buf_append(&w->seen, "", 1), 0);
    buf_clear(&w->seen);
    return (const char *)w->seen.at;
}

static void app_view_lists_scopes_and_measures_by_key(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    assert_int_equal(w.source.scopes_each(w.source.self, see_scope, &w), 0);
    assert_string_equal(seen(&w), "organisation\nregion=north\nregion=south\n");
    assert_int_equal(w.source.measures_each(w.source.self, 100, see_measure, &w), 0);
    assert_string_equal(seen(&w), "organisation revenue 10\nregion=north revenue 3\nregion=south revenue 7\n");
    assert_int_equal(w.source.measures_each(w.source.self, 2, see_measure, &w), 0);
    assert_string_equal(seen(&w), "organisation revenue 10\nregion=north revenue 3\n");
    w.stop_after = 2;
    assert_int_equal(w.source.scopes_each(w.source.self, see_scope, &w), 17);
    assert_string_equal(seen(&w), "organisation\nregion=north\n");
    world_close(&w);
}

static void app_view_scope_json_is_the_state_of_one_scope(void **state)
{
    (void)state;
    struct world w;
    struct buf b = {0};
    world_open(&w);
    assert_int_equal(w.source.scope_json(w.source.self, TEXT_LITERAL("region=south"), &b), 0);
    assert_non_null(memmem(b.at, b.len, "\"scope\":\"region=south\"", 22));
    assert_int_equal(w.source.scope_json(w.source.self, TEXT_LITERAL("region=west"), &b), CUBE_ENOTFOUND);
    buf_close(&b);
    world_close(&w);
}

static void app_view_tells_pending_alerts_from_firing_ones(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    assert_int_equal(w.source.alerts_each(w.source.self, see_json, &w), 0);
    const char *text = seen(&w);
    int firing = 0, pending = 0;
    for (const char *at = text; (at = strstr(at, "\"status\":\"")) != NULL; at++) {
        firing += strncmp(at, "\"status\":\"firing\"", 17) == 0;
        pending += strncmp(at, "\"status\":\"pending\"", 18) == 0;
    }
    assert_int_equal(firing, 2); /* organisation and south */
    assert_int_equal(pending, 2);
    assert_null(strstr(text, "resolved"));
    world_close(&w);
}

static int none_are_given(void *arg, const struct record *r)
{
    (void)arg;
    (void)r;
    return 0;
}

/* Copies that are ill, while others write them or not; and asks for alerts. */
static uint32_t ill_of(struct world *w, bool beside)
{
    struct status s;
    app_view_beside(w->view, beside);
    w->source.read(w->source.self, &s);
    assert_int_equal(w->source.alerts_each(w->source.self, see_json, w), 0);
    return s.checkpoint.ill;
}

static void app_view_tells_of_local_copies_that_cannot_be_kept(void **state)
{
    (void)state;
    struct world w;
    uv_loop_t loop;
    struct checkpoint_files *copies;
    struct checkpoint_place place;
    struct logger quiet = {.level = LEVEL_ERROR, .now_ms = no_time, .write = no_line};
    struct checkpoint_files_options o = {.directory = "/nowhere/at/all", .identity = "v", .loop = &loop, .log = &quiet};
    world_open(&w);
    uv_loop_init(&loop);
    assert_int_equal(checkpoint_files_create(&o, &copies), 0);
    app_view_copies(w.view, copies);
    assert_int_equal(w.source.alerts_each(w.source.self, see_json, &w), 0);
    assert_null(strstr(seen(&w), CHECKPOINT_ALERT));
    struct checkpoint port = checkpoint_files_port(copies);
    assert_int_equal(port.read(port.self, ROLE_CHANGELOG_CUSTOMERS, 1, none_are_given, NULL, &place), CUBE_ENOTFOUND);
    assert_int_equal(ill_of(&w, true), 0); /* as it was before */
    assert_null(strstr(seen(&w), CHECKPOINT_ALERT));
    assert_int_equal(ill_of(&w, false), 1);
    assert_int_equal(w.source.alerts_each(w.source.self, see_json, &w), 0);
    const char *at = strstr(seen(&w), "{\"v\":1,\"status\":\"firing\",\"labels\":{\"alertname\":\"CheckpointTrouble\",\"task\":\"customers-1\","
                                      "\"severity\":\"ticket\"}");
    assert_non_null(at);
    assert_non_null(strstr(at, "The local copy of customers-1 takes no more"));
    assert_non_null(strstr(at, "\"value\":1.0,\"n\":1,"));
    checkpoint_files_destroy(copies);
    uv_loop_close(&loop);
    world_close(&w);
}

static void app_view_status_passes_through_the_fix(void **state)
{
    (void)state;
    struct world w;
    struct status s;
    world_open(&w);
    w.source.read(w.source.self, &s);
    assert_false(s.live);
    assert_true(s.ready);
    assert_int_equal(s.scopes, 3);
    assert_int_equal(s.records[TOPIC_INTERACTIONS][OUTCOME_APPLIED], 3);
    assert_int_equal(s.alert_count, 4); /* the rules, and that of the tasks */
    assert_int_equal(s.alerts[0].firing, 2);
    assert_int_equal(s.alerts[1].pending, 2);
    fake_log_revoke(&w.log);
    w.source.read(w.source.self, &s);
    assert_false(s.ready);
    assert_int_equal(s.records[TOPIC_INTERACTIONS][OUTCOME_APPLIED], 3); /* counters do not fall */
    world_close(&w);
}

/* What is told of them would else be taken for resolved. */
static void app_view_goes_on_with_what_was_known_when_tasks_are_lost(void **state)
{
    (void)state;
    struct world w;
    struct status s;
    world_open(&w);
    w.source.read(w.source.self, &s);
    assert_true(s.complete);
    assert_int_equal(w.source.measures_each(w.source.self, 100, see_measure, &w), 0);
    assert_int_equal(w.source.measures_each(w.source.self, 2, see_measure, &w), 0);
    buf_clear(&w.seen);
    fake_log_revoke(&w.log);
    w.source.read(w.source.self, &s);
    assert_false(s.complete);
    assert_int_equal(s.alert_count, 4);
    assert_string_equal(s.alerts[0].alertname, "Much");
    assert_int_equal(s.alerts[0].firing, 2);
    assert_int_equal(w.source.measures_each(w.source.self, 100, see_measure, &w), 0);
    assert_string_equal(seen(&w), "organisation revenue 10\nregion=north revenue 3\n"); /* as they were asked for last */
    assert_int_equal(w.source.scopes_each(w.source.self, see_scope, &w), 0);
    assert_string_equal(seen(&w), "");
    world_close(&w);
}

static void app_view_keeps_the_newest_changes_newest_first(void **state)
{
    (void)state;
    struct world w;
    char json[16];
    world_open(&w);
    for (int i = 0; i < RECENT_CHANGES_MAX + 10; i++) {
        snprintf(json, sizeof json, "%d", i);
        assert_int_equal(app_view_change(w.view, i, i % 2 ? TEXT_LITERAL("odd") : TEXT_LITERAL("even"), text_of(json)), 0);
    }
    assert_int_equal(w.source.changes_each(w.source.self, (struct text){0}, RECENT_CHANGES_MAX + 7, see_json, &w), 0);
    assert_string_equal(seen(&w), "265\n264\n263\n");
    assert_int_equal(w.source.changes_each(w.source.self, TEXT_LITERAL("even"), RECENT_CHANGES_MAX + 6, see_json, &w), 0);
    assert_string_equal(seen(&w), "264\n262\n");
    assert_int_equal(w.source.changes_each(w.source.self, (struct text){0}, 0, see_json, &w), 0);
    const char *all = seen(&w);
    assert_non_null(strstr(all, "\n10\n"));
    assert_null(strstr(all, "\n9\n"));
    world_close(&w);
}

static int change_story(void *arg)
{
    struct app_view *v;
    int rc = app_view_create(((struct world *)arg)->config, ((struct world *)arg)->worker, &v);
    if (rc) {
        return rc;
    }
    for (int i = 0; i < 3 && !rc; i++) {
        rc = app_view_change(v, i, TEXT_LITERAL("s"), TEXT_LITERAL("{}"));
    }
    app_view_destroy(v);
    return rc;
}

static int scopes_story(void *arg)
{
    struct buf b = {0};
    struct world *w = arg;
    int rc = w->source.scope_json(w->source.self, TEXT_LITERAL("region=south"), &b);
    buf_close(&b);
    return rc;
}

static void app_view_says_when_memory_is_out(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    assert_int_equal(failmalloc_sweep(change_story, &w), 7);
    assert_true(failmalloc_sweep(scopes_story, &w) >= 2);
    world_close(&w);
}

/* ---- the demo --------------------------------------------------------------------------------------- */

static void tells(const struct decision *d, bool colour, const char *want)
{
    static const struct measure measures[] = {{.name = {"csat", 4}}, {.name = {"nps", 3}}};
    struct model m = {.measures = measures, .measure_count = 2};
    char *text;
    size_t size;
    struct demo_tell t = {.model = &m, .out = open_memstream(&text, &size), .colour = colour, .start_ms = T0};
    demo_tell_decision(&t, d, TEXT_LITERAL("region=north"));
    fclose(t.out);
    assert_string_equal(text, want);
    free(text);
}

static void demo_tell_says_moves_with_their_drivers_and_alerts_with_their_value(void **state)
{
    (void)state;
    static const struct driver drivers[] = {{0, -7500000}, {1, 1250000}};
    static const struct alert_rule rule = {.name = {"Slow", 4}};
    struct decision change = {.type = DECISION_CHANGE, .t_ms = T0 + 6 * DAY_MS + 51000000, .from = 7, .to = 4, .move_count = 1,
                              .moves = {{AXIS_X, 71600000, 40000000, drivers, 2}}};
    struct decision alert = {.type = DECISION_ALERT, .t_ms = T0 - 60000, .rule = &rule, .firing = true,
                             .answer = {.has_value = true, .value = 0.7512, .n = 42}};
    tells(&change, false, "day   6 14:10  moved    region=north             engagement -> incrowd  X 72 -> 40 (csat -7.5, nps +1.2)\n");
    tells(&alert, false, "day  -1 23:59  FIRING   region=north             Slow  value 0.751, n 42\n");
    alert.firing = false;
    tells(&alert, true, "day  -1 23:59  \033[1;32mresolved\033[0m region=north             Slow\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(app_view_lists_scopes_and_measures_by_key),
        cmocka_unit_test(app_view_scope_json_is_the_state_of_one_scope),
        cmocka_unit_test(app_view_tells_pending_alerts_from_firing_ones),
        cmocka_unit_test(app_view_tells_of_local_copies_that_cannot_be_kept),
        cmocka_unit_test(app_view_status_passes_through_the_fix),
        cmocka_unit_test(app_view_goes_on_with_what_was_known_when_tasks_are_lost),
        cmocka_unit_test(app_view_keeps_the_newest_changes_newest_first),
        cmocka_unit_test(app_view_says_when_memory_is_out),
        cmocka_unit_test(demo_tell_says_moves_with_their_drivers_and_alerts_with_their_value),
    };
    return RUN_TESTS(tests);
}
