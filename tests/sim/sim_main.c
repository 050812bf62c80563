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

#include <jansson.h>

#include "sim/sim.h"
#include "sim/sim_schedule.h"
#include "sim/sim_starve.h"

#define STARVE 60
#define MEMORY_KEPT (256 << 20)

static struct schedules schedules;
static uint64_t seed;
static bool verbose;

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

bool sim_tell(bool told)
{
    bool before = verbose;
    verbose = told;
    return before;
}

static void on_abort(int signal)
{
    char text[80];
    (void)signal;
    int n = snprintf(text, sizeof text, "seed %" PRIu64 ": a check of our own failed\n", seed);
    _exit(write(1, text, (size_t)n) == n ? 1 : 2);
}

static int usage(void)
{
    fputs("usage: sim [--schedules N] [--from SEED] [--seed SEED] [-v] [--starve] [--anybody] [--plant BUG] [--planted]\n", stderr);
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
            schedules.planted = (enum planted_bug)i;
            return true;
        }
    }
#endif
    fprintf(stderr, "sim: this build cannot make the mistake %s\n", name);
    return false;
}

int main(int argc, char **argv)
{
    uint64_t count = 1000, from = 1, steps = 0;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "-v") == 0) {
            verbose = true;
        } else if (strcmp(argv[i], "--starve") == 0) {
            schedules.manner.starve = STARVE;
        } else if (strcmp(argv[i], "--anybody") == 0) {
            schedules.manner.to_anybody = true;
        } else if (strcmp(argv[i], "--schedules") == 0 && more) {
            count = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--from") == 0 && more) {
            from = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && more) {
            from = strtoull(argv[++i], NULL, 10);
            count = 1;
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
    json_set_alloc_funcs(malloc, free); /* of this program, not of libc */
    if (!schedules_open(&schedules)) {
        return 78;
    }
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (seed = from; seed < from + count; seed++) {
        steps += schedules_run(&schedules, seed);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    printf("%" PRIu64 " schedules from seed %" PRIu64 ", 0 failures, %" PRIu64 " steps, %.0f schedules per CPU second\n", count, from, steps,
           (double)count / seconds);
    if (schedules.manner.starve) {
        printf("%" PRIu64 " allocations failed\n", sim_starved());
    }
    schedules_close(&schedules);
    return 0;
}
