#include "task/record_told.h"

#include <stdio.h>

#define TEXT_MAX 640

void record_told(const struct task_env *env, const char *event, const struct record *r, int rc)
{
    char text[TEXT_MAX];
    if (rc == 0 || rc == CUBE_ENOMEM || rc == CUBE_EAGAIN || rc == CUBE_ELAYOUT) {
        return;
    }
    snprintf(text, sizeof text, "%s[%d]: the record at offset %lld was not written by this version of cubed, or it is damaged: %s",
             env->config->topics[r->role], (int)r->partition, (long long)r->offset, err_text(rc));
    task_tell(env, 3, event, text);
}

void sums_told(const struct task_env *env, const struct scope_engine *e, enum topic_role role, int32_t partition, int64_t from, int64_t next)
{
    char text[TEXT_MAX], where[64] = "";
    struct text scope, measure;
    if (!scope_engine_impossible(e, &scope, &measure)) {
        return;
    }
    if (next > from) {
        snprintf(where, sizeof where, ", offsets %lld to %lld", (long long)from, (long long)next - 1);
    }
    snprintf(text, sizeof text, "%s[%d]%s: the sums of %.*s in %.*s are of no events: a record is damaged", env->config->topics[role],
             (int)partition, where, (int)measure.len, measure.at, (int)scope.len, scope.at);
    task_tell(env, 3, "sums_refused", text);
}
