/* Carries one frozen epoch into Kafka, exactly once: attempts, aborts, renewed producers, unknown outcomes.
 * One step makes at most one call of the producer port, so that whoever drives it decides what happens
 * between two calls: the transaction thread drives it to its end, the simulator does anything else in between. */
#ifndef CUBE_TASK_CARRY_H
#define CUBE_TASK_CARRY_H

#include "config/config.h"
#include "port/log.h"
#include "port/producer.h"

#define CARRY_MARK_MAX 64

enum carry_state {
    CARRY_READY,    /* a producer is needed */
    CARRY_LANDED,   /* the outcome of the last attempt is asked for */
    CARRY_BEGIN,
    CARRY_PRODUCE,
    CARRY_OFFSETS,
    CARRY_COMMIT,
    CARRY_ABORT,
    CARRY_PAUSE,    /* pause_ms, then again */
    CARRY_ENDED     /* outcome and error say how */
};

struct carry {
    const struct producer_port *port;
    const struct config *config;
    struct epoch *epoch;
    char mark[CARRY_MARK_MAX];
    enum carry_state state;
    bool unknown;            /* an attempt may have landed */
    enum txn_verdict verdict; /* why an abort is under way */
    uint64_t pause_ms;
    uint64_t attempts_again; /* attempts that had to be made again */
    enum commit_outcome outcome;
    int error;               /* why the log cannot go on: CUBE_ELIMIT, CUBE_ECONFIG */
};

/* mark tells this epoch from all others of this and every other process; at most CARRY_MARK_MAX - 1 bytes.
 * All is borrowed until CARRY_ENDED. */
void carry_open(struct carry *c, const struct producer_port *port, const struct config *config,
                struct epoch *e, const char *mark);

/* Does the next thing; the caller has waited for c->pause_ms when the state was CARRY_PAUSE. Returns the new
 * state. Call until CARRY_ENDED. */
enum carry_state carry_step(struct carry *c);

#endif
