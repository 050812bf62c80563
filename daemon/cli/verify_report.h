/* What `cubed verify` found: per invariant how much was held against it, and each violation with its place. */
#ifndef CUBE_CLI_VERIFY_REPORT_H
#define CUBE_CLI_VERIFY_REPORT_H

#include <stdint.h>

#include "port/record.h"

/* X(symbol, name, what must hold, what is counted) */
#define VERIFY_INVARIANTS(X)                                                                                             \
    X(RECORDS, "records", "every record decodes by its schema and version", "records")                                   \
    X(COMMITS, "commits", "commit records of a task count up by one", "commit records")                                  \
    X(RANGES, "ranges", "the offsets of one commit begin where those of the last one ended", "ranges")                   \
    X(OFFSETS, "offsets", "the last commit record ends at the offset the group has committed", "input partitions")       \
    X(OUTCOMES, "outcomes", "applied + duplicate + late + dead letter + ignored = read", "ranges")                       \
    X(LETTERS, "letters", "each late record and dead letter was written once, and is counted", "letters")                \
    X(BUNDLES, "bundles", "bundles of a task to a scope task count up by one, and none is missing", "bundles")           \
    X(WATERMARKS, "watermarks", "watermarks and offsets never fall", "steps")                                            \
    X(STATES, "states", "as_of and revision of a scope never fall, and its last state is what its task keeps", "states") \
    X(CHANGES, "changes", "a change begins where the last one of the scope ended, and its revision never falls", "changes") \
    X(ALERTS, "alerts", "firing and resolved alternate", "alerts")                                                       \
    X(CHILDREN, "children", "counts and sums of finer scopes add up to no more than those of the scope around them", "sums")

enum verify_invariant {
#define X(symbol, name, holds, counted) VERIFY_##symbol,
    VERIFY_INVARIANTS(X)
#undef X
        VERIFY_INVARIANT_COUNT
};

struct verify_invariant_row {
    const char *name, *holds, *counted;
};
extern const struct verify_invariant_row verify_invariants[VERIFY_INVARIANT_COUNT];

#define VERIFY_FINDINGS_MAX 1000 /* kept; all are counted */
#define VERIFY_TEXT_MAX 160

/* Where something stands. offset -1: nowhere in particular. */
struct verify_place {
    enum topic_role role;
    int32_t partition;
    int64_t offset;
    struct text key;
};

struct verify_finding {
    enum verify_invariant invariant;
    enum topic_role role;
    int32_t partition;
    int64_t offset;
    char key[VERIFY_TEXT_MAX], expected[VERIFY_TEXT_MAX], found[VERIFY_TEXT_MAX];
};

struct verify_report {
    uint64_t checked[VERIFY_INVARIANT_COUNT], violated[VERIFY_INVARIANT_COUNT];
    uint64_t unchecked[VERIFY_INVARIANT_COUNT]; /* because compaction or retention took what they are about */
    uint64_t read[ROLE_COUNT];                  /* records by topic */
    uint64_t foreign;                           /* outputs of another group on the same topics */
    uint32_t finding_count;
    struct verify_finding findings[VERIFY_FINDINGS_MAX];
};

struct verify_place verify_place_of(const struct record *r);

/* Counts and keeps a violation. Texts longer than VERIFY_TEXT_MAX are cut. */
void verify_violated(struct verify_report *v, enum verify_invariant i, const struct verify_place *at, const char *expected,
                     const char *found);

/* The same of a number that is not the one there should be; what: its name. */
void verify_differs(struct verify_report *v, enum verify_invariant i, const struct verify_place *at, const char *what,
                    int64_t expected, int64_t found);

/* The same of a number that must not be below another. */
void verify_fell(struct verify_report *v, enum verify_invariant i, const struct verify_place *at, const char *what, int64_t before,
                 int64_t found);

/* How many violations there are in all. */
uint64_t verify_violations(const struct verify_report *v);

#endif
