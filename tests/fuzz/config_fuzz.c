/* Configurations: whatever stands in one is refused with a place, or it is compiled; then what is printed of it in
 * full is accepted, means the same and is printed the same way. */
#include "fuzz.h"

#include <string.h>

#include "config/config.h"
#include "fyaml_leaks.h"

#define HEAD "version: 1\nname: f\nkafka: {bootstrap.servers: \"h:9092\"}\n"
#define NPS "{name: nps, axis: X, class: kpi, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, window: 1d, " \
            "score: {at0: -50, at100: 50}}"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED(HEAD "pack: none\nmeasures:\n  - " NPS "\n"),
    FUZZ_SEED(HEAD "pack: none\nscopes: [region, segment, [region, segment]]\nmeasures:\n  - " NPS "\n"
                   "  - {name: s, axis: none, class: kpi, unit: money, aggregation: sum, "
                   "from: {kind: purchase, value: [revenue, -cost]}, window: 30d, horizons: [1d]}\n"
                   "alerts:\n  - {name: Low, measure: nps, threshold: {below: 20.5}, severity: page, labels: {a: b}}\n"
                   "hypotheses:\n  - {cpi: nps, kpi: s, direction: down, lag: 90d}\n"),
    FUZZ_SEED(HEAD "pack: none\ntime: {out_of_order: 5s, lateness: 1m, max_skew: 5m, idle_after: never}\n"
                   "dedup: {horizon: 1m}\n"
                   "publish: {customers: all, per_commit: 7}\nprivacy: {k: 3, release: 1m}\n"
                   "cube: {tick: 10s, dwell: 0s, confidence: none, hysteresis: 1, min_coverage: 0.3}\nmeasures: [" NPS "]\n"),
    FUZZ_SEED(HEAD "pack: none\ncalendars:\n  office: {days: [mon, tue], from: \"09:00\", to: \"17:00\", holidays: [2026-01-01]}\n"
                   "measures:\n"
                   "  - {name: q, class: cpi, evidence: [copied], increment: time, aggregation: duration, "
                   "from: {open: request.open, close: request.done, "
                   "lost: request.lost, by: request, where: {request_type: quote}}, target: 8h, calendar: office, window: 30d}\n"),
    FUZZ_SEED(HEAD "pack: none\npoints:\n  - {kind: purchase, points: 25}\nmoney: {currency: EUR, retention: 0.8}\n"
                   "measures:\n  - {name: r, class: kpi, aggregation: ratio, from: {customers: active}, "
                   "hits: {ledger: margin, below: 0}, window: 365d}\n"
                   "  - {name: t, axis: E, class: hr, aggregation: turnover, window: 1h, score: {at0: 0.3, at100: 0.02}, min_n: 1, weight: 0.5}\n"),
    {NULL, 0},
};

struct printed {
    char *at;
    size_t len;
};

static struct printed print(const struct config *c)
{
    struct printed p = {NULL, 0};
    FILE *out = open_memstream(&p.at, &p.len);
    FUZZ_CHECK(out && config_print_effective(c, out) == 0);
    fclose(out);
    return p;
}

static int parse(const char *at, size_t len, struct config **ret_c)
{
    char *told = NULL;
    size_t told_len = 0;
    FILE *errors = open_memstream(&told, &told_len);
    FUZZ_CHECK(errors);
    int rc = config_parse(at, len, "fuzz.yaml", NULL, errors, ret_c);
    fclose(errors);
    FUZZ_CHECK(rc == 0 || rc == CUBE_ECONFIG);
    FUZZ_CHECK(rc == 0 || strstr(told, ": error: "));
    free(told);
    return rc;
}

static void check_printed(struct config *c)
{
    struct config *again;
    struct printed once = print(c);
    FUZZ_CHECK(parse(once.at, once.len, &again) == 0);
    struct printed twice = print(again);
    FUZZ_CHECK(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
    FUZZ_CHECK(text_equal(c->model.digest, again->model.digest));
    config_destroy(again);
    free(once.at);
    free(twice.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct config *c;
    if (parse((const char *)at, len, &c) == 0) {
        check_printed(c);
        config_destroy(c);
    }
    return 0;
}
