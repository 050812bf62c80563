/* What a measure says of one horizon of one scope at one instant. */
#ifndef CUBE_MEASURE_RESULT_H
#define CUBE_MEASURE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

/* The fields beside value, n and interval, in output order (contract, section 5). X(symbol, name, is double) */
#define RESULT_FIELDS(X)                                                                           \
    X(HITS, "hits", false)                                                                         \
    X(MEAN, "mean", true)                                                                          \
    X(SD, "sd", true)                                                                              \
    X(P50, "p50", true)                                                                            \
    X(P90, "p90", true)                                                                            \
    X(P99, "p99", true)                                                                            \
    X(PER_ACTIVE, "per_active", true)                                                              \
    X(CONTACTS, "contacts", false)                                                                 \
    X(CASES, "cases", false)                                                                       \
    X(CUSTOMERS, "customers", false)                                                               \
    X(WAITING, "waiting", false)                                                                   \
    X(OVERDUE, "overdue", false)                                                                   \
    X(TRANSFERRED, "transferred", false)                                                           \
    X(BOT_ONLY, "bot_only", false)                                                                 \
    X(LOST, "lost", false)                                                                         \
    X(AVERAGE, "average", true)                                                                    \
    X(AVERAGE_HEADCOUNT, "average_headcount", true)                                                \
    X(VOLUNTARY, "voluntary", false)                                                               \
    X(REGRETTED, "regretted", false)                                                               \
    X(DAYS, "days", true)                                                                          \
    X(AVAILABLE_DAYS, "available_days", true)                                                      \
    X(FREQUENCY, "frequency", true)                                                                \
    X(MEAN_DURATION, "mean_duration", true)                                                        \
    X(RAMPING, "ramping", false)                                                                   \
    X(RAMPING_MEAN, "ramping_mean", true)                                                          \
    X(HIRES, "hires", false)                                                                       \
    X(INTERNAL, "internal", true)                                                                  \
    X(EXTERNAL, "external", true)                                                                  \
    X(K, "k", false)                                                                               \
    X(GINI, "gini", true)                                                                          \
    X(WHALE, "whale", true) /* a map: value, rank */                                               \
    X(WHALE_RANK, "rank", false)                                                                   \
    X(MET, "met", true)                                                                            \
    X(EXCEEDED, "exceeded", true)                                                                  \
    X(GAUGE, "gauge", true)                                                                        \
    X(AVERAGE_CUSTOMERS, "average_customers", true)

enum result_field {
#define X(symbol, name, is_double) RESULT_##symbol,
    RESULT_FIELDS(X)
#undef X
        RESULT_FIELD_COUNT
};

struct result_field_row {
    const char *name;
    bool is_double;
};
extern const struct result_field_row result_field_rows[RESULT_FIELD_COUNT];

union result_number {
    int64_t i;
    double d;
};

/* A part of the cases: first_time publishes final and provisional ones apart. */
struct result_part {
    bool has_value;
    double value;
    int64_t n, hits;
};

struct result {
    bool has_value;      /* false: the window is empty, there is no value */
    bool impossible;     /* the sums are of no events: whatever brought them is damaged, and nothing of this is to be told */
    double value;
    int64_t n;
    bool has_interval;
    double low, high;    /* 95 % */
    uint64_t present;    /* bit 1 << enum result_field */
    union result_number field[RESULT_FIELD_COUNT];
    bool has_parts;
    struct result_part final, provisional;
};

static inline void result_set_int(struct result *r, enum result_field f, int64_t v)
{
    r->present |= UINT64_C(1) << f;
    r->field[f].i = v;
}

static inline void result_set_double(struct result *r, enum result_field f, double v)
{
    r->present |= UINT64_C(1) << f;
    r->field[f].d = v;
}

#endif
