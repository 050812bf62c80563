#include "task/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/murmur2.h"
#include "task/replay_inner.h"
#include "task/scope_retention.h"
#include "window/pane.h"

/* What is let out, and the gifts of the release before: more is never waited for at one tick. */
#define HANDOVER_ROUNDS_MAX 4

/* How far the entity tasks of --final go ahead of the scopes. */
enum { BATCH_RECORDS = 2000, BATCH_MS = 6 * 3600 * 1000 };

static int tasks_create(struct replay *r)
{
    uint32_t n = (uint32_t)r->options.partitions;
    r->entities = calloc(2 * (size_t)n, sizeof(struct entity_task *));
    r->scopes = calloc(n, sizeof(struct scope_task *));
    r->next_offset = calloc((size_t)n * INPUT_ROLES, sizeof *r->next_offset);
    if (!r->entities || !r->scopes || !r->next_offset) {
        return CUBE_ENOMEM;
    }
    int rc = 0;
    for (uint32_t i = 0; i < 2 * n && !rc; i++) {
        bool customers = i < n;
        rc = entity_task_create(&r->env, customers ? SENDER_CUSTOMERS : SENDER_EMPLOYEES, (int32_t)(customers ? i : i - n), &r->entities[i]);
        r->entity_count += !rc;
    }
    for (uint32_t i = 0; i < n && !rc; i++) {
        rc = scope_task_create(&r->env, (int32_t)i, NULL, NULL, &r->scopes[i]);
        r->scope_count += !rc;
    }
    return rc;
}

static int options_copy(struct replay *r, const struct replay_options *o)
{
    r->options = *o;
    r->at_ms = malloc((o->at_count + 1) * sizeof *r->at_ms);
    if (!r->at_ms) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < o->at_count; i++) {
        r->at_ms[i] = o->at_ms[i];
    }
    r->every_next_ms = INT64_MIN;
    return 0;
}

static uint32_t headers_give(const struct record *r, struct header *ret_h)
{
    const struct input_record *in = r->origin;
    for (uint32_t i = 0; i < in->header_count; i++) {
        ret_h[i] = in->headers[i];
    }
    return in->header_count;
}

int replay_create(const struct config *c, const struct replay_options *o, replay_sink_fn *sink, void *arg, struct replay **ret_r)
{
    struct replay *r = calloc(1, sizeof *r);
    if (!r) {
        return CUBE_ENOMEM;
    }
    r->sink = sink;
    r->arg = arg;
    r->max_ts_ms = r->done_tick_ms = r->batch_ms = INT64_MIN;
    r->env = (struct task_env){.config = c, .format = FORMAT_JSON, .common_max_ts_ms = &r->max_ts_ms,
                               .epoch = &r->epoch, .now_ms = TIME_NONE, .memory_only = true, .last_states = o->last_states,
                               .shows_customers = o->customers};
    r->env.headers = headers_give;
    r->env.layout = (struct layout_stamp){o->partitions, o->partitions, o->partitions, 0};
    int rc = options_copy(r, o);
    rc = rc ? rc : decode_scratch_create_with(c->names, &r->env.scratch);
    rc = rc ? rc : tasks_create(r);
    if (rc) {
        replay_destroy(r);
        return rc;
    }
    *ret_r = r;
    return 0;
}

void replay_destroy(struct replay *r)
{
    if (!r) {
        return;
    }
    for (uint32_t i = 0; i < r->entity_count; i++) {
        entity_task_destroy(r->entities[i]);
    }
    for (uint32_t i = 0; i < r->scope_count; i++) {
        scope_task_destroy(r->scopes[i]);
    }
    free(r->entities);
    free(r->scopes);
    free(r->next_offset);
    free(r->at_ms);
    decode_scratch_destroy(r->env.scratch);
    epoch_close(&r->epoch);
    buf_close(&r->bytes);
    free(r);
}

/* ---- output ----------------------------------------------------------------------------------------- */

static bool is_public(enum topic_role role)
{
    return role >= ROLE_STATE && role <= ROLE_DEAD_LETTERS;
}

static int message_print(struct replay *r, const struct epoch_message *m)
{
    struct header headers[RECORD_HEADERS_MAX + 8];
    bool refused = m->role == ROLE_LATE || m->role == ROLE_DEAD_LETTERS;
    struct replay_line line = {.topic = r->env.config->topics[m->role], .key = epoch_key(&r->epoch, m), .key_len = m->key_len,
                               .ts_ms = m->timestamp_ms, .value = epoch_value(&r->epoch, m), .value_len = m->value_len, .headers = headers};
    for (uint32_t i = 0; refused && i < m->header_count; i++) {
        headers[line.header_count++] = epoch_header(&r->epoch, m, i);
    }
    return r->sink(r->arg, &line);
}

/* Bundles go to their scope tasks, public records to the sink, the rest nowhere. */
static int epoch_deliver(struct replay *r)
{
    for (uint32_t i = 0; i < r->epoch.message_count; i++) {
        const struct epoch_message *m = &r->epoch.messages[i];
        int rc = 0;
        if (m->role == ROLE_PARTIALS) {
            int64_t *offset = &r->next_offset[ROLE_PARTIALS * r->options.partitions + m->partition];
            struct record rec = {.role = m->role, .partition = m->partition, .offset = (*offset)++, .timestamp_ms = m->timestamp_ms,
                                 .value = epoch_value(&r->epoch, m), .value_len = m->value_len};
            rc = scope_task_record(r->scopes[m->partition], &rec);
        } else if (is_public(m->role)) {
            rc = message_print(r, m);
        }
        if (rc) {
            return rc;
        }
    }
    epoch_clear(&r->epoch);
    return 0;
}

/* ---- time ------------------------------------------------------------------------------------------- */

static int entities_commit(struct replay *r)
{
    int rc = 0;
    for (uint32_t i = 0; i < r->entity_count && !rc; i++) {
        uint32_t published;
        rc = entity_task_commit(r->entities[i], UINT32_MAX, &published);
    }
    return rc ? rc : epoch_deliver(r);
}

static int entities_step(struct replay *r, int64_t wm_ms)
{
    int rc = 0;
    for (uint32_t i = 0; i < r->scope_count && !rc; i++) {
        rc = scope_retention_pass(r->scopes[i], r->entities[i]);
    }
    for (uint32_t i = 0; i < r->entity_count && !rc; i++) {
        rc = entity_task_advance(r->entities[i], wm_ms);
    }
    return rc;
}

/* The first release of which some customers wait to be told; INT64_MAX none. */
static int64_t release_awaited(const struct replay *r)
{
    int64_t first_ms = INT64_MAX;
    for (uint32_t i = 0; i < r->scope_count; i++) {
        int64_t release_ms = entity_task_awaits(r->entities[i]);
        first_ms = release_ms < first_ms ? release_ms : first_ms;
    }
    return first_ms;
}

static int scopes_advance(struct replay *r, int64_t tick_ms)
{
    int rc = 0;
    for (uint32_t i = 0; i < r->scope_count && !rc; i++) {
        uint32_t published;
        rc = scope_task_advance(r->scopes[i], tick_ms);
        rc = rc ? rc : scope_task_commit(r->scopes[i], r->options.last_states ? 0 : UINT32_MAX, &published);
    }
    return rc ? rc : epoch_deliver(r);
}

/* Those that wait for the hand-over of another go on once it is delivered. */
static int scopes_step(struct replay *r, int64_t tick_ms)
{
    bool waits = true;
    uint64_t before = 0;
    int rc = 0;
    for (int rounds = 0; waits && !rc; rounds++) {
        CHECK_POST(rounds < HANDOVER_ROUNDS_MAX);
        uint64_t done = 0; /* of all tasks together: it changes when one gets a release further */
        rc = scopes_advance(r, tick_ms);
        waits = false;
        for (uint32_t i = 0; i < r->scope_count; i++) {
            waits |= scope_task_waits(r->scopes[i]);
            done += (uint64_t)scope_task_done(r->scopes[i]);
        }
        rounds = done != before ? 0 : rounds;
        before = done;
    }
    return rc;
}

/* Where retention is observed, release by release: who waits for one holds back the scopes until it is decided. */
static int entities_advance(struct replay *r, int64_t wm_ms)
{
    int64_t release_ms, before_ms = INT64_MIN;
    int rc = entities_step(r, wm_ms);
    while (!rc && (release_ms = release_awaited(r)) != INT64_MAX) {
        CHECK_POST(release_ms > before_ms);
        before_ms = release_ms;
        rc = entities_commit(r);
        rc = rc ? rc : scopes_step(r, release_ms);
        rc = rc ? rc : entities_step(r, wm_ms);
    }
    return rc;
}

static int tick_step(struct replay *r, int64_t tick_ms)
{
    int rc = entities_advance(r, tick_ms);
    rc = rc ? rc : entities_commit(r);
    rc = rc ? rc : scopes_step(r, tick_ms);
    if (!rc && replay_snapshot_next(r) <= tick_ms) {
        rc = replay_snapshot(r, tick_ms);
    }
    r->done_tick_ms = tick_ms;
    return rc;
}

/* The next tick at which some task or a snapshot has something to do. */
static int64_t tick_next(const struct replay *r)
{
    int64_t next = INT64_MAX, tick_ms = r->env.config->model.cube.tick_ms;
    for (uint32_t i = 0; i < r->entity_count; i++) {
        int64_t t = entity_task_next(r->entities[i]);
        int64_t tick = t == INT64_MAX ? t : tick_after(t, tick_ms);
        next = tick < next ? tick : next;
    }
    for (uint32_t i = 0; i < r->scope_count; i++) {
        int64_t tick = scope_task_next_tick(r->scopes[i]);
        next = tick < next ? tick : next;
    }
    if (next <= r->done_tick_ms) { /* left by a straggler: at the next tick */
        next = r->done_tick_ms + tick_ms;
    }
    int64_t at = replay_snapshot_next(r);
    return at < next ? at : next;
}

static int watermark_to(struct replay *r, int64_t wm_ms)
{
    int64_t next_ms;
    while ((next_ms = tick_next(r)) <= wm_ms) {
        int rc = tick_step(r, next_ms);
        if (rc) {
            return rc;
        }
    }
    return entities_advance(r, wm_ms);
}

/* Where only the last states are asked for, commits need not be at every tick: what the entity tasks have to tell
 * waits for some records or some time, as in a daemon under load. */
static int batch_step(struct replay *r)
{
    int64_t tick_ms = r->env.config->model.cube.tick_ms;
    if (r->batch_ms == INT64_MIN) {
        return 0;
    }
    int rc = entities_commit(r);
    r->done_tick_ms = pane_of(r->batch_ms, tick_ms) * tick_ms;
    rc = rc ? rc : scopes_step(r, r->done_tick_ms);
    r->batch_ms = INT64_MIN;
    r->batched = 0;
    return rc;
}

static int batch_to(struct replay *r, int64_t wm_ms)
{
    if (r->batch_ms == INT64_MIN) {
        r->batch_from_ms = wm_ms;
    }
    int rc = entities_advance(r, wm_ms);
    r->batch_ms = wm_ms;
    return !rc && (++r->batched == BATCH_RECORDS || wm_ms - r->batch_from_ms >= BATCH_MS) ? batch_step(r) : rc;
}

static int time_to(struct replay *r, int64_t wm_ms)
{
    if (r->options.last_states && replay_snapshot_next(r) > wm_ms) {
        return batch_to(r, wm_ms);
    }
    int rc = batch_step(r);
    return rc ? rc : watermark_to(r, wm_ms);
}

/* ---- input ------------------------------------------------------------------------------------------ */

static struct entity_task *task_of(struct replay *r, enum topic_role role, int32_t partition)
{
    return r->entities[partition + (role == ROLE_HR ? r->options.partitions : 0)];
}

/* Commits in the middle of ticks must not show in what comes out. */
static int commit_count(struct replay *r)
{
    if (!r->options.commit_every || ++r->uncommitted < r->options.commit_every) {
        return 0;
    }
    r->uncommitted = 0;
    return entities_commit(r);
}

int replay_record(struct replay *r, const struct input_record *in, enum record_outcome *ret_outcome)
{
    CHECK_PRE(in->header_count <= RECORD_HEADERS_MAX);
    int32_t partition = in->key ? murmur2_partition(in->key, in->key_len, r->options.partitions) : 0;
    int64_t *offset = &r->next_offset[(int32_t)in->role * r->options.partitions + partition];
    struct record rec = {.role = in->role, .partition = partition, .offset = *offset, .timestamp_ms = in->ts_ms, .key = in->key,
                         .key_len = in->key_len, .value = in->value, .value_len = in->value_len, .origin = (void *)(uintptr_t)in};
    int64_t before_ms = r->max_ts_ms;
    int rc = entity_task_record(task_of(r, in->role, partition), &rec, r->options.now_ms, ret_outcome);
    if (rc) {
        return rc;
    }
    ++*offset;
    if (before_ms == INT64_MIN && r->max_ts_ms != INT64_MIN && r->options.every_ms) {
        r->every_next_ms = tick_after(r->max_ts_ms - 1, r->options.every_ms);
    }
    if (r->max_ts_ms != before_ms) {
        int64_t wm_ms = r->max_ts_ms - r->env.config->model.time.out_of_order_ms;
        rc = time_to(r, wm_ms < r->options.until_ms ? wm_ms : r->options.until_ms);
    }
    return rc ? rc : commit_count(r);
}

int64_t replay_max_ts(const struct replay *r)
{
    return r->max_ts_ms;
}

/* The states that waited for the end. */
static int states_finish(struct replay *r)
{
    int rc = 0;
    for (uint32_t i = 0; i < r->scope_count && !rc; i++) {
        uint32_t published;
        rc = scope_task_commit(r->scopes[i], UINT32_MAX, &published);
    }
    return rc ? rc : epoch_deliver(r);
}

int replay_finish(struct replay *r, int64_t until_ms)
{
    if (until_ms == INT64_MIN) { /* no event moved the time: dead letters are all there is */
        return entities_commit(r);
    }
    int rc = batch_step(r);
    rc = rc ? rc : watermark_to(r, until_ms);
    /* Late records and dead letters since the last tick, and what stragglers left. */
    rc = rc ? rc : tick_step(r, pane_of(until_ms, r->env.config->model.cube.tick_ms) * r->env.config->model.cube.tick_ms);
    return rc ? rc : states_finish(r);
}
