/* cubed replay: the same engine over files, no broker. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/replay_input.h"
#include "cli/replay_print.h"
#include "kafka/kafka_property.h"
#include "task/replay.h"
#include "window/pane.h"

enum { SHARE_WINDOW = 10000 };

/* Outcomes of the last records, for limits.dead_letter_share. */
struct share {
    uint8_t dead[SHARE_WINDOW];
    uint64_t seen;
    uint32_t count;
};

struct options {
    const char *config, *files[TOPIC_COUNT], *records;
    struct replay_options replay;
    int64_t at[1024];
    bool final, strict;
    struct share share;
};

static int time_option(const char *name, const char *text, int64_t *ret_ms)
{
    if (!time_parse(text, ret_ms)) {
        return 0;
    }
    char problem[160];
    snprintf(problem, sizeof problem, "--%s %.60s is no time like 2026-01-31T08:00:00Z", name, text);
    return command_usage("replay", problem);
}

static int at_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int number_option(const char *text, long max, const char *problem, long *ret_n)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < 1 || n > max) {
        return command_usage("replay", problem);
    }
    *ret_n = n;
    return 0;
}

static int partitions_option(const char *text, struct options *o)
{
    long n = 0;
    int rc = number_option(text, 4096, "--partitions is a number from 1 to 4096", &n);
    o->replay.partitions = rc ? o->replay.partitions : (int32_t)n;
    return rc;
}

static int commit_every_option(const char *text, struct options *o)
{
    long n = 0;
    int rc = number_option(text, 1000000000, "--commit-every is a number of records from 1 to 1000000000", &n);
    o->replay.commit_every = rc ? 0 : (uint32_t)n;
    return rc;
}

static int every_option(const char *text, struct options *o)
{
    bool good = duration_parse(text, &o->replay.every_ms) == 0 && o->replay.every_ms > 0;
    return good ? 0 : command_usage("replay", "--every takes a duration like 1d");
}

enum { OPT_INTERACTIONS = 256, OPT_CPI, OPT_HR, OPT_RECORDS, OPT_PARTITIONS, OPT_UNTIL, OPT_AT, OPT_EVERY, OPT_CUSTOMERS,
       OPT_FINAL, OPT_NOW, OPT_STRICT, OPT_COMMIT_EVERY };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"interactions", required_argument, NULL, OPT_INTERACTIONS},
    {"cpi", required_argument, NULL, OPT_CPI},
    {"hr", required_argument, NULL, OPT_HR},
    {"records", required_argument, NULL, OPT_RECORDS},
    {"partitions", required_argument, NULL, OPT_PARTITIONS},
    {"until", required_argument, NULL, OPT_UNTIL},
    {"at", required_argument, NULL, OPT_AT},
    {"every", required_argument, NULL, OPT_EVERY},
    {"customers", no_argument, NULL, OPT_CUSTOMERS},
    {"final", no_argument, NULL, OPT_FINAL},
    {"now", required_argument, NULL, OPT_NOW},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"commit-every", required_argument, NULL, OPT_COMMIT_EVERY},
    {0},
};

static int at_option(struct options *o)
{
    if (o->replay.at_count == sizeof o->at / sizeof *o->at) {
        return command_usage("replay", "more than 1024 times --at: use --every");
    }
    return time_option("at", optarg, &o->at[o->replay.at_count++]);
}

static int option_take(struct options *o, int c)
{
    switch (c) {
    case 'c': o->config = optarg; return 0;
    case OPT_INTERACTIONS:
    case OPT_CPI:
    case OPT_HR: o->files[c - OPT_INTERACTIONS] = optarg; return 0;
    case OPT_RECORDS: o->records = optarg; return 0;
    case OPT_PARTITIONS: return partitions_option(optarg, o);
    case OPT_COMMIT_EVERY: return commit_every_option(optarg, o);
    case OPT_UNTIL: return time_option("until", optarg, &o->replay.until_ms);
    case OPT_AT: return at_option(o);
    case OPT_EVERY: return every_option(optarg, o);
    case OPT_CUSTOMERS: o->replay.customers = true; return 0;
    case OPT_FINAL: o->final = o->replay.last_states = true; return 0;
    case OPT_NOW: return time_option("now", optarg, &o->replay.now_ms);
    case OPT_STRICT: o->strict = true; return 0;
    default: return EXIT_USAGE;
    }
}

static int options_parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){.replay = {.partitions = 1, .now_ms = INT64_MIN, .until_ms = INT64_MAX}};
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    int c, rc;
    while ((c = command_option(argc, argv, "c:", long_options, OPT_AT, &given)) != -1) {
        rc = option_take(o, c);
        if (rc) {
            return rc;
        }
    }
    bool files = o->files[TOPIC_INTERACTIONS] || o->files[TOPIC_CPI] || o->files[TOPIC_HR];
    if (optind < argc) {
        return command_usage("replay", "files are named by --interactions, --cpi, --hr or --records");
    }
    if (!o->config) {
        return command_usage("replay", "-c FILE is missing");
    }
    if (files == (o->records != NULL)) {
        return command_usage("replay", files ? "--records goes without --interactions, --cpi and --hr" : "nothing to replay");
    }
    qsort(o->at, o->replay.at_count, sizeof *o->at, at_compare);
    o->replay.at_ms = o->at;
    return 0;
}

static int instants_check(const struct options *o, int64_t tick_ms)
{
    for (uint32_t i = 0; i < o->replay.at_count; i++) {
        if (o->at[i] % tick_ms) {
            return command_usage("replay", "--at is no multiple of cube.tick");
        }
    }
    if (o->replay.at_count && o->at[o->replay.at_count - 1] > o->replay.until_ms) {
        return command_usage("replay", "--at is later than --until");
    }
    return o->replay.every_ms % tick_ms ? command_usage("replay", "--every is no multiple of cube.tick") : 0;
}

static void share_add(struct share *s, bool dead)
{
    uint8_t *place = &s->dead[s->seen++ % SHARE_WINDOW];
    s->count -= s->seen > SHARE_WINDOW ? *place : 0;
    *place = dead;
    s->count += dead;
}

static bool share_exceeded(const struct share *s, double limit)
{
    uint64_t n = s->seen < SHARE_WINDOW ? s->seen : SHARE_WINDOW;
    return (double)s->count > limit * (double)n;
}

/* Feeds everything. EXIT_DATA is told apart from errors of ours by *ret_refused. */
static int feed_all(struct replay *r, struct replay_input *in, struct options *o, double limit, bool *ret_refused)
{
    struct input_record rec;
    int rc;
    while ((rc = replay_input_next(in, &rec)) == 1) {
        enum record_outcome outcome;
        rc = replay_record(r, &rec, &outcome);
        if (rc) {
            return rc;
        }
        share_add(&o->share, outcome == OUTCOME_DEAD_LETTER);
        if (o->strict && o->share.seen >= SHARE_WINDOW && share_exceeded(&o->share, limit)) {
            *ret_refused = true;
            return 0;
        }
    }
    *ret_refused = o->strict && share_exceeded(&o->share, limit);
    return rc;
}

static int64_t until_of(const struct options *o, const struct replay *r, int64_t tick_ms)
{
    if (o->replay.until_ms != INT64_MAX) {
        return o->replay.until_ms;
    }
    int64_t max_ts = replay_max_ts(r);
    int64_t until = max_ts == INT64_MIN ? INT64_MIN : tick_after(max_ts, tick_ms);
    int64_t last_at = o->replay.at_count ? o->at[o->replay.at_count - 1] : INT64_MIN;
    return last_at > until ? last_at : until;
}

static int replay_run(const struct config *c, struct options *o, struct replay_input *in, struct replay_print *print, bool *ret_refused)
{
    struct replay *r;
    int rc = replay_create(c, &o->replay, replay_print_line, print, &r);
    if (rc) {
        return rc;
    }
    rc = feed_all(r, in, o, c->dead_letter_share, ret_refused);
    int64_t until_ms = until_of(o, r, c->model.cube.tick_ms);
    if (!rc && !*ret_refused) {
        rc = replay_finish(r, until_ms);
    }
    replay_destroy(r);
    return rc ? rc : replay_print_finish(print);
}

static int problem_tell(int rc, bool refused)
{
    if (refused) {
        fputs("cubed replay: more than limits.dead_letter_share of the records are dead letters\n", stderr);
        return EXIT_DATA;
    }
    if (rc == CUBE_EIO) {
        return command_unwritten("replay");
    }
    if (rc && rc != CUBE_EFORMAT && rc != CUBE_EUSAGE) {
        fprintf(stderr, "cubed replay: %s\n", err_text(rc));
    }
    return exit_code_of(rc);
}

int cmd_replay(int argc, char **argv)
{
    struct options o;
    struct config *c = NULL;
    struct replay_input *in = NULL;
    struct replay_print *print = NULL;
    bool refused = false;
    int code = options_parse(argc, argv, &o);
    if (code) {
        return code;
    }
    int rc = config_load_judged(o.config, NULL, kafka_property_judge, stderr, NULL, &c);
    if (rc) {
        return rc == CUBE_ENOMEM ? EXIT_MEMORY : EXIT_CONFIG;
    }
    code = instants_check(&o, c->model.cube.tick_ms);
    if (!code) {
        rc = replay_input_open(c, o.files, o.records, &in);
        rc = rc ? rc : replay_print_create(c, stdout, o.final, &print);
        rc = rc ? rc : replay_run(c, &o, in, print, &refused);
        code = problem_tell(rc, refused);
    }
    replay_print_destroy(print);
    replay_input_close(in);
    config_destroy(c);
    return code;
}
