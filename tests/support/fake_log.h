/* A log port in memory: partitions, committed offsets, changelogs, commits that land or are lost. One
 * thread, no clock; the test decides what happens when. Every commit is checked to carry the offset of every
 * owned partition, and none that falls. */
#ifndef CUBE_TESTS_FAKE_LOG_H
#define CUBE_TESTS_FAKE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "port/log.h"

#define FAKE_PARTITIONS_MAX 4

struct fake_record {
    int64_t offset, ts_ms;
    uint8_t *key, *value; /* NULL: none */
    size_t key_len, value_len;
};

struct fake_partition {
    struct fake_record *records;
    uint32_t count, capacity;
    int64_t end;       /* next offset; the marker of a transaction takes one, too */
    int64_t committed; /* -1 none */
    bool owned, started, held, end_told;
    bool slow;         /* delivers nothing, set by the test */
    int64_t position;
};

struct fake_log {
    struct log log;               /* give this to the worker */
    struct log_events events;     /* of the worker connected now */
    int32_t counts[ROLE_COUNT];   /* partitions of each topic; 0: the topic is missing */
    struct fake_partition parts[ROLE_COUNT][FAKE_PARTITIONS_MAX];
    struct epoch *pending;        /* handed over, not settled */
    uint32_t commits;             /* landed */
    enum inputs_given given;      /* what the group tells */
    bool compacted;               /* changelogs show the last record of each key only */
    bool untold;                  /* where the messages of an epoch came to lie is not told */
    uint32_t busy;                /* so many calls for committed offsets are answered with CUBE_EAGAIN */
    uint32_t stale;               /* so many are answered with a record less each: another commits one before the changelog is read */
    bool halved;                  /* another's commit ends while the first changelog of scopes is read: its own record is not seen yet, and */
    int64_t half_next;            /* the first answer of committed offsets of the first partials is that of before */
    uint64_t offsets_seen;        /* offsets carried by the last commit */
};

/* `partitions` of interactions, cpi, partials and the outputs; `hr` of hr. */
void fake_log_init(struct fake_log *f, int32_t partitions, int32_t hr);
void fake_log_close(struct fake_log *f);

/* Appends a record to an input by the hash of its key. */
void fake_log_append(struct fake_log *f, enum topic_role role, int64_t ts_ms, const char *key, const char *value);

/* The records of a topic are gone, their offsets stay. */
void fake_log_forget(struct fake_log *f, enum topic_role role);

/* Another process takes over: what was pending never lands, nothing is assigned. */
void fake_log_connect(struct fake_log *f, struct log_events events);

void fake_log_assign(struct fake_log *f); /* all input partitions there are */
void fake_log_revoke(struct fake_log *f);

/* Gives every started partition that is not held what it reads again, then at most so many new records of an
 * input (of partials: all). Returns how many records and ends were told. */
uint32_t fake_log_deliver(struct fake_log *f, uint32_t most);

/* The pending epoch lands; tell: the worker hears of it. */
void fake_log_land(struct fake_log *f, bool tell);
/* The pending epoch does not land, and the worker hears so. */
void fake_log_lose(struct fake_log *f);

#endif
