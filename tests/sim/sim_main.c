/* The simulator: `sim --schedules N` runs N schedules, `sim --seed N -v` one of them, telling what happens. */
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/sim_check.h"
#include "sim/sim_starve.h"

#define STORIES 48
#define STARVE 60
#define MEMORY_KEPT (256 << 20)
#define LAYOUTS 2

struct reference {
    bool made;
    struct story story;
    struct sim_world world;
    struct sim_outputs outputs;
};

static struct reference references[STORIES][LAYOUTS];
static struct config *configs[STORY_CONFIGS];
static uint64_t seed;
static bool verbose;
static int starve; /* thousandths of the steps */
static struct sim_world world;
static enum planted_bug planted; /* made in schedules, not in the run they are compared with */

static void make(enum planted_bug bug)
{
#ifdef CUBED_PLANTED
    planted_bug = bug;
#else
    (void)bug;
#endif
}

_Noreturn void sim_fail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    printf("seed %" PRIu64 ": ", seed);
    vprintf(format, list);
    printf("\nagain with: ./dev sim --seed %" PRIu64 " -v\n", seed);
    va_end(list);
    fflush(stdout);
    _exit(1);
}

void *sim_sure(void *at)
{
    if (!at) {
        fputs("sim: no memory\n", stderr);
        _exit(71);
    }
    return at;
}

void sim_say(const char *format, ...)
{
    if (verbose) {
        va_list list;
        va_start(list, format);
        vprintf(format, list);
        va_end(list);
        putchar('\n');
    }
}

static void on_abort(int signal)
{
    char text[80];
    (void)signal;
    int n = snprintf(text, sizeof text, "seed %" PRIu64 ": a check of our own failed\n", seed);
    _exit(write(1, text, (size_t)n) == n ? 1 : 2);
}

static struct reference *reference_of(uint64_t number, int layout)
{
    struct reference *r = &references[number][layout];
    if (!r->made) {
        bool told = verbose;
        verbose = false;
        make(PLANTED_NONE);
        story_tell(number, layout + 1, &r->story);
        sim_world_plain(&r->world, configs[story_config_of(number)], &r->story, layout + 1);
        sim_outputs_take(&r->world, &r->outputs);
        sim_invariants_hold(&r->world);
        verbose = told;
        make(planted);
        r->made = true;
    }
    return r;
}

static void outputs_check(const struct reference *r)
{
    struct sim_outputs got;
    sim_outputs_take(&world, &got);
    sim_outputs_equal(&got, &r->outputs);
    sim_outputs_close(&got);
    sim_invariants_hold(&world);
}

/* How late records are written: at once, soon, or not before everybody has died. */
static void redo_draw(struct random *draw, struct config *config)
{
    static const uint32_t bounds[] = {0, 0, 7, 1000000};
    config->changelog_redo = bounds[random_between(draw, 0, 3)];
    sim_say("changelog.redo: %u", config->changelog_redo);
}

static uint64_t schedule(void)
{
    struct random draw = {seed ^ UINT64_C(0x5EED)};
    int layout = (int)random_between(&draw, 0, LAYOUTS - 1);
    uint64_t number = (uint64_t)random_between(&draw, 0, STORIES - 1);
    struct config *config = configs[story_config_of(number)];
    struct reference *r = reference_of(number, layout);
    redo_draw(&draw, config);
    sim_world_run(&world, config, &r->story, layout + 1, seed, starve);
    outputs_check(r);
    sim_say("everybody dies; one process begins with nothing in memory");
    sim_world_again(&world);
    outputs_check(r);
    uint64_t steps = world.steps;
    sim_world_close(&world);
    return steps;
}

static void references_close(void)
{
    struct reference *all = &references[0][0];
    for (int i = 0; i < STORIES * LAYOUTS; i++) {
        if (all[i].made) {
            sim_outputs_close(&all[i].outputs);
            sim_world_close(&all[i].world);
        }
    }
}

static int usage(void)
{
    fputs("usage: sim [--schedules N] [--from SEED] [--seed SEED] [-v] [--starve] [--plant BUG] [--planted]\n", stderr);
    return 64;
}

static int planted_list(void)
{
    for (int i = 1; i < PLANTED_COUNT; i++) {
        printf("%s\t%s\n", planted_rows[i].name, planted_rows[i].text);
    }
    return 0;
}

/* False: there is no such bug in this build. */
static bool plant(const char *name)
{
#ifdef CUBED_PLANTED
    for (int i = 1; i < PLANTED_COUNT; i++) {
        if (strcmp(planted_rows[i].name, name) == 0) {
            planted = (enum planted_bug)i;
            make(planted);
            return true;
        }
    }
#endif
    fprintf(stderr, "sim: this build cannot make the mistake %s\n", name);
    return false;
}

int main(int argc, char **argv)
{
    uint64_t schedules = 1000, from = 1, steps = 0;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "-v") == 0) {
            verbose = true;
        } else if (strcmp(argv[i], "--starve") == 0) {
            starve = STARVE;
        } else if (strcmp(argv[i], "--schedules") == 0 && more) {
            schedules = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--from") == 0 && more) {
            from = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && more) {
            from = strtoull(argv[++i], NULL, 10);
            schedules = 1;
        } else if (strcmp(argv[i], "--planted") == 0) {
            return planted_list();
        } else if (strcmp(argv[i], "--plant") == 0 && more && plant(argv[i + 1])) {
            i++;
        } else {
            return usage();
        }
    }
    signal(SIGABRT, on_abort);
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT); /* what a schedule gives back the next one takes */
    mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
    for (int c = 0; c < STORY_CONFIGS; c++) {
        if (config_parse(story_configs[c], strlen(story_configs[c]), "story", NULL, stderr, &configs[c])) {
            return 78;
        }
    }
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (seed = from; seed < from + schedules; seed++) {
        steps += schedule();
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    printf("%" PRIu64 " schedules from seed %" PRIu64 ", 0 failures, %" PRIu64 " steps, %.0f schedules per CPU second\n", schedules, from, steps,
           (double)schedules / seconds);
    if (starve) {
        printf("%" PRIu64 " allocations failed\n", sim_starved());
    }
    references_close();
    for (int c = 0; c < STORY_CONFIGS; c++) {
        config_destroy(configs[c]);
    }
    return 0;
}
