#include "sim/sim_pure.h"

#include <string.h>

#include "proto/commit_record.h"
#include "sim/sim.h"
#include "sim/sim_check.h"
#include "sim/sim_version.h"
#include "task/entity_task.h"
#include "task/scope_retention.h"
#include "task/scope_task.h"

#define ROUNDS_MAX 1000

static void must(int rc)
{
    sim_check(rc == 0, "the tasks alone take what the processes took");
}

static void ends_take(struct sim_pure *p)
{
    for (int32_t i = 0; i <= p->count; i++) {
        bool customers = i < p->count;
        const struct sim_record *r = sim_commit_last(p->from, customers ? ROLE_CHANGELOG_CUSTOMERS : ROLE_CHANGELOG_EMPLOYEES, customers ? i : 0);
        struct commit_record c = {.watermark_ms = TIME_NONE};
        bool by_clock = r && p->env.config->model.time.idle_after_ms >= 0;
        must(by_clock ? commit_record_decode(r->value, r->value_len, &c) : 0);
        p->ends_ms[i] = c.watermark_ms;
        commit_record_close(&c);
    }
}

void sim_pure_open(struct sim_pure *p, const struct config *c, struct decode_scratch *scratch, const struct sim_kafka *from,
                   const struct sim_order *o)
{
    *p = (struct sim_pure){.from = from, .order = o, .count = from->counts[ROLE_INTERACTIONS]};
    p->env = (struct task_env){.config = c, .format = c->format, .epoch = &p->epoch, .scratch = scratch,
                               .now_ms = TIME_NONE, .layout = {p->count, 1, p->count, 0}};
    for (int32_t i = 0; i <= p->count; i++) {
        bool customers = i < p->count;
        must(entity_task_create(&p->env, customers ? SENDER_CUSTOMERS : SENDER_EMPLOYEES, customers ? i : 0, &p->entities[i]));
        sim_version_before(p->entities[i]); /* so it stops wherever a process of either version did */
    }
    for (int32_t i = 0; i < p->count; i++) {
        must(scope_task_create(&p->env, i, NULL, NULL, &p->scopes[i]));
    }
    sim_kafka_open(&p->to, p->count);
    sim_check(sim_producer_init(&p->to, 0, &p->producer) == SIM_OK, "a producer");
}

void sim_pure_close(struct sim_pure *p)
{
    for (int32_t i = 0; i <= p->count; i++) {
        entity_task_destroy(p->entities[i]);
    }
    for (int32_t i = 0; i < p->count; i++) {
        scope_task_destroy(p->scopes[i]);
    }
    epoch_close(&p->epoch);
    sim_kafka_close(&p->to);
}

/* Of changelogs only the commit records are read, for the outcomes: nobody begins again. */
static bool is_read(const struct sim_pure *p, const struct epoch_message *m)
{
    return m->role < ROLE_CHANGELOG_CUSTOMERS ||
           (m->key_len == strlen(COMMIT_RECORD_KEY) && memcmp(epoch_key(&p->epoch, m), COMMIT_RECORD_KEY, strlen(COMMIT_RECORD_KEY)) == 0);
}

/* Bundles go to their scope tasks, the rest to the topics. Returns how many bundles there were. */
static uint32_t deliver(struct sim_pure *p)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->epoch.message_count; i++) {
        const struct epoch_message *m = &p->epoch.messages[i];
        if (m->role == ROLE_PARTIALS) {
            struct record r = {.role = m->role, .partition = m->partition, .offset = p->offsets[m->partition]++, .timestamp_ms = m->timestamp_ms,
                               .value = epoch_value(&p->epoch, m), .value_len = m->value_len};
            must(scope_task_record(p->scopes[m->partition], &r));
            n++;
        } else if (is_read(p, m)) {
            uint32_t at = i;
            sim_check(sim_produce(&p->to, 0, p->producer, 0, &p->epoch, &at, i + 1, &p->added) == SIM_OK, "a record goes out");
        }
    }
    epoch_clear(&p->epoch);
    return n;
}

/* The task's next record; NULL: there is none. */
static const struct sim_delivery *next_of(struct sim_pure *p, int32_t task)
{
    for (; p->at[task] < p->order->count; p->at[task]++) {
        const struct sim_delivery *d = &p->order->all[p->at[task]];
        if (d->role == ROLE_HR ? task == p->count : task == d->partition) {
            return d;
        }
    }
    return NULL;
}

static void record_take(struct sim_pure *p, int32_t task, const struct sim_delivery *d)
{
    const struct sim_record *s = &p->from->parts[d->role][d->partition].records[d->offset];
    struct record r = {.role = d->role, .partition = d->partition, .offset = s->offset, .timestamp_ms = s->ts_ms, .key = s->key,
                       .key_len = s->key_len, .value = s->value, .value_len = s->value_len};
    enum record_outcome outcome;
    must(entity_task_record(p->entities[task], &r, d->clock_ms, &outcome));
    p->at[task]++;
}

/* Before each record the task gets as far as it had then; it stops where it waits for what scopes are to tell. */
static void entity_go(struct sim_pure *p, int32_t task)
{
    struct entity_task *t = p->entities[task];
    const struct sim_delivery *d;
    while ((d = next_of(p, task))) {
        must(entity_task_advance(t, d->applied_ms));
        if (entity_task_applied(t) != d->applied_ms) {
            return;
        }
        record_take(p, task, d);
    }
    must(entity_task_advance(t, p->ends_ms[task] == TIME_NONE ? entity_task_watermark(t, TIME_NONE) : p->ends_ms[task]));
}

/* Everybody as far as it gets; returns whether there may be more. States and customers wait: only the last of each is looked at. */
static bool round_go(struct sim_pure *p)
{
    uint32_t published, some = 0;
    for (int32_t i = 0; i <= p->count; i++) {
        must(i < p->count ? scope_retention_pass(p->scopes[i], p->entities[i]) : 0);
        entity_go(p, i);
        must(entity_task_has_work(p->entities[i]) ? entity_task_commit(p->entities[i], 0, &published) : 0);
        some += deliver(p);
    }
    for (int32_t i = 0; i < p->count; i++) {
        must(scope_task_advance(p->scopes[i], INT64_MAX));
        some += deliver(p);
    }
    return some > 0;
}

static void publish(struct sim_pure *p)
{
    uint32_t published;
    for (int32_t i = 0; i <= p->count; i++) {
        must(entity_task_commit(p->entities[i], UINT32_MAX, &published));
    }
    p->env.memory_only = true; /* commit records of scopes have no outcomes */
    for (int32_t i = 0; i < p->count; i++) {
        must(scope_task_commit(p->scopes[i], UINT32_MAX, &published));
    }
    p->env.memory_only = false;
    sim_check(deliver(p) == 0, "the tasks alone have told each other all");
}

static void txn_end(struct sim_pure *p)
{
    struct random none = {0};
    sim_check(sim_txn_end(&p->to, 0, p->producer, true) == SIM_OK, "the outputs are committed");
    while (sim_marker_arrives(&p->to, &none)) {
    }
    p->added = 0;
}

void sim_pure_go(struct sim_pure *p)
{
    ends_take(p);
    for (int rounds = 0; round_go(p); rounds++) {
        sim_check(rounds < ROUNDS_MAX, "the tasks alone come to rest");
    }
    publish(p);
    for (int32_t i = 0; i <= p->count; i++) {
        sim_check(next_of(p, i) == NULL, "the tasks alone get as far as the processes did");
    }
    txn_end(p);
}
