#include "sim/sim_clock.h"

#include "sim/sim_check.h"
#include "sim/sim_starve.h"
#include "task/entity_task.h"

#define WRONG_MS 20000    /* at most, after a jump */
#define BEHIND_MS 30000   /* the story, when it begins: some of it is ahead of the clock by more than max_skew, now and then */
#define LEAST_MS (STORY_T0 - STORY_BEFORE_MS - STORY_NOW)
#define STORY_TAKES_MS 120000 /* in the mean */
#define HASTE_MS 2000 /* at most in a step, while a transaction stands open */
#define BUCKET_MS 10000   /* in which events are held */

/* ---- time ------------------------------------------------------------------------------------------- */

static int64_t idle_after(const struct sim_world *w)
{
    return w->config->model.time.idle_after_ms;
}

void sim_clock_draw(struct sim_world *w, uint64_t seed)
{
    w->clock = (struct random){seed ^ UINT64_C(0xC10C)};
    if (idle_after(w) < 0) {
        return;
    }
    w->wrong_ms = STORY_T0 - STORY_NOW + random_between(&w->clock, 0, BEHIND_MS) - random_between(&w->clock, 0, BEHIND_MS);
    w->hurry_ms = STORY_TAKES_MS * random_between(&w->clock, 60, 150) / 100 / (int64_t)w->steps_wanted;
}

void sim_clock_hurries(struct sim_world *w)
{
    if (w->hurry_ms > 0 && w->steps < w->hurries_until) {
        w->wrong_ms += random_between(&w->clock, 0, 2 * w->hurry_ms);
    }
}

static bool chance(struct sim_world *w, int thousandths)
{
    return thousandths > 0 && random_between(&w->random, 0, 999) < thousandths;
}

void sim_time_passes(struct sim_world *w)
{
    w->now_ms += random_between(&w->random, 0, 120);
    w->now_ms += w->now_ms < w->hastens_until_ms ? random_between(&w->stalls, 0, HASTE_MS) : 0;
    sim_clock_hurries(w);
    if (chance(w, w->faults.clock_jump)) {
        int64_t by_ms = random_between(&w->random, -WRONG_MS, WRONG_MS);
        w->wrong_ms = idle_after(w) < 0 ? by_ms : w->wrong_ms + by_ms > LEAST_MS ? w->wrong_ms + by_ms : LEAST_MS;
    }
    if (random_between(&w->random, 0, 15) == 0) {
        sim_txns_expire(&w->kafka, w->now_ms);
        sim_group_expire(&w->kafka, w->now_ms);
    }
}

/* ---- what it lets tasks do -------------------------------------------------------------------------- */

void sim_clock_heard(struct sim_process *p, const struct record *r)
{
    p->clock.heard_ms[r->role][r->partition] = p->clock.now_ms;
}

/* What of a task's inputs may hold it back. */
struct inputs {
    int64_t least_ms, most_ms; /* by their records: of those that are not idle, and of all */
    bool all_idle, unknown;    /* unknown: whether one holds a record */
};

static struct inputs inputs_of(const struct sim_process *p, struct entity_task *t)
{
    struct inputs s = {INT64_MAX, TIME_NONE, true, false};
    for (uint32_t i = 0; i < entity_task_input_count(t); i++) {
        const struct task_input *in = entity_task_input(t, i);
        const struct sim_position *at = &p->client.positions[in->role][in->partition];
        bool never = in->max_ts_ms == TIME_NONE;
        int64_t quiet_ms = p->clock.now_ms - p->clock.heard_ms[in->role][in->partition];
        bool idle = at->end_told && !p->clock.held[in->role][in->partition] && quiet_ms > idle_after(p->world);
        int64_t wm_ms = never ? TIME_NONE : in->max_ts_ms - p->world->config->model.time.out_of_order_ms;
        s.most_ms = wm_ms > s.most_ms ? wm_ms : s.most_ms;
        s.least_ms = !idle && !never && wm_ms < s.least_ms ? wm_ms : s.least_ms;
        s.unknown = s.unknown || (never && !at->end_told);
        s.all_idle = s.all_idle && (idle || (never && at->end_told));
    }
    return s;
}

/* Where the clock alone takes a task of which all is quiet. */
static int64_t by_clock(const struct sim_world *w, int64_t now_ms)
{
    return now_ms - w->config->model.time.out_of_order_ms - w->config->model.time.idle_after_ms;
}

/* Before all tasks of a process are back none goes on. */
static bool all_back(const struct sim_process *p, struct entity_task *const *entities)
{
    struct scope_task **scopes;
    bool back = worker_scope_tasks(p->worker, &scopes) > 0;
    for (uint32_t i = 0; i < p->client.owned_count && back; i++) {
        struct log_partition of = p->client.owned[i];
        back = of.role == ROLE_PARTIALS ? scopes[of.partition] != NULL
                                        : entities[of.role == ROLE_HR ? p->world->kafka.counts[ROLE_INTERACTIONS] : of.partition] != NULL;
    }
    return back;
}

static void task_look(struct sim_process *p, int task, struct entity_task *t, bool goes)
{
    struct inputs in = inputs_of(p, t);
    int64_t applied_ms = entity_task_applied(t), most_ms = in.least_ms;
    if (in.all_idle) {
        most_ms = by_clock(p->world, p->clock.most_ms);
        most_ms = most_ms > in.most_ms ? most_ms : in.most_ms;
    }
    if (!in.unknown && most_ms > p->clock.most_applied_ms[task]) {
        p->clock.most_applied_ms[task] = most_ms; /* and stays so: a watermark does not fall */
    }
    sim_check(applied_ms <= p->clock.most_applied_ms[task], "a task goes no further than its inputs and the clock allow");
    goes = goes && !entity_task_is_replaying(t) && entity_task_awaits(t) == INT64_MAX && in.most_ms != TIME_NONE && in.all_idle;
    sim_check(!goes || applied_ms >= by_clock(p->world, p->clock.now_ms) - BUCKET_MS, "quiet inputs hold nobody back");
}

/* How far the task had come that this one goes on for, and when its inputs begin to be quiet. */
static void task_begin(struct sim_process *p, int task)
{
    const struct sim_kafka *k = &p->world->kafka;
    bool customers = task < k->counts[ROLE_INTERACTIONS];
    const struct sim_record *r = sim_commit_last(k, customers ? ROLE_CHANGELOG_CUSTOMERS : ROLE_CHANGELOG_EMPLOYEES, customers ? task : 0);
    struct commit_record c = {.watermark_ms = TIME_NONE};
    uint64_t starving = sim_starving();
    sim_starve(0); /* only processes lack memory */
    sim_check(!r || commit_record_decode(r->value, r->value_len, &c) == 0, "a commit record is one");
    p->clock.most_applied_ms[task] = r ? c.watermark_ms : TIME_NONE;
    commit_record_close(&c);
    sim_starve(starving);
    for (int role = customers ? ROLE_INTERACTIONS : ROLE_HR; role <= (customers ? ROLE_CPI : ROLE_HR); role++) {
        p->clock.heard_ms[role][customers ? task : 0] = p->clock.now_ms;
    }
    p->clock.seen[task] = true;
}

void sim_clock_turn(struct sim_process *p, int64_t now_ms)
{
    struct entity_task **tasks;
    int n = idle_after(p->world) < 0 ? 0 : (int)worker_entity_tasks(p->worker, &tasks);
    int64_t back_ms = now_ms < p->clock.now_ms ? p->clock.now_ms - now_ms : 0;
    p->clock.now_ms = now_ms;
    p->clock.most_ms = now_ms > p->clock.most_ms ? now_ms : p->clock.most_ms;
    for (int i = 0; i < n; i++) {
        p->clock.seen[i] = p->clock.seen[i] && tasks[i];
    }
    for (int i = 0; n > 0 && i < ROLE_PARTIALS * SIM_PARTITIONS; i++) {
        (&p->clock.heard_ms[0][0])[i] -= back_ms; /* an input is quiet for as long as it was */
        (&p->clock.held[0][0])[i] = (&p->client.positions[0][0])[i].held;
    }
    worker_turn(p->worker, now_ms);
    n = idle_after(p->world) < 0 || p->error || p->leaves ? 0 : (int)worker_entity_tasks(p->worker, &tasks);
    bool goes = n > 0 && all_back(p, tasks);
    for (int i = 0; i < n; i++) {
        if (tasks[i] && !p->clock.seen[i]) {
            task_begin(p, i);
        }
        if (tasks[i]) {
            task_look(p, i, tasks[i], goes);
        }
    }
}
