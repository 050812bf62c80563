/* A world over the Kafka of the simulator, without its faults. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "sim/sim_client.h"
#include "sim/sim_starve.h"

#define TURNS 40

struct fake {
    struct conform_world world;
    struct sim_kafka kafka;
    struct sim_client clients[PRODUCERS];
    struct log_events events;
    struct sim_faults faults; /* none, but for what a claim loses */
    struct random random;
    struct config config;
    int64_t now_ms;
    bool other_ends;
};

_Noreturn void sim_fail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    puts("\nBail out!");
    exit(1);
}

void *sim_sure(void *at)
{
    if (!at) {
        exit(71);
    }
    return at;
}

void *sim_memory(void *at, size_t size)
{
    return sim_sure(realloc(at, size));
}

void sim_say(const char *format, ...)
{
    (void)format;
}

static void on_assigned(void *arg, const struct log_partition *p, uint32_t count)
{
    (void)p, (void)count;
    ((struct fake *)arg)->world.assigned++;
}

static void on_revoked(void *arg, const struct log_partition *p, uint32_t count)
{
    (void)p, (void)count;
    ((struct fake *)arg)->world.revoked++;
}

static void on_records(void *arg, const struct record *records, uint32_t count)
{
    struct fake *f = arg;
    f->events.records(f->events.arg, records, count);
}

static void on_end(void *arg, enum topic_role role, int32_t partition, int64_t next)
{
    struct fake *f = arg;
    f->events.at_end(f->events.arg, role, partition, next);
}

static void settle(void *self)
{
    struct fake *f = self;
    for (int i = 0; i < TURNS; i++) {
        f->now_ms += 10;
        f->clients[FIRST].now_ms = f->now_ms;
        sim_marker_arrives(&f->kafka, &f->random);
        sim_client_turn(&f->clients[FIRST], 4);
    }
    f->world.failed = f->clients[FIRST].failed;
    if (f->other_ends) {
        f->other_ends = false;
        (void)f->world.producers[OTHER].commit(f->world.producers[OTHER].self);
    }
}

static void append(void *self, enum topic_role role, const char *key, const char *value)
{
    sim_append(&((struct fake *)self)->kafka, role, 0, 1000, text_of(key), text_of(value));
}

static void retain(void *self, enum topic_role role, int64_t before)
{
    sim_retain(&((struct fake *)self)->kafka, role, 0, before);
}

static void commit_other_meanwhile(void *self)
{
    ((struct fake *)self)->other_ends = true; /* when things settle next: a reader is never inside a call here */
}

/* Draws from here on let every request arrive, and none be answered. */
static void answers_lose(struct fake *f)
{
    struct random next;
    f->faults.request_lost = 1000;
    do {
        next = f->random = (struct random){f->random.state + 1};
        (void)random_next(&next); /* whether it is lost */
    } while (random_between(&next, 0, 1) == 0);
}

static bool lose(void *self, enum conform_loss what)
{
    struct fake *f = self;
    bool broker = what == LOST_BROKER;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        f->kafka.is_away[i] = what == LOST_TRANSACTIONS || broker;
    }
    f->kafka.group_is_away = what == LOST_GROUP || broker;
    if (what == LOST_ANSWERS) {
        answers_lose(f);
    }
    return true;
}

static bool back(void *self)
{
    struct fake *f = self;
    memset(f->kafka.is_away, 0, sizeof f->kafka.is_away);
    f->faults.request_lost = 0;
    sim_group_back(&f->kafka, f->now_ms);
    return true;
}

static void close_all(void *self)
{
    struct fake *f = self;
    for (int i = 0; i < PRODUCERS; i++) {
        sim_client_close(&f->clients[i]);
    }
    sim_kafka_close(&f->kafka);
    free(f);
}

/* A process that came later holds the same instance id; that the group knows all of them is taken for granted. */
struct conform_world *conform_fake_open(const char *bootstrap, const char *name, const struct log_events *ev)
{
    struct fake *f = sim_sure(calloc(1, sizeof *f));
    (void)bootstrap, (void)name;
    f->random.state = 1;
    f->config.name = "conform";
    sim_kafka_open(&f->kafka, 1);
    for (int i = 0; i < PRODUCERS; i++) {
        sim_client_open(&f->clients[i], &f->kafka, &f->config, &f->faults, &f->random, i == OTHER ? 1 : 0, 1, 0);
        f->world.producers[i] = f->clients[i].producer;
    }
    f->events = *ev;
    f->clients[FIRST].events = (struct log_events){on_assigned, on_revoked, on_records, on_end, NULL, NULL, f};
    f->world.self = f;
    f->world.log = f->clients[FIRST].log;
    f->world.settle = settle;
    f->world.append = append;
    f->world.retain = retain;
    f->world.commit_other_meanwhile = commit_other_meanwhile;
    f->world.lose = lose;
    f->world.back = back;
    f->world.close = close_all;
    settle(f);
    for (int i = 0; i < PRODUCERS; i++) {
        f->clients[i].generation = f->clients[i].txn_generation = f->clients[FIRST].generation;
        f->clients[i].answered = true;
    }
    return &f->world;
}
