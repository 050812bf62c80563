/* What the demo says in the terminal: moves of scopes and alerts, one line each. */
#ifndef CUBE_DEMO_TELL_H
#define CUBE_DEMO_TELL_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/scope_engine.h"

struct demo_tell {
    const struct model *model;
    FILE *out;
    bool colour;
    int64_t start_ms; /* story day 0 */
};

/* One line for a change or an alert. */
void demo_tell_decision(const struct demo_tell *t, const struct decision *d, struct text scope);

/* "day  6 14:10" of an instant of the story. */
void demo_tell_time(const struct demo_tell *t, int64_t ms, char ret_text[40]);

#endif
