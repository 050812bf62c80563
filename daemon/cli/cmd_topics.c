/* `cubed topics`: the topics as they should be and as they are; creates what is missing. */
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "kafka/kafka_admin.h"

#define PARTITIONS_DEFAULT 4
#define PARTITIONS_MAX 1000

struct topics_options {
    const char *file;
    bool create, json;
    int32_t partitions;
    int timeout_ms;
};

static const char *const state_words[] = {[TOPIC_UNKNOWN] = "unknown",
                                          [TOPIC_GOOD] = "good",
                                          [TOPIC_MISSING] = "missing",
                                          [TOPIC_WRONG] = "wrong",
                                          [TOPIC_CREATED] = "created"};

static bool partitions_read(const char *text, int32_t *ret_partitions)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || n < 1 || n > PARTITIONS_MAX) {
        return false;
    }
    *ret_partitions = (int32_t)n;
    return true;
}

static int options_read(int argc, char **argv, struct topics_options *ret_o)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"create", no_argument, NULL, 'n'},
                                          {"partitions", required_argument, NULL, 'p'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {"json", no_argument, NULL, 'j'},
                                          {0}};
    struct topics_options o = {.partitions = PARTITIONS_DEFAULT, .timeout_ms = TIMEOUT_DEFAULT_MS};
    bool good = true;
    int option;
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    while ((option = command_option(argc, argv, "c:", longs, 0, &given)) != -1) {
        switch (option) {
        case 'c': o.file = optarg; break;
        case 'n': o.create = true; break;
        case 'j': o.json = true; break;
        case 'p': good = partitions_read(optarg, &o.partitions); break;
        case 't': good = command_timeout(optarg, &o.timeout_ms); break;
        default: return EXIT_USAGE;
        }
        if (!good) {
            return command_value(argv, longs, option);
        }
    }
    if (!o.file || optind != argc) {
        return command_usage("topics", o.file ? "takes no further arguments" : "-c FILE is needed");
    }
    *ret_o = o;
    return 0;
}

static void print_table(const struct topic_plan plan[ROLE_COUNT])
{
    printf("%-20s %-32s %10s  %-8s %s\n", "ROLE", "TOPIC", "PARTITIONS", "STATE", "SETTINGS");
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct topic_plan *p = &plan[r];
        printf("%-20s %-32s %10d  %-8s", topic_role_word(p->role), p->name, p->partitions, state_words[p->state]);
        for (uint32_t i = 0; i < p->setting_count; i++) {
            printf(" %s=%s", p->settings[i].name, p->settings[i].value);
        }
        printf("%s%s\n", p->problem[0] ? "  # " : "", p->problem);
    }
}

static json_t *topic_json(const struct topic_plan *p)
{
    json_t *settings = json_object();
    for (uint32_t i = 0; i < p->setting_count; i++) {
        json_object_set_new(settings, p->settings[i].name, json_string(p->settings[i].value));
    }
    json_t *one = json_pack("{s:s, s:s, s:i, s:s, s:o}", "role", topic_role_word(p->role), "topic", p->name,
                            "partitions", (int)p->partitions, "state", state_words[p->state], "settings", settings);
    if (p->problem[0]) {
        json_object_set_new(one, "problem", json_string(p->problem));
    }
    return one;
}

static void print_json(const struct topic_plan plan[ROLE_COUNT])
{
    json_t *all = json_array();
    for (int r = 0; r < ROLE_COUNT; r++) {
        json_array_append_new(all, topic_json(&plan[r]));
    }
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

/* 69 when something is not as it should be. */
static int judge(const struct topic_plan plan[ROLE_COUNT], bool create)
{
    int code = EXIT_DONE;
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct topic_plan *p = &plan[r];
        if (p->state == TOPIC_GOOD || p->state == TOPIC_CREATED) {
            continue;
        }
        fprintf(stderr, "cubed topics: %s: %s\n", p->name,
                p->problem[0]                  ? p->problem
                : p->state == TOPIC_MISSING && !create ? "is missing: --create makes it"
                                               : state_words[p->state]);
        code = EXIT_UNAVAILABLE;
    }
    return code;
}

static int topics_run(const struct config *c, const struct topics_options *o)
{
    struct topic_plan plan[ROLE_COUNT];
    char text[512] = "";
    kafka_topics_plan(c, o->partitions, plan);
    int rc = kafka_topics_compare(c, plan, o->timeout_ms, text);
    if (rc == 0 && o->create) {
        rc = kafka_topics_create(c, plan, o->timeout_ms, text);
    }
    if (rc != 0) {
        fprintf(stderr, "cubed topics: %s\n", text[0] ? text : err_text(rc));
        return rc == CUBE_EKAFKA ? EXIT_UNAVAILABLE : exit_code_of(rc);
    }
    if (o->json) {
        print_json(plan);
    } else {
        print_table(plan);
    }
    return judge(plan, o->create);
}

int cmd_topics(int argc, char **argv)
{
    struct topics_options o = {0};
    if (options_read(argc, argv, &o) != 0) {
        return EXIT_USAGE;
    }
    struct config *c = NULL;
    int code = command_config(o.file, &c);
    if (code) {
        return code;
    }
    code = topics_run(c, &o);
    config_destroy(c);
    return code;
}
