#include "task/layout_told.h"

#include <stdio.h>

#define LAYOUT_TEXT_MAX 640
#define CURE "keys may live elsewhere. Go back to what it was, or begin anew under another name"

void layout_told(const struct task_env *env, const char *what, const struct layout_stamp *was, const struct layout_stamp *is)
{
    char text[LAYOUT_TEXT_MAX];
    const struct config *c = env->config;
    snprintf(text, sizeof text,
             "%s comes from %d partitions of %s and %s, %d of %s, %d of %s, configuration %08x; there are %d, %d, %d now, configuration %08x: " CURE,
             what, (int)was->customers, c->topics[ROLE_INTERACTIONS], c->topics[ROLE_CPI], (int)was->employees, c->topics[ROLE_HR], (int)was->scopes,
             c->topics[ROLE_PARTIALS], was->model, (int)is->customers, (int)is->employees, (int)is->scopes, is->model);
    task_tell(env, 3, "layout_differs", text);
}

void layout_grown_told(const struct task_env *env, enum topic_role role, int32_t was, int32_t now)
{
    char text[LAYOUT_TEXT_MAX];
    snprintf(text, sizeof text, "%s had %d partitions when this process started and has %d now: " CURE, env->config->topics[role], (int)was,
             (int)now);
    task_tell(env, 3, "layout_differs", text);
}
