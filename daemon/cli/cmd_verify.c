/* `cubed verify`: holds the invariants of what cubed writes against the live topics. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/verify.h"
#include "cli/verify_print.h"
#include "kafka/kafka_history.h"

#define ATTEMPTS_MAX 3

struct verify_options {
    const char *file;
    bool json;
    int timeout_ms;
};

/* The topics while they are read. */
struct reading {
    const struct config *config;
    struct kafka_history *history;
    struct verify_world world;
    int64_t *before[INPUT_ROLES], *after[INPUT_ROLES];
    struct verify_report *report;
    struct verify verify;
    char text[HISTORY_TEXT_MAX];
};

static int options_read(int argc, char **argv, struct verify_options *ret_o)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {"json", no_argument, NULL, 'j'},
                                          {0}};
    struct verify_options o = {.timeout_ms = TIMEOUT_DEFAULT_MS};
    bool good = true;
    int option;
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    while ((option = command_option(argc, argv, "c:", longs, 0, &given)) != -1) {
        switch (option) {
        case 'c': o.file = optarg; break;
        case 'j': o.json = true; break;
        case 't': good = command_timeout(optarg, &o.timeout_ms); break;
        default: return EXIT_USAGE;
        }
        if (!good) {
            return command_value(argv, longs, option);
        }
    }
    if (!o.file || optind != argc) {
        return command_usage("verify", o.file ? "takes no further arguments" : "-c FILE is needed");
    }
    *ret_o = o;
    return 0;
}

static void reading_close(struct reading *r)
{
    verify_close(&r->verify);
    for (int i = 0; i < INPUT_ROLES; i++) {
        free(r->before[i]);
        free(r->after[i]);
        r->before[i] = r->after[i] = NULL;
    }
    free(r->report);
    r->report = NULL;
}

static int offsets_take(struct reading *r, int64_t *to[INPUT_ROLES], const int64_t *shown[INPUT_ROLES])
{
    int rc = 0;
    for (int i = 0; i < INPUT_ROLES && !rc; i++) {
        to[i] = calloc((size_t)r->world.counts[i], sizeof *to[i]);
        rc = to[i] ? kafka_history_committed(r->history, (enum topic_role)i, to[i], r->text) : CUBE_ENOMEM;
        shown[i] = to[i];
    }
    return rc;
}

static int layout_check(struct reading *r)
{
    static const enum topic_role pairs[][2] = {{ROLE_CPI, ROLE_INTERACTIONS}, CHANGELOG_ROLES(CHANGELOG_PAIR)};
    const struct config *c = r->config;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        enum topic_role other = pairs[i][0], input = pairs[i][1];
        int32_t one = r->world.counts[input], two = r->world.counts[other];
        bool equal = other == ROLE_CPI;
        if (equal ? one != two : two < one) {
            snprintf(r->text, sizeof r->text, "%s has %d partitions and %s has %d: %s", c->topics[input], (int)one, c->topics[other], (int)two,
                     equal ? "they must be equal" : "each partition needs one of the changelog");
            return CUBE_ELAYOUT;
        }
        r->world.counts[other] = one; /* partitions of a changelog beyond those are nobody's */
    }
    return 0;
}

static int world_make(struct reading *r)
{
    const struct config *c = r->config;
    r->world = (struct verify_world){.config = c, .headers = kafka_history_headers};
    for (int i = 0; i < ROLE_COUNT; i++) {
        r->world.counts[i] = kafka_history_count(r->history, (enum topic_role)i);
        r->world.lows[i] = kafka_history_lows(r->history, (enum topic_role)i);
    }
    r->world.layout = (struct layout_stamp){r->world.counts[ROLE_INTERACTIONS], r->world.counts[ROLE_HR], r->world.counts[ROLE_PARTIALS],
                                            (uint32_t)strtoul(c->model.digest.at, NULL, 16)};
    r->report = calloc(1, sizeof *r->report);
    int rc = r->report ? layout_check(r) : CUBE_ENOMEM;
    rc = rc ? rc : offsets_take(r, r->before, r->world.committed);
    return rc ? rc : verify_init(&r->verify, &r->world, r->report);
}

static int each(void *arg, const struct record *record)
{
    struct reading *r = arg;
    bool nobodys = record->role >= ROLE_CHANGELOG_CUSTOMERS && record->partition >= r->world.counts[record->role];
    return nobodys ? 0 : verify_record(&r->verify, record);
}

static int steps_read(struct reading *r)
{
    int rc = 0;
    for (int s = 0; s < VERIFY_STEP_COUNT && !rc; s++) {
        enum topic_role roles[ROLE_COUNT];
        uint32_t count = verify_step_roles(&r->verify, (enum verify_step)s, roles);
        rc = kafka_history_read(r->history, roles, count, each, r, r->text);
        rc = rc ? rc : verify_stepped(&r->verify, (enum verify_step)s);
    }
    return rc;
}

/* Reads everything once. */
static int attempt(struct reading *r)
{
    r->text[0] = 0;
    int rc = world_make(r);
    rc = rc ? rc : steps_read(r);
    rc = rc ? rc : offsets_take(r, r->after, r->world.settled);
    return rc ? rc : verify_end(&r->verify);
}

/* Compaction and retention may take records away while they are read, which then look like missing ones. What is
 * really missing is still missing the next time. */
static int attempts(struct reading *r)
{
    int rc = attempt(r);
    for (int i = 1; i < ATTEMPTS_MAX && (rc == CUBE_EAGAIN || (rc == 0 && verify_violations(r->report))); i++) {
        reading_close(r);
        rc = attempt(r);
    }
    return rc;
}

static int refuse(const struct reading *r, int rc)
{
    const char *layout = "the changelogs were written with other partition counts or another configuration than this file's";
    const char *text = r->text[0] ? r->text : rc == CUBE_ELAYOUT ? layout : err_text(rc);
    fprintf(stderr, "cubed verify: %s\n", text);
    return exit_code_of(rc);
}

static int report_print(const struct reading *r, bool json)
{
    int rc = json ? verify_print_json(&r->world, r->report) : 0;
    if (!json) {
        verify_print(&r->world, r->report);
    }
    rc = rc || !(fflush(stdout) || ferror(stdout)) ? rc : CUBE_EIO;
    int code = rc == CUBE_EIO ? command_unwritten("verify") : rc ? refuse(r, rc) : EXIT_DONE;
    return code ? code : verify_violations(r->report) ? EXIT_FAILED : EXIT_DONE;
}

static int verify_run(const struct config *c, const struct verify_options *o)
{
    struct reading r = {.config = c};
    int rc = kafka_history_create(c, o->timeout_ms, r.text, &r.history);
    rc = rc ? rc : attempts(&r);
    int code = rc ? refuse(&r, rc) : report_print(&r, o->json);
    reading_close(&r);
    kafka_history_destroy(r.history);
    return code;
}

int cmd_verify(int argc, char **argv)
{
    struct verify_options o = {0};
    if (options_read(argc, argv, &o) != 0) {
        return EXIT_USAGE;
    }
    struct config *c = NULL;
    int code = command_config(o.file, &c);
    if (code) {
        return code;
    }
    code = verify_run(c, &o);
    config_destroy(c);
    return code;
}
