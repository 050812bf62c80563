/* A world over the Kafka of the simulator, without its faults. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "sim/sim_client.h"
#include "sim/sim_starve.h"

#define TURNS 40
#define TURN_MS 10
#define HURRIED_MS 50

struct fake {
    struct conform_world world;
    struct sim_kafka kafka;
    struct sim_client clients[PRODUCERS];
    struct sim_client newcomer; /* no kafka: none came */
    struct log_events events;
    struct sim_faults faults; /* none, but for what a claim loses */
    struct random random;
    struct config config;
    int64_t now_ms;
    bool other_ends, hurried, kept;
    uint64_t held;             /* bits of places that no marker reaches */
    bool decisions_held, end_held;
    struct sim_late_end end;   /* the copy that is held */
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

/* To one place after the other, without those that are held. */
static bool marker_arrives(struct fake *f, int id)
{
    struct sim_kafka *k = &f->kafka;
    int32_t choice = 0;
    if (!k->ending[id] || k->is_away[id]) {
        return false;
    }
    for (uint64_t left = k->waits[id]; left != 0; left &= left - 1, choice++) {
        if (!(left & -left & f->held)) {
            sim_marker_reaches(k, id, choice);
            return true;
        }
    }
    if (k->txns[k->open[id]].offsets_wait && !f->decisions_held) {
        sim_marker_reaches(k, id, choice);
        return true;
    }
    return false;
}

static void turn(struct fake *f)
{
    f->now_ms += f->hurried ? HURRIED_MS : TURN_MS;
    f->clients[FIRST].now_ms = f->newcomer.now_ms = f->now_ms;
    if (f->hurried) {
        sim_txns_expire(&f->kafka, f->now_ms);
    }
    for (int id = 0; id < SIM_MEMBERS; id++) {
        (void)marker_arrives(f, id);
    }
    sim_client_turn(&f->clients[FIRST], 4);
    if (f->newcomer.kafka) {
        sim_client_turn(&f->newcomer, 0);
    }
}

static void look(struct fake *f)
{
    const struct sim_client *c = &f->clients[FIRST];
    f->world.failed = c->failed;
    f->world.replaced = c->fenced;
    f->world.joined = f->newcomer.generation > 0;
    f->clients[FIRST].txn_generation = f->kept ? c->txn_generation : c->generation;
    if (f->end_held && f->kafka.late_count > 0) {
        f->end = f->kafka.late[--f->kafka.late_count];
        f->faults.end_doubled = 0;
    }
}

static void settle(void *self)
{
    struct fake *f = self;
    for (int i = 0; i < TURNS; i++) {
        turn(f);
    }
    look(f);
    if (f->other_ends) {
        f->other_ends = false;
        (void)f->world.producers[OTHER].commit(f->world.producers[OTHER].self);
    }
}

static void append(void *self, enum topic_role role, const char *key, const char *value)
{
    sim_append(&((struct fake *)self)->kafka, role, 0, 1000, text_of(key), value ? text_of(value) : (struct text){0});
}

static void compact(void *self, bool tombstones)
{
    struct fake *f = self;
    append(f, ROLE_CHANGELOG_SCOPES, CONFORM_FILLER, "");
    sim_compact(&f->kafka, ROLE_CHANGELOG_SCOPES, 0, tombstones);
}

static void retain(void *self, enum topic_role role, int64_t before)
{
    sim_retain(&((struct fake *)self)->kafka, role, 0, before);
}

static void commit_other_meanwhile(void *self)
{
    ((struct fake *)self)->other_ends = true; /* when things settle next: a reader is never inside a call here */
}

static void hurry(void *self, enum conform_producer p)
{
    (void)p;
    ((struct fake *)self)->hurried = true;
}

static void on_nothing(void *arg, const struct log_partition *p, uint32_t count)
{
    (void)arg, (void)p, (void)count;
}

static void join(void *self, enum conform_newcomer who)
{
    struct fake *f = self;
    int member = who == SUCCESSOR ? 0 : 2;
    sim_client_open(&f->newcomer, &f->kafka, &f->config, &f->faults, &f->random, member, who == SUCCESSOR ? 2 : 1, f->now_ms);
    f->newcomer.events = (struct log_events){.assigned = on_nothing, .revoked = on_nothing};
}

static void generation_keep(void *self)
{
    ((struct fake *)self)->kept = true;
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

static void end_arrives(struct fake *f)
{
    if (f->end_held) {
        f->end_held = false;
        (void)sim_txn_end(&f->kafka, f->end.id, f->end.epoch, f->end.commit);
    }
}

static bool lose(void *self, enum conform_loss what)
{
    struct fake *f = self;
    end_arrives(f);
    bool broker = what == LOST_BROKER;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        f->kafka.is_away[i] = what == LOST_TRANSACTIONS || broker;
    }
    f->kafka.group_is_away = what == LOST_GROUP || broker;
    f->held = what == LOST_MARKERS ? sim_place_bit(ROLE_PARTIALS, 0) : 0;
    f->decisions_held = what == LOST_DECISIONS;
    f->end_held = what == LOST_END;
    f->faults.end_doubled = f->end_held ? 1000 : 0;
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
    f->held = 0;
    f->decisions_held = false;
    end_arrives(f);
    sim_group_back(&f->kafka, f->now_ms);
    return true;
}

static void close_all(void *self)
{
    struct fake *f = self;
    for (int i = 0; i < PRODUCERS; i++) {
        sim_client_close(&f->clients[i]);
    }
    sim_client_close(&f->newcomer);
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
    f->world.compact = compact;
    f->world.retain = retain;
    f->world.commit_other_meanwhile = commit_other_meanwhile;
    f->world.hurry = hurry;
    f->world.join = join;
    f->world.generation_keep = generation_keep;
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
