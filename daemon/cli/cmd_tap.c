/* `cubed tap`: follows outputs and prints one line per record. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/tap_line.h"
#include "kafka/kafka_admin.h"
#include "kafka/kafka_tail.h"

#define WAIT_MS 200

struct tap_options {
    const char *file;
    struct text scope;
    bool from_start, json;
    uint64_t count; /* 0: for ever */
    int timeout_ms;
    enum topic_role roles[ROLE_COUNT];
    uint32_t role_count;
};

static int options_read(int argc, char **argv, struct tap_options *ret_o)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"scope", required_argument, NULL, 's'},
                                          {"from", required_argument, NULL, 'f'},
                                          {"from-beginning", no_argument, NULL, 'b'},
                                          {"count", required_argument, NULL, 'n'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {"json", no_argument, NULL, 'j'},
                                          {0}};
    struct tap_options o = {.timeout_ms = TIMEOUT_DEFAULT_MS};
    bool good = true;
    char *end;
    int option;
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    while ((option = command_option(argc, argv, "c:", longs, 0, &given)) != -1) {
        switch (option) {
        case 'c': o.file = optarg; break;
        case 's': o.scope = text_of(optarg); break;
        case 'b': o.from_start = true; break;
        case 'j': o.json = true; break;
        case 't': good = command_timeout(optarg, &o.timeout_ms); break;
        case 'f':
            o.from_start = strcmp(optarg, "earliest") == 0;
            good = o.from_start || strcmp(optarg, "latest") == 0;
            break;
        case 'n':
            o.count = strtoull(optarg, &end, 10);
            good = *optarg >= '0' && *optarg <= '9' && o.count > 0 && *end == '\0';
            break;
        default: return EXIT_USAGE;
        }
        if (!good) {
            return command_value(argv, longs, option);
        }
    }
    if (!o.file) {
        return command_usage("tap", "-c FILE is needed");
    }
    *ret_o = o;
    return 0;
}

/* `dead-letters`, or `dead_letters` as in the configuration. */
static bool is_word(const char *name, const char *word)
{
    size_t i = 0;
    while (name[i] && (name[i] == word[i] || (name[i] == '_' && word[i] == '-'))) {
        i++;
    }
    return name[i] == word[i];
}

static bool role_find(const struct config *c, const char *name, enum topic_role *ret_role)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (strcmp(name, c->topics[r]) == 0 || is_word(name, topic_role_word((enum topic_role)r))) {
            *ret_role = (enum topic_role)r;
            return true;
        }
    }
    return false;
}

/* A topic that is named twice is followed once. */
static void role_add(struct tap_options *o, enum topic_role role)
{
    for (uint32_t i = 0; i < o->role_count; i++) {
        if (o->roles[i] == role) {
            return;
        }
    }
    o->roles[o->role_count++] = role;
}

/* Without names: what people watch. */
static bool roles_read(const struct config *c, int count, char **names, struct tap_options *o)
{
    static const enum topic_role usual[] = {ROLE_STATE, ROLE_CHANGES, ROLE_ALERTS};
    if (count == 0) {
        memcpy(o->roles, usual, sizeof(usual));
        o->role_count = sizeof(usual) / sizeof(*usual);
    }
    for (int i = 0; i < count; i++) {
        enum topic_role role;
        if (!role_find(c, names[i], &role)) {
            return false;
        }
        role_add(o, role);
    }
    return true;
}

/* A scope of a kind that the configuration has not would never come. */
static bool scope_is_known(const struct config *c, struct text scope)
{
    const struct scope_plan *plan = &c->model.scopes;
    bool known = !scope.at;
    for (uint32_t i = 0; i < plan->count && !known; i++) {
        known = scope_key_is_of(&plan->kinds[i], scope);
    }
    return known;
}

static int scope_refuse(struct text scope)
{
    fprintf(stderr, "cubed tap: --scope: no kind of scope of the configuration is that of \"%.*s\"; `cubed check` shows them\n", (int)scope.len,
            scope.at);
    return EXIT_USAGE;
}

/* Signals are taken out of the queue between two records: no handler, no global. librdkafka's threads have them blocked from their birth. */
static void signals_block(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, set, NULL);
}

static bool asked_to_leave(const sigset_t *set)
{
    static const struct timespec at_once = {0};
    return sigtimedwait(set, NULL, &at_once) > 0;
}

static int not_written(void)
{
    if (errno == EPIPE) {
        return EXIT_DONE;
    }
    fprintf(stderr, "cubed tap: the output cannot be written: %s\n", strerror(errno));
    return EXIT_FAILED;
}

/* Nothing may come for hours that could be written to a pipe that has been closed: its reader is looked at all the while. */
static int follow(const struct config *c, const struct tap_options *o, const sigset_t *signals, struct kafka_tail *t)
{
    char text[TAIL_TEXT_MAX];
    struct record r;
    uint64_t printed = 0;
    while (!asked_to_leave(signals) && !command_reader_gone() && (o->count == 0 || printed < o->count)) {
        int rc = kafka_tail_next(t, WAIT_MS, &r, text);
        if (rc < 0) {
            fprintf(stderr, "cubed tap: %s\n", text);
            if (rc != CUBE_EKAFKA) {
                return exit_code_of(rc);
            }
        } else if (rc == 1) {
            printed += tap_line_print(c, &r, kafka_tail_headers, o->scope, o->json) ? 1 : 0;
            if (fflush(stdout) != 0 || ferror(stdout)) {
                return not_written();
            }
        }
    }
    return EXIT_DONE;
}

static int tap_run(const struct config *c, const struct tap_options *o)
{
    char text[TAIL_TEXT_MAX] = "";
    struct kafka_tail *t;
    sigset_t signals;
    int rc = kafka_tail_create(c, o->roles, o->role_count, o->from_start, o->timeout_ms, text, &t); /* until then a signal ends it at once */
    if (rc) {
        fprintf(stderr, "cubed tap: %s\n", text[0] ? text : err_text(rc));
        return exit_code_of(rc);
    }
    signals_block(&signals);
    int code = follow(c, o, &signals, t);
    kafka_tail_destroy(t);
    return code;
}

int cmd_tap(int argc, char **argv)
{
    struct tap_options o = {0};
    if (options_read(argc, argv, &o) != 0) {
        return EXIT_USAGE;
    }
    struct config *c = NULL;
    int code = command_config(o.file, &c);
    if (code) {
        return code;
    }
    code = !scope_is_known(c, o.scope) ? scope_refuse(o.scope)
           : roles_read(c, argc - optind, argv + optind, &o)
               ? tap_run(c, &o)
               : command_usage("tap", "TOPIC is a role (state, changes, alerts, customers, late, dead_letters, ...) or a topic's name");
    config_destroy(c);
    return code;
}
