/* What Kafka must do for exactly-once to hold, as claims against the ports: the same claims are tried on the Kafka of the
 * simulator and on a real broker. A world has one log, which owns partition 0 of every input, and three producers. */
#ifndef CUBE_TESTS_CONFORM_H
#define CUBE_TESTS_CONFORM_H

#include "port/log.h"
#include "port/producer.h"

enum conform_producer {
    FIRST,  /* of the log's own name, or of one that stands for it */
    AGAIN,  /* the same transactional id, a process that came later */
    OTHER,  /* another transactional id */
    PRODUCERS
};

/* What may be lost for a while. */
enum conform_loss {
    LOST_TRANSACTIONS, /* the coordinator of transactions: what it is asked does not reach it */
    LOST_GROUP,        /* that of the group */
    LOST_ANSWERS,      /* of the coordinator of transactions, to EndTxn only: what it is asked is done */
    LOST_BROKER,       /* both coordinators, and whoever is there when they are back has to learn what they knew */
    LOST_MARKERS,      /* on the way to the partials, until they are back */
    LOST_DECISIONS,    /* the same on the way to the group's offsets */
    LOST_END           /* a second copy of the next EndTxn, which arrives when it is back */
};

/* Another process that joins the group. */
enum conform_newcomer {
    SUCCESSOR, /* under the name of the log: it takes its place */
    NEIGHBOUR  /* under another name */
};

#define CONFORM_FILLER "filler"

struct conform_world {
    void *self;
    struct log log;
    struct producer_port producers[PRODUCERS];
    int failed;            /* the log cannot go on: CUBE_ERANGE */
    int assigned, revoked; /* how often partitions were given to the log, and taken from it */
    bool replaced;         /* the log has heard that its place is taken */
    bool joined;           /* the newcomer has its share of the partitions */

    /* Lets happen what happens by itself; long enough for anything that is under way. */
    void (*settle)(void *self);
    /* Appends a record of no transaction to partition 0 of a topic; value NULL: a tombstone. */
    void (*append)(void *self, enum topic_role role, const char *key, const char *value);
    /* Takes away all records of partition 0 below an offset. */
    void (*retain)(void *self, enum topic_role role, int64_t before);
    /* Goes on with compaction of the changelog of the scopes, for which it may append records that no claim sees; with tombstones, the time of
     * tombstones is over. */
    void (*compact)(void *self, bool tombstones);
    /* Has the transaction of OTHER committed while, or after, the caller reads a changelog. */
    void (*commit_other_meanwhile)(void *self);
    /* Transactions of a producer that is not made yet will stand open for some seconds at most. */
    void (*hurry)(void *self, enum conform_producer p);
    /* Once. The log keeps trying to be a member. */
    void (*join)(void *self, enum conform_newcomer who);
    /* Offsets go out with the place and the generation that the log has now, whatever becomes of them. */
    void (*generation_keep)(void *self);
    /* False: nobody is there who could do that. */
    bool (*lose)(void *self, enum conform_loss what);
    bool (*back)(void *self);
    void (*close)(void *self);
};

/* Opens a world with topics of its own, in which the log has been given its partitions. ev: told of records and ends.
 * NULL: the reason was printed. */
typedef struct conform_world *conform_open_fn(const char *bootstrap, const char *name, const struct log_events *ev);
conform_open_fn conform_fake_open, conform_real_open;

/* Makes the world wrong in one way (conform_bend.c). False: no such way. */
bool conform_bend(struct conform_world *w, const char *how);

#endif
