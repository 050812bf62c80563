/* Commit records in changelogs: numbers, ranges, outcomes, watermarks. A compacted changelog keeps the last one of
 * what was compacted and all after it, so what is left is the end of a chain without holes. */
#ifndef CUBE_CLI_VERIFY_COMMITS_H
#define CUBE_CLI_VERIFY_COMMITS_H

#include "cli/verify_report.h"
#include "cli/verify_world.h"
#include "proto/commit_record.h"

#define VERIFY_RANGES_MAX (UINT32_C(1) << 22)

/* Offsets of an input that count fewer outcomes than they are: the input must tell how many records stand there. */
struct verify_range {
    enum topic_role role; /* the input */
    int32_t partition;
    int64_t first, next;
    uint64_t outcomes, records; /* counted by the task; seen in the input */
    enum topic_role changelog;
    int64_t offset; /* of the commit record */
};

/* The tasks of one changelog. */
struct verify_chain {
    bool some;
    struct commit_record last;
};

struct verify_commits {
    const struct verify_world *world;
    struct verify_report *report;
    struct verify_chain *chains[3]; /* customers, employees, scopes: one per partition */
    struct verify_range *ranges;
    uint32_t range_count, range_capacity;
    uint64_t ours, others; /* commit records of this layout and configuration, and of others */
};

/* CUBE_ENOMEM. */
int verify_commits_init(struct verify_commits *v, const struct verify_world *w, struct verify_report *report) CUBE_MUST_CHECK;
void verify_commits_close(struct verify_commits *v);

/* True for the key of commit records. */
bool verify_is_commit(const struct record *r);

/* Takes a commit record, in offset order per partition. CUBE_ENOMEM. */
int verify_commits_record(struct verify_commits *v, const struct record *r) CUBE_MUST_CHECK;

/* The last commit record of a task; NULL none. */
const struct commit_record *verify_commits_last(const struct verify_commits *v, enum topic_role changelog, int32_t partition);

/* What the last commit record of the task that reads an input says of it; NULL none. */
const struct commit_input *verify_commits_input(const struct verify_commits *v, enum topic_role input, int32_t partition);

/* All changelogs were read: brings the ranges in order. */
void verify_commits_sort(struct verify_commits *v);

/* Takes a record of an input. */
void verify_commits_seen(struct verify_commits *v, const struct record *r);

/* Everything was read. */
void verify_commits_end(struct verify_commits *v);

#endif
