#include "task/overflow.h"

#include <stdio.h>
#include <string.h>

#include "base/varint.h"

#define OVERFLOW_VERSION 1

enum alert_event overflow_judge(struct overflow *o, uint64_t beyond, uint32_t limit, int64_t t_ms)
{
    bool more = o->pending || beyond > o->seen, fires = o->firing ? limit <= o->limit : more;
    t_ms = o->pending ? o->since_ms : t_ms;
    o->seen = beyond;
    o->dirty |= o->pending;
    o->pending = false;
    if (fires == o->firing) {
        return ALERT_NOTHING;
    }
    o->firing = fires;
    o->dirty = true;
    if (fires) {
        o->since_ms = t_ms;
        o->limit = limit;
    }
    return fires ? ALERT_FIRED : ALERT_RESOLVED;
}

int overflow_write(const struct overflow *o, const struct overflow_bound *b, const struct model *m, int64_t t_ms, enum output_format f,
                   struct buf *out, char ret_key[17])
{
    char summary[160];
    snprintf(summary, sizeof summary, "%s %s", b->task, b->says);
    struct task_alert a = {.name = TEXT_LITERAL(OVERFLOW_ALERT), .task = text_of(b->task), .severity = TEXT_LITERAL("page"),
                           .summary = text_of(summary), .firing = o->firing, .starts_ms = o->since_ms, .t_ms = t_ms, .value = b->limit,
                           .n = b->limit};
    task_alert_fingerprint(&a);
    output_alert_key(a.fingerprint, ret_key);
    buf_clear(out);
    return output_task_alert(m, &a, f, out);
}

int overflow_tell(const struct overflow *o, const struct overflow_bound *b, const struct task_env *env, int64_t t_ms, struct buf *scratch)
{
    char key[17];
    char text[192];
    t_ms = o->firing ? o->since_ms : t_ms;
    if (o->firing) {
        snprintf(text, sizeof text, "%s %s", b->task, b->says);
        task_tell(env, 4, "overflow", text);
    }
    int rc = overflow_write(o, b, &env->config->model, t_ms, env->format, scratch, key);
    return rc ? rc : task_output(env, ROLE_ALERTS, (struct text){key, 16}, t_ms, scratch);
}

int overflow_flush(struct overflow *o, uint64_t beyond, int64_t t_ms, const struct task_env *env,
                   const struct overflow_place *at, struct buf *scratch)
{
    if (!o->firing && !o->pending && beyond > o->seen) {
        o->pending = o->dirty = true;
        o->since_ms = t_ms;
    }
    if (!o->dirty) {
        return 0;
    }
    buf_clear(scratch);
    int rc = put_uint(scratch, OVERFLOW_VERSION);
    rc = rc ? rc : put_uint(scratch, o->firing | (uint64_t)o->pending << 1);
    rc = rc ? rc : put_int(scratch, o->since_ms);
    rc = rc ? rc : put_uint(scratch, o->limit);
    rc = rc ? rc : epoch_add(env->epoch, at->changelog, at->partition, at->ts_ms, (const uint8_t *)at->key, strlen(at->key), scratch->at,
                             scratch->len, NULL, 0);
    o->dirty = rc != 0;
    return rc;
}

int overflow_restore(struct overflow *o, const uint8_t *at, size_t len)
{
    struct cursor c = {at, at + len};
    struct overflow back = {0};
    uint64_t version = 0, flags = 0, limit = 0;
    int rc = get_uint(&c, &version);
    if (!rc && version != OVERFLOW_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_uint(&c, &flags);
    rc = rc ? rc : get_int(&c, &back.since_ms);
    rc = rc ? rc : get_uint(&c, &limit);
    if (rc || flags > 3 || limit > UINT32_MAX || c.at != c.end) {
        return rc ? rc : CUBE_EFORMAT;
    }
    back.firing = flags & 1;
    back.pending = flags >> 1;
    back.limit = (uint32_t)limit;
    *o = back;
    return 0;
}
