/* The share of dead letters of a task: its window, its changelog record, and the alert through every crash. */
#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/fake_log.h"
#include "task/dead_share.h"
#include "task/worker.h"
#include "unit/daemon/config_support.h"

#define LIMIT 0.05
#define T0 INT64_C(1760000000000)

static enum alert_event add(struct dead_share *s, uint32_t n, bool dead)
{
    enum alert_event last = ALERT_NOTHING;
    for (uint32_t i = 0; i < n; i++) {
        dead_share_add(s, dead);
        enum alert_event now = dead_share_judge(s, LIMIT, (int64_t)s->records);
        last = now == ALERT_NOTHING ? last : now;
    }
    return last;
}

static void dead_share_fires_above_the_limit_and_resolves_at_half_of_it(void **state)
{
    (void)state;
    struct dead_share s = {0};
    assert_int_equal(add(&s, 9000, true), ALERT_NOTHING); /* the window is not full */
    s = (struct dead_share){0};
    assert_int_equal(add(&s, 500, true), ALERT_NOTHING);
    assert_int_equal(add(&s, 9500, false), ALERT_NOTHING); /* 5 % is not above 5 % */
    assert_true(dead_share_value(&s) == 0.05);
    assert_int_equal(add(&s, 501, true), ALERT_NOTHING); /* judged at each thousandth */
    assert_int_equal(add(&s, 499, false), ALERT_FIRED);
    assert_true(s.firing && s.since_ms == 11000 && dead_share_value(&s) == 0.0501);
    assert_int_equal(add(&s, 249, true), ALERT_NOTHING);
    assert_int_equal(add(&s, 9750, false), ALERT_NOTHING);
    assert_int_equal(add(&s, 1, false), ALERT_RESOLVED); /* the 501 are gone */
    assert_true(s.records == 21000 && s.dead == 249 && !s.firing);
}

static void dead_share_resolves_no_sooner(void **state)
{
    (void)state;
    struct dead_share s = {0};
    add(&s, 9000, false);
    assert_int_equal(add(&s, 1000, true), ALERT_FIRED);
    add(&s, 9000, false);
    assert_true(s.firing);
    add(&s, 251, true); /* the 1000 leave meanwhile: 251 of 10,000 are more than half the limit */
    assert_int_equal(add(&s, 749, false), ALERT_NOTHING);
    assert_true(s.firing && s.dead == 251);
    add(&s, 9000, false);
    assert_true(s.firing);
    assert_int_equal(add(&s, 1000, false), ALERT_RESOLVED);
}

static void dead_share_goes_on_from_its_record_and_the_number_of_records(void **state)
{
    (void)state;
    struct dead_share s = {0}, back = {0};
    struct buf out = {0};
    add(&s, 9400, false);
    add(&s, 600, true);
    assert_true(s.firing && s.dirty);
    assert_int_equal(dead_share_encode(&s, &out), 0);
    s.dirty = false;
    add(&s, 1234, false);
    assert_false(s.dirty); /* what came since needs no other record */
    for (size_t len = 0; len < out.len; len++) {
        assert_int_not_equal(dead_share_restore(&back, out.at, len), 0);
    }
    assert_int_equal(dead_share_restore(&back, out.at, out.len), 0);
    dead_share_advance(&back, s.records);
    assert_memory_equal(back.bits, s.bits, sizeof s.bits);
    assert_true(back.dead == s.dead && back.records == s.records && back.firing && back.since_ms == s.since_ms);
    dead_share_advance(&back, s.records + 1000000);
    assert_int_equal(back.dead, 0);
    out.at[0] = 2;
    assert_int_equal(dead_share_restore(&back, out.at, out.len), CUBE_EVERSION);
    buf_close(&out);
}

/* ---- a worker over a log in memory ------------------------------------------------------------------- */

struct world {
    struct config *config;
    struct fake_log log;
    struct worker *worker;
    int64_t now_ms;
    bool may_fail;
    int failures;
};

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    (void)arg;
    (void)severity;
    (void)event;
    (void)text;
}

static void on_failed(void *arg, int error)
{
    struct world *w = arg;
    if (!w->may_fail) {
        fail_msg("the worker failed: %d", error);
    }
    w->failures++;
}

static void process_start(struct world *w)
{
    struct worker_events ev = {.told = on_told, .failed = on_failed, .arg = w};
    assert_int_equal(worker_create(w->config, &w->log.log, &ev, 7, &w->worker), 0);
    fake_log_connect(&w->log, worker_log_events(w->worker));
    fake_log_assign(&w->log);
}

static void append(struct world *w, int first, int n, bool dead)
{
    char json[200];
    for (int i = first; i < first + n; i++) {
        snprintf(json, sizeof json, dead ? "{" : "{\"v\":1,\"id\":\"%d\",\"ts\":%lld,\"kind\":\"complaint\",\"customer\":\"c\"}", i,
                 (long long)(T0 + i));
        fake_log_append(&w->log, ROLE_INTERACTIONS, T0 + i, "c", json);
    }
}

/* Plays it with a crash at one commit (-1: none), before or after it landed; returns the alerts and the commits. */
static char *alerts_of(int crash_at, bool landed, int *ret_commits)
{
    struct world w = {.config = config_of("version: 1\nname: d\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\n"
                                          "time: {out_of_order: 0s, idle_after: never}\nlimits: {dead_letter_share: 0.05}\n"
                                          "measures: [{name: n, aggregation: count, from: {kind: complaint}, window: 1h}]\n"),
                      .now_ms = T0 + 600000};
    int commits = 0;
    fake_log_init(&w.log, 1, 1);
    append(&w, 0, 9400, false);
    append(&w, 9400, 600, true);
    append(&w, 10000, 11000, false);
    process_start(&w);
    for (int quiet = 0; quiet < 4;) {
        w.now_ms += 100;
        bool busy = fake_log_deliver(&w.log, 800) > 0;
        worker_turn(w.worker, w.now_ms);
        if (w.log.pending && commits++ == crash_at) {
            if (landed) {
                fake_log_land(&w.log, false);
            }
            worker_destroy(w.worker);
            process_start(&w);
            busy = true;
        } else if (w.log.pending) {
            fake_log_land(&w.log, true);
            busy = true;
        }
        quiet = busy ? 0 : quiet + 1;
    }
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const struct fake_partition *p = &w.log.parts[ROLE_ALERTS][0];
    for (uint32_t i = 0; i < p->count; i++) {
        fprintf(out, "%.*s %lld %.*s\n", (int)p->records[i].key_len, (const char *)p->records[i].key, (long long)p->records[i].ts_ms,
                (int)p->records[i].value_len, (const char *)p->records[i].value);
    }
    fclose(out);
    worker_destroy(w.worker);
    fake_log_close(&w.log);
    config_destroy(w.config);
    *ret_commits = commits;
    return text;
}

static void worker_tells_too_many_dead_letters_once_through_every_crash(void **state)
{
    (void)state;
    int commits, begun;
    char *want = alerts_of(-1, false, &commits);
    char *second = strchr(want, '\n') + 1;
    assert_true(strchr(second, '\n')[1] == 0); /* two records */
    assert_non_null(strstr(want, "\"status\":\"firing\",\"labels\":{\"alertname\":\"DeadLetterShare\",\"task\":\"customers-0\","
                                 "\"severity\":\"page\"}"));
    assert_non_null(strstr(want, "\"value\":0.06,\"n\":10000"));
    assert_non_null(strstr(second, "\"status\":\"resolved\""));
    assert_non_null(strstr(second, "\"value\":0.0,\"n\":10000"));
    assert_true(commits > 10);
    for (int at = 0; at < 2 * commits; at++) {
        char *got = alerts_of(at / 2, at % 2, &begun);
        assert_string_equal(got, want);
        free(got);
    }
    free(want);
}

static void turns(struct world *w, int n)
{
    for (int i = 0; i < n; i++) {
        w->now_ms += 100;
        (void)fake_log_deliver(&w->log, 20000);
        worker_turn(w->worker, w->now_ms);
        if (w->log.pending) {
            fake_log_land(&w->log, true);
        }
    }
}

/* What was committed is read again by another process, which has not come to the end of interactions yet. */
static void begin_again(struct world *w)
{
    process_start(w);
    turns(w, 10);
    worker_destroy(w->worker);
    w->log.parts[ROLE_INTERACTIONS][0].slow = true;
    process_start(w);
    for (int i = 0; i < 3; i++) { /* until its inputs are read */
        worker_turn(w->worker, w->now_ms += 100);
    }
}

/* Letters of one input are read while the other is replayed: its task commits nothing then, others do. */
static void worker_tells_it_with_a_commit_of_its_task(void **state)
{
    (void)state;
    struct world w = {.config = config_of("version: 1\nname: d\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\n"
                                          "time: {out_of_order: 0s, idle_after: never}\nlimits: {dead_letter_share: 0.05}\n"
                                          "measures: [{name: n, aggregation: count, from: {kind: complaint}, window: 1h}]\n"),
                      .now_ms = T0 + 600000};
    fake_log_init(&w.log, 1, 1);
    append(&w, 0, 50, false);
    begin_again(&w);
    for (int i = 0; i < 10000; i++) {
        fake_log_append(&w.log, ROLE_CPI, T0, "c", "{");
    }
    fake_log_append(&w.log, ROLE_HR, T0, "e", "{\"v\":1,\"id\":\"h\",\"ts\":1,\"kind\":\"hire\",\"employee\":\"e\"}");
    w.log.parts[ROLE_CPI][0].held = false; /* what librdkafka has fetched by now comes */
    uint32_t commits = w.log.commits;
    turns(&w, 10);
    assert_int_equal(w.log.parts[ROLE_CPI][0].position, 10000);
    assert_true(w.log.commits > commits);
    assert_int_equal(w.log.parts[ROLE_ALERTS][0].count, 0);
    worker_destroy(w.worker);
    w.log.parts[ROLE_INTERACTIONS][0].slow = false;
    process_start(&w);
    turns(&w, 20);
    assert_int_equal(w.log.parts[ROLE_ALERTS][0].count, 1);
    worker_destroy(w.worker);
    fake_log_close(&w.log);
    config_destroy(w.config);
}

#define SMALL "version: 1\nname: d\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\n"           \
              "time: {out_of_order: 0s, idle_after: never}\nlimits: {dead_letter_share: 0.05}\n"          \
              "measures: [{name: n, aggregation: count, from: {kind: complaint}, window: 1h}]\n"

/* A window of ten records, and a clock an hour on. */
static struct world small_world(void)
{
    struct world w = {.config = config_of(SMALL), .now_ms = T0 + 4200000};
    w.config->dead_letter_window = 10;
    return w;
}

/* What was read again was judged when it was read first; duplicates of another time look like dead letters then. But the alert of a task fires on. */
static void worker_counts_no_dead_letter_twice(void **state)
{
    (void)state;
    struct status s;
    struct world w = small_world();
    w.config->dead_letter_stop = true;
    w.may_fail = true;
    fake_log_init(&w.log, 1, 1);
    append(&w, 0, 5, false);
    append(&w, 5, 5, true);
    process_start(&w);
    turns(&w, 20);
    worker_status(w.worker, &s);
    assert_string_equal(s.not_ready, "too many dead letters");
    assert_int_equal(w.failures, 1);
    worker_destroy(w.worker);
    process_start(&w);
    turns(&w, 20);
    assert_int_equal(w.log.parts[ROLE_INTERACTIONS][0].position, 10);
    worker_status(w.worker, &s);
    assert_string_equal(s.not_ready, "too many dead letters");
    append(&w, 10, 10, false);
    turns(&w, 20);
    worker_status(w.worker, &s);
    assert_string_equal(s.not_ready, "");
    assert_int_equal(w.failures, 1);
    worker_destroy(w.worker);
    fake_log_close(&w.log);
    config_destroy(w.config);
}

/* The alert fires while the other input is replayed and resolves when it has been, before the task commits. */
static void worker_tells_it_in_order_and_at_the_instant_of_what_was_read(void **state)
{
    (void)state;
    struct world w = small_world();
    const struct fake_partition *alerts = &w.log.parts[ROLE_ALERTS][0];
    char json[120];
    fake_log_init(&w.log, 1, 1);
    append(&w, 3600000, 20, false);
    begin_again(&w);
    for (int i = 0; i < 10; i++) {
        fake_log_append(&w.log, ROLE_CPI, T0, "c", "{");
    }
    w.log.parts[ROLE_CPI][0].held = false; /* what librdkafka has fetched by now comes */
    turns(&w, 5);
    assert_int_equal(alerts->count, 0);
    fake_log_append(&w.log, ROLE_HR, T0, "e", "{\"v\":1,\"id\":\"h\",\"ts\":1,\"kind\":\"hire\",\"employee\":\"e\"}");
    while (!w.log.pending) { /* a commit of the other task is under way meanwhile */
        (void)fake_log_deliver(&w.log, 20000);
        worker_turn(w.worker, w.now_ms += 100);
    }
    w.log.parts[ROLE_INTERACTIONS][0].slow = w.log.parts[ROLE_INTERACTIONS][0].held = false;
    for (int i = 0; i < 3; i++) {
        (void)fake_log_deliver(&w.log, 20000);
        worker_turn(w.worker, w.now_ms += 100);
    }
    for (int i = 0; i < 10; i++) {
        snprintf(json, sizeof json, "{\"v\":1,\"id\":\"%d\",\"ts\":%lld,\"kind\":\"survey\",\"customer\":\"c\",\"instrument\":\"nps\",\"value\":5}",
                 i, (long long)(T0 + 3600000 + i));
        fake_log_append(&w.log, ROLE_CPI, T0 + 3600000, "c", json);
    }
    w.log.parts[ROLE_CPI][0].held = false;
    (void)fake_log_deliver(&w.log, 20000);
    assert_int_equal(alerts->count, 0);
    fake_log_land(&w.log, true);
    turns(&w, 20);
    assert_int_equal(alerts->count, 2);
    assert_non_null(memmem(alerts->records[0].value, alerts->records[0].value_len, "\"firing\"", 8));
    assert_non_null(memmem(alerts->records[1].value, alerts->records[1].value_len, "\"resolved\"", 10));
    assert_int_equal(alerts->records[0].ts_ms, (T0 + 3600000) / w.config->model.cube.tick_ms * w.config->model.cube.tick_ms);
    assert_int_equal(alerts->records[1].ts_ms, alerts->records[0].ts_ms);
    worker_destroy(w.worker);
    fake_log_close(&w.log);
    config_destroy(w.config);
}

/* The signal that ends a process which does that. */
static int narrowing_ends_with(uint32_t window)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct dead_share share = {0};
        signal(SIGABRT, SIG_DFL);
        close(2);
        dead_share_narrow(&share, window);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void dead_share_narrow_takes_windows_of_whole_steps(void **state)
{
    (void)state;
    assert_int_equal(narrowing_ends_with(0), 0);
    assert_int_equal(narrowing_ends_with(DEAD_SHARE_STEPS), 0);
    assert_int_equal(narrowing_ends_with(DEAD_SHARE_WINDOW), 0);
    assert_int_equal(narrowing_ends_with(DEAD_SHARE_STEPS - 1), SIGABRT);
    assert_int_equal(narrowing_ends_with(DEAD_SHARE_STEPS + 1), SIGABRT);
    assert_int_equal(narrowing_ends_with(DEAD_SHARE_WINDOW + DEAD_SHARE_STEPS), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dead_share_fires_above_the_limit_and_resolves_at_half_of_it),
        cmocka_unit_test(dead_share_resolves_no_sooner),
        cmocka_unit_test(dead_share_narrow_takes_windows_of_whole_steps),
        cmocka_unit_test(dead_share_goes_on_from_its_record_and_the_number_of_records),
        cmocka_unit_test(worker_tells_too_many_dead_letters_once_through_every_crash),
        cmocka_unit_test(worker_tells_it_with_a_commit_of_its_task),
        cmocka_unit_test(worker_counts_no_dead_letter_twice),
        cmocka_unit_test(worker_tells_it_in_order_and_at_the_instant_of_what_was_read),
    };
    return RUN_TESTS(tests);
}
