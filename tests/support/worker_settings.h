/* Configurations of the workers under test: many kinds of measures on one small company. */
#ifndef CUBE_TEST_WORKER_SETTINGS_H
#define CUBE_TEST_WORKER_SETTINGS_H

#define SETTINGS_OF(scopes, time, publish)                                                                                              \
    "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\n"                                                  \
    "time: {out_of_order: 5s, lateness: 1h, max_skew: 5m, " time "}\ndedup: {horizon: 1m}\nscopes: [" scopes "]\n"               \
    "publish: {" publish "}\nmoney: {cost_of_capital: 10, minute_rate: {visits: 2}}\npack: none\nmeasures:\n"                        \
    "  - {name: nps, axis: X, class: kpi, aggregation: nps, from: {kind: survey, where: {instrument: nps}}, window: 1m,\n"   \
    "     score: {at0: -80, at100: -10}, min_n: 1}\n"                                                                         \
    "  - {name: csat, axis: V, class: kpi, aggregation: top_box, from: {kind: survey, where: {instrument: csat}}, window: 1m,\n" \
    "     score: {at0: 0.2, at100: 0.6}, min_n: 1}\n"                                                                        \
    "  - {name: turnover, axis: E, class: hr, aggregation: turnover, window: 1h, score: {at0: 0.3, at100: 0.02}, min_n: 1}\n" \
    "  - {name: pride, axis: none, class: hr, aggregation: top_box, from: {kind: survey, topic: hr, where: {theme: pride}}, window: 1h,\n" \
    "     score: {at0: 0.2, at100: 0.9}, min_n: 1}\n"                                                                        \
    "  - {name: revenue, axis: none, class: kpi, aggregation: sum, from: {kind: purchase, value: revenue}, window: 1h}\n"    \
    "  - {name: concentration, aggregation: concentration, from: {ledger: revenue}, window: 5m, horizons: [1m]}\n"           \
    "  - {name: mismatch, aggregation: mismatch, from: {ledger: purchases}, by: {ledger: revenue}, window: 5m}\n"           \
    "  - {name: again, aggregation: ratio, from: {customers: active}, hits: {ledger: purchases, min: 2}, window: 5m, horizons: [1m]}\n" \
    "  - {name: margin, aggregation: mean, from: {ledger: margin}, window: 5m, horizons: [1m]}\n"                             \
    "  - {name: losing, aggregation: ratio, from: {customers: active}, hits: {ledger: margin, below: 0}, window: 5m}\n"       \
    "  - {name: burden, aggregation: concentration, from: {ledger: effort}, window: 5m}\n"                                    \
    "  - {name: churn, aggregation: churn, window: 5m}\n"                                                                  \
    "privacy: {k: 3, release: 1d}\ncube: {tick: 10s, dwell: 0s, confidence: none, hysteresis: 1, min_coverage: 0.3}\n"       \
    "alerts:\n  - {name: Low, measure: nps, threshold: {below: 20}, severity: page}\n"                                         \
    "  - {name: Falls, measure: nps, change: {over: 1m, below: -1, step: 20s}}\n"                                            \
    "  - {name: Drifts, measure: revenue, drift: {mean: 5, sd: 0.1, step: 20s}}\n"                                           \
    "  - {name: Thin, coverage: {below: 1}}\n"
#define SETTINGS(time, publish) SETTINGS_OF("region", time, publish)
#define QUIET SETTINGS("idle_after: never", "customers: all")
#define SLOW SETTINGS("idle_after: never", "customers: all, per_commit: 1")
#define FULL SETTINGS_OF("region, department, [region, department]", "idle_after: never", "customers: all") \
    "limits: {scopes: 1, customers: 3, employees: 2, ids: 3}\n"
#define IDLE SETTINGS("idle_after: 30s", "customers: all")

#endif
