/* Commit and restore of a scope task. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "task/planted.h"
#include "task/record_told.h"
#include "task/scope_inner.h"

#define TICK_LIMIT_MS (INT64_C(1) << 55) /* no instant of an event comes near: sums with it fit */

int scope_task_state(struct scope_task *t, uint32_t scope, int64_t t_ms, enum output_format f, struct buf *out)
{
    struct scope_view v;
    buf_clear(out);
    int rc = scope_engine_view(t->engine, scope, t_ms, &v);
    return rc ? rc : output_state(t->model, &v, NULL, 0, f, out);
}

int scope_task_publish(struct scope_task *t, uint32_t scope, int64_t tick_ms)
{
    int rc = scope_task_state(t, scope, tick_ms, t->env->format, &t->bytes);
    rc = rc ? rc : task_output(t->env, ROLE_STATE, scope_engine_key(t->engine, scope), tick_ms, &t->bytes);
    if (!rc && t->stated) {
        t->stated(t->decided_arg, t, scope, tick_ms);
    }
    return rc;
}

static int states_publish(struct scope_task *t, uint32_t budget, uint32_t *ret_published)
{
    uint32_t n = 0, scope;
    int64_t tick_ms;
    while (n < budget && !scope_engine_changed_pop(t->engine, &scope, &tick_ms)) {
        int rc = scope_task_publish(t, scope, tick_ms);
        if (rc) {
            return rc;
        }
        n++;
    }
    *ret_published = n;
    return 0;
}

static int flush_put(void *arg, struct text key, const uint8_t *value, size_t len)
{
    struct scope_task *t = arg;
    if (PLANTED(PANE_STAYS) && !len) {
        return 0;
    }
    return epoch_add(t->env->epoch, ROLE_CHANGELOG_SCOPES, t->index, t->done_ms < 0 ? 0 : t->done_ms, (const uint8_t *)key.at, key.len,
                     len ? value : NULL, len, NULL, 0);
}

static int flush_wrote(void *arg, size_t key_len, size_t value_len)
{
    struct scope_task *t = arg;
    if (PLANTED(PANE_STAYS) && !value_len) {
        t->env->epoch->bytes.len -= key_len;
        return 0;
    }
    return epoch_wrote(t->env->epoch, ROLE_CHANGELOG_SCOPES, t->index, t->done_ms < 0 ? 0 : t->done_ms, key_len, value_len);
}

/* Bundles whose late rows still wait: a replay must not take them for worked on. */
static int late_list(const struct scope_task *t, struct commit_record *c)
{
    c->refused = malloc((t->pending_count + 1) * sizeof *c->refused);
    if (!c->refused) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < t->pending_count; i++) {
        const struct pending_bundle *p = &t->pending[(t->pending_first + i) % t->pending_capacity];
        if (p->late_tick_ms > scope_pending_done(t, p)) { /* then none of its rows has been worked on yet */
            c->refused[c->refused_count++] = (struct commit_refused){0, p->offset};
        }
    }
    return 0;
}

static int commit_record_write(struct scope_task *t)
{
    t->lineage = t->lineage ? t->lineage : task_lineage(t->env, ROLE_CHANGELOG_SCOPES, t->index);
    struct commit_record c = {.seq = t->commits + 1, .lineage = t->lineage, .layout = t->env->layout, .watermark_ms = t->done_ms, .input_count = 1,
                              .peer_count = t->sender_count, .peers = t->senders, .release = t->handover.how};
    c.inputs[0] = (struct commit_input){.topic = ROLE_PARTIALS, .first = t->input.first, .next = t->input.next, .max_ts_ms = TIME_NONE,
                                        .redo = t->input.next, .redo_max_ts_ms = TIME_NONE};
    if (t->pending_count && !PLANTED(SCOPE_REDO_LEFT_OUT)) {
        c.inputs[0].redo = t->pending[t->pending_first].offset;
    }
    buf_clear(&t->bytes);
    int rc = late_list(t, &c);
    rc = rc ? rc : commit_record_encode(&c, &t->bytes);
    rc = rc ? rc : epoch_add(t->env->epoch, ROLE_CHANGELOG_SCOPES, t->index, t->done_ms < 0 ? 0 : t->done_ms, (const uint8_t *)COMMIT_RECORD_KEY,
                             strlen(COMMIT_RECORD_KEY), t->bytes.at, t->bytes.len, NULL, 0);
    free(c.refused);
    t->commits += !rc;
    return rc;
}

bool scope_task_is_urgent(const struct scope_task *t)
{
    return t->dirty || scope_engine_changed_count(t->engine) > 0;
}

bool scope_task_has_work(const struct scope_task *t)
{
    return t->input.next > t->input.first || t->dirty || scope_engine_changed_count(t->engine) > 0;
}

static void guard_forget(struct scope_task *t)
{
    if (t->handover.guard) {
        guard_clean(t->handover.guard);
    }
}

int scope_task_commit(struct scope_task *t, uint32_t budget, uint32_t *ret_published)
{
    const struct scope_sink sink = {&t->env->epoch->bytes, flush_wrote, t};
    int rc = states_publish(t, budget, ret_published);
    if (t->env->memory_only) {
        scope_engine_clean(t->engine);
        guard_forget(t);
    } else {
        rc = rc ? rc : scope_engine_flush_to(t->engine, &sink);
        rc = rc || !t->handover.guard ? rc : guard_flush(t->handover.guard, flush_put, t);
        struct overflow_place at = {OVERFLOW_KEY, ROLE_CHANGELOG_SCOPES, t->index, t->done_ms < 0 ? 0 : t->done_ms};
        rc = rc ? rc : overflow_flush(&t->overflow, scope_engine_overflowed(t->engine), t->done_ms, t->env, &at, &t->bytes);
        rc = rc ? rc : commit_record_write(t);
    }
    rc = rc ? rc : epoch_offset_set(t->env->epoch, ROLE_PARTIALS, t->index, t->input.next);
    if (!rc) {
        t->input.first = t->input.next;
        t->dirty = false;
    }
    return rc;
}

static bool is_of_key(const struct record *r, const char *key)
{
    return r->key_len == strlen(key) && memcmp(r->key, key, r->key_len) == 0;
}

int scope_task_restore(struct scope_task *t, const struct record *r)
{
    if (!r->key || !r->key_len) {
        return CUBE_EFORMAT;
    }
    if (is_of_key(r, COMMIT_RECORD_KEY)) {
        return r->value ? commit_last_keep(&t->restored, t->env, r) : CUBE_EFORMAT;
    }
    if (PLANTED(SCOPE_TOMBSTONE_IGNORED) && !r->value) {
        return 0;
    }
    return records_last_keep(&t->records, r, t->env->seed);
}

static int record_read(struct scope_task *t, const struct record *r)
{
    struct text key = {(const char *)r->key, (uint32_t)r->key_len};
    if (is_of_key(r, OVERFLOW_KEY)) {
        return r->value ? overflow_restore(&t->overflow, r->value, r->value_len) : 0;
    }
    return t->handover.guard && key.at[0] == GUARD_KEY_MARK ? guard_restore(t->handover.guard, key, r->value, r->value_len)
                                                            : scope_engine_restore(t->engine, key, r->value, r->value_len);
}

int scope_task_record_take(struct scope_task *t, int64_t *ret_offset)
{
    struct record r;
    if (!records_last_next(&t->records, &r)) {
        records_last_close(&t->records);
        return 0;
    }
    int rc = record_read(t, &r);
    *ret_offset = rc ? r.offset : *ret_offset;
    return rc ? rc : 1;
}

int scope_task_records_read(struct scope_task *t, int64_t *ret_offset)
{
    int rc;
    while ((rc = scope_task_record_take(t, ret_offset)) == 1) {
    }
    return rc;
}

int scope_task_commit_read(struct scope_task *t, bool is_told)
{
    const struct commit_record *c = &t->restored.record;
    int rc = commit_last_read(&t->restored, t->env, is_told);
    if (!rc && t->restored.has && (c->peer_count != t->sender_count || c->input_count != 1)) { /* of this layout, and yet of others */
        rc = CUBE_EFORMAT;
        record_told(t->env, "changelog_refused", &t->restored.place, is_told ? rc : 0);
    }
    return rc;
}

static bool is_tick(const struct scope_task *t, int64_t ms)
{
    return ms == TIME_NONE || (ms % t->model->cube.tick_ms == 0 && ms > -TICK_LIMIT_MS && ms < TICK_LIMIT_MS);
}

/* The ticks that a commit record names are ticks, and no scope was worked on after them. */
static bool ticks_fit(const struct scope_task *t, const struct commit_record *c)
{
    const struct commit_release *how = &c->release;
    bool ticks = is_tick(t, c->watermark_ms) && is_tick(t, how->from_ms) && is_tick(t, how->guarded_ms) && is_tick(t, how->released_ms) &&
                 is_tick(t, how->turned_ms);
    bool guarded = !t->handover.guard || scope_engine_last_tick(guard_cells(t->handover.guard)) <= how->guarded_ms;
    return ticks && guarded && scope_engine_last_tick(t->engine) <= c->watermark_ms;
}

bool scope_task_is_at(const struct scope_task *t, int64_t committed)
{
    return (t->restored.has ? t->restored.record.inputs[0].next : 0) == (committed < 0 ? 0 : committed);
}

int scope_task_restored(struct scope_task *t, int64_t committed, int64_t *ret_from)
{
    const struct commit_record *c = &t->restored.record;
    CHECK_PRE(!t->records.count);
    int rc = scope_task_commit_read(t, false);
    if (rc) {
        return rc;
    }
    *ret_from = -1;
    if (!scope_task_is_at(t, committed)) {
        task_tell_offsets(t->env, ROLE_PARTIALS, t->index, committed, t->restored.has ? c->inputs[0].next : -1);
        return CUBE_ELAYOUT;
    }
    if (!t->restored.has) {
        return 0;
    }
    memcpy(t->senders, c->peers, t->sender_count * sizeof *t->senders);
    t->commits = c->seq;
    t->lineage = c->lineage;
    t->done_ms = c->watermark_ms;
    t->input.first = t->input.committed = c->inputs[0].next;
    t->input.next = c->inputs[0].redo;
    *ret_from = t->input.committed == 0 ? -1 : t->input.next; /* as in entity_restore.c */
    for (uint32_t i = 0; i < c->refused_count; i++) {
        int added = input_refused_add(&t->input.refused, c->refused[i].offset, false);
        if (added) {
            return added;
        }
    }
    scope_handover_restored(t, &c->release);
    rc = t->handover.guard ? guard_restored(t->handover.guard) : 0;
    rc = rc ? rc : scope_engine_restored(t->engine);
    if (rc) {
        scope_sums_told(t, 0, 0);
        return rc;
    }
    if (!ticks_fit(t, c)) {
        task_tell(t->env, 3, "changelog_refused", "scopes in the changelog were worked on after its commit record, which is damaged or too old");
        return CUBE_EFORMAT;
    }
    return 0;
}
