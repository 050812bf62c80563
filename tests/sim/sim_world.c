#include "sim/sim_world.h"

#include <string.h>

#include "cli/exit_code.h"
#include "sim/sim_coordinator.h"
#include "sim/sim_given.h"
#include "sim/sim_rest.h"
#include "sim/sim_retention.h"
#include "sim/sim_sleep.h"
#include "sim/sim_starve.h"
#include "sim/sim_stop.h"
#include "sim/sim_version.h"

#define QUIET_ROUNDS 6 /* in which who holds something back for a while is caught as well */
#define ROUND_MS 150
#define QUIET_ROUND_MS 300
#define ROUNDS_BUSY 40
#define TO_ANYBODY 4 /* in every so manyth schedule */
#define STEPS_MAX 20000
#define ROUNDS_REFUSED 100 /* in which nobody can go on where records are lost, but transactions end */
#define TURNS_STARVED 6
#define ROUNDS_STOPPING 100 /* in which all that were told to stop have left */
#define STARVE_DOUBLINGS 10 /* an allocation among the next 1,024 fails */

/* ---- processes -------------------------------------------------------------------------------------- */

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    struct sim_process *p = arg;
    sim_say("  %d: %d %s: %s", p->client.member, severity, event, text);
}

static void on_failed(void *arg, int error)
{
    struct sim_process *p = arg;
    p->error = error;
    p->client.ended = true;
    p->turns_left = TURNS_STARVED;
}

/* Before the worker takes a record of an input: one that its task has not read before is noted. */
static void on_delivery(void *arg, const struct record *r)
{
    struct sim_process *p = arg;
    struct sim_kafka *k = &p->world->kafka;
    struct entity_task **tasks;
    if (r->role == ROLE_PARTIALS || worker_entity_tasks(p->worker, &tasks) == 0) {
        return;
    }
    struct entity_task *t = tasks[r->role == ROLE_HR ? k->counts[ROLE_INTERACTIONS] : r->partition];
    if (t && p->older) {
        sim_version_before(t);
    }
    if (t && r->offset >= k->parts[r->role][r->partition].committed) {
        struct sim_delivery d = {p->client.incarnation, r->role, r->partition, r->offset, entity_task_applied(t), p->clock.now_ms};
        sim_order_note(&p->world->order, &d);
    }
    if (t) {
        sim_dead_heard(p, t, r);
    }
    sim_clock_heard(p, r);
}

void sim_process_start(struct sim_world *w, int member)
{
    struct sim_process *p = &w->processes[member];
    p = p->worker ? p + SIM_MEMBERS : p;
    if (p->worker) {
        return;
    }
    struct worker_events ev = {.told = on_told, .failed = on_failed, .arg = p, .scratch = w->scratch, .meanwhile = sim_given_meanwhile};
    uint64_t starved = sim_starved();
    *p = (struct sim_process){.world = w, .older = sim_version_draw(w)};
    sim_say("%d: starts%s", member, p->older ? ", of a version before" : "");
    sim_client_open(&p->client, &w->kafka, w->config, &w->faults, &w->random, member, ++w->incarnations, w->now_ms);
    int rc = worker_create(w->config, &p->client.log, &ev, random_next(&w->random), &p->worker);
    sim_check(rc == 0 || (rc == CUBE_ENOMEM && sim_starved() > starved), "a worker is created");
    if (rc) {
        sim_say("%d: no memory to begin with", member);
        p->worker = NULL;
        return;
    }
    if (w->disks.trouble >= 0) {
        p->disk = (struct sim_disk_user){&w->disks, member, p->client.incarnation, &w->now_ms, 0};
        p->copies = sim_disk_port(&p->disk);
        worker_checkpoint(p->worker, &p->copies);
    }
    p->jobs = sim_jobs(member);
    worker_jobs(p->worker, &p->jobs);
    p->client.events = worker_log_events(p->worker);
    p->client.delivers = on_delivery;
    p->client.restores = sim_sleep_look;
    p->client.arg = p;
}

void sim_process_kill(struct sim_process *p)
{
    sim_say("%d: dies", p->client.member);
    sim_disk_leave(&p->disk);
    worker_destroy(p->worker);
    sim_client_close(&p->client);
    p->worker = NULL;
}

/* A process that lacked memory says so and does nothing any more; the transaction under way may end. */
static void process_starves(struct sim_process *p)
{
    sim_check(exit_code_of(p->error) == EXIT_MEMORY && sim_starved() > 0, "only who lacked memory leaves with 71");
    if (!sim_client_busy(&p->client) || p->turns_left-- == 0) {
        sim_process_kill(p);
    }
}

/* A process that somebody took the place of has to say so; no other failure is allowed. */
static void process_look(struct sim_world *w, struct sim_process *p)
{
    if (p->client.failed && !p->client.fenced && !p->error) {
        sim_retention_refused(w, p);
        sim_process_kill(p);
        return;
    }
    if (!p->error && !p->client.fenced) {
        sim_stop_look(w, p);
        return;
    }
    if (p->error == CUBE_ENOMEM) {
        process_starves(p);
        return;
    }
    sim_check(!p->error || p->error == CUBE_EFENCED, "a worker failed");
    sim_check(p->client.incarnation != w->kafka.members[p->client.member].incarnation, "a process that nobody replaced was fenced");
    sim_process_kill(p);
}

static bool process_turn(struct sim_world *w, struct sim_process *p, uint32_t most)
{
    p->client.now_ms = w->now_ms;
    bool some = sim_client_turn(&p->client, most);
    sim_clock_turn(p, w->now_ms + w->wrong_ms);
    sim_dead_look(p);
    sim_given_look(p);
    return sim_client_carry(&p->client) || some;
}

/* ---- what happens ----------------------------------------------------------------------------------- */

static bool chance(struct sim_world *w, int thousandths)
{
    return thousandths > 0 && random_between(&w->random, 0, 999) < thousandths;
}

static int often(struct sim_world *w, int most)
{
    return random_between(&w->random, 0, 2) == 0 ? 0 : (int)random_between(&w->random, 1, most);
}

static void faults_draw(struct sim_world *w)
{
    w->faults = (struct sim_faults){.request_lost = often(w, 60), .end_doubled = often(w, 200), .busy = often(w, 100), .kill = often(w, 15),
                                    .pause = often(w, 10), .join = often(w, 15), .leave = often(w, 8), .compact = often(w, 20),
                                    .slow_marker = often(w, 900), .clock_jump = often(w, 5)};
}

static void story_go_on(struct sim_world *w, uint32_t count)
{
    for (; count > 0 && w->told < w->story->count; count--, w->told++) {
        const struct story_record *r = &w->story->records[w->told];
        sim_append(&w->kafka, r->role, r->partition, r->ts_ms, text_of(r->key), story_value(w->story, r));
    }
}

/* The story is told over the whole schedule: commits, deaths and moves fall anywhere in it. */
static void story_tell_on(struct sim_world *w)
{
    uint32_t due = (uint32_t)(w->story->count * w->steps / w->steps_wanted);
    story_go_on(w, (w->told < due ? due - w->told : 0) * (uint32_t)random_between(&w->random, 0, 2));
}

static void compact(struct sim_world *w)
{
    enum topic_role role = (enum topic_role)random_between(&w->random, ROLE_CHANGELOG_CUSTOMERS, ROLE_CHANGELOG_SCOPES);
    int32_t partition = (int32_t)random_between(&w->random, 0, w->kafka.counts[role] - 1);
    bool tombstones = chance(w, 500) && !sim_disks_ahead(&w->disks, role, partition);
    sim_compact(&w->kafka, role, partition, tombstones);
}

static struct sim_process *any_process(struct sim_world *w)
{
    return &w->processes[random_between(&w->random, 0, SIM_PROCESSES - 1)];
}

/* Whose step it is. Where steps go to anybody most of them go to nobody: who gets one at last is slow, and hears of much at once. */
static struct sim_process *next_process(struct sim_world *w)
{
    struct sim_process *running[SIM_PROCESSES];
    int64_t n = 0;
    for (int i = 0; i < SIM_PROCESSES && !w->to_anybody; i++) {
        running[n] = &w->processes[i];
        n += sim_runs(w, running[n]);
    }
    return n > 0 ? running[random_between(&w->random, 0, n - 1)] : any_process(w);
}

static void strike(struct sim_world *w)
{
    struct sim_process *p = any_process(w);
    if (p->worker && !p->sleeps && chance(w, w->faults.kill * SIM_PROCESSES)) {
        sim_process_kill(p);
    }
    sim_stop_strike(w);
    sim_stall_strike(w);
    p = any_process(w);
    if (p->worker && chance(w, w->faults.pause)) {
        p->stands_until_ms = w->now_ms + random_between(&w->random, 100, 25000);
        sim_say("%d: stands still for %lld ms", p->client.member, (long long)(p->stands_until_ms - w->now_ms));
    }
    if (chance(w, w->faults.join)) {
        sim_process_start(w, (int)random_between(&w->random, 0, SIM_MEMBERS - 1));
    }
    if (chance(w, w->faults.leave)) {
        sim_leave(&w->kafka, (int)random_between(&w->random, 0, SIM_MEMBERS - 1));
    }
    if (chance(w, w->faults.compact)) {
        compact(w);
    }
    if (chance(w, w->faults.starve) && sim_starving() == 0) {
        sim_starve(1 + random_next(&w->random) % (UINT64_C(1) << random_between(&w->random, 0, STARVE_DOUBLINGS)));
    }
}

void sim_world_step(struct sim_world *w)
{
    w->steps++;
    sim_time_passes(w);
    strike(w);
    sim_retention_strike(w);
    sim_coordinators_strike(w);
    sim_disks_strike(&w->disks, w->now_ms);
    story_tell_on(w);
    if (!chance(w, w->faults.slow_marker)) {
        sim_marker_arrives(&w->kafka, &w->random);
    }
    if (random_between(&w->random, 0, 7) == 0 && sim_end_arrives(&w->kafka, &w->random)) {
        sim_say("a delayed EndTxn arrives");
    }
    struct sim_process *p = next_process(w);
    /* The transaction goes on beside the loop. A producer is made right behind an answer of the group: what may
     * happen between the two is not drawn. */
    bool may_go_on = sim_runs(w, p) && p->client.producer_epoch;
    if (may_go_on && random_between(&w->random, 0, 3) == 0) {
        p->client.now_ms = w->now_ms;
        sim_client_carry(&p->client);
        process_look(w, p);
        p = next_process(w);
    }
    if (!sim_runs(w, p)) {
        return;
    }
    process_turn(w, p, (uint32_t)random_between(&w->random, 1, 6));
    for (int64_t n = random_between(&w->random, 0, 5); n > 0 && sim_runs(w, p); n--) {
        sim_client_carry(&p->client);
    }
    process_look(w, p);
}

/* ---- a quiet end ------------------------------------------------------------------------------------ */

static bool round_quiet(struct sim_world *w, int64_t ms)
{
    bool some = false;
    w->now_ms += ms;
    w->steps++;
    sim_clock_hurries(w);
    while (sim_marker_arrives(&w->kafka, &w->random)) {
        some = true;
    }
    some = sim_end_arrives(&w->kafka, &w->random) || some;
    sim_txns_expire(&w->kafka, w->now_ms);
    sim_group_expire(&w->kafka, w->now_ms);
    for (int i = 0; i < SIM_PROCESSES; i++) {
        struct sim_process *p = &w->processes[i];
        if (p->worker) {
            some = process_turn(w, p, 8) || some;
            some = sim_client_busy(&p->client) || some;
            process_look(w, p);
        }
    }
    return some;
}

/* Records were lost, who missed them has left, and nobody is left who could. */
static bool all_refused(const struct sim_world *w)
{
    bool some = false;
    for (int i = 0; i < SIM_PROCESSES; i++) {
        some = some || w->processes[i].worker;
    }
    return w->refused > 0 && !some && sim_all_ended(w);
}

static void quiet_end(struct sim_world *w)
{
    uint64_t until = w->steps + STEPS_MAX;
    uint32_t refused = w->refused; /* whoever comes after one of this end would miss the same records */
    memset(&w->faults, 0, sizeof w->faults);
    sim_coordinators_back(w);
    sim_starve(0);
    story_go_on(w, UINT32_MAX);
    for (int i = 0; i < SIM_PROCESSES; i++) {
        w->processes[i].stands_until_ms = w->processes[i].client.stands_until_ms = 0;
    }
    uint64_t set_back = w->steps + (uint64_t)random_between(&w->random, 0, ROUNDS_BUSY); /* while something is left to publish, with luck */
    w->hurries_until = w->steps + ROUNDS_BUSY;
    sim_say("quiet from here on");
    for (int quiet = 0; quiet < QUIET_ROUNDS && (w->refused == 0 || w->steps < until - STEPS_MAX + ROUNDS_REFUSED);) {
        sim_check(w->steps < until, "it does not come to rest");
        if (w->refused == refused && !w->processes[0].worker && !w->processes[SIM_MEMBERS].worker) {
            sim_process_start(w, 0);
        }
        w->wrong_ms -= w->steps == set_back ? random_between(&w->random, 0, 20000) : 0;
        quiet = round_quiet(w, quiet > 0 ? QUIET_ROUND_MS : ROUND_MS) || !sim_at_rest(w) ? 0 : quiet + 1;
        quiet = all_refused(w) ? QUIET_ROUNDS : quiet;
    }
}

/* ---- schedules -------------------------------------------------------------------------------------- */

static void world_open(struct sim_world *w, const struct config *c, const struct story *s, int32_t partitions, uint64_t seed,
                       const struct sim_manner *m)
{
    *w = (struct sim_world){.config = c, .story = s, .scratch = m->scratch, .random = {seed}, .now_ms = STORY_NOW};
    sim_kafka_open(&w->kafka, partitions);
    w->disks.trouble = -1;
}

static void processes_kill(struct sim_world *w)
{
    for (int i = 0; i < SIM_PROCESSES; i++) {
        if (w->processes[i].worker) {
            sim_process_kill(&w->processes[i]);
        }
    }
}

void sim_world_plain(struct sim_world *w, const struct config *c, const struct story *s, int32_t partitions, const struct sim_manner *m)
{
    world_open(w, c, s, partitions, 1, m);
    sim_process_start(w, 0);
    quiet_end(w);
    processes_kill(w);
}

void sim_world_run(struct sim_world *w, const struct config *c, const struct story *s, int32_t partitions, uint64_t seed, const struct sim_manner *m)
{
    struct random steps = {seed ^ UINT64_C(0x57E9)};
    world_open(w, c, s, partitions, seed, m);
    w->to_anybody = random_between(&steps, 0, TO_ANYBODY - 1) == 0 || m->to_anybody;
    faults_draw(w);
    sim_apart_draw(w, seed);
    sim_disks_open(&w->disks, &w->kafka, seed);
    sim_stops_draw(w, seed);
    sim_versions_draw(w, seed);
    sim_given_draw(w, seed);
    sim_stalls_draw(w, seed);
    w->faults.starve = m->starve;
    if (!m->to_anybody) {
        sim_sleep_draw(w, seed);
    }
    story_go_on(w, s->first);
    sim_process_start(w, 0);
    w->steps_wanted = (uint64_t)random_between(&w->random, 40, 350);
    sim_clock_draw(w, seed);
    while (w->steps < w->steps_wanted) {
        sim_world_step(w);
    }
    quiet_end(w);
}

void sim_world_again(struct sim_world *w)
{
    bool stops = sim_stops_all(w);
    for (int i = 0; stops && i < ROUNDS_STOPPING; i++) {
        round_quiet(w, ROUND_MS);
    }
    processes_kill(w);
    quiet_end(w);
}

void sim_world_close(struct sim_world *w)
{
    processes_kill(w);
    sim_kafka_close(&w->kafka);
    sim_disks_close(&w->disks);
    sim_order_close(&w->order);
}
