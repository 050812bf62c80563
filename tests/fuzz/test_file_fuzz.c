/* Files of `cubed test`: whatever stands in them is refused with a place, or it runs. What is small enough is run. */
#include "fuzz.h"

#include <string.h>

#include "cli/test_outcome.h"
#include "fyaml_leaks.h"

#define MEASURES "with: {pack: none, scopes: [region], " \
                 "measures: [{name: nps, axis: X, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, " \
                 "window: 1d, score: {at0: -50, at100: 50}}], alerts: [{name: Low, measure: nps, threshold: {below: 0}}]}\n"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED(MEASURES "tests:\n- name: a\n  start: 2026-01-01T00:00:00Z\n  partitions: 2\n  events:\n"
                       "  - {at: 1m, kind: survey, instrument: nps, customer: \"c{i%3}\", value: {random: [0, 10]}, repeat: 5, every: 1m, seed: 3}\n"
                       "  expect:\n  - {at: 1h, scope: organisation, measures: {nps: {value: {about: 1, within: 200}, n: 5}}, "
                       "alerts: {Low: firing}}\n"),
    FUZZ_SEED(MEASURES "tests:\n- name: b\n  events:\n  - {at: 0s, kind: hire, employee: e1, fte: 0.5, region: north}\n"
                       "  - {at: 1h, arrives: 2h, kind: purchase, customer: c, order: o, revenue: {cycle: [1, 2.5]}, becomes: late, id: \"x{i}\"}\n"
                       "  expect:\n  - {at: 3h, customer: c, exists: false}\n  - {at: 3h, scope: region=north, octant: absent, "
                       "changes: [], axes: {E: {side: unknown}}}\n"),
    FUZZ_SEED("config: none.yaml\ntests: []\n"),
    FUZZ_SEED("tests:\n- name: c\n  events:\n  - {at: 0s, kind: social.like, customer: c, ref: {one_of: [a, b]}, "
              "influence: 36, repeat: 2, spread: 1m}\n"
              "  expect:\n  - {at: 1m, customer: c, points: {min: 0, max: 40}, engaged: true, margin: {total: 0}}\n"),
    {NULL, 0},
};

enum { EVENTS_RUN_MAX = 100 };

#define SPAN_RUN_MAX_MS INT64_C(172800000)

/* Years of ticks with something to do would take their time. */
static bool is_small(const struct test_case *c)
{
    bool small = c->event_count > 0 && c->event_count <= EVENTS_RUN_MAX && c->partitions <= 4;
    for (uint32_t i = 0; i < c->event_count && small; i++) {
        int64_t last_ms = c->instants[c->instant_count - 1], ts_ms = c->events[i].ts_ms;
        small = ts_ms > last_ms - SPAN_RUN_MAX_MS && ts_ms < last_ms + SPAN_RUN_MAX_MS;
    }
    return small;
}

static void run(const struct test_file *f)
{
    for (uint32_t i = 0; i < f->case_count; i++) {
        struct test_outcome o = {0};
        FUZZ_CHECK(f->cases[i].instant_count > 0 && f->cases[i].expect_count > 0);
        if (is_small(&f->cases[i])) {
            FUZZ_CHECK(test_run(f, &f->cases[i], &o) == 0);
        }
        test_outcome_close(&o);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct test_file *f;
    char *told = NULL;
    size_t told_len = 0;
    FILE *errors = open_memstream(&told, &told_len);
    FUZZ_CHECK(errors);
    int rc = test_file_parse((const char *)at, len, "/nonexistent/fuzz.test.yaml", errors, &f);
    fclose(errors);
    FUZZ_CHECK(rc == 0 || rc == CUBE_ECONFIG);
    FUZZ_CHECK(rc == 0 || strstr(told, ": error: "));
    if (rc == 0) {
        run(f);
        test_file_destroy(f);
    }
    free(told);
    return 0;
}
