/* What each aggregation asks of a measure's declaration. */
#ifndef CUBE_CONFIG_SHAPE_H
#define CUBE_CONFIG_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

enum shape_source {
    SHAPE_KINDS,    /* from.kind is needed */
    SHAPE_OPTIONAL, /* from.kind may narrow the aggregation's own kinds */
    SHAPE_OWN,      /* the aggregation has its own kinds: no from */
    SHAPE_WHERE,    /* its own kinds, which from.where may narrow by subject and dimensions */
    SHAPE_LEDGER,   /* from.kind or from.ledger */
    SHAPE_LEDGER_ONLY
};

/* Both ends included; zeroes: any number. */
struct shape_range {
    double low, high;
};

struct shape {
    const char *name;
    enum shape_source source;
    uint64_t kinds;      /* its own */
    const char *over_ledger; /* lib's aggregation when from.ledger is named; NULL: it cannot be */
    bool by_ledger;      /* needs by: {ledger: ...} */
    const char *over_customers; /* likewise of from.customers */
    bool value;          /* reads from.value */
    bool value_optional; /* does without */
    bool hits;           /* needs hits.where */
    bool per;            /* needs per */
    bool target;         /* needs target */
    bool first_time;     /* definition, recontact_window */
    bool pairs;          /* from: {open, close, lost, by, where} */
    const char *unit;    /* of its value, where it can be no other; NULL = to be said */
    bool has_hits;       /* has a share of hits: burn rates */
    bool inner;          /* of lib's table, never written in a configuration */
    const char *said_as; /* what is written instead of an inner one */
    bool money;          /* its value is an amount */
    struct shape_range range, interval_range; /* what its value, and the ends of its interval, can be */
    bool of_answers;     /* its value lies on the scale of the answers it counts */
    bool no_interval;
};

/* The shape of an aggregation; one that has no row of its own counts values of kinds. */
const struct shape *shape_find(const char *name);

/* The i-th name a configuration may write, NULL after the last. */
const char *shape_name_at(uint32_t i);

#endif
