/* One schedule: some processes over one simulated Kafka, everything that happens drawn from one seed. */
#ifndef CUBE_TESTS_SIM_WORLD_H
#define CUBE_TESTS_SIM_WORLD_H

#include "config/config.h"
#include "sim/sim_client.h"
#include "sim/sim_clock.h"
#include "sim/sim_dead.h"
#include "sim/sim_disk.h"
#include "sim/sim_jobs.h"
#include "sim/sim_order.h"
#include "sim/sim_story.h"
#include "task/worker.h"

/* Two per instance: one may stand still while another takes its place. */
#define SIM_PROCESSES (2 * SIM_MEMBERS)

struct sim_world;

/* What the seed does not say of a schedule. */
struct sim_manner {
    int starve;       /* in so many thousandths of the steps an allocation is about to fail */
    uint64_t lacks;   /* the allocation that fails, from the first one of its processes on; 0: none */
    bool to_anybody;  /* every schedule is drawn so, not some: as before there was a choice, for seeds of that time */
    bool long_stories; /* as they were told before; with to_anybody, too */
    struct decode_scratch *scratch; /* with which all processes decode: what one learned of the shapes of records the next one knows */
};

struct sim_process {
    struct sim_world *world;
    struct worker *worker;      /* NULL: not running */
    struct sim_client client;
    struct sim_disk_user disk;
    struct checkpoint copies;   /* on that disk */
    struct jobs jobs;
    struct sim_clock clock;
    struct sim_dead dead;
    int64_t stands_until_ms;    /* as after SIGSTOP */
    int error;                  /* the worker failed with it */
    int turns_left;             /* of one that lacked memory */
    bool leaves;                /* was told to stop */
    bool sleeps;                /* inside a turn, between two calls of a restore */
    bool older;                 /* of a version before */
};

struct sim_world {
    const struct config *config;
    const struct story *story;
    struct decode_scratch *scratch;
    struct sim_kafka kafka;
    struct sim_disks disks;
    struct sim_faults faults;
    struct random random, stops, sleep, stalls, versions, clock, apart; /* apart: of retention and coordinators; so the rest is as it was without */
    struct sim_process processes[SIM_PROCESSES]; /* member i has i and i + SIM_MEMBERS */
    uint32_t incarnations;
    uint32_t told;              /* records of the story that are in the topics */
    int64_t now_ms;             /* time as it passes */
    int64_t wrong_ms;           /* by so much the clock of the processes is wrong */
    int64_t hastens_until_ms;   /* until then much time passes in a step */
    int64_t hurry_ms;           /* that clock goes on by so much more in a step, in the mean: stories are told faster than time passes */
    uint64_t steps, steps_wanted, hurries_until;
    bool to_anybody;            /* steps are drawn for processes that do not run as well, and lost */
    bool upgrades;              /* some processes are of a version before */
    uint32_t calls_awake;       /* of restores, until somebody falls asleep in one; 0: nobody does any more */
    int64_t away_until_ms[SIM_MEMBERS + 1]; /* coordinators of transactions, and of the group */
    bool has_lost;              /* records that are needed were deleted */
    uint32_t refused;           /* processes that left because of that */
    struct sim_order order;     /* in which the tasks took their records */
    int64_t joined[ROLE_COUNT - ROLE_CHANGELOG_CUSTOMERS][SIM_PARTITIONS]; /* the last commit record that was looked at, of each changelog */
};

/* Whether a process has turns just now. */
static inline bool sim_runs(const struct sim_world *w, const struct sim_process *p)
{
    return p->worker && !p->sleeps && p->stands_until_ms <= w->now_ms;
}

/* A process of this member begins, unless there are two; one ends as by kill -9. */
void sim_process_start(struct sim_world *w, int member);
void sim_process_kill(struct sim_process *p);

/* Something may happen, and then one of the processes has its turn. */
void sim_world_step(struct sim_world *w);

/* Runs the story without a fault in one process and leaves the outputs in w->kafka. */
void sim_world_plain(struct sim_world *w, const struct config *c, const struct story *s, int32_t partitions, const struct sim_manner *m);

/* Runs it with the faults and the order that the seed draws, then quietly until nothing is left to do. Fails when
 * that does not come, unless processes refuse to go on because records were lost (w->refused). */
void sim_world_run(struct sim_world *w, const struct config *c, const struct story *s, int32_t partitions, uint64_t seed,
                   const struct sim_manner *m);

/* Ends all processes, by a clean stop or not, and runs one that has nothing in memory until nothing is left to do. */
void sim_world_again(struct sim_world *w);

void sim_world_close(struct sim_world *w);

#endif
