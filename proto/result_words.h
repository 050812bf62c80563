/* What the fields of a measure say beside value, n and interval, for schemas and the page of records. Those that stand in a table of
 * output_form.h themselves are not here. */
#ifndef CUBE_PROTO_RESULT_WORDS_H
#define CUBE_PROTO_RESULT_WORDS_H

#include "measure/result.h"

/* X(field, what it says) */
#define RESULT_FIELD_WORDS(X)                                                                        \
    X(MEAN, "of the values; times in ms")                                                            \
    X(SD, "standard deviation of the values, of n - 1")                                              \
    X(P50, "half of the values are not above it; relative error at most 1.6 %")                      \
    X(P90, "likewise 90 of 100; relative error at most 1.6 %")                                       \
    X(P99, "likewise 99 of 100; relative error at most 1.6 %")                                       \
    X(PER_ACTIVE, "points by customer who was active in the window")                                 \
    X(CONTACTS, "opens and re-contacts of the cases")                                                \
    X(CASES, "resolved in the window")                                                               \
    X(CUSTOMERS, "whose cases they are")                                                             \
    X(WAITING, "not closed or resolved now")                                                         \
    X(OVERDUE, "of those that wait: past what was to be expected")                                   \
    X(TRANSFERRED, "cases that were passed on, not in n")                                            \
    X(BOT_ONLY, "cases no person was in, not in n")                                                  \
    X(LOST, "given up in the window, not in n")                                                      \
    X(AVERAGE, "headcount over the window, by time")                                                 \
    X(AVERAGE_HEADCOUNT, "over the window, by time")                                                 \
    X(VOLUNTARY, "exits")                                                                            \
    X(REGRETTED, "exits")                                                                            \
    X(DAYS, "absent, by fraction and fte")                                                           \
    X(AVAILABLE_DAYS, "by fte")                                                                      \
    X(FREQUENCY, "spells begun by employee and year")                                                \
    X(MEAN_DURATION, "of closed spells, in ms")                                                      \
    X(RAMPING, "hired, not yet productive")                                                          \
    X(RAMPING_MEAN, "how long they have been, in ms")                                                \
    X(HIRES, "in the window")                                                                        \
    X(INTERNAL, "money")                                                                             \
    X(EXTERNAL, "money")                                                                             \
    X(K, "customers in the top fifth, rounded up")                                                   \
    X(GINI, "0: all have as much; absent where a total is negative; at most 0.008 off, tried: 0.0001 from 100,000 customers on") \
    X(WHALE, "where totals may be negative; exact")                                                  \
    X(MET, "share with fulfilment not below expectation")                                            \
    X(EXCEEDED, "share with fulfilment above expectation")                                           \
    X(GAUGE, "the latest readings, added up")                                                        \
    X(AVERAGE_CUSTOMERS, "over the window, by time")

/* "" when there is no row. */
const char *result_field_words(enum result_field f);

#endif
