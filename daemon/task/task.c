#include "task/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/hash.h"
#include "engine/dedup.h"

static void number_text(uint64_t n, char *to)
{
    to[digits_write(n, to)] = 0;
}

void task_name(enum sender_type type, int32_t index, char ret_name[TASK_NAME_MAX])
{
    number_text((uint64_t)index, stpcpy(ret_name, type == SENDER_CUSTOMERS ? "customers-" : "employees-"));
}

void scope_task_name(int32_t index, char ret_name[TASK_NAME_MAX])
{
    number_text((uint64_t)index, stpcpy(ret_name, "scopes-"));
}

uint64_t task_lineage(const struct task_env *env, enum topic_role changelog, int32_t partition)
{
    const uint64_t of[] = {changelog, (uint64_t)partition};
    uint64_t lineage = hash64_seed(of, sizeof of, env->seed);
    return lineage ? lineage : 1;
}

void input_close(struct task_input *in)
{
    dedup_destroy(in->dedup);
    input_refused_close(&in->refused);
    in->dedup = NULL;
}

/* What the partition holds now, in words; nothing if nobody knows. */
static void extent_text(const struct task_env *env, enum topic_role role, int32_t partition, char ret_text[64])
{
    int64_t first, next;
    ret_text[0] = 0;
    if (env->log && env->log->ends && env->log->ends(env->log->self, role, partition, &first, &next) == 0) {
        snprintf(ret_text, 64, ", it has %lld to %lld now", (long long)first, (long long)next);
    }
}

void task_tell_offsets(const struct task_env *env, enum topic_role role, int32_t partition, int64_t committed, int64_t changelog)
{
    char text[512], extent[64];
    if (!env->told) {
        return;
    }
    extent_text(env, role, partition, extent);
    snprintf(text, sizeof text, "%s[%d]: the group has committed offset %lld, but its changelog was written up to %lld%s: was the topic made "
             "anew, or one of them reset?", env->config->topics[role], (int)partition, (long long)committed, (long long)changelog, extent);
    env->told(env->told_arg, 3, "offsets_differ", text);
}

int task_refuse(const struct task_env *env, const struct record *r, enum refusal_reason reason, const char *detail)
{
    char partition[DIGITS_MAX + 1], offset[DIGITS_MAX + 1];
    struct header h[RECORD_HEADERS_MAX + 5];
    uint32_t n = env->headers ? env->headers(r, h) : 0;
    number_text((uint64_t)r->partition, partition);
    number_text((uint64_t)r->offset, offset);
    h[n++] = (struct header){TEXT_LITERAL("cubed.reason"), text_of(refusal_text(reason))};
    h[n++] = (struct header){TEXT_LITERAL("cubed.detail"), text_of(detail)};
    h[n++] = (struct header){TEXT_LITERAL("cubed.source.topic"), text_of(env->config->topics[r->role])};
    h[n++] = (struct header){TEXT_LITERAL("cubed.source.partition"), text_of(partition)};
    h[n++] = (struct header){TEXT_LITERAL("cubed.source.offset"), text_of(offset)};
    enum topic_role role = reason == REFUSAL_LATE ? ROLE_LATE : ROLE_DEAD_LETTERS;
    return epoch_add(env->epoch, role, PARTITION_BY_KEY, r->timestamp_ms, r->key, r->key_len, r->value, r->value_len, h, n);
}

int task_output(const struct task_env *env, enum topic_role role, struct text key, int64_t ts_ms, const struct buf *value)
{
    return epoch_add(env->epoch, role, PARTITION_BY_KEY, ts_ms, (const uint8_t *)key.at, key.len, value->at, value->len, NULL, 0);
}
