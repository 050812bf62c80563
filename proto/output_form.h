/* The form of the output values: every map, every member, its type, and what it says. The encoders take the names
 * from here; schemas and the page of records are made of the same rows (proto/schema.h). */
#ifndef CUBE_PROTO_OUTPUT_FORM_H
#define CUBE_PROTO_OUTPUT_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/emit.h"

/* X(symbol, key in schemas, the map whose members it has first, what it is). The first four are whole values. */
#define OUTPUT_MAPS(X)                                                                        \
    X(STATE, "state", NONE, "where a scope stands")                                           \
    X(CHANGE, "change", NONE, "a scope moved from one octant to another")                     \
    X(ALERT, "alert", NONE, "an alert of Alertmanager's form, with the figures behind it")    \
    X(CUSTOMER, "customer", NONE, "one customer")                                             \
    X(AXIS, "axis", NONE, "an axis of the cube")                                              \
    X(FIGURE, "figure", NONE, "what one window says")                                         \
    X(HORIZON, "horizon", FIGURE, "a further window of a measure")                            \
    X(MEASURE, "measure", FIGURE, "a measure, by its first window")                           \
    X(PART, "part", NONE, "a part of the cases")                                              \
    X(WHALE, "whale", NONE, "the peak of the whale curve")                                    \
    X(DRIFT, "drift", NONE, "an exponentially weighted mean")                                 \
    X(LEVER, "lever", NONE, "what would move the scope over a boundary")                      \
    X(MOVE, "move", NONE, "the move of one axis")                                             \
    X(DRIVER, "driver", NONE, "what a measure contributed to a move")                         \
    X(ALERT_DRIVER, "alert_driver", DRIVER, "likewise, with its axis")                        \
    X(MARGIN, "margin", NONE, "money of a customer, cost to serve taken off")                 \
    X(OPEN, "open", NONE, "what a customer waits for, or owes")

enum output_map {
#define X(symbol, key, base, words) OUTPUT_MAP_##symbol,
    OUTPUT_MAPS(X)
#undef X
        OUTPUT_MAP_COUNT,
    OUTPUT_MAP_NONE = 255
};

#define OUTPUT_VALUES 4 /* the first maps */

/* Types of members. WORDS_* are texts of a few words; MAP, LIST (of maps), NAMED (maps by names that are data)
 * have a map in the row. */
enum output_type_of {
    OF_VERSION,  /* the integer 1 */
    OF_INT,
    OF_COUNT,    /* an integer from 0 on */
    OF_INSTANT,  /* Unix ms */
    OF_NUMBER,
    OF_SHARE,    /* 0..1 */
    OF_TEXT,
    OF_TEXTS,    /* a list */
    OF_BOOL,
    OF_PAIR,     /* two numbers, ascending */
    OF_DIGEST,   /* 8 hex digits */
    OF_PRINT,    /* 16 hex digits */
    OF_TIME,     /* RFC 3339 */
    OF_OCTANT,
    OF_OCTANT_CODE,
    OF_AXIS,
    OF_SIDE,
    OF_BASIS,
    OF_STATUS,
    OF_CLASS,
    OF_CLV,
    OF_WITHHELD,
    OF_JUMP,
    OF_NUMBERS_NAMED,
    OF_TEXTS_NAMED,
    OF_AXES,     /* a map for each of E, X, V */
    OF_MAP,
    OF_LIST,
    OF_NAMED
};

/* X(map, symbol, name, type, map of the type, always there, what it says). Rows of one map stand together, in the
 * order they are written. A MEASURE has the fields of lib/measure/result.h, too. */
#define OUTPUT_MEMBERS(X)                                                                                      \
    X(STATE, V, "v", VERSION, NONE, true, "version of this form")                                              \
    X(STATE, SCOPE, "scope", TEXT, NONE, true, "key of the scope: organisation, region=north, ...")            \
    X(STATE, AS_OF, "as_of", INSTANT, NONE, true, "the tick: all of it is over the events before")             \
    X(STATE, REVISION, "revision", COUNT, NONE, true, "late events that count in the scope itself")            \
    X(STATE, COMPLETE, "complete", BOOL, NONE, true, "no task was left out")                                   \
    X(STATE, MISSING, "missing", TEXTS, NONE, true, "the tasks that were")                                     \
    X(STATE, MODEL, "model", DIGEST, NONE, true, "digest of all that decides a position")                      \
    X(STATE, OCTANT, "octant", OCTANT, NONE, false, "where it stands, when every axis has a side")             \
    X(STATE, CODE, "code", OCTANT_CODE, NONE, false, "4 E + 2 X + V, high = 1")                                \
    X(STATE, SINCE, "since", INSTANT, NONE, false, "when it entered the octant")                               \
    X(STATE, UNDECIDED, "undecided", BOOL, NONE, true, "an interval does not clear its boundary")              \
    X(STATE, STALE, "stale", BOOL, NONE, true, "no fresh data: the position is frozen")                        \
    X(STATE, AXES, "axes", AXES, AXIS, true, "E, X and V")                                                     \
    X(STATE, PROBABILITIES, "probabilities", NUMBERS_NAMED, NONE, false, "of the octants")                     \
    X(STATE, MEASURES, "measures", NAMED, MEASURE, true, "by name")                                            \
    X(STATE, LEVERS, "levers", LIST, LEVER, true, "the least effort first")                                    \
    X(AXIS, SCORE, "score", NUMBER, NONE, false, "0 to 100; absent while unknown")                             \
    X(AXIS, SIDE, "side", SIDE, NONE, true, "low, high or unknown")                                            \
    X(AXIS, INTERVAL, "interval", PAIR, NONE, false, "95 % of the score")                                      \
    X(AXIS, COVERAGE, "coverage", SHARE, NONE, true, "weight of the measures with a value")                    \
    X(AXIS, BASIS, "basis", BASIS, NONE, true, "own data, that of departments, or of a parent")                \
    X(FIGURE, WITHHELD, "withheld", WITHHELD, NONE, false, "kept back by privacy: no number follows")          \
    X(FIGURE, VALUE, "value", NUMBER, NONE, false, "absent when the window is empty; concentration: as exact as gini") \
    X(FIGURE, N, "n", INT, NONE, false, "how many stand behind it")                                            \
    X(FIGURE, HITS, "hits", INT, NONE, false, "how many of them count")                                        \
    X(FIGURE, INTERVAL, "interval", PAIR, NONE, false, "95 %: of shares Wilson's, of means and gaps 1.96 sd / sqrt(n) around, of nps likewise") \
    X(FIGURE, PUBLISHED_AT, "published_at", INSTANT, NONE, false, "answers of employees: let out then")        \
    X(MEASURE, WINDOW, "window", TEXT, NONE, true, "as configured: 30d")                                       \
    X(MEASURE, SCORE, "score", NUMBER, NONE, false, "0 to 100")                                                \
    X(MEASURE, WEIGHT, "weight", NUMBER, NONE, false, "in its axis")                                           \
    X(MEASURE, DRIFT, "drift", MAP, DRIFT, false, "of a measure under a drift rule")                           \
    X(MEASURE, FINAL, "final", MAP, PART, false, "cases whose re-contact window has passed")                   \
    X(MEASURE, PROVISIONAL, "provisional", MAP, PART, false, "the others")                                     \
    X(MEASURE, HORIZONS, "horizons", NAMED, HORIZON, false, "further windows by name")                         \
    X(PART, VALUE, "value", NUMBER, NONE, false, "hits / n")                                                   \
    X(PART, N, "n", COUNT, NONE, true, "cases")                                                                \
    X(PART, HITS, "hits", COUNT, NONE, true, "those solved the first time")                                    \
    X(WHALE, VALUE, "value", NUMBER, NONE, true, "the peak as a share of the whole")                           \
    X(WHALE, RANK, "rank", COUNT, NONE, true, "customers at the peak")                                         \
    X(DRIFT, Z, "z", NUMBER, NONE, true, "the mean now")                                                       \
    X(DRIFT, LIMITS, "limits", PAIR, NONE, true, "it fires outside")                                           \
    X(LEVER, MEASURE, "measure", TEXT, NONE, true, "its name")                                                 \
    X(LEVER, AXIS, "axis", AXIS, NONE, true, "the axis that would change sides")                               \
    X(LEVER, TO, "to", SIDE, NONE, true, "the side it would have")                                             \
    X(LEVER, NOW, "now", NUMBER, NONE, true, "value of the measure")                                           \
    X(LEVER, NEEDS, "needs", NUMBER, NONE, true, "value it would need")                                        \
    X(LEVER, EFFORT, "effort", NUMBER, NONE, true, "the way to go as a share of at0 to at100")                 \
    X(CHANGE, V, "v", VERSION, NONE, true, "version of this form")                                             \
    X(CHANGE, SCOPE, "scope", TEXT, NONE, true, "key of the scope")                                            \
    X(CHANGE, AT, "at", INSTANT, NONE, true, "the tick of the move")                                           \
    X(CHANGE, AS_OF, "as_of", INSTANT, NONE, true, "the same")                                                 \
    X(CHANGE, FROM, "from", OCTANT, NONE, true, "the octant left")                                             \
    X(CHANGE, TO, "to", OCTANT, NONE, true, "the octant entered")                                              \
    X(CHANGE, EDGE, "edge", TEXT, NONE, true, "from->to")                                                      \
    X(CHANGE, MOVE, "move", TEXT, NONE, false, "name of a move along one axis")                                \
    X(CHANGE, JUMP, "jump", JUMP, NONE, true, "axes that changed sides at once")                               \
    X(CHANGE, REVISION, "revision", COUNT, NONE, true, "late events that count in the scope itself")           \
    X(CHANGE, AXES, "axes", LIST, MOVE, true, "the axes that moved, with what moved them")                     \
    X(CHANGE, MODEL, "model", DIGEST, NONE, true, "digest of all that decides a position")                     \
    X(MOVE, AXIS, "axis", AXIS, NONE, true, "E, X or V")                                                       \
    X(MOVE, FROM, "from", NUMBER, NONE, true, "score at the last change")                                      \
    X(MOVE, TO, "to", NUMBER, NONE, true, "score now")                                                         \
    X(MOVE, DRIVERS, "drivers", LIST, DRIVER, true, "they add up to the move")                                 \
    X(DRIVER, MEASURE, "measure", TEXT, NONE, true, "its name")                                                \
    X(DRIVER, CONTRIBUTION, "contribution", NUMBER, NONE, true, "points of the axis")                          \
    X(ALERT_DRIVER, AXIS, "axis", AXIS, NONE, true, "the axis")                                                \
    X(ALERT, V, "v", VERSION, NONE, true, "version of this form")                                              \
    X(ALERT, STATUS, "status", STATUS, NONE, true, "firing or resolved")                                       \
    X(ALERT, LABELS, "labels", TEXTS_NAMED, NONE, true, "alertname, scope, severity, ...")                     \
    X(ALERT, ANNOTATIONS, "annotations", TEXTS_NAMED, NONE, true, "for people")                                \
    X(ALERT, STARTS_AT, "startsAt", TIME, NONE, true, "the tick at which it began to fire")                    \
    X(ALERT, ENDS_AT, "endsAt", TIME, NONE, true, "year 1 while it fires")                                     \
    X(ALERT, GENERATOR_URL, "generatorURL", TEXT, NONE, true, "the scope on the page")                         \
    X(ALERT, FINGERPRINT, "fingerprint", PRINT, NONE, true, "Alertmanager's, of the labels")                   \
    X(ALERT, VALUE, "value", NUMBER, NONE, false, "what the rule looked at")                                   \
    X(ALERT, N, "n", INT, NONE, false, "how many stand behind it")                                             \
    X(ALERT, INTERVAL, "interval", PAIR, NONE, false, "95 %")                                                  \
    X(ALERT, AS_OF, "as_of", INSTANT, NONE, true, "the tick of the decision")                                  \
    X(ALERT, REVISION, "revision", COUNT, NONE, true, "late events that count in the scope itself")            \
    X(ALERT, DRIVERS, "drivers", LIST, ALERT_DRIVER, false, "of the last change of octant")                    \
    X(CUSTOMER, V, "v", VERSION, NONE, true, "version of this form")                                           \
    X(CUSTOMER, CUSTOMER, "customer", TEXT, NONE, true, "its key")                                             \
    X(CUSTOMER, AS_OF, "as_of", INSTANT, NONE, true, "over the events before")                                 \
    X(CUSTOMER, POINTS, "points", INT, NONE, true, "engagement points that count now")                         \
    X(CUSTOMER, ENGAGED, "engaged", BOOL, NONE, true, "points above 0")                                        \
    X(CUSTOMER, PURCHASES, "purchases", INT, NONE, true, "of the lifetime")                                    \
    X(CUSTOMER, REVENUE, "revenue", NUMBER, NONE, true, "of the lifetime")                                     \
    X(CUSTOMER, OVERDUE_COST, "overdue_cost", NUMBER, NONE, true, "what slow payment has cost")                \
    X(CUSTOMER, MARGIN, "margin", MAP, MARGIN, true, "what it brings, cost to serve taken off")                \
    X(CUSTOMER, UNPROFITABLE_SINCE, "unprofitable_since", INSTANT, NONE, false, "while margin.present is below 0") \
    X(CUSTOMER, CLASS, "class", CLASS, NONE, true, "present x future value")                                   \
    X(CUSTOMER, EFFORT, "effort", NUMBER, NONE, true, "cost to serve of the lifetime")                         \
    X(CUSTOMER, OPEN, "open", MAP, OPEN, true, "what it waits for, or owes")                                   \
    X(CUSTOMER, COSTS, "costs", NUMBERS_NAMED, NONE, true, "cost to serve by category")                        \
    X(CUSTOMER, PRODUCTS, "products", INT, NONE, true, "distinct product groups bought")                       \
    X(CUSTOMER, DELIVERED, "delivered", NUMBERS_NAMED, NONE, true, "value to the customer by unit")            \
    X(CUSTOMER, RENEWAL, "renewal", INSTANT, NONE, false, "the contract's")                                    \
    X(CUSTOMER, STRATEGIC, "strategic", BOOL, NONE, false, "kept although it may lose money")                  \
    X(CUSTOMER, CHURNED, "churned", BOOL, NONE, false, "gone until its next act")                              \
    X(CUSTOMER, FIRST_SEEN, "first_seen", INSTANT, NONE, false, "its first act")                               \
    X(CUSTOMER, LAST_SEEN, "last_seen", INSTANT, NONE, false, "its latest act")                                \
    X(CUSTOMER, DIMENSIONS, "dimensions", TEXTS_NAMED, NONE, true, "of its record")                            \
    X(MARGIN, TOTAL, "total", NUMBER, NONE, true, "of the lifetime")                                           \
    X(MARGIN, PRESENT, "present", NUMBER, NONE, true, "of the rolling year")                                   \
    X(MARGIN, FUTURE, "future", NUMBER, NONE, true, "customer lifetime value")                                 \
    X(MARGIN, CLV, "clv", CLV, NONE, true, "the form it is computed by")                                       \
    X(OPEN, REQUESTS, "requests", COUNT, NONE, true, "promises not kept yet")                                  \
    X(OPEN, OVERDUE, "overdue", COUNT, NONE, true, "invoices past due")                                        \
    X(OPEN, CONTACTS, "contacts", COUNT, NONE, true, "cases not resolved")

enum output_member {
#define X(map, symbol, name, type, of, always, words) OUT_##map##_##symbol,
    OUTPUT_MEMBERS(X)
#undef X
        OUTPUT_MEMBER_COUNT
};

struct output_map_row {
    const char *key, *words;
    enum output_map base; /* OUTPUT_MAP_NONE: none */
};
extern const struct output_map_row output_maps[OUTPUT_MAP_COUNT];

struct output_member_row {
    enum output_map map;
    const char *name, *words;
    enum output_type_of type;
    enum output_map of;
    bool always;
    struct emit_name key; /* the same name, ready to be written */
};
extern const struct output_member_row output_members[OUTPUT_MEMBER_COUNT];

/* Writes the name of a member; its value must follow. */
static inline void output_key(struct emit *e, enum output_member m)
{
    emit_key_name(e, &output_members[m].key);
}

/* The key of a member and its value, in one piece. */
static inline void output_int(struct emit *e, enum output_member m, int64_t v)
{
    emit_name_int(e, &output_members[m].key, v);
}

static inline void output_double(struct emit *e, enum output_member m, double v)
{
    emit_name_double(e, &output_members[m].key, v);
}

static inline void output_pair(struct emit *e, enum output_member m, double low, double high)
{
    emit_name_pair(e, &output_members[m].key, low, high);
}

static inline void output_text(struct emit *e, enum output_member m, struct text t)
{
    emit_name_text(e, &output_members[m].key, t);
}

static inline void output_map(struct emit *e, enum output_member m)
{
    emit_name_map(e, &output_members[m].key);
}

#endif
