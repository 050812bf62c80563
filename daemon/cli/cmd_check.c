/* `cubed check`: a configuration, judged without a broker. */
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>

#include "cli/check_burns.h"
#include "cli/check_registry.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/value_json.h"
#include "config/config.h"
#include "kafka/kafka_property.h"

struct check_options {
    const char *file;
    bool effective, json;
};

static int options_read(int argc, char **argv, struct check_options *ret_o);
static int check_print(const struct config *c, const struct check_options *o, uint32_t warnings);
static int summary_print(const struct config *c, uint32_t warnings);
static int json_print(const struct config *c, uint32_t warnings);
static void refusal_print(const char *file, const struct config_problems *found);

int cmd_check(int argc, char **argv)
{
    struct check_options o = {0};
    if (options_read(argc, argv, &o) != 0) {
        return EXIT_USAGE;
    }
    struct config *c = NULL;
    struct config_problems found;
    int rc = config_load_judged(o.file, NULL, kafka_property_judge, stderr, &found, &c);
    if (rc != 0 && o.json) {
        refusal_print(o.file, &found);
    }
    int code = rc == 0 ? check_print(c, &o, found.warnings) : rc == CUBE_ENOMEM ? EXIT_MEMORY
                                                                                : EXIT_CONFIG;
    config_destroy(c);
    return code;
}

static int options_read(int argc, char **argv, struct check_options *ret_o)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"effective", no_argument, NULL, 'e'},
                                          {"json", no_argument, NULL, 'j'},
                                          {0}};
    struct check_options o = {0};
    int option;
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    while ((option = command_option(argc, argv, "c:", longs, 0, &given)) != -1) {
        switch (option) {
        case 'c': o.file = optarg; break;
        case 'e': o.effective = true; break;
        case 'j': o.json = true; break;
        default: return EXIT_USAGE;
        }
    }
    if (!o.file || optind != argc || (o.effective && o.json)) {
        return command_usage("check", !o.file ? "-c FILE is needed"
                                      : optind != argc
                                          ? "takes no further arguments"
                                          : "--effective prints YAML: it does not go with --json");
    }
    *ret_o = o;
    return 0;
}

static int check_print(const struct config *c, const struct check_options *o, uint32_t warnings)
{
    int rc = o->effective ? config_print_effective(c, stdout)
             : o->json    ? json_print(c, warnings)
                          : summary_print(c, warnings);
    if (rc != 0 || fflush(stdout) != 0) {
        return command_unwritten("check");
    }
    return EXIT_DONE;
}

static void refusal_print(const char *file, const struct config_problems *found)
{
    json_t *all = json_pack("{s:o, s:b, s:i, s:i}", "file", value_json_path(file), "good", 0, "errors", (int)found->errors, "warnings",
                            (int)found->warnings);
    if (all) {
        json_dumpf(all, stdout, JSON_COMPACT);
        putchar('\n');
    }
    json_decref(all);
}

static const char *const class_names[] = {"cpi", "kpi", "hr"};
#define CLASS_COUNT 3

static uint32_t measures_on(const struct model *m, int axis)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->measure_count; i++) {
        count += (int)m->measures[i].axis == axis;
    }
    return count;
}

static uint32_t measures_of(const struct model *m, int class)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->measure_count; i++) {
        count += (int)m->measures[i].class == class;
    }
    return count;
}

static void scope_text(const struct scope_kind *k, char *out, size_t size)
{
    size_t len = 0;
    out[0] = 0;
    for (uint8_t i = 0; i < k->count && len < size; i++) {
        len += (size_t)snprintf(out + len, size - len, "%s%s", i == 0 ? "" : ",",
                                dimension_names[k->dims[i]].at);
    }
    if (k->count == 0) {
        snprintf(out, size, "organisation");
    }
}

static int summary_print(const struct config *c, uint32_t warnings)
{
    const struct model *m = &c->model;
    char scope[128];
    printf("%s: good (model %s)\n\n", c->path, m->digest.at);
    check_registry_print(m, stdout);
    printf("measures  %u: E %u, X %u, V %u, no axis %u; cpi %u, kpi %u, hr %u\n", m->measure_count,
           measures_on(m, AXIS_E), measures_on(m, AXIS_X), measures_on(m, AXIS_V), measures_on(m, AXIS_NONE),
           measures_of(m, CLASS_CPI), measures_of(m, CLASS_KPI), measures_of(m, CLASS_HR));
    fputs("scopes    ", stdout);
    for (uint32_t i = 0; i < m->scopes.count; i++) {
        scope_text(&m->scopes.kinds[i], scope, sizeof(scope));
        printf("%s%s", i == 0 ? "" : " | ", scope);
    }
    printf("\nalerts    %u\n", m->alert_count);
    check_burns_print(m, stdout);
    printf("warnings  %u\n", warnings);
    return ferror(stdout) ? CUBE_EIO : 0;
}

static json_t *counts_json(const struct model *m)
{
    json_t *axes = json_object(), *classes = json_object();
    for (int i = 0; i <= AXIS_NONE; i++) {
        json_object_set_new(axes, i == AXIS_NONE ? "none" : axis_names[i].at,
                            json_integer(measures_on(m, i)));
    }
    for (int i = 0; i < CLASS_COUNT; i++) {
        json_object_set_new(classes, class_names[i], json_integer(measures_of(m, i)));
    }
    return json_pack("{s:i, s:o, s:o}", "count", (int)m->measure_count, "axes", axes, "classes", classes);
}

static int json_print(const struct config *c, uint32_t warnings)
{
    char scope[128];
    json_t *scopes = json_array();
    for (uint32_t i = 0; i < c->model.scopes.count; i++) {
        scope_text(&c->model.scopes.kinds[i], scope, sizeof(scope));
        json_array_append_new(scopes, json_string(scope));
    }
    json_t *all = json_pack("{s:o, s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:i, s:o, s:i}", "file", value_json_path(c->path), "name",
                            c->name, "good", 1, "model", c->model.digest.at, "registry",
                            check_registry_json(&c->model), "hypotheses", check_hypotheses_json(&c->model),
                            "measures", counts_json(&c->model), "scopes", scopes, "alerts",
                            (int)c->model.alert_count, "burn_rates", check_burns_json(&c->model), "warnings", (int)warnings);
    int rc = all && json_dumpf(all, stdout, JSON_COMPACT) == 0 ? 0 : CUBE_EIO;
    putchar('\n');
    json_decref(all);
    return rc;
}
