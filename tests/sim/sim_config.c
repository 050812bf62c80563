/* Small windows and ticks: much happens in little event time. */
#include "sim/sim_story.h"

#define HEAD "version: 1\nname: sim\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\n"
#define PACKED HEAD "format: msgpack\n" /* of outputs; one configuration has JSON */
#define TIME(lateness) "time: {out_of_order: 5s, lateness: " lateness ", max_skew: 5m, idle_after: never}\n"
#define NPS(window) "  - {name: nps, axis: X, class: kpi, aggregation: nps, from: {kind: survey, where: {instrument: nps}},\n" \
                    "     window: " window ", score: {at0: -80, at100: -10}, min_n: 1}\n"
#define CSAT_IN(window) "  - {name: csat, axis: V, class: kpi, aggregation: top_box, from: {kind: survey, where: {instrument: csat}}, window: " \
                        window ",\n     score: {at0: 0.2, at100: 0.6}, min_n: 1}\n"
#define CSAT CSAT_IN("1m")
#define TURNOVER "  - {name: turnover, axis: E, class: hr, aggregation: turnover, window: 1h, score: {at0: 0.3, at100: 0.02}, min_n: 1}\n"
#define PRIDE(axis) "  - {name: pride, axis: " axis ", class: hr, aggregation: top_box, from: {kind: survey, topic: hr, where: {theme: pride}},\n" \
                    "     window: 1h, score: {at0: 0.2, at100: 0.9}, min_n: 1}\n"
#define REVENUE_IN(window) "  - {name: revenue, axis: none, class: kpi, aggregation: sum, from: {kind: purchase, value: revenue},\n" \
                           "     window: " window "}\n"
#define REVENUE REVENUE_IN("2m")
/* What comes before what decides which of them earn: stragglers are applied in their turn. */
#define POINTS "points:\n  - {kind: contact.open, points: 10, per: case, retracted_by: contact.confirm}\n" \
               "  - {kind: social.follow, points: 15, once: true, retracted_by: customer.update}\n" \
               "  - {kind: survey, points: 3, cap: {times: 2, period: 30s}}\n" \
               "  - {kind: contact.resolve, points: 7, per: case, stage: solved}\n" \
               "points_options: {stages: highest, window: 5m}\n"
#define LOW "alerts:\n  - {name: Low, measure: nps, threshold: {below: 20}, severity: page}\n"

#define EVERYTHING_IN(time) \
    PACKED time "dedup: {horizon: 20s}\nscopes: [region, department]\npublish: {customers: all, per_commit: 3}\nmeasures:\n" \
        NPS("1m") CSAT TURNOVER PRIDE("none") \
    "  - {name: resolution, axis: none, class: kpi, aggregation: first_time, recontact_window: 1m, window: 10m}\n" \
    "  - {name: margin, axis: none, class: kpi, aggregation: mean, from: {ledger: margin, per: customer}, window: 1d}\n" REVENUE \
    "  - {name: active, axis: none, class: kpi, aggregation: active, window: 5m}\n" \
    "  - {name: points, axis: none, class: kpi, aggregation: points, window: 5m}\n" POINTS \
    "privacy: {k: 3, release: 1m}\ncube: {tick: 10s, dwell: 0s, confidence: none, hysteresis: 1, min_coverage: 0.3}\n" LOW
#define EVERYTHING EVERYTHING_IN(TIME("20s"))
#define LIMITS "limits: {customers: 5, employees: 3, ids: 6, releases: 1, waiting_bytes: 1024}\n"
#define LONG_TICKS 16 /* of so many stories one has a tick of ten minutes: the others have their ways, which are more */
#define OBSERVED "money: {retention: {segment: {gold: 0.9}}}\n"

const char *const story_configs[STORY_CONFIGS] = {
    EVERYTHING,
    EVERYTHING OBSERVED,
    /* Little per customer, nothing published of them; a long memory of ids, positions that hesitate. */
    HEAD TIME("5m") "dedup: {horizon: 4m}\nscopes: [region]\npublish: {customers: none, per_commit: 3}\nmeasures:\n" NPS("2m") CSAT TURNOVER
    "privacy: {k: 3, release: 2m}\ncube: {tick: 5s, dwell: 20s, confidence: none, hysteresis: 5, min_coverage: 0.3}\n" LOW,
    /* Customers when they change; E by what employees answer, so that positions wait for releases. More of both come than are kept. */
    PACKED TIME("1m") "dedup: {horizon: 20s}\nscopes: [region, department, [region, department]]\n"
    "publish: {customers: on_change, per_commit: 2}\nmeasures:\n"
        NPS("1m") CSAT PRIDE("E") REVENUE
    "  - {name: churn, axis: none, class: kpi, aggregation: churn, window: 10m}\n"
    "  - {name: focus, axis: none, class: kpi, aggregation: concentration, from: {ledger: revenue}, window: 10m}\n"
    "privacy: {k: 3, release: 1m}\ncube: {tick: 10s, dwell: 0s, confidence: none, hysteresis: 0, min_coverage: 0.3}\n" LOW OBSERVED LIMITS,
    /* Events are held by the minute. */
    PACKED "time: {out_of_order: 40s, lateness: 5m, max_skew: 5m, idle_after: never}\ndedup: {horizon: 3m}\nscopes: [region, department]\n"
    "publish: {customers: on_change, per_commit: 3}\nmeasures:\n" NPS("20m") CSAT_IN("20m") TURNOVER PRIDE("none") REVENUE_IN("20m")
    "  - {name: resolution, axis: none, class: kpi, aggregation: first_time, recontact_window: 8m, window: 20m}\n"
    "privacy: {k: 3, release: 10m}\ncube: {tick: 10m, dwell: 0s, confidence: none, hysteresis: 1, min_coverage: 0.3}\n" LOW,
    /* Quiet partitions are passed over, and events are ahead of the clock. */
    EVERYTHING_IN("time: {out_of_order: 5s, lateness: 20s, max_skew: 20s, idle_after: 8s}\n") OBSERVED,
};

int story_config_of(uint64_t number, enum story_kind kind)
{
    return kind == STORY_QUIET ? STORY_BY_CLOCK : number % LONG_TICKS == 14 ? STORY_LONG_TICK : (int)(number % STORY_LONG_TICK);
}
