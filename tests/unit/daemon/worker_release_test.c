/* Releases through the worker over a log in memory: survey cells that another task decides, E that is taken from
 * other tasks. Every fault at every commit, and any number of partitions, give the same. */
#include "support/unit.h"

#include "support/random.h"
#include "support/worker_world.h"

#define MINUTE INT64_C(60000)
#define SETTINGS                                                                                                             \
    "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\n"                                                  \
    "time: {out_of_order: 5s, lateness: 1h, max_skew: 5m, idle_after: never}\ndedup: {horizon: 1m}\n"                        \
    "scopes: [region, department, segment, [region, segment]]\npublish: {customers: none}\npack: none\nmeasures:\n"          \
    "  - {name: nps, axis: X, class: kpi, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, window: 2m,\n"   \
    "     score: {at0: -80, at100: 60}, min_n: 1}\n"                                                                         \
    "  - {name: bought, axis: V, class: kpi, aggregation: count, from: {kind: purchase}, window: 2m,\n"                      \
    "     score: {at0: 0, at100: 12}, min_n: 1}\n"                                                                           \
    "  - {name: pride, axis: E, class: hr, aggregation: top_box, from: {kind: survey, topic: hr, where: {theme: pride}},\n"  \
    "     window: 3m, horizons: [1m], score: {at0: 0.2, at100: 0.8}, min_n: 1}\n"                                            \
    "privacy: {k: 3, release: 1m}\n"                                                                                         \
    "cube: {tick: 10s, dwell: 0s, confidence: none, hysteresis: 0, min_coverage: 0.1, linked_window: 2m}\n"                  \
    "alerts:\n  - {name: Low, axis: E, threshold: {below: 40}, severity: page}\n"

/* ---- a company whose releases matter ------------------------------------------------------------------ */

static void employee_tells(struct fake_log *f, struct random *r, int64_t ts_ms, int n)
{
    static const char *const departments[] = {"care", "sales", "law"}, *const regions[] = {"north", "south"};
    char key[16], rest[200], id[24];
    snprintf(key, sizeof key, "e%d", n % 12);
    snprintf(id, sizeof id, "h%d", n);
    snprintf(rest, sizeof rest, "\"kind\":\"survey\",\"theme\":\"pride\",\"scale\":5,\"value\":%d,\"department\":\"%s\",\"region\":\"%s\"",
             (int)random_between(r, 1, 5), departments[random_between(r, 0, 9) % 3], regions[n % 2]);
    put(f, ROLE_HR, "employee", key, ts_ms, id, rest);
}

static void customer_tells(struct fake_log *f, struct random *r, int64_t ts_ms, int n)
{
    char key[16], rest[200], id[24];
    int64_t kind = random_between(r, 0, 2);
    const char *region = n % 2 ? "north" : "south", *segment = n % 3 ? "smb" : "large";
    snprintf(key, sizeof key, "c%d", (int)random_between(r, 0, 9));
    snprintf(id, sizeof id, "i%d", n);
    if (kind == 0) {
        snprintf(rest, sizeof rest, "\"kind\":\"purchase\",\"order\":\"o%d\",\"revenue\":5,\"region\":\"%s\",\"segment\":\"%s\"", n, region, segment);
    } else if (kind == 1) {
        snprintf(rest, sizeof rest, "\"kind\":\"contact.open\",\"case\":\"k%d\",\"segment\":\"%s\",\"department\":\"%s\"", n, segment,
                 random_between(r, 0, 2) ? "care" : "sales");
    } else {
        snprintf(rest, sizeof rest, "\"kind\":\"survey\",\"instrument\":\"nps\",\"value\":%d,\"region\":\"%s\",\"segment\":\"%s\"",
                 (int)random_between(r, 0, 10), region, segment);
    }
    put(f, kind == 2 ? ROLE_CPI : ROLE_INTERACTIONS, "customer", key, ts_ms, id, rest);
}

/* Some four releases; all inputs end at the same instant, so that every layout comes as far. */
static void company(struct fake_log *f, uint64_t seed, int events)
{
    struct random r = {seed};
    int64_t ts_ms = T0;
    for (int n = 0; n < events; n++) {
        ts_ms += random_between(&r, 0, 5000);
        if (n % 2) {
            customer_tells(f, &r, ts_ms, n);
        } else {
            employee_tells(f, &r, ts_ms, n);
        }
    }
    char key[16], id[24];
    for (int i = 0; i < 32; i++) { /* somebody in every partition */
        snprintf(key, sizeof key, "z%d", i);
        snprintf(id, sizeof id, "z%d", i);
        put(f, ROLE_INTERACTIONS, "customer", key, ts_ms + MINUTE, id, "\"kind\":\"campaign.touch\",\"campaign\":\"z\"");
        put(f, ROLE_CPI, "customer", key, ts_ms + MINUTE, id, "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":1");
        put(f, ROLE_HR, "employee", key, ts_ms + MINUTE, id, "\"kind\":\"recruit_cost\",\"internal\":1");
    }
}

#define EVENTS 70

/* ---- the tests ---------------------------------------------------------------------------------------- */

static int count_text(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)) != NULL; text++) {
        n++;
    }
    return n;
}

static int on_one_partition(uint64_t seed, char *ret_want[TOPICS_COMPARED])
{
    struct world w;
    world_open_on(&w, SETTINGS, 1, 1);
    company(&w.log, seed, EVENTS);
    int commits = play(&w, FAULT_NONE, 0);
    outputs_take(&w.log, ret_want);
    world_close(&w);
    return commits;
}

static void releases_are_the_same_on_any_number_of_partitions(void **state)
{
    (void)state;
    int let_out = 0, linked = 0, inherited = 0, changes = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        char *want[TOPICS_COMPARED];
        on_one_partition(seed, want);
        let_out += count_text(want[0], "published_at");
        linked += count_text(want[0], "\"linked\"");
        inherited += count_text(want[0], "\"inherited\"");
        changes += count_text(want[1], "\"axis\":\"E\"");
        for (int32_t partitions = 2; partitions <= FAKE_PARTITIONS_MAX; partitions++) {
            struct world w;
            world_open_on(&w, SETTINGS, partitions, partitions / 2);
            company(&w.log, seed, EVENTS);
            play(&w, FAULT_NONE, 0);
            outputs_equal(&w.log, want, seed, 0, partitions);
            world_close(&w);
        }
        texts_free(want);
    }
    print_message("let out %d, linked %d, inherited %d, moves of E %d\n", let_out, linked, inherited, changes);
    assert_true(let_out > 20 && linked > 5 && inherited > 2 && changes > 5);
}

static void releases_are_the_same_after_every_fault_at_every_commit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        char *want[TOPICS_COMPARED];
        struct world w;
        on_one_partition(seed, want);
        world_open_on(&w, SETTINGS, 3, 2);
        company(&w.log, seed, EVENTS);
        int commits = play(&w, FAULT_NONE, 0);
        world_close(&w);
        print_message("seed %llu: %d commits\n", (unsigned long long)seed, commits);
        for (int fault = CRASH_AFTER; fault < FAULT_COUNT; fault++) {
            for (int at = fault % 2; at < commits; at += seed == 1 ? 1 : 3) {
                world_open_on(&w, SETTINGS, 3, 2);
                w.log.compacted = seed % 2;
                company(&w.log, seed, EVENTS);
                play(&w, (enum fault)fault, at);
                outputs_equal(&w.log, want, seed, fault, at);
                world_close(&w);
            }
        }
        texts_free(want);
    }
}

/* All scope tasks have come beyond an instant and wait for nothing. */
static void all_beyond(const struct world *w, int64_t t_ms)
{
    struct scope_task **tasks;
    uint32_t count = worker_scope_tasks(w->worker, &tasks);
    for (uint32_t q = 0; q < count; q++) {
        assert_false(scope_task_waits(tasks[q]));
        assert_true(scope_task_done(tasks[q]) > t_ms);
    }
}

/* Nobody waits for a task without records; when it gets its first ones, they may lie behind releases that are over
 * for some scope tasks and not for one that is slow. All go on, whoever is slow, the guard among them. */
static void a_task_that_wakes_up_behind_releases_stops_nobody(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 9; seed++) {
        struct world w;
        struct random r = {seed};
        bool *slow = &w.log.parts[ROLE_PARTIALS][seed % 3].slow;
        world_open_on(&w, SETTINGS, 3, 2);
        turns_of(&w, 5, 100, 1);
        *slow = true;
        for (int n = 1; n < 160; n += 2) { /* customers alone */
            customer_tells(&w.log, &r, T0 + n * 2500, n);
        }
        turns_of(&w, 40 + (int)seed * 20, 100, 1);
        for (int n = 0; n < 80; n += 2) {
            employee_tells(&w.log, &r, T0 + n * 2500, n);
        }
        turns_of(&w, 100, 100, 1);
        *slow = false;
        turns_of(&w, 100, 100, 1);
        all_beyond(&w, T0 + MINUTE);
        for (int n = 200; n < 240; n++) {
            employee_tells(&w.log, &r, T0 + 500000 + n, n);
            customer_tells(&w.log, &r, T0 + 500000 + n, n);
        }
        play(&w, seed % 2 ? CRASH_AFTER : FAULT_NONE, 5);
        all_beyond(&w, T0 + 4 * MINUTE);
        world_close(&w);
    }
}

static void a_scope_task_that_is_waited_for_is_named(void **state)
{
    (void)state;
    struct world w;
    struct scope_task **tasks;
    char name[TASK_NAME_MAX] = "";
    world_open_on(&w, SETTINGS, 3, 2);
    company(&w.log, 1, EVENTS);
    turns_of(&w, 5, 100, 1);
    w.log.parts[ROLE_PARTIALS][1].slow = true; /* as if another process had it, and stood still */
    turns_of(&w, 200, 100, 1);
    uint32_t count = worker_scope_tasks(w.worker, &tasks), waiting = 0;
    for (uint32_t q = 0; q < count; q++) {
        waiting += scope_task_waits(tasks[q]);
        if (scope_task_waits(tasks[q])) {
            assert_false(scope_task_stalled(tasks[q], 3600000, name));
            assert_true(scope_task_stalled(tasks[q], 1000, name));
        }
    }
    assert_int_equal(waiting, 2);
    assert_string_equal(name, "scopes-1");
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(releases_are_the_same_on_any_number_of_partitions),
        cmocka_unit_test(releases_are_the_same_after_every_fault_at_every_commit),
        cmocka_unit_test(a_task_that_wakes_up_behind_releases_stops_nobody),
        cmocka_unit_test(a_scope_task_that_is_waited_for_is_named),
    };
    return RUN_TESTS(tests);
}
