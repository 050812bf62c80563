/* What claims are made of: steps of transactions, and looks at what the log told. */
#ifndef CUBE_TESTS_CONFORM_STEPS_H
#define CUBE_TESTS_CONFORM_STEPS_H

#include "conform.h"

#define SEEN_MAX 64
#define TRIES 40 /* to settle: twice as long as a hurried transaction stands open */

struct conform_seen {
    int64_t offset;
    char value[16]; /* "" for a tombstone */
};

/* One claim at trial. */
struct conform {
    struct conform_world *w;
    struct conform_seen seen[SEEN_MAX];
    int seen_count;
    int64_t end_told; /* the last end of partials that was told; -1 none */
    struct epoch epochs[PRODUCERS];
    bool good;
};

typedef void conform_claim(struct conform *c);

/* Notes and tells when what is claimed is not so. */
void conform_holds(struct conform *c, bool is, const char *claim, int line);
#define HOLDS(e) conform_holds(c, (e), #e, __LINE__)

/* What is to come is waited for. */
#define COMES(e)                                  \
    do {                                          \
        for (int i = 0; i < TRIES && !(e); i++) { \
            c->w->settle(c->w->self);             \
        }                                         \
        HOLDS(e);                                 \
    } while (0)

/* Whether just these values have come, in this order; those that are missing are waited for. */
bool conform_saw(struct conform *c, int count, const char *const *values);
#define SAW(...) conform_saw(c, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[]){__VA_ARGS__})

/* Events of the log that note in arg, a struct conform, what comes. */
struct log_events conform_events(struct conform *c);

/* Asks for the producer until there is one, and begins. */
enum txn_verdict txn_begin(struct conform *c, enum conform_producer p);
/* One record to partition 0; value NULL: a tombstone. */
enum txn_verdict txn_put(struct conform *c, enum conform_producer p, enum topic_role role, const char *value);
/* The offset of partition 0 of the interactions. */
enum txn_verdict txn_offsets(struct conform *c, enum conform_producer p, int64_t next, const char *mark);
enum txn_verdict txn_end(struct conform *c, enum conform_producer p, bool commit);
/* Whether one record went out in a transaction of its own. */
bool txn_carried(struct conform *c, enum conform_producer p, enum topic_role role, const char *value);
/* Whether a transaction was begun, with one record of partials and an offset. */
bool txn_filled(struct conform *c, enum conform_producer p, const char *value, int64_t next, const char *mark);
/* The producer is thrown away; the next txn_begin makes another one of its name. */
void txn_renew(struct conform *c, enum conform_producer p);

/* What the group says now: 0 with the offset, or CUBE_EAGAIN. */
int offset_now(struct conform *c, int64_t *ret_next);
/* CUBE_EAGAIN may mean a broker that is busy with anything: asked until it is something else. */
bool has_committed(struct conform *c, int64_t want);
/* What the mark says now: 1, 0 or CUBE_EAGAIN. */
int landed_now(struct conform *c, const char *mark);
bool has_landed(struct conform *c, const char *mark, int want);

/* Reads the changelog of partition 0 of the scopes to its end. */
int changelog_read_from(struct conform *c, int64_t from);
bool changelog_read(struct conform *c);

/* From here on the log tells what comes to partition 0. */
void log_start(struct conform *c, enum topic_role role, int64_t from);

#endif
