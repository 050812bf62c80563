/* The worker and its tasks, a restart included, with every allocation failing once. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/failmalloc.h"
#include "support/fake_log.h"
#include "task/worker.h"
#include "unit/daemon/config_support.h"

#define T0 INT64_C(1760000000000)

static const char yaml[] =
    "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\ntime: {out_of_order: 1s, lateness: 1h, idle_after: never}\n"
    "scopes: [region]\n"
    "publish: {customers: all, per_commit: 1}\npack: none\nmeasures:\n"
    "  - {name: csat, axis: X, class: kpi, aggregation: top_box, from: {kind: survey, where: {instrument: csat}}, "
    "window: 1m, score: {at0: 0.3, at100: 0.9}}\n"
    "  - {name: revenue, axis: none, class: kpi, aggregation: sum, from: {kind: purchase, value: revenue}, window: 1h}\n"
    "points:\n  - {kind: purchase, points: 25}\nalerts:\n  - {name: Much, measure: revenue, threshold: {above: 5}, severity: page}\n";

struct process {
    struct fake_log log;
    struct worker *worker;
    int error;
    int64_t now_ms;
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
    ((struct process *)arg)->error = error;
}

static void put(struct fake_log *f, enum topic_role role, const char *who, const char *key, int n, int64_t ts_ms, const char *rest)
{
    char json[300];
    snprintf(json, sizeof json, "{\"v\":1,\"id\":\"%d\",\"ts\":%lld,\"%s\":\"%s\",%s}", n, (long long)ts_ms, who, key, rest);
    fake_log_append(f, role, ts_ms, key, json);
}

static void story(struct fake_log *f)
{
    char key[8];
    for (int i = 0; i < 6; i++) {
        snprintf(key, sizeof key, "c%d", i % 4);
        put(f, ROLE_INTERACTIONS, "customer", key, i, T0 + i * 7000, "\"kind\":\"purchase\",\"order\":\"o\",\"revenue\":4,\"region\":\"north\"");
        put(f, ROLE_CPI, "customer", key, i, T0 + i * 7000, "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":2");
    }
    put(f, ROLE_INTERACTIONS, "customer", "c1", 90, T0 + 3600000 * 24, "\"kind\":\"customer.update\",\"region\":\"south\"");
    put(f, ROLE_INTERACTIONS, "customer", "c2", 91, T0 + 41000, "\"kind\":\"customer.erase\"");
    fake_log_append(f, ROLE_INTERACTIONS, T0, "c1", "{");
    put(f, ROLE_HR, "employee", "e1", 92, T0, "\"kind\":\"hire\",\"region\":\"north\"");
}

static int life(struct process *p, const struct config *c, uint32_t most, int turns)
{
    struct worker_events ev = {.told = on_told, .failed = on_failed, .arg = p};
    int rc = worker_create(c, &p->log.log, &ev, 7, &p->worker);
    if (rc) {
        return rc;
    }
    fake_log_connect(&p->log, worker_log_events(p->worker));
    fake_log_assign(&p->log);
    for (int i = 0; i < turns && !p->error; i++) {
        p->now_ms += 100;
        fake_log_deliver(&p->log, most);
        if (!p->error) {
            worker_turn(p->worker, p->now_ms);
        }
        if (p->log.pending && !p->error) {
            fake_log_land(&p->log, true);
        }
    }
    worker_destroy(p->worker);
    return p->error;
}

static int two_lives(void *arg)
{
    struct process p = {.now_ms = T0 + 3600000};
    fake_log_init(&p.log, 1, 1);
    story(&p.log);
    int rc = life(&p, arg, 1, 7);
    rc = rc ? rc : life(&p, arg, 4, 12);
    fake_log_close(&p.log);
    return rc;
}

static void worker_fails_for_want_of_memory_and_frees_everything(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    assert_true(failmalloc_sweep_tolerant(two_lives, c) > 300);
    config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worker_fails_for_want_of_memory_and_frees_everything)};
    return RUN_TESTS(tests);
}
