/* Business calendars: {office: {days: [mon, fri], from: "09:00", to: "17:00", holidays: ["2026-12-25"]}}. */
#include <stdio.h>
#include <stdlib.h>

#include "config/duration.h"
#include "config/keys.h"
#include "config/value.h"

#define CALENDARS_MAX 64
#define HOLIDAYS_MAX 10000
#define DAY_WORDS "mon|tue|wed|thu|fri|sat|sun"

static bool day_add(struct whole *w, const struct yaml *node, struct calendar *c)
{
    int day;
    if (!value_choice(&w->problems, node, "days", DAY_WORDS, &day)) {
        return false;
    }
    if (c->days >> day & 1) {
        problem_warning(&w->problems, node, "\"%s\" stands twice", node->text);
    }
    c->days |= (uint8_t)(1u << day);
    return true;
}

static bool days_compile(struct whole *w, const struct yaml *node, struct calendar *c)
{
    bool good = true;
    if (node->type != YAML_LIST) {
        return day_add(w, node, c);
    }
    YAML_EACH(day, node)
    {
        good = day_add(w, day, c) && good;
    }
    if (node->count == 0) {
        problem_error(&w->problems, node, "a calendar without days is never open");
        return false;
    }
    return good;
}

/* HH:MM up to 24:00. */
static bool clock_read(struct whole *w, const struct yaml *node, const char *what, int32_t *ret_ms)
{
    const char *t;
    if (!value_text(&w->problems, node, what, &t)) {
        return false;
    }
    bool good = strlen(t) == 5 && t[2] == ':' && strspn(t, "0123456789") == 2 && strspn(t + 3, "0123456789") == 2;
    int minutes = good ? ((t[0] - '0') * 10 + t[1] - '0') * 60 + (t[3] - '0') * 10 + t[4] - '0' : -1;
    if (minutes < 0 || minutes > 24 * 60 || t[3] > '5') {
        problem_error(&w->problems, node, "%s must be a time of day like \"09:00\", up to \"24:00\", not \"%s\"", what, t);
        return false;
    }
    *ret_ms = minutes * 60000;
    return true;
}

static bool holiday_read(struct whole *w, const struct yaml *node, int32_t *ret_day)
{
    const char *text;
    int64_t ms;
    if (!value_text(&w->problems, node, "holidays", &text)) {
        return false;
    }
    const char *midnight = memory_format(&w->memory, "%.10sT00:00:00Z", text);
    if (strlen(text) != 10 || time_parse(midnight, &ms) != 0) {
        problem_error(&w->problems, node, "a holiday is a date like \"2026-12-25\", not \"%s\"", text);
        return false;
    }
    *ret_day = (int32_t)(ms / DAY_MS - (ms % DAY_MS < 0));
    return true;
}

static bool holiday_add(struct whole *w, const struct yaml *node, int32_t *days, uint32_t count)
{
    if (!holiday_read(w, node, &days[count])) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (days[i] == days[count]) {
            problem_warning(&w->problems, node, "\"%s\" stands twice", node->text);
            return false;
        }
    }
    return true;
}

static int day_compare(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void holidays_compile(struct whole *w, const struct yaml *node, struct calendar *c)
{
    if (!node || !value_is(&w->problems, node, YAML_LIST, "holidays")) {
        return;
    }
    if (node->count > HOLIDAYS_MAX) {
        problem_error(&w->problems, node, "more than %d holidays", HOLIDAYS_MAX);
        return;
    }
    int32_t *days = memory_alloc(&w->memory, (node->count + 1) * sizeof(*days));
    YAML_EACH(date, node)
    {
        c->holiday_count += holiday_add(w, date, days, c->holiday_count);
    }
    qsort(days, c->holiday_count, sizeof(*days), day_compare);
    c->holidays = days;
}

static bool calendar_compile(struct whole *w, const struct yaml *map, struct calendar *c)
{
    keys_read(w, "calendars[]", map);
    const struct yaml *days = yaml_get(map, "days"), *from = yaml_get(map, "from"), *to = yaml_get(map, "to");
    *c = (struct calendar){.zone = &w->config.model.zone};
    if (!days || !from || !to) {
        problem_error(&w->problems, map, "a calendar needs days, from and to");
        return false;
    }
    bool good = days_compile(w, days, c);
    good = clock_read(w, from, "from", &c->open_ms) && good;
    good = clock_read(w, to, "to", &c->close_ms) && good;
    holidays_compile(w, yaml_get(map, "holidays"), c);
    if (good && c->open_ms >= c->close_ms) {
        problem_error(&w->problems, to, "to must be later than from: hours over midnight are not opening hours of one day");
        good = false;
    }
    return good;
}

void calendars_compile(struct whole *w, const struct yaml *node)
{
    if (!node || node->type == YAML_NULL || !value_is(&w->problems, node, YAML_MAP, "calendars")) {
        return;
    }
    if (node->count > CALENDARS_MAX) {
        problem_error(&w->problems, node, "more than %d calendars", CALENDARS_MAX);
        return;
    }
    w->calendars = memory_alloc(&w->memory, (node->count + 1) * sizeof(*w->calendars));
    YAML_EACH(map, node)
    {
        struct named_calendar *c = &w->calendars[w->calendar_count];
        if (value_is(&w->problems, map, YAML_MAP, map->key->text) && calendar_compile(w, map, &c->calendar)) {
            c->name = map->key->text;
            w->calendar_count++;
        }
    }
}

static const char *name_at(const void *context, uint32_t i)
{
    const struct whole *w = context;
    return i < w->calendar_count ? w->calendars[i].name : NULL;
}

const struct calendar *calendar_find(struct whole *w, const struct yaml *node)
{
    const char *name;
    if (!value_text(&w->problems, node, "calendar", &name)) {
        return NULL;
    }
    for (uint32_t i = 0; i < w->calendar_count; i++) {
        if (strcmp(w->calendars[i].name, name) == 0) {
            return &w->calendars[i].calendar;
        }
    }
    problem_error(&w->problems, node, "no calendar is called \"%s\"%s", name, problem_hint(&w->problems, name, name_at, w));
    return NULL;
}

static void clock_print(FILE *out, const char *key, int32_t ms)
{
    fprintf(out, ", %s: \"%02d:%02d\"", key, ms / 3600000, ms / 60000 % 60);
}

static void calendar_print(const struct calendar *c, FILE *out)
{
    const char *between = "{days: [";
    char word[32];
    for (uint32_t day = 0; day < 7; day++) {
        if (c->days >> day & 1) {
            fprintf(out, "%s%s", between, word_at(DAY_WORDS, day, word));
            between = ", ";
        }
    }
    fputc(']', out);
    clock_print(out, "from", c->open_ms);
    clock_print(out, "to", c->close_ms);
    fputs(", holidays: [", out);
    for (uint32_t i = 0; i < c->holiday_count; i++) {
        char date[DATE_TEXT_MAX];
        date_text(c->holidays[i], date);
        fprintf(out, "%s\"%s\"", i == 0 ? "" : ", ", date);
    }
    fputs("]}\n", out);
}

void effective_calendars(const struct whole *w, FILE *out)
{
    fputs(w->calendar_count ? "calendars:\n" : "calendars: {}\n", out);
    for (uint32_t i = 0; i < w->calendar_count; i++) {
        fputs("  ", out);
        print_quoted(out, text_of(w->calendars[i].name));
        fputs(": ", out);
        calendar_print(&w->calendars[i].calendar, out);
    }
}
