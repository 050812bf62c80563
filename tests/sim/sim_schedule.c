#include "sim/sim_schedule.h"

#include <stdio.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/sim_pure.h"
#include "sim/sim_starve.h"
#include "sim/sim_state.h"
#include "sim/sim_verify.h"

#define STRAGGLING 5 /* every so manyth schedule is told a story of its own, with stragglers */
#define QUIET 2       /* every so manyth of those goes by the clock */
#define VERIFIED 32   /* of every so manyth the topics are verified as well */
#define STRAGGLING_VERIFIED 8 /* nothing else says of them that scopes add up: what other stories come to was verified when it was made */

static void make(enum planted_bug bug)
{
#ifdef CUBED_PLANTED
    planted_bug = bug;
#else
    (void)bug;
#endif
}

bool schedules_open(struct schedules *s)
{
    for (int c = 0; c < STORY_CONFIGS; c++) {
        if (config_parse(story_configs[c], strlen(story_configs[c]), "story", NULL, stderr, &s->configs[c])) {
            return false;
        }
    }
    return decode_scratch_create(&s->manner.scratch) == 0;
}

void schedules_close(struct schedules *s)
{
    struct reference *all = &s->references[0][0];
    for (int i = 0; i < STORIES * LAYOUTS; i++) {
        if (all[i].made) {
            sim_outputs_close(&all[i].outputs);
            sim_world_close(&all[i].world);
            story_close(&all[i].story);
        }
    }
    for (int c = 0; c < STORY_CONFIGS; c++) {
        config_destroy(s->configs[c]);
    }
    decode_scratch_destroy(s->manner.scratch);
    story_close(&s->story);
}

/* ---- what must come out ----------------------------------------------------------------------------- */

static void outputs_check(struct sim_world *w, const struct sim_outputs *want)
{
    struct sim_outputs got;
    sim_outputs_take(&w->kafka, &got);
    sim_outputs_equal(&got, want);
    sim_outputs_close(&got);
    sim_invariants_hold(w);
}

/* What the tasks alone make of the records, in the order in which the processes took them, must be what they made. */
static void pure_check(struct sim_world *w, struct sim_pure *p)
{
    struct sim_outputs pure;
    sim_order_settle(&w->order, &w->kafka);
    sim_pure_go(p);
    sim_outputs_take(&p->to, &pure);
    outputs_check(w, &pure);
    sim_outputs_close(&pure);
}

static void reference_make(struct reference *r, const struct config *config, uint64_t number, int layout, const struct sim_manner *m)
{
    struct sim_pure pure;
    story_tell(number, layout + 1, STORY_IN_ORDER, m->long_stories, &r->story);
    sim_world_plain(&r->world, config, &r->story, layout + 1, m);
    sim_verify_holds(&r->world);
    sim_outputs_take(&r->world.kafka, &r->outputs);
    sim_pure_open(&pure, config, m->scratch, &r->world.kafka, &r->world.order);
    pure_check(&r->world, &pure);
    sim_pure_close(&pure);
    r->made = true;
}

static struct reference *reference_of(struct schedules *s, uint64_t number, int layout)
{
    struct reference *r = &s->references[number][layout];
    if (!r->made) {
        bool told = sim_tell(false);
        make(PLANTED_NONE);
        reference_make(r, s->configs[story_config_of(number, STORY_IN_ORDER)], number, layout, &s->manner);
        make(s->planted);
        sim_tell(told);
    }
    return r;
}

/* ---- schedules -------------------------------------------------------------------------------------- */

/* How late records are written: at once, soon, or not before everybody has died; a generation at once, or some of it with each commit. */
static void redo_draw(struct random *draw, struct config *config)
{
    static const uint32_t bounds[] = {0, 20, 7, 1000000}, shares[] = {0, 1, 300}, runs[] = {0, 1, 2, 3};
    config->changelog_redo = bounds[random_between(draw, 0, 3)];
    config->changelog_share = shares[random_between(draw, 0, 2)];
    struct random of_runs = {draw->state ^ UINT64_C(0x2475)};
    config->changelog_runs = runs[random_between(&of_runs, 0, 3)];
    static const int64_t notes_ms[] = {1, 500, 0};
    struct random of_notes = {draw->state ^ UINT64_C(0x4074)};
    config->notes_every_ms = notes_ms[random_between(&of_notes, 0, 2)];
    static const uint32_t parts[] = {0, 1, 3};
    config->changelog_parts = parts[random_between(&of_notes, 0, 2)];
    config->notes_ids = parts[random_between(&of_notes, 0, 2)];
    sim_say("changelog.redo: %u, at most %u bytes of it at once; notes after %d ms", config->changelog_redo, config->changelog_share,
            (int)config->notes_every_ms);
}

/* When an input is quiet: between two turns, or after many. */
static void idle_draw(struct random *draw, struct config *config)
{
    static const int64_t after_ms[] = {2000, 8000, 25000};
    config->model.time.idle_after_ms = after_ms[random_between(draw, 0, 2)];
    sim_say("time.idle_after: %d ms", (int)config->model.time.idle_after_ms);
}

/* Records were lost, and that was found: nobody goes on, and what is committed was read. */
static void loss_check(struct sim_world *w)
{
    sim_say("%u processes refused to go on", w->refused);
    sim_order_settle(&w->order, &w->kafka);
    sim_invariants_hold(w);
}

/* All records and markers; as long as none comes, readers see what they saw. */
static uint64_t records_of(const struct sim_kafka *k)
{
    uint64_t n = 0;
    for (int r = 0; r < ROLE_COUNT; r++) {
        for (int32_t p = 0; p < k->counts[r]; p++) {
            n += k->parts[r][p].count;
        }
    }
    return n;
}

static void held_check(struct sim_world *w, const struct sim_state *want)
{
    struct sim_state got;
    sim_state_take(w, &got);
    sim_state_equal(&got, want);
    sim_state_close(&got);
}

static bool goes_by_clock(const struct sim_world *w)
{
    return w->config->model.time.idle_after_ms >= 0;
}

/* False: nothing came. By the clock tasks go on meanwhile, so they hold something else than before. */
static bool again(struct sim_world *w, bool verified)
{
    if (verified) {
        sim_verify_holds(w);
    }
    sim_say("everybody dies; one process begins with nothing in memory");
    uint64_t before = records_of(&w->kafka);
    struct sim_state held = {0};
    if (!goes_by_clock(w)) {
        sim_state_take(w, &held);
    }
    sim_disks_burn(&w->disks);
    sim_world_again(w);
    if (w->refused == 0 && !goes_by_clock(w)) {
        held_check(w, &held);
    }
    sim_state_close(&held);
    return records_of(&w->kafka) > before;
}

/* Without stragglers nothing hangs on the order, and one process without a fault has told what must come out. */
static void told_run(struct schedules *s, struct random *draw, uint64_t seed)
{
    int layout = (int)random_between(draw, 0, LAYOUTS - 1);
    uint64_t number = (uint64_t)random_between(draw, 0, STORIES - 1);
    struct config *config = s->configs[story_config_of(number, STORY_IN_ORDER)];
    config->dead_letter_window = 0; /* of two inputs the order in which their records come says how many of the last ones are dead letters */
    struct reference *r = reference_of(s, number, layout);
    redo_draw(draw, config);
    sim_starve(s->manner.lacks);
    sim_world_run(&s->world, config, &r->story, layout + 1, seed, &s->manner);
    if (s->world.refused > 0) {
        loss_check(&s->world);
        return;
    }
    outputs_check(&s->world, &r->outputs);
    if (again(&s->world, seed % VERIFIED == 0)) {
        outputs_check(&s->world, &r->outputs);
    }
}

/* The tasks alone make no mistake on purpose. */
static void own_look(struct schedules *s, struct sim_pure *p)
{
    make(PLANTED_NONE);
    pure_check(&s->world, p);
    make(s->planted);
}

/* By the clock ticks end behind the last record as well, and after the new beginning: there the tasks alone go on. */
static void own_check(struct schedules *s, uint64_t seed)
{
    struct sim_world *w = &s->world;
    struct sim_pure p;
    make(PLANTED_NONE);
    sim_pure_open(&p, w->config, w->scratch, &w->kafka, &w->order);
    own_look(s, &p);
    if (again(w, seed % STRAGGLING_VERIFIED == 0) && w->refused == 0) { /* who has nothing in memory may miss what was deleted, and goes no further */
        own_look(s, &p);
    }
    sim_pure_close(&p);
}

static void own_run(struct schedules *s, struct random *draw, enum story_kind kind, uint64_t seed)
{
    int layout = (int)random_between(draw, 0, LAYOUTS - 1);
    uint64_t number = random_next(draw) >> 20;
    struct config *config = s->configs[story_config_of(number, kind)];
    story_tell(number, layout + 1, kind, s->manner.long_stories, &s->story);
    redo_draw(draw, config);
    sim_say("a story of its own, with stragglers");
    sim_dead_draw(seed, config);
    if (kind == STORY_QUIET) {
        idle_draw(draw, config);
    }
    sim_starve(s->manner.lacks);
    sim_world_run(&s->world, config, &s->story, layout + 1, seed, &s->manner);
    if (s->world.refused > 0) {
        loss_check(&s->world);
        return;
    }
    own_check(s, seed);
}

uint64_t schedules_run(struct schedules *s, uint64_t seed)
{
    struct random draw = {seed ^ UINT64_C(0x5EED)}, kind = {seed ^ UINT64_C(0x1A7E)};
    make(s->planted);
    if (random_between(&kind, 0, STRAGGLING - 1) == 1) {
        own_run(s, &draw, random_between(&kind, 0, QUIET - 1) ? STORY_STRAGGLING : STORY_QUIET, seed);
    } else {
        told_run(s, &draw, seed);
    }
    uint64_t steps = s->world.steps;
    sim_world_close(&s->world);
    return steps;
}
