/* A world over the Kafka of the simulator, without its faults. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "conform.h"
#include "sim/sim_client.h"
#include "sim/sim_starve.h"

#define TURNS 40

struct fake {
    struct conform_world world;
    struct sim_kafka kafka;
    struct sim_client clients[PRODUCERS];
    struct sim_faults none;
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

static void on_partitions(void *arg, const struct log_partition *p, uint32_t count)
{
    (void)arg, (void)p, (void)count;
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
    sim_append(&((struct fake *)self)->kafka, role, 0, 1000, key, value);
}

static void retain(void *self, enum topic_role role, int64_t before)
{
    sim_retain(&((struct fake *)self)->kafka, role, 0, before);
}

static void commit_other_meanwhile(void *self)
{
    ((struct fake *)self)->other_ends = true; /* when things settle next: a reader is never inside a call here */
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
        sim_client_open(&f->clients[i], &f->kafka, &f->config, &f->none, &f->random, i == OTHER ? 1 : 0, 1, 0);
        f->world.producers[i] = f->clients[i].producer;
    }
    f->clients[FIRST].events = *ev;
    f->clients[FIRST].events.assigned = f->clients[FIRST].events.revoked = on_partitions;
    f->world.self = f;
    f->world.log = f->clients[FIRST].log;
    f->world.settle = settle;
    f->world.append = append;
    f->world.retain = retain;
    f->world.commit_other_meanwhile = commit_other_meanwhile;
    f->world.close = close_all;
    settle(f);
    for (int i = 0; i < PRODUCERS; i++) {
        f->clients[i].generation = f->clients[i].txn_generation = f->clients[FIRST].generation;
        f->clients[i].answered = true;
    }
    return &f->world;
}
