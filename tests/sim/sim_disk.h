/* The local copies of changelogs in memory: what each machine (one per member) has on its disk, and what can happen to it. A process that dies
 * leaves what was written; the next one may find less, nothing, what there was some time ago, or what is not its own. */
#ifndef CUBE_TESTS_SIM_DISK_H
#define CUBE_TESTS_SIM_DISK_H

#include "port/checkpoint.h"
#include "sim/sim_kafka.h"

#define SIM_COPY_ROLES (ROLE_COUNT - ROLE_CHANGELOG_CUSTOMERS)

/* A record, or a mark behind a batch of them. */
struct sim_copy_entry {
    const uint8_t *key, *value; /* of the Kafka's arena */
    uint32_t key_len, value_len;
    bool is_mark;
    struct checkpoint_place place;
};

struct sim_copy {
    struct sim_copy_entry *entries;
    uint32_t count, capacity;
    uint32_t marked;            /* entries up to the last mark */
    bool open;                  /* takes more */
    bool is_over;               /* a batch has been put since it took no more: its task knows */
    bool is_ahead;              /* was read, and the changelog behind it was not yet */
    bool is_sound;              /* nothing has happened to it since it was begun */
};

struct sim_disk {
    uint32_t holder;            /* the incarnation that has locked it; 0: none */
    int64_t full_until_ms;
    uint64_t seed;              /* what is noted on it is hashed by */
    struct sim_copy copies[SIM_COPY_ROLES][SIM_PARTITIONS];
    struct sim_copy older[SIM_COPY_ROLES][SIM_PARTITIONS]; /* as they were some time ago */
};

struct sim_disks {
    struct sim_kafka *kafka;
    struct random random;       /* of its own, so that the rest of a schedule is as it was without */
    struct random of_seeds;     /* likewise */
    int trouble;                /* thousandths in which a copy is not found as it was left; below 0: processes keep no copies */
    struct sim_disk of[SIM_MEMBERS];
    bool burn;                  /* all is lost when a process ends */
};

/* What one process has of it. */
struct sim_disk_user {
    struct sim_disks *disks;
    int member;
    uint32_t incarnation;
    const int64_t *now_ms;
    uint64_t seed;              /* that of the disk, or its own */
};

/* Draws whether there are copies and how much happens to them. */
void sim_disks_open(struct sim_disks *d, struct sim_kafka *k, uint64_t seed);
/* In half of the schedules nothing is left on any disk when a process ends from here on. */
void sim_disks_burn(struct sim_disks *d);
void sim_disks_close(struct sim_disks *d);

/* Before each step: a disk is full for a while. */
void sim_disks_strike(struct sim_disks *d, int64_t now_ms);

/* Some process has read its copy of this changelog partition, and not what is behind: tombstones stay for longer than that takes. */
bool sim_disks_ahead(const struct sim_disks *d, enum topic_role role, int32_t partition);

/* The port of a process. Who comes while another one has the disk keeps no copies. */
struct checkpoint sim_disk_port(struct sim_disk_user *u);
/* It dies: what it did not mark never was, and what happens to the rest is drawn. Its calls do nothing from now on. */
void sim_disk_leave(struct sim_disk_user *u);

#endif
