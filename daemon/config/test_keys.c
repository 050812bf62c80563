/* The keys of a test file, and what `cubed help test` says of each. What stands in outputs is taken from the rows
 * that outputs are made of; their sections bear the names of the output's maps. */
#include "config/test_parts.h"

#include "event/dimension.h"
#include "event/field.h"
#include "measure/result.h"
#include "proto/output_form.h"

static const struct test_key rows[] = {
    {"", "config", NULL, "the configuration to try, relative to this file"},
    {"", "with", "any", "or a configuration written here; neither: the built-in pack"},
    {"", "tests", "tests[]", "a list of tests; each begins with nothing"},

    {"tests[]", "name", NULL, "what it shows, in words"},
    {"tests[]", "start", NULL, "instant 0s of its events and expectations [2026-01-01T00:00:00Z]"},
    {"tests[]", "partitions", NULL, "of every topic; nothing may depend on it [1]"},
    {"tests[]", "events", "events[]", "a list; one entry may stand for many events"},
    {"tests[]", "expect", "expect[]", "a list of scopes or customers at instants"},

    {"events[]", "at", NULL, "when it happens: a duration since the start, or a time"},
    {"events[]", "arrives", NULL, "when it comes, if later: 3h or a time"},
    {"events[]", "kind", NULL, "the kind of event; its fields and dimensions stand beside it"},
    {"events[]", "repeat", NULL, "how many there are; {i} in a text counts them from 1, {i%5} starts anew after 5"},
    {"events[]", "every", NULL, "with repeat: the time from one to the next"},
    {"events[]", "spread", NULL, "with repeat: the time over which they are spread evenly"},
    {"events[]", "seed", NULL, "of {random: [low, high]} and {one_of: [...]} as values of fields [1]"},
    {"events[]", "becomes", NULL, "what must become of it: applied, duplicate, late, dead_letter, ignored [applied]"},
    {"events[]", "id", NULL, "its id; one is made up otherwise"},
    {"events[]", "customer", NULL, "whose event it is"},

    {"random", "random", NULL, "[low, high]: a number between, both included; whole when both are; of milliseconds durations too"},
    {"random", "one_of", NULL, "one of a list, at random"},
    {"random", "cycle", NULL, "one of a list, in turn"},

    {"expect[]", "at", NULL, "the instant, a multiple of cube.tick; all events before it count"},
    {"expect[]", "scope", NULL, "organisation, region=north, ..."},
    {"expect[]", "customer", NULL, "or a customer"},
    {"expect[]", "exists", NULL, "false: there must be none"},

    {"state", "alerts", "alerts", "by name: firing, resolved, inactive, or {status:, value:, n:, ...}"},
    {"state", "levers", "levers", "by measure: {axis:, to:, now:, needs:, effort:}"},
    {"state", "changes", "change", "all moves so far: [\"stress->burnout\", {from:, to:, jump:}]"},

    {"bounds", "about", NULL, "with within: this number, give or take"},
    {"bounds", "within", NULL, "how much, both ways"},
    {"bounds", "above", NULL, "more than it"},
    {"bounds", "below", NULL, "less than it"},
    {"bounds", "min", NULL, "at least it"},
    {"bounds", "max", NULL, "at most it"},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Names of the configuration, and of lists of ours, that are keys of a section: by place, NULL after the last. */
struct named {
    const char *section;
    const char *(*at)(const struct config *c, uint32_t i);
    const char *inside;
};

static const char *measure_at(const struct config *c, uint32_t i)
{
    return i < c->model.measure_count ? c->model.measures[i].name.at : NULL;
}

static const char *alert_at(const struct config *c, uint32_t i)
{
    return i < c->model.alert_count ? c->model.alerts[i].name.at : NULL;
}

static const char *octant_at(const struct config *c, uint32_t i)
{
    (void)c;
    return i < OCTANT_COUNT ? octant_names[i].at : NULL;
}

static const char *axis_at(const struct config *c, uint32_t i)
{
    (void)c;
    return i < AXIS_COUNT ? axis_names[i].at : NULL;
}

static const char *result_at(const struct config *c, uint32_t i)
{
    (void)c;
    return i < RESULT_FIELD_COUNT ? result_field_rows[i].name : NULL;
}

/* Fields and dimensions of an event. */
static const char *field_at(const struct config *c, uint32_t i)
{
    (void)c;
    return i < EVENT_FIELD_COUNT                ? field_rows[i].name.at
           : i < EVENT_FIELD_COUNT + DIM_COUNT ? dimension_names[i - EVENT_FIELD_COUNT].at
                                                : NULL;
}

static const struct named names[] = {
    {"measures", measure_at, "measure"},
    {"levers", measure_at, "lever"},
    {"alerts", alert_at, "alert"},
    {"axes", axis_at, "axis"},
    {"probabilities", octant_at, NULL},
    {"measure", result_at, NULL},
    {"events[]", field_at, NULL},
};

/* What the value of an output's member holds. */
static const char *inside_of(const struct output_member_row *m)
{
    static const enum output_member by_name[] = {OUT_STATE_AXES, OUT_STATE_PROBABILITIES, OUT_STATE_MEASURES, OUT_MEASURE_HORIZONS};
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++) {
        if (m == &output_members[by_name[i]]) {
            return m->name;
        }
    }
    return m->type == OF_NUMBERS_NAMED || m->type == OF_TEXTS_NAMED ? "any" : m->of == OUTPUT_MAP_NONE ? NULL : output_maps[m->of].key;
}

static enum output_map map_of(const char *section)
{
    for (unsigned i = 0; i < OUTPUT_MAP_COUNT; i++) {
        if (strcmp(output_maps[i].key, section) == 0) {
            return (enum output_map)i;
        }
    }
    return OUTPUT_MAP_NONE;
}

static bool member_of(const struct output_member_row *m, enum output_map map)
{
    return map != OUTPUT_MAP_NONE && (m->map == map || (output_maps[map].base != OUTPUT_MAP_NONE && m->map == output_maps[map].base));
}

bool test_key_list(const char *section)
{
    enum output_map map = map_of(section);
    for (uint32_t i = 0; i < OUTPUT_MEMBER_COUNT; i++) {
        if (output_members[i].type == OF_LIST && output_members[i].of == map) {
            return true;
        }
    }
    return strcmp(section, output_maps[OUTPUT_MAP_CHANGE].key) == 0;
}

/* Any name may stand in these. */
static bool is_open(const char *section)
{
    return strcmp(section, "any") == 0 || strcmp(section, "horizons") == 0;
}

struct candidates {
    const struct test_reading *reading;
    const char *section;
};

/* The i-th key of a section: rows first, then members of an output, then names. */
static const char *candidate_at(const void *context, uint32_t i)
{
    const struct candidates *c = context;
    for (uint32_t row = 0; row < ROWS; row++) {
        if (strcmp(rows[row].section, c->section) == 0 && i-- == 0) {
            return rows[row].key;
        }
    }
    for (uint32_t m = 0; m < OUTPUT_MEMBER_COUNT; m++) {
        if (member_of(&output_members[m], map_of(c->section)) && i-- == 0) {
            return output_members[m].name;
        }
    }
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        if (strcmp(names[n].section, c->section) == 0) {
            return names[n].at(c->reading->config, i);
        }
    }
    return NULL;
}

static bool member_find(const char *section, const char *key, const char **ret_inside)
{
    enum output_map map = map_of(section);
    for (uint32_t m = 0; m < OUTPUT_MEMBER_COUNT; m++) {
        if (member_of(&output_members[m], map) && strcmp(output_members[m].name, key) == 0) {
            *ret_inside = inside_of(&output_members[m]);
            return true;
        }
    }
    bool whale = map == OUTPUT_MAP_MEASURE && strcmp(key, result_field_rows[RESULT_WHALE].name) == 0;
    *ret_inside = whale ? output_maps[OUTPUT_MAP_WHALE].key : NULL;
    return whale;
}

static bool name_find(const struct test_reading *r, const char *section, const char *key, const char **ret_inside)
{
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        const char *name;
        for (uint32_t i = 0; strcmp(names[n].section, section) == 0 && (name = names[n].at(r->config, i)) != NULL; i++) {
            if (strcmp(name, key) == 0) {
                *ret_inside = names[n].inside;
                return true;
            }
        }
    }
    return false;
}

bool test_key_find(struct test_reading *r, const char *section, const struct yaml *key, const char **ret_inside)
{
    if (is_open(section)) {
        *ret_inside = strcmp(section, "horizons") == 0 ? "horizon" : NULL;
        return true;
    }
    for (uint32_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].section, section) == 0 && strcmp(rows[i].key, key->text) == 0) {
            *ret_inside = rows[i].inside;
            return true;
        }
    }
    if (member_find(section, key->text, ret_inside) || name_find(r, section, key->text, ret_inside)) {
        return true;
    }
    struct candidates c = {r, section};
    problem_error(&r->problems, key, "unknown key \"%s\"%s%s%s", key->text, *section ? " in " : "", section,
                  problem_hint(&r->problems, key->text, candidate_at, &c));
    return false;
}

bool test_keys_known(struct test_reading *r, const char *section, const struct yaml *map)
{
    const char *inside;
    bool good = true;
    YAML_EACH(value, map)
    {
        good = test_key_find(r, section, value->key, &inside) && good;
    }
    return good;
}

static void map_print(enum output_map map, FILE *out)
{
    fprintf(out, "\n%s: %s\n", output_maps[map].key, output_maps[map].words);
    for (uint32_t m = 0; m < OUTPUT_MEMBER_COUNT; m++) {
        if (member_of(&output_members[m], map)) {
            fprintf(out, "  %-18s %s\n", output_members[m].name, output_members[m].words);
        }
    }
    for (unsigned f = RESULT_HITS + 1; f < RESULT_FIELD_COUNT && map == OUTPUT_MAP_MEASURE; f++) {
        fprintf(out, "%s%s", f == RESULT_HITS + 1 ? "  of its aggregation: " : ", ", result_field_rows[f].name);
    }
    fputs(map == OUTPUT_MAP_MEASURE ? "\n" : "", out);
}

void test_file_print_reference(FILE *out)
{
    const char *section = NULL;
    fputs("Keys of a test file (YAML). Durations: 250ms 30s 5m 1h 7d. Unknown keys are errors. An expected value is a number or\n"
          "a text that must be met exactly, `absent`, or a map of bounds; instants and durations may be written as such.\n", out);
    for (uint32_t i = 0; i < ROWS; i++) {
        if (!section || strcmp(section, rows[i].section) != 0) {
            section = rows[i].section;
            fprintf(out, "\n%s\n", *section ? section : "top level");
        }
        fprintf(out, "  %-18s %s\n", rows[i].key, rows[i].help);
    }
    for (unsigned map = 0; map < OUTPUT_MAP_COUNT; map++) {
        map_print((enum output_map)map, out);
    }
}
