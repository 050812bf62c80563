/* The replay, its input files and its lines, and every allocation of the tasks it runs. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/replay_input.h"
#include "cli/replay_print.h"
#include "support/failmalloc.h"
#include "task/replay.h"
#include "unit/daemon/config_support.h"

#define T0 INT64_C(1760000000000)

static const char yaml[] =
    "version: 1\nname: r\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\ntime: {out_of_order: 1s, lateness: 1h}\nscopes: [region]\n"
    "publish: {customers: all}\npack: none\nmeasures:\n"
    "  - {name: csat, axis: X, class: kpi, aggregation: top_box, from: {kind: survey, where: {instrument: csat}}, window: 1m,\n"
    "     score: {at0: 0.3, at100: 0.9}, min_n: 1}\n"
    "  - {name: revenue, axis: none, class: kpi, aggregation: sum, from: {kind: purchase, value: revenue}, window: 1h}\n"
    "points:\n  - {kind: purchase, points: 25}\n"
    "alerts:\n  - {name: Low, measure: csat, threshold: {below: 0.9}, severity: page}\n";

static const struct {
    enum topic_role role;
    const char *key, *value;
} records[] = {
    {ROLE_INTERACTIONS, "c1", "{\"v\":1,\"id\":\"1\",\"ts\":1760000000000,\"kind\":\"purchase\",\"customer\":\"c1\","
                              "\"order\":\"o\",\"revenue\":5,\"region\":\"north\"}"},
    {ROLE_CPI, "c2", "{\"v\":1,\"id\":\"2\",\"ts\":1760000003000,\"kind\":\"survey\",\"customer\":\"c2\","
                     "\"instrument\":\"csat\",\"value\":2,\"region\":\"north\"}"},
    {ROLE_INTERACTIONS, "c1", "{no json"},
    {ROLE_INTERACTIONS, "c3", "{\"v\":1,\"id\":\"4\",\"ts\":1760000025000,\"kind\":\"purchase\",\"customer\":\"c3\",\"order\":\"o\",\"revenue\":7}"},
    {ROLE_INTERACTIONS, "c3", "{\"v\":1,\"id\":\"5\",\"ts\":1760000002000,\"kind\":\"purchase\",\"customer\":\"c3\",\"order\":\"p\",\"revenue\":9}"},
    {ROLE_INTERACTIONS, "c1", "{\"v\":1,\"id\":\"6\",\"ts\":1759990000000,\"kind\":\"purchase\",\"customer\":\"c1\",\"order\":\"q\",\"revenue\":1}"},
    {ROLE_HR, "e1", "{\"v\":1,\"id\":\"7\",\"ts\":1760000027000,\"kind\":\"hire\",\"employee\":\"e1\",\"region\":\"north\"}"},
    {ROLE_INTERACTIONS, "c1", "{\"v\":1,\"id\":\"8\",\"ts\":1760000028000,\"kind\":\"customer.erase\",\"customer\":\"c1\"}"},
};

struct run {
    const struct config *config;
    uint32_t commit_every;
    int32_t partitions;
    bool final;
    char *text; /* what it printed */
};

static int replay_all(struct replay *r)
{
    const struct header headers[] = {{TEXT_LITERAL("trace"), TEXT_LITERAL("7")}, {TEXT_LITERAL("none"), {0}}};
    int rc = 0;
    for (size_t i = 0; i < sizeof records / sizeof *records && !rc; i++) {
        enum record_outcome o;
        const struct input_record rec = {.role = records[i].role, .key = (const uint8_t *)records[i].key, .key_len = 2,
                                         .value = (const uint8_t *)records[i].value, .value_len = strlen(records[i].value), .ts_ms = T0,
                                         .headers = headers, .header_count = 2};
        rc = replay_record(r, &rec, &o);
    }
    return rc ? rc : replay_finish(r, T0 + 60000);
}

static int run_story(void *arg)
{
    struct run *run = arg;
    struct replay_options o = {.partitions = run->partitions, .now_ms = INT64_MIN, .every_ms = 20000, .customers = true,
                               .commit_every = run->commit_every};
    struct replay *r = NULL;
    struct replay_print *print = NULL;
    size_t size;
    free(run->text);
    FILE *out = open_memstream(&run->text, &size);
    int rc = replay_print_create(run->config, out, run->final, &print);
    rc = rc ? rc : replay_create(run->config, &o, replay_print_line, print, &r);
    rc = rc ? rc : replay_all(r);
    replay_destroy(r);
    rc = rc ? rc : replay_print_finish(print);
    replay_print_destroy(print);
    fclose(out);
    return rc;
}

static int count_of(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) {
        n++;
    }
    return n;
}

static void replay_prints_every_output_and_snapshot(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct run run = {.config = c, .partitions = 3};
    assert_int_equal(run_story(&run), 0);
    assert_int_equal(count_of(run.text, "\"topic\":\"cube.dead-letters\""), 1);
    assert_int_equal(count_of(run.text, "\"value_b64\":\"e25vIGpzb24=\""), 1);
    assert_int_equal(count_of(run.text, "\"topic\":\"cube.late\""), 1);
    assert_int_equal(count_of(run.text, "\"headers\":{\"trace\":\"7\",\"cubed.reason\":\""), 2);
    assert_int_equal(count_of(run.text, "},\"headers_b64\":[[\"none\",null]]}\n"), 2);
    assert_int_equal(count_of(run.text, "\"topic\":\"cube.customers\",\"key\":\"c1\",\"ts\":1760000030000,\"value\":null}"), 1);
    assert_int_equal(count_of(run.text, "\"topic\":\"cube.snapshot\",\"key\":\"organisation\""), 3);
    assert_int_equal(count_of(run.text, "\"topic\":\"cube.customers.snapshot\",\"key\":\"c1\""), 1);
    assert_true(count_of(run.text, "\"topic\":\"cube.alerts\"") >= 2);
    free(run.text);
    config_destroy(c);
}

static void replay_final_prints_the_last_record_of_each_key_by_topic(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct run all = {.config = c, .partitions = 1}, last = {.config = c, .partitions = 1, .final = true};
    assert_int_equal(run_story(&all), 0);
    assert_int_equal(run_story(&last), 0);
    assert_int_equal(count_of(last.text, "\"topic\":\"cube.state\""), 2);
    assert_int_equal(count_of(last.text, "\"topic\":\"cube.customers\""), 2); /* c1 was erased */
    assert_int_equal(count_of(last.text, "snapshot"), 0);
    assert_true(strstr(last.text, "cube.alerts") < strstr(last.text, "cube.customers"));
    for (char *line = strtok(last.text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_int_equal(count_of(all.text, line), 1);
    }
    free(all.text);
    free(last.text);
    config_destroy(c);
}

static void replay_commits_do_not_show(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct run want = {.config = c, .partitions = 1, .final = true};
    assert_int_equal(run_story(&want), 0);
    for (uint32_t every = 1; every < 9; every++) {
        struct run run = {.config = c, .partitions = (int32_t)every % 3 + 1, .final = true, .commit_every = every};
        assert_int_equal(run_story(&run), 0);
        assert_string_equal(run.text, want.text);
        free(run.text);
    }
    free(want.text);
    config_destroy(c);
}

static void replay_says_when_memory_is_out(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct run run = {.config = c, .partitions = 2, .commit_every = 2};
    assert_true(failmalloc_sweep(run_story, &run) > 100);
    run.final = true;
    assert_true(failmalloc_sweep(run_story, &run) > 100);
    free(run.text);
    config_destroy(c);
}

static int refuse_line(void *arg, const struct replay_line *line)
{
    (void)line;
    return --*(int *)arg < 0 ? CUBE_EIO : 0;
}

static void replay_stops_with_what_the_sink_returns(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct replay_options o = {.partitions = 1, .now_ms = INT64_MIN};
    for (int lines = 0; lines < 5; lines++) {
        struct replay *r;
        int left = lines;
        assert_int_equal(replay_create(c, &o, refuse_line, &left, &r), 0);
        assert_int_equal(replay_all(r), CUBE_EIO);
        assert_int_equal(left, -1);
        replay_destroy(r);
    }
    config_destroy(c);
}

/* ---- input files ------------------------------------------------------------------------------------ */

static const char *file_of(const char *name, const char *text)
{
    static char paths[4][64];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, 64, "replay_test_%d_%s", (int)getpid(), name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

static void next_is(struct replay_input *in, enum topic_role role, const char *key, const char *value, int64_t ts_ms)
{
    struct input_record r;
    assert_int_equal(replay_input_next(in, &r), 1);
    assert_int_equal(r.role, role);
    assert_int_equal(r.key_len, key ? strlen(key) : 0);
    assert_true(key ? memcmp(r.key, key, r.key_len) == 0 : !r.key);
    assert_int_equal(r.value_len, strlen(value));
    assert_memory_equal(r.value, value, r.value_len);
    assert_int_equal(r.ts_ms, ts_ms);
}

static void replay_input_merges_files_by_event_time(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct replay_input *in;
    struct input_record r;
    const char *files[TOPIC_COUNT] = {file_of("i", "\n {\"ts\":5,\"customer\":\"a\"} \r\n{\"ts\":9,\"customer\":\"b\"}"),
                                      file_of("c", "{\"ts\":7,\"customer\":\"c\"}\nno json\n{\"ts\":8,\"customer\":\"d\"}\n"), file_of("h", "")};
    assert_int_equal(replay_input_open(c, files, NULL, &in), 0);
    next_is(in, ROLE_INTERACTIONS, "a", "{\"ts\":5,\"customer\":\"a\"}", 5);
    next_is(in, ROLE_CPI, "c", "{\"ts\":7,\"customer\":\"c\"}", 7);
    next_is(in, ROLE_CPI, NULL, "no json", 7);
    next_is(in, ROLE_CPI, "d", "{\"ts\":8,\"customer\":\"d\"}", 8);
    next_is(in, ROLE_INTERACTIONS, "b", "{\"ts\":9,\"customer\":\"b\"}", 9);
    assert_int_equal(replay_input_next(in, &r), 0);
    replay_input_close(in);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        assert_int_equal(unlink(files[t]), 0);
    }
    config_destroy(c);
}

static void replay_input_reads_raw_records_with_null_and_empty_bytes(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct replay_input *in;
    struct input_record r;
    const char *files[TOPIC_COUNT] = {0};
    const char *path = file_of("r", "{\"topic\":\"cpi\",\"key_b64\":\"Yw==\",\"value_b64\":\"e30=\",\"ts\":4}\n{\"topic\":\"hr\",\"key_b64\":null}\n"
                                    "{\"topic\":\"hr\",\"key_b64\":\"\",\"value_b64\":\"\"}\n{\"topic\":\"other\"}\n");
    assert_int_equal(replay_input_open(c, files, path, &in), 0);
    next_is(in, ROLE_CPI, "c", "{}", 4);
    assert_int_equal(replay_input_next(in, &r), 1);
    assert_true(!r.key && !r.value);
    assert_int_equal(replay_input_next(in, &r), 1);
    assert_true(r.key && r.value && r.key_len == 0 && r.value_len == 0);
    assert_int_equal(replay_input_next(in, &r), CUBE_EFORMAT);
    replay_input_close(in);
    assert_int_equal(unlink(path), 0);
    config_destroy(c);
}

static void header_is(const struct header *h, const char *name, const char *value, size_t len)
{
    assert_true(text_equal(h->name, text_of(name)));
    assert_true(value ? text_equal(h->value, (struct text){value, (uint32_t)len}) : !h->value.at);
}

static void replay_input_reads_headers_of_raw_records(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct replay_input *in;
    struct input_record r;
    const char *files[TOPIC_COUNT] = {0};
    const char *path = file_of("r", "{\"topic\":\"cpi\",\"headers\":{\"b\":\"text\",\"\":\"\"},\"headers_b64\":[[\"b\",\"/wA=\"],[\"c\",null]]}\n"
                                    "{\"topic\":\"cpi\",\"headers\":null,\"headers_b64\":[]}\n{\"topic\":\"cpi\",\"headers\":{\"b\":7}}\n");
    assert_int_equal(replay_input_open(c, files, path, &in), 0);
    assert_int_equal(replay_input_next(in, &r), 1);
    assert_int_equal(r.header_count, 4);
    header_is(&r.headers[0], "b", "\xff\0", 2);
    header_is(&r.headers[1], "c", NULL, 0);
    header_is(&r.headers[2], "b", "text", 4);
    header_is(&r.headers[3], "", "", 0);
    assert_int_equal(replay_input_next(in, &r), 1);
    assert_int_equal(r.header_count, 0);
    assert_int_equal(replay_input_next(in, &r), CUBE_EFORMAT);
    replay_input_close(in);
    assert_int_equal(unlink(path), 0);
    config_destroy(c);
}

static void replay_input_refuses_what_cannot_be_read(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct replay_input *in;
    const char *missing[TOPIC_COUNT] = {"no such file"}, *folder[TOPIC_COUNT] = {"/"};
    assert_int_equal(replay_input_open(c, missing, NULL, &in), CUBE_EUSAGE);
    assert_int_equal(replay_input_open(c, folder, NULL, &in), CUBE_EUSAGE);
    config_destroy(c);
}

static void replay_input_reads_what_is_no_file(void **state)
{
    (void)state;
    struct config *c = config_of(yaml);
    struct replay_input *in;
    struct input_record r;
    static const char lines[] = "{\"ts\":5}\n{\"ts\":6}";
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], lines, strlen(lines)), strlen(lines));
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    const char *files[TOPIC_COUNT] = {path, "/dev/null"};
    assert_int_equal(replay_input_open(c, files, NULL, &in), 0);
    next_is(in, ROLE_INTERACTIONS, NULL, "{\"ts\":5}", 5);
    next_is(in, ROLE_INTERACTIONS, NULL, "{\"ts\":6}", 6);
    assert_int_equal(replay_input_next(in, &r), 0);
    replay_input_close(in);
    close(ends[0]);
    config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_prints_every_output_and_snapshot),
        cmocka_unit_test(replay_final_prints_the_last_record_of_each_key_by_topic),
        cmocka_unit_test(replay_commits_do_not_show),
        cmocka_unit_test(replay_says_when_memory_is_out),
        cmocka_unit_test(replay_stops_with_what_the_sink_returns),
        cmocka_unit_test(replay_input_merges_files_by_event_time),
        cmocka_unit_test(replay_input_reads_raw_records_with_null_and_empty_bytes),
        cmocka_unit_test(replay_input_reads_headers_of_raw_records),
        cmocka_unit_test(replay_input_refuses_what_cannot_be_read),
        cmocka_unit_test(replay_input_reads_what_is_no_file),
    };
    return RUN_TESTS(tests);
}
