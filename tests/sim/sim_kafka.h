/* A Kafka in memory, in one thread: what of its semantics exactly-once hangs on. Transactions with producer
 * epochs and fencing, markers that reach partitions one by one, the last stable offset, transactional offsets
 * that are unstable until their marker is there, EndTxn requests that are delayed and doubled, one consumer
 * group with static members and eager rebalances, compaction with tombstones that expire.
 * It does nothing by itself: the schedule moves markers, delayed requests, timeouts and compaction. */
#ifndef CUBE_TESTS_SIM_KAFKA_H
#define CUBE_TESTS_SIM_KAFKA_H

#include <stdbool.h>
#include <stdint.h>

#include "port/epoch.h"
#include "port/log.h"
#include "support/random.h"

#define SIM_PARTITIONS 3
#define SIM_MEMBERS 3
#define SIM_MARK_MAX 64
#define SIM_SESSION_MS 6000
#define SIM_TRANSACTION_MS 10000

/* What a request to a transaction's coordinator came to. */
enum sim_answer { SIM_OK, SIM_FENCED, SIM_GENERATION, SIM_STATE, SIM_BUSY, SIM_REFUSED };

struct sim_record {
    int64_t offset, ts_ms;
    const uint8_t *key, *value; /* NULL: none */
    uint32_t key_len, value_len;
    const struct header *headers; /* of late records and dead letters only */
    uint32_t header_count;
    int32_t txn;                /* index; -1: of no transaction */
    bool is_hidden;             /* below the last stable offset: a marker, of a transaction that was aborted, or taken away by compaction */
    uint32_t taker;             /* the incarnation whose transaction moved the group's offset past it; 0: none yet */
};

struct sim_partition {
    struct sim_record *records;
    uint32_t count, capacity;
    int64_t low;                /* first offset that retention has left */
    int64_t buried;             /* offset of the last tombstone that compaction took away; -1 none */
    int64_t committed;          /* of the group; -1 none */
    char mark[SIM_MARK_MAX];    /* metadata of that offset */
};

enum sim_txn_state { SIM_OPEN, SIM_COMMITTING, SIM_ABORTING, SIM_COMMITTED, SIM_ABORTED };

struct sim_offset {
    enum topic_role role;
    int32_t partition;
    int64_t next;
};

struct sim_txn {
    enum sim_txn_state state;
    int id;                     /* whose: index of the transactional id */
    int32_t epoch;
    int64_t begun_ms;
    uint32_t incarnation;       /* of whoever sent the offsets */
    int32_t places;             /* partitions that its marker has not reached */
    int64_t first[ROLE_COUNT][SIM_PARTITIONS]; /* offset of its first record there */
    struct sim_offset *offsets;
    uint32_t offset_count;
    char mark[SIM_MARK_MAX];
    bool offsets_wait;
};

/* An EndTxn that is still under way while its sender believes something else. */
struct sim_late_end {
    int id;
    int32_t epoch;
    bool commit;
};

enum sim_member_state { SIM_AWAY, SIM_STABLE, SIM_REVOKING, SIM_JOINED };

struct sim_member {
    enum sim_member_state state;
    int64_t heard_ms;
    uint32_t incarnation;       /* which process holds the instance id */
};

struct sim_arena;

struct sim_kafka {
    int32_t counts[ROLE_COUNT];
    struct sim_partition parts[ROLE_COUNT][SIM_PARTITIONS];
    struct sim_txn *txns;
    uint32_t txn_count, txn_capacity;
    int32_t epochs[SIM_MEMBERS];   /* of each transactional id; 0: never used */
    int32_t open[SIM_MEMBERS];     /* its transaction that has not ended everywhere; -1 none */
    bool ending[SIM_MEMBERS];      /* that one is decided, markers are missing */
    int32_t last[SIM_MEMBERS];     /* its last transaction; -1 none */
    uint64_t waits[SIM_MEMBERS];   /* of that one: a bit for each partition that its marker has not reached */
    struct sim_late_end late[8];
    uint32_t late_count;
    struct sim_member members[SIM_MEMBERS];
    uint32_t generation;
    bool rebalancing;
    uint64_t withholds;        /* decides which generations lack an input; 0: none does */
    bool is_away[SIM_MEMBERS]; /* the coordinator of this transactional id: who asks it gets no answer */
    bool group_is_away;        /* that of the group */
    struct sim_arena *arena;
};

void sim_kafka_open(struct sim_kafka *k, int32_t partitions);
void sim_kafka_close(struct sim_kafka *k);

/* Memory that lives as long as the Kafka. sim_keep copies, with a zero behind; NULL stays NULL. sim_keep_pair copies a key and a value, which may be
 * NULL, one behind the other and a zero behind both. */
void *sim_alloc(struct sim_kafka *k, size_t size);
const uint8_t *sim_keep(struct sim_kafka *k, const void *at, size_t len);
const uint8_t *sim_keep_pair(struct sim_kafka *k, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len);
void sim_arena_close(struct sim_kafka *k);

/* ---- logs ------------------------------------------------------------------------------------------ */

/* Appends a record of no transaction. Key and value are borrowed for as long as the Kafka lives. */
void sim_append(struct sim_kafka *k, enum topic_role role, int32_t partition, int64_t ts_ms, struct text key, struct text value);
static inline int64_t sim_end_offset(const struct sim_kafka *k, enum topic_role role, int32_t partition) /* the high watermark */
{
    return k->parts[role][partition].count;
}

_Static_assert(ROLE_COUNT * SIM_PARTITIONS <= 64, "a bit for each");

static inline uint64_t sim_place_bit(enum topic_role role, int32_t partition)
{
    return UINT64_C(1) << ((int)role * SIM_PARTITIONS + partition);
}

/* The last stable offset of a partition in which transactions wait for their markers. */
int64_t sim_offset_before_open(const struct sim_kafka *k, enum topic_role role, int32_t partition);

static inline int64_t sim_stable_offset(const struct sim_kafka *k, enum topic_role role, int32_t partition) /* the last stable offset */
{
    uint64_t waits = 0;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        waits |= k->waits[i];
    }
    return waits & sim_place_bit(role, partition) ? sim_offset_before_open(k, role, partition) : sim_end_offset(k, role, partition);
}

/* What a read_committed reader is shown of a partition, up to the last stable offset: until something is appended. Nothing below the low
 * watermark is asked for. */
struct sim_reader {
    const struct sim_record *at, *end;
};

static inline struct sim_reader sim_reader(const struct sim_kafka *k, enum topic_role role, int32_t partition, int64_t from)
{
    const struct sim_record *records = k->parts[role][partition].records;
    return (struct sim_reader){records + from, records + sim_stable_offset(k, role, partition)};
}

/* NULL: there is no more. */
static inline const struct sim_record *sim_read(struct sim_reader *r)
{
    while (r->at < r->end && r->at->is_hidden) {
        r->at++;
    }
    return r->at < r->end ? r->at++ : NULL;
}

/* Retention: takes away everything below an offset. */
void sim_retain(struct sim_kafka *k, enum topic_role role, int32_t partition, int64_t before);
/* Takes away what a later committed record of the same key replaces; tombstones as well when they are old. */
void sim_compact(struct sim_kafka *k, enum topic_role role, int32_t partition, bool tombstones);

/* ---- transactions ----------------------------------------------------------------------------------- */

/* A new producer under a transactional id: fences the one before and aborts what it left open. SIM_BUSY: the
 * last transaction is still being ended. */
enum sim_answer sim_producer_init(struct sim_kafka *k, int id, int32_t *ret_epoch);
/* Some messages of an epoch, which are told where they came to lie; next: the first that is not in. added: places that the producer has added
 * to its transaction, as it believes. There it asks the partition alone, which takes everything until a marker comes. SIM_REFUSED: one has come,
 * of somebody who ended the transaction. SIM_BUSY: the last transaction is still being ended. */
enum sim_answer sim_produce(struct sim_kafka *k, int id, int32_t epoch, int64_t now_ms, struct epoch *e, uint32_t *next, uint32_t to,
                            uint64_t *added);
enum sim_answer sim_offsets(struct sim_kafka *k, int id, int32_t epoch, int64_t now_ms, const struct epoch *e, const char *mark,
                            uint32_t generation, uint32_t incarnation);
/* Ends the transaction that is open, whichever that is (KAFKA-17754); asked again for one that has ended the
 * same way: SIM_OK. */
enum sim_answer sim_txn_end(struct sim_kafka *k, int id, int32_t epoch, bool commit);
void sim_end_later(struct sim_kafka *k, int id, int32_t epoch, bool commit);
bool sim_end_arrives(struct sim_kafka *k, struct random *r); /* false: none is under way */
bool sim_marker_arrives(struct sim_kafka *k, struct random *r); /* false: none is under way */
/* The marker of an id whose transaction is ending arrives at one of the places where it is missing, the group's offsets being the last. */
void sim_marker_reaches(struct sim_kafka *k, int id, int32_t choice);
void sim_txns_expire(struct sim_kafka *k, int64_t now_ms);
/* Offsets that a transaction which is not over everywhere will set or not. */
bool sim_offsets_unstable(const struct sim_kafka *k, enum topic_role role, int32_t partition);

/* ---- the group -------------------------------------------------------------------------------------- */

void sim_join(struct sim_kafka *k, int member, uint32_t incarnation, int64_t now_ms);
void sim_heartbeat(struct sim_kafka *k, int member, uint32_t incarnation, int64_t now_ms);
void sim_revoked(struct sim_kafka *k, int member); /* it gave its partitions away and joins again */
void sim_leave(struct sim_kafka *k, int member);
void sim_group_expire(struct sim_kafka *k, int64_t now_ms);
/* The coordinator is there again: who takes over from a lost one gives every member a whole session. */
void sim_group_back(struct sim_kafka *k, int64_t now_ms);
/* A member joins again although nothing was taken back from it: all have to. */
void sim_join_again(struct sim_kafka *k, int member);
/* The input that the generation gives to nobody; INPUT_ROLES: none. */
enum topic_role sim_withheld(const struct sim_kafka *k);
/* After so many turns of a member in that generation the group answers what it has given out. */
int sim_untold(const struct sim_kafka *k, int member);
/* Partitions of a member in the generation there is. */
uint32_t sim_assignment(const struct sim_kafka *k, int member, struct log_partition *ret_p);

#endif
