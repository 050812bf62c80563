#include "task/layout_told.h"

#include <stdio.h>

#define LAYOUT_TEXT_MAX 640
#define CURE "keys may live elsewhere. Go back to what it was, or begin anew under another name"

static bool same_counts(const struct layout_stamp *a, const struct layout_stamp *b)
{
    return a->customers == b->customers && a->employees == b->employees && a->scopes == b->scopes;
}

static void counts_text(const struct config *c, const char *what, const struct layout_stamp *was, const struct layout_stamp *is,
                        char text[LAYOUT_TEXT_MAX])
{
    snprintf(text, LAYOUT_TEXT_MAX, "%s comes from %d partitions of %s and %s, %d of %s, %d of %s; there are %d, %d, %d now: " CURE, what,
             (int)was->customers, c->topics[ROLE_INTERACTIONS], c->topics[ROLE_CPI], (int)was->employees, c->topics[ROLE_HR], (int)was->scopes,
             c->topics[ROLE_PARTIALS], (int)is->customers, (int)is->employees, (int)is->scopes);
}

void layout_told(const struct task_env *env, const char *what, const struct layout_stamp *was, const struct layout_stamp *is)
{
    char text[LAYOUT_TEXT_MAX];
    if (env->layout_is_told && *env->layout_is_told) {
        return;
    }
    if (same_counts(was, is)) {
        snprintf(text, sizeof text,
                 "%s was written with model %08x, and the configuration is model %08x now: keys with a star in `cubed help config` decide what is "
                 "kept. Go back to what it was, or begin anew under another name",
                 what, was->model, is->model);
    } else {
        counts_text(env->config, what, was, is, text);
    }
    task_tell(env, 3, "layout_differs", text);
    if (env->layout_is_told) {
        *env->layout_is_told = true;
    }
}

void layout_grown_told(const struct task_env *env, enum topic_role role, int32_t was, int32_t now)
{
    char text[LAYOUT_TEXT_MAX];
    snprintf(text, sizeof text, "%s had %d partitions when this process started and has %d now: " CURE, env->config->topics[role], (int)was,
             (int)now);
    task_tell(env, 3, "layout_differs", text);
}
