#include "demo_tell.h"

#include <math.h>

enum { DAY_MS = 86400000, DRIVERS_SHOWN = 3 };

void demo_tell_time(const struct demo_tell *t, int64_t ms, char ret_text[40])
{
    int64_t rest = ms - t->start_ms, day = rest / DAY_MS - (rest % DAY_MS < 0);
    unsigned minutes = (unsigned)((rest - day * DAY_MS) / 60000) % 1440u;
    snprintf(ret_text, 40, "day %3lld %02u:%02u", (long long)day, minutes / 60, minutes % 60);
}

static const char *colour_on(const struct demo_tell *t, const char *code)
{
    return t->colour ? code : "";
}

static void move_tell(const struct demo_tell *t, const struct axis_move *m)
{
    fprintf(t->out, "  %s %.0f -> %.0f", axis_names[m->axis].at, (double)m->from / 1e6, (double)m->to / 1e6);
    for (uint32_t i = 0; i < m->driver_count && i < DRIVERS_SHOWN; i++) {
        struct text name = t->model->measures[m->drivers[i].measure].name;
        fprintf(t->out, "%s%.*s %+.1f", i ? ", " : " (", (int)name.len, name.at, (double)m->drivers[i].contribution / 1e6);
    }
    fputs(m->driver_count ? ")" : "", t->out);
}

static void change_tell(const struct demo_tell *t, const struct decision *d, struct text scope)
{
    fprintf(t->out, "%smoved%s    %-24.*s %s -> %s", colour_on(t, "\033[1;36m"), colour_on(t, "\033[0m"), (int)scope.len, scope.at,
            octant_names[d->from].at, octant_names[d->to].at);
    for (uint32_t i = 0; i < d->move_count; i++) {
        move_tell(t, &d->moves[i]);
    }
}

static void alert_tell(const struct demo_tell *t, const struct decision *d, struct text scope)
{
    const char *code = d->firing ? "\033[1;31m" : "\033[1;32m";
    fprintf(t->out, "%s%-8s%s %-24.*s %.*s", colour_on(t, code), d->firing ? "FIRING" : "resolved", colour_on(t, "\033[0m"), (int)scope.len,
            scope.at, (int)d->rule->name.len, d->rule->name.at);
    if (d->firing && d->answer.has_value) {
        fprintf(t->out, "  value %.3g", d->answer.value);
        if (d->rule->measure != UINT16_MAX) { /* an axis has no n */
            fprintf(t->out, ", n %lld", (long long)d->answer.n);
        }
    }
}

void demo_tell_decision(const struct demo_tell *t, const struct decision *d, struct text scope)
{
    char when[40];
    demo_tell_time(t, d->t_ms, when);
    fprintf(t->out, "%s  ", when);
    if (d->type == DECISION_CHANGE) {
        change_tell(t, d, scope);
    } else {
        alert_tell(t, d, scope);
    }
    fputc('\n', t->out);
    fflush(t->out);
}
