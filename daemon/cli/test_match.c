/* Expected values laid over the JSON of a record. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/characters.h"
#include "cli/test_outcome.h"
#include "cli/value_json.h"
#include "proto/output.h"

_Static_assert(DURATION_TEXT_MAX <= TIME_TEXT_MAX, "both fit");

#define PATH_MAX_BYTES 512
#define TOLD_MAX_BYTES 300 /* of what there was */

struct matching {
    char path[PATH_MAX_BYTES];
    const char *whom;
    struct test_outcome *outcome;
    struct buf text;
    int rc;
};

static void match(struct matching *m, const struct test_want *want, const json_t *got);

int test_outcome_add(struct test_outcome *o, struct test_place place, const char *whom, const char *path, const char *expected,
                     const char *got)
{
    if (o->count == o->capacity) {
        uint32_t capacity = o->capacity ? 2 * o->capacity : 8;
        struct test_failure *more = realloc(o->failures, capacity * sizeof *more);
        if (!more) {
            return CUBE_ENOMEM;
        }
        o->failures = more;
        o->capacity = capacity;
    }
    struct test_failure f = {place, strdup(whom), strdup(path), strdup(expected), strdup(got)};
    o->failures[o->count++] = f;
    return f.whom && f.path && f.expected && f.got ? 0 : CUBE_ENOMEM;
}

void test_outcome_close(struct test_outcome *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        free(o->failures[i].whom);
        free(o->failures[i].path);
        free(o->failures[i].expected);
        free(o->failures[i].got);
    }
    free(o->failures);
    *o = (struct test_outcome){0};
}

int test_match(const struct test_want *want, const json_t *got, const char *whom, struct test_outcome *o)
{
    struct matching m = {.whom = whom, .outcome = o};
    match(&m, want, got);
    buf_close(&m.text);
    return m.rc;
}

/* Long texts end in dots, between two characters. */
static void shorten(struct buf *text)
{
    if (text->len > TOLD_MAX_BYTES + 4) {
        memcpy(text->at + characters_whole((const char *)text->at, TOLD_MAX_BYTES), "...", 4);
    }
}

/* Of changes the edges say enough. */
static json_t *edges_of(const json_t *got)
{
    json_t *edges = json_array(), *one;
    size_t i;
    json_array_foreach(got, i, one)
    {
        json_t *edge = json_object_get(one, "edge");
        (void)json_array_append(edges, edge ? edge : one);
    }
    return edges;
}

/* What is there, as a person would write it. */
static const char *got_text(struct matching *m, const json_t *got)
{
    if (!got) {
        return "nothing";
    }
    if (json_is_string(got)) {
        return json_string_value(got);
    }
    json_t *told = json_is_array(got) ? edges_of(got) : json_incref((json_t *)(uintptr_t)got);
    buf_clear(&m->text);
    int rc = told ? value_json_text(told, &m->text) : CUBE_ENOMEM;
    json_decref(told);
    if (rc != 0 || buf_append(&m->text, "", 1) != 0) {
        m->rc = CUBE_ENOMEM;
        return "";
    }
    shorten(&m->text);
    return (const char *)m->text.at;
}

/* A number of ms is told in the form of what was expected: as a time, or as a duration. */
static const char *ms_told(const struct test_want *want, const json_t *got, char text[TIME_TEXT_MAX])
{
    double now = json_number_value(got);
    int64_t ms;
    if (want->type != WANT_TEXT || !json_is_number(got) || !(fabs(now) < 1e15) || now != nearbyint(now)) {
        return NULL;
    }
    if (time_parse(want->text, &ms) == 0) {
        text[time_text((int64_t)now, text)] = 0;
        return text;
    }
    duration_text((int64_t)now, text);
    return duration_parse(want->text, &ms) == 0 ? text : NULL;
}

static void differs(struct matching *m, const struct test_want *want, const json_t *got)
{
    char ms[TIME_TEXT_MAX];
    const char *told = ms_told(want, got, ms), *text = told ? told : got_text(m, got);
    const char *expected = want->type == WANT_ABSENT ? "nothing" : *want->text ? want->text : "something";
    char quoted[TOLD_MAX_BYTES];
    if (want->type == WANT_TEXT && json_is_number(got) && !told) {
        characters_print(quoted, sizeof quoted, "the text \"%s\"", expected); /* 0x10, 1_000, "5" */
        expected = quoted;
    }
    m->rc = m->rc ? m->rc : test_outcome_add(m->outcome, want->place, m->whom, m->path, expected, text);
}

/* A text stands for a number when it is a duration or a time: both are ms. */
static bool text_equals(const char *text, const json_t *got)
{
    int64_t ms;
    if (json_is_string(got)) {
        return strcmp(json_string_value(got), text) == 0;
    }
    if (!json_is_number(got) || (duration_parse(text, &ms) != 0 && time_parse(text, &ms) != 0)) {
        return false;
    }
    return json_number_value(got) == (double)ms;
}

static bool lies_within(const struct test_want *w, const json_t *got)
{
    double v = json_number_value(got);
    bool near = w->within < 0 || (v >= w->number - w->within && v <= w->number + w->within);
    return json_is_number(got) && near && v > w->above && v < w->below && v >= w->min && v <= w->max;
}

/* An alert that has never fired has no record. */
static bool alert_is(const char *word, const json_t *got)
{
    const char *status = json_string_value(json_object_get(got, "status"));
    bool fires = status && strcmp(status, "firing") == 0;
    return strcmp(word, "inactive") == 0 ? !fires : status && strcmp(status, word) == 0;
}

static bool is_met(const struct test_want *w, const json_t *got)
{
    switch (w->type) {
    case WANT_ABSENT: return !got;
    case WANT_NUMBER: return json_is_number(got) ? json_number_value(got) == w->number : got && text_equals(w->text, got);
    case WANT_BOOL: return json_is_boolean(got) ? json_is_true(got) == (w->number != 0) : got && text_equals(w->text, got);
    case WANT_TEXT: return got && text_equals(w->text, got);
    case WANT_EDGE: return got && text_equals(w->text, json_object_get(got, "edge"));
    case WANT_RANGE: return got && lies_within(w, got);
    case WANT_ALERT: return alert_is(w->text, got);
    case WANT_MAP:
    case WANT_LIST: break;
    }
    return false;
}

/* Goes on below the path at one step further. */
static void match_below(struct matching *m, const char *step, const struct test_want *want, const json_t *got)
{
    size_t len = strlen(m->path);
    characters_print(m->path + len, sizeof m->path - len, "%s%s", len > 0 && *step != '[' ? "." : "", step);
    match(m, want, got);
    m->path[len] = 0;
}

static void match_members(struct matching *m, const struct test_want *want, const json_t *got)
{
    for (const struct test_want *w = want->first; w; w = w->next) {
        match_below(m, w->key, w, json_object_get(got, w->key));
    }
}

static void match_list(struct matching *m, const struct test_want *want, const json_t *got)
{
    size_t count = 0;
    for (const struct test_want *w = want->first; w; w = w->next) {
        count++;
    }
    if (!json_is_array(got) || json_array_size(got) != count) {
        differs(m, want, got);
        return;
    }
    size_t i = 0;
    for (const struct test_want *w = want->first; w; w = w->next, i++) {
        char step[32];
        snprintf(step, sizeof step, "[%zu]", i);
        match_below(m, step, w, json_array_get(got, i));
    }
}

static void match(struct matching *m, const struct test_want *want, const json_t *got)
{
    if (want->type == WANT_MAP && (json_is_object(got) || !got)) {
        match_members(m, want, got);
    } else if (want->type == WANT_LIST) {
        match_list(m, want, got);
    } else if (!is_met(want, got)) {
        differs(m, want, got);
    }
}
