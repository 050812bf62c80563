/* Every key of a test file: one row decides where it may stand and what `cubed help test` says of it. */
#include "config/test_parts.h"

#include "event/dimension.h"
#include "event/field.h"
#include "measure/result.h"

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

    {"random", "random", NULL, "[low, high]: a number between, both included; whole when both are"},
    {"random", "one_of", NULL, "one of a list, at random"},
    {"random", "cycle", NULL, "one of a list, in turn"},

    {"expect[]", "at", NULL, "the instant, a multiple of cube.tick; all events before it count"},
    {"expect[]", "scope", NULL, "organisation, region=north, ..."},
    {"expect[]", "customer", NULL, "or a customer"},
    {"expect[]", "exists", NULL, "false: there must be none"},

    {"scope", "octant", NULL, "where it stands; absent: nowhere"},
    {"scope", "code", NULL, "of the octant"},
    {"scope", "since", NULL, "when it came there"},
    {"scope", "undecided", NULL, "true or false"},
    {"scope", "stale", NULL, "true or false"},
    {"scope", "complete", NULL, "true or false"},
    {"scope", "revision", NULL, "corrections it took"},
    {"scope", "axes", "axes", "{E: {score:, side:, ...}, X:, V:}"},
    {"scope", "probabilities", "probabilities", "by octant"},
    {"scope", "measures", "measures", "by name: {value:, n:, ...}"},
    {"scope", "levers", "levers", "by measure: {axis:, to:, now:, needs:, effort:}"},
    {"scope", "alerts", "alerts", "by name: firing, resolved, inactive, or {status:, value:, n:, ...}"},
    {"scope", "changes", "change", "all changes so far: [\"stress->burnout\", {from:, to:, jump:}]"},
    {"axes", "E", "axis", "engagement of employees"},
    {"axes", "X", "axis", "experience of customers"},
    {"axes", "V", "axis", "value of customers"},
    {"axis", "score", NULL, "0-100"},
    {"axis", "side", NULL, "low, high, unknown"},
    {"axis", "interval", NULL, "[low, high]"},
    {"axis", "coverage", NULL, "share of the weights that have a value"},
    {"axis", "basis", NULL, "own, linked, inherited"},
    {"measure", "value", NULL, "absent: an empty window"},
    {"measure", "n", NULL, "what it is made of"},
    {"measure", "interval", NULL, "[low, high]"},
    {"measure", "window", NULL, "as configured"},
    {"measure", "score", NULL, "0-100"},
    {"measure", "weight", NULL, "in its axis"},
    {"measure", "withheld", NULL, "k: kept back for privacy"},
    {"measure", "published_at", NULL, "when it was let out"},
    {"measure", "final", "part", "of first_time"},
    {"measure", "provisional", "part", "of first_time"},
    {"measure", "horizons", "horizons", "by window: {1d: {value:, n:, ...}}"},
    {"measure", "whale", "whale", "of concentration"},
    {"measure", "drift", "drift", "of a measure under a drift rule"},
    {"part", "value", NULL, "share"},
    {"part", "n", NULL, "cases"},
    {"part", "hits", NULL, "of them"},
    {"horizon", "value", NULL, "absent: an empty window"},
    {"horizon", "n", NULL, "what it is made of"},
    {"horizon", "hits", NULL, "of them"},
    {"horizon", "interval", NULL, "[low, high]"},
    {"horizon", "withheld", NULL, "k: kept back for privacy"},
    {"horizon", "published_at", NULL, "when it was let out"},
    {"whale", "value", NULL, "share at the peak"},
    {"whale", "rank", NULL, "customers at the peak"},
    {"drift", "z", NULL, "the weighted mean"},
    {"drift", "limits", NULL, "[lower, upper]"},
    {"lever", "axis", NULL, "E, X, V"},
    {"lever", "to", NULL, "low or high"},
    {"lever", "now", NULL, "value"},
    {"lever", "needs", NULL, "value at which the axis turns"},
    {"lever", "effort", NULL, "part of the way from at0 to at100"},
    {"alert", "status", NULL, "firing or resolved"},
    {"alert", "labels", "any", "all of them"},
    {"alert", "annotations", "any", "as written out"},
    {"alert", "startsAt", NULL, "a text"},
    {"alert", "endsAt", NULL, "a text"},
    {"alert", "value", NULL, "what it fired on"},
    {"alert", "n", NULL, "what that is made of"},
    {"alert", "interval", NULL, "[low, high]"},
    {"alert", "as_of", NULL, "its tick"},
    {"alert", "revision", NULL, "of the scope"},
    {"change", "edge", NULL, "stress->burnout"},
    {"change", "move", NULL, "its name"},
    {"change", "from", NULL, "an octant"},
    {"change", "to", NULL, "an octant"},
    {"change", "jump", NULL, "axes that turned"},
    {"change", "at", NULL, "its tick"},
    {"change", "revision", NULL, "of the scope"},

    {"customer", "points", NULL, "balance"},
    {"customer", "engaged", NULL, "true or false"},
    {"customer", "purchases", NULL, "of the lifetime"},
    {"customer", "revenue", NULL, "of the lifetime"},
    {"customer", "overdue_cost", NULL, "of the lifetime"},
    {"customer", "effort", NULL, "cost to serve"},
    {"customer", "margin", "margin", "{total:, present:, future:, clv:}"},
    {"customer", "class", NULL, "high-high, high-low, ... : present and future value"},
    {"customer", "unprofitable_since", NULL, "when the margin fell below 0"},
    {"customer", "open", "open", "{requests:, overdue:, contacts:}"},
    {"customer", "first_seen", NULL, "first act"},
    {"customer", "last_seen", NULL, "last act"},
    {"customer", "dimensions", "any", "of its record"},
    {"customer", "costs", "any", "by category"},
    {"customer", "strategic", NULL, "true where set"},
    {"customer", "delivered", "any", "by unit"},
    {"customer", "renewal", NULL, "when the contract is due"},
    {"customer", "churned", NULL, "true after a churn"},
    {"customer", "products", NULL, "product groups bought"},
    {"margin", "total", NULL, "of the lifetime"},
    {"margin", "present", NULL, "of the rolling year"},
    {"margin", "future", NULL, "customer lifetime value"},
    {"margin", "clv", NULL, "form of it"},
    {"open", "requests", NULL, "not done"},
    {"open", "overdue", NULL, "invoices past due"},
    {"open", "contacts", NULL, "not resolved"},

    {"bounds", "about", NULL, "with within: this number, give or take"},
    {"bounds", "within", NULL, "how much, both ways"},
    {"bounds", "above", NULL, "more than it"},
    {"bounds", "below", NULL, "less than it"},
    {"bounds", "min", NULL, "at least it"},
    {"bounds", "max", NULL, "at most it"},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Sections that hold names of their own beside the rows: by place, NULL after the last. */
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
    {"probabilities", octant_at, NULL},
    {"measure", result_at, NULL},
    {"events[]", field_at, NULL},
};

/* Any name may stand in these. */
static bool is_open(const char *section)
{
    return strcmp(section, "any") == 0 || strcmp(section, "horizons") == 0;
}

struct candidates {
    const struct test_reading *reading;
    const char *section;
};

/* The i-th key of a section: rows first, then names. */
static const char *candidate_at(const void *context, uint32_t i)
{
    const struct candidates *c = context;
    for (uint32_t row = 0; row < ROWS; row++) {
        if (strcmp(rows[row].section, c->section) == 0 && i-- == 0) {
            return rows[row].key;
        }
    }
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        if (strcmp(names[n].section, c->section) == 0) {
            return names[n].at(c->reading->config, i);
        }
    }
    return NULL;
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
    if (name_find(r, section, key->text, ret_inside)) {
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

void test_file_print_reference(FILE *out)
{
    const char *section = NULL;
    fputs("Keys of a test file (YAML). Durations: 250ms 30s 5m 1h 7d. Unknown keys are errors. An expected value is a number or\n"
          "a text that must be met exactly, `absent`, or a map of bounds.\n", out);
    for (uint32_t i = 0; i < ROWS; i++) {
        if (!section || strcmp(section, rows[i].section) != 0) {
            section = rows[i].section;
            fprintf(out, "\n%s\n", *section ? section : "top level");
        }
        fprintf(out, "  %-18s %s\n", rows[i].key, rows[i].help);
    }
}
