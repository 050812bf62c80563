/* The simulator: `sim --schedules N` runs N schedules, `sim --seed N -v` one of them, telling what happens. */
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "sim/sim.h"
#include "sim/sim_schedule.h"
#include "sim/sim_starve.h"

#define STARVE 60
#define MEMORY_KEPT (256 << 20)
#define SCHEDULE_SECONDS 60 /* of CPU; it takes a thousandth, and a hundred times as many under a checker of memory */
#define AGAIN_MAX 200

static struct schedules schedules;
static uint64_t seed;
static bool verbose;

/* The command that runs the schedule at hand once more; whatever else changed it was told with. Safe in a handler. */
static const char *again(void)
{
    static char text[AGAIN_MAX];
    enum planted_bug bug = schedules.planted;
    const char *manner = schedules.manner.to_anybody ? " --anybody" : schedules.manner.long_stories ? " --long" : "";
    char lacks[40] = "";
    if (schedules.manner.lacks) {
        snprintf(lacks, sizeof lacks, " --lack %" PRIu64, schedules.manner.lacks);
    }
    snprintf(text, sizeof text, "again with: %s --seed %" PRIu64 "%s%s%s%s%s -v\n", bug ? "build/crash/tests/sim" : "./dev sim", seed, lacks,
             schedules.manner.starve ? " --starve" : "", manner, bug ? " --plant " : "", bug ? planted_rows[bug].name : "");
    return text;
}

_Noreturn void sim_fail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    printf("seed %" PRIu64 ": ", seed);
    vprintf(format, list);
    va_end(list);
    printf("\n%s", again());
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

/* ---- when it ends by a signal ------------------------------------------------------------------------ */

static void crash_tell(const char *what)
{
    char text[AGAIN_MAX + 80];
    int n = snprintf(text, sizeof text, "\nseed %" PRIu64 ": %s\n%s", seed, what, again());
    if (write(STDOUT_FILENO, text, (size_t)n) != n) {
        _exit(2);
    }
}

static void on_signal(int signal)
{
    crash_tell(signal == SIGABRT ? "a check of our own failed" : signal == SIGPROF ? "it goes on inside one call" : strsignal(signal));
    _exit(1);
}

#ifdef __SANITIZE_ADDRESS__
void __sanitizer_set_death_callback(void (*called)(void)); /* sanitizers tell first where it was */

static void on_death(void)
{
    crash_tell("a sanitizer found something");
}
#endif

static void signals_take(void)
{
    static const int signals[] = {SIGABRT, SIGPROF, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    int count = (int)(sizeof signals / sizeof *signals);
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_set_death_callback(on_death);
    count = 2;
#else
    static char stack[1 << 16]; /* of its own: that of the schedule may be used up */
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
#endif
    for (int i = 0; i < count; i++) {
        sigaction(signals[i], &sa, NULL);
    }
}

/* Nothing inside a schedule watches over a call that does not return. */
static uint64_t watched_run(void)
{
    static const struct itimerval most = {.it_value = {.tv_sec = SCHEDULE_SECONDS}};
    setitimer(ITIMER_PROF, &most, NULL);
    return schedules_run(&schedules, seed);
}

/* The schedule of a seed again and again, and each time a later allocation of its processes fails, until all have. */
static uint64_t swept_run(void)
{
    uint64_t steps = 0, starved;
    schedules.manner.lacks = 0;
    do {
        starved = sim_starved();
        schedules.manner.lacks++;
        steps += watched_run();
    } while (sim_starved() > starved);
    return steps;
}

static int usage(void)
{
    fputs("usage: sim [--schedules N] [--from SEED] [--seed SEED] [-v] [--starve] [--lack N | --sweep] [--long | --anybody] [--plant BUG]\n"
          "       sim --planted\n", stderr);
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
    bool sweep = false;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "-v") == 0) {
            verbose = true;
        } else if (strcmp(argv[i], "--starve") == 0) {
            schedules.manner.starve = STARVE;
        } else if (strcmp(argv[i], "--sweep") == 0) {
            sweep = true;
        } else if (strcmp(argv[i], "--lack") == 0 && more) {
            schedules.manner.lacks = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--anybody") == 0) {
            schedules.manner.to_anybody = schedules.manner.long_stories = true;
        } else if (strcmp(argv[i], "--long") == 0) {
            schedules.manner.long_stories = true;
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
    if (verbose) {
        setvbuf(stdout, NULL, _IOLBF, 0); /* a signal ends it, and what was told must be out */
    }
    signals_take();
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT); /* what a schedule gives back the next one takes */
    mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
    json_set_alloc_funcs(malloc, free); /* of this program, not of libc */
    if (!schedules_open(&schedules)) {
        return 78;
    }
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (seed = from; seed < from + count; seed++) {
        steps += sweep ? swept_run() : watched_run();
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    printf("%" PRIu64 " schedules from seed %" PRIu64 ", 0 failures, %" PRIu64 " steps, %.0f schedules per CPU second\n", count, from, steps,
           (double)count / seconds);
    if (sim_starved() > 0) {
        printf("%" PRIu64 " allocations failed\n", sim_starved());
    }
    schedules_close(&schedules);
    return 0;
}
