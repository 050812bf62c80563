/* One process as Kafka sees it: the log port and the producer port of a worker over the simulated Kafka, with the
 * faults of a network in between. Does what daemon/kafka does, in the same order, without its threads: the
 * transaction moves on by one step of task/carry whenever the schedule says so. */
#ifndef CUBE_TESTS_SIM_CLIENT_H
#define CUBE_TESTS_SIM_CLIENT_H

#include "config/config.h"
#include "sim/sim.h"
#include "sim/sim_kafka.h"
#include "task/carry.h"
#include "task/planted.h"

struct sim_position {
    bool started, held, end_told;
    int64_t next;
};

struct sim_client {
    struct log log;               /* give this to the worker */
    struct log_events events;     /* of the worker */
    struct producer_port producer;
    void (*delivers)(void *arg, const struct record *r); /* told of each record before the worker is; may be NULL */
    void (*restores)(void *arg);  /* called where a restore may stand still for a while: before it reads a changelog or starts an input, and
                                   * with the offsets it has asked for; may be NULL */
    void *arg;                    /* of both */
    struct sim_kafka *kafka;
    const struct config *config;
    const struct sim_faults *faults;
    struct random *random;
    int member;                   /* index: its instance and transactional id */
    uint32_t incarnation;
    int64_t now_ms;

    bool joined, fenced;
    bool ended;                   /* its worker cannot go on: no epoch may come any more */
    int failed;                   /* why the log cannot go on: CUBE_ERANGE */
    uint32_t generation;          /* captured with the assignment; 0: nothing is owned */
    struct log_partition owned[INPUT_ROLES * SIM_PARTITIONS];
    uint32_t owned_count;
    int untold;                   /* turns until the group answers what it has given out */
    struct sim_position positions[INPUT_ROLES][SIM_PARTITIONS];

    int32_t producer_epoch;       /* 0: there is no producer */
    bool answered;                /* by the group, in this turn */
    int64_t heard_ms;             /* when it last was */
    int heartbeats;               /* answered since the producer was thrown away */
    uint64_t added;               /* places that the transaction has, as it believes */
    bool asked;                   /* the coordinator for anything, in this transaction */
    struct epoch *unsent;         /* messages wait until the last transaction has ended everywhere, */
    uint32_t sent;                /* from this one on; NULL: none do */
    bool doubled;                 /* a request of the last transaction was doubled or not answered */
    int64_t stands_until_ms;      /* the thread of transactions, while the group hears of the process */
    uint32_t txn_generation;      /* of the epoch under way */
    struct carry carry;
    bool carrying, orphan, given_up, refused;
    struct epoch held, *lender;
    uint64_t renewed;
};

void sim_client_open(struct sim_client *c, struct sim_kafka *k, const struct config *config, const struct sim_faults *f,
                     struct random *r, int member, uint32_t incarnation, int64_t now_ms);
void sim_client_close(struct sim_client *c); /* as kill -9: nothing is told to anybody */

/* Heartbeat, rebalance, delivery of at most `most` records of each input. Returns whether anything happened. */
bool sim_client_turn(struct sim_client *c, uint32_t most);
/* One step of the transaction under way. */
bool sim_client_carry(struct sim_client *c);
bool sim_client_busy(const struct sim_client *c);

/* The producer port of a client. */
void sim_producer_port(struct sim_client *c);

#endif
