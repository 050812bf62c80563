/* What the files of the simulator share: how a schedule fails, and what faults it draws. */
#ifndef CUBE_TESTS_SIM_H
#define CUBE_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends the schedule at hand: it has found something. Does not return. */
_Noreturn void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline void sim_check(bool holds, const char *claim)
{
    if (!holds) {
        sim_fail("%s", claim);
    }
}

/* Memory of the simulator itself, which never lacks any. */
void *sim_sure(void *at);

/* Tells what happens, with -v. */
void sim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether it is told; returns whether it was. */
bool sim_tell(bool told);

/* How often things go wrong, in thousandths of the occasions; drawn once per schedule. */
struct sim_faults {
    int request_lost;     /* a request or its answer, of a transaction */
    int end_doubled;      /* a commit whose first EndTxn is delayed and whose second one counts */
    int busy;             /* a call answered "not now" */
    int kill;             /* a process dies */
    int pause;            /* a process stands still for a while, often beyond its session */
    int join, leave;      /* members come and go */
    int compact;
    int slow_marker;      /* a step without one */
    int clock_jump;
    int coordinator;      /* one is lost for a while */
    int retain, lose;     /* the first offset of a partition moves: past what nobody needs, and further */
    int stall;            /* a transaction stands open until the broker ends it, with its process or beside it */
    int stop;             /* a process is told to stop, and commits what it has */
    int starve;           /* an allocation of a process fails; with --starve only */
};

#endif
