/* Commit of an entity task: bundles, customer records, changelog, commit record, offsets. */
#include <stdlib.h>
#include <string.h>

#include "scope/scope_table.h"
#include "task/entity_inner.h"
#include "task/planted.h"
#include "window/pane.h"

static int rows_seal(struct entity_task *t)
{
    struct row_list rows;
    int rc = row_spread(&t->spread, t->model, entity_engine_scopes(t->engine), entity_engine_deltas(t->engine), &rows);
    rc = rc ? rc : entity_rows_seal(t, &rows);
    if (!rc) {
        delta_table_clear(entity_engine_deltas(t->engine));
    }
    return rc;
}

static int customer_wait(struct entity_task *t, struct text key, bool erased)
{
    struct waiting w = {.key = key, .ts_ms = t->tick_ms};
    struct customer_view v;
    buf_clear(&t->bytes);
    if (!erased) {
        int rc = entity_engine_customer(t->engine, key, t->tick_ms, &v);
        rc = rc ? rc : output_customer(t->model, &v, t->env->format, &t->bytes);
        if (rc) {
            return rc;
        }
        w.value = t->bytes.at;
        w.value_len = t->bytes.len;
    }
    return publish_queue_put(t->waiting, &w);
}

/* All when the tick is over, the erased as well: they may come again before that. */
static int customers_seal(struct entity_task *t, bool complete)
{
    uint32_t n = entity_engine_published_count(t->engine);
    for (uint32_t i = 0; i < n; i++) {
        bool erased;
        struct text key = entity_engine_published_at(t->engine, i, &erased);
        int rc = complete || entity_engine_published_goes(t->engine, i) ? customer_wait(t, key, erased) : 0;
        if (rc) {
            return rc;
        }
    }
    entity_engine_published_clear(t->engine, !complete);
    return 0;
}

int entity_task_seal(struct entity_task *t, bool complete)
{
    if (t->catch_up.on && !PLANTED(CATCH_UP_ALOUD)) { /* all of it was sent when it was done first */
        delta_table_clear(entity_engine_deltas(t->engine));
        entity_engine_published_clear(t->engine, !complete);
        return 0;
    }
    int rc = rows_seal(t);
    return rc ? rc : customers_seal(t, complete);
}

/* Whole ticks below the applied watermark. */
int64_t entity_task_tells(const struct entity_task *t)
{
    return t->applied_ms == TIME_NONE ? TIME_NONE : pane_of(t->applied_ms, t->model->cube.tick_ms) * t->model->cube.tick_ms;
}

int64_t entity_task_told(const struct entity_task *t)
{
    int64_t least_ms = INT64_MAX;
    for (uint32_t q = 0; q < (uint32_t)t->env->layout.scopes; q++) {
        least_ms = t->told_tick_ms[q] < least_ms ? t->told_tick_ms[q] : least_ms;
    }
    return least_ms;
}

bool entity_task_has_moved(const struct entity_task *t)
{
    return t->commits > 0 && t->applied_ms != t->committed_ms;
}

static bool has_state_news(const struct entity_task *t, uint32_t q)
{
    return t->told_state[q] != entity_task_state(t) + 1 && entity_task_knows_state(t);
}

/* What was told are whole ticks: one more is over. Asked at every turn, so nothing is divided. */
static bool has_news(const struct entity_task *t, uint32_t q)
{
    bool never = t->told_tick_ms[q] == TIME_NONE;
    return (t->applied_ms != TIME_NONE && (never || t->applied_ms >= t->told_tick_ms[q] + t->model->cube.tick_ms)) || has_state_news(t, q);
}

static bool must_tell(const struct entity_task *t, uint32_t q)
{
    return t->writers[q].rows || t->release_untold || has_news(t, q);
}

static int bundles_send(struct entity_task *t)
{
    int sent = entity_guarded_send(t);
    if (sent) {
        return sent;
    }
    for (uint32_t q = 0; q < (uint32_t)t->env->layout.scopes; q++) {
        if (!must_tell(t, q)) {
            continue;
        }
        int rc = entity_task_send(t, q, true);
        if (rc) {
            return rc;
        }
        t->told_tick_ms[q] = entity_task_tells(t);
        t->told_state[q] = (uint8_t)(entity_task_state(t) + 1);
    }
    t->release_untold = false;
    return 0;
}

bool entity_task_is_urgent(const struct entity_task *t)
{
    for (uint32_t q = 0; q < (uint32_t)t->env->layout.scopes; q++) {
        if (has_state_news(t, q)) {
            return true;
        }
    }
    return publish_queue_count(t->waiting) > 0;
}

bool entity_task_has_work(const struct entity_task *t)
{
    for (uint32_t i = 0; i < t->input_count; i++) {
        if (t->inputs[i].next > t->inputs[i].first) {
            return true;
        }
    }
    if (publish_queue_count(t->waiting) || !delta_table_is_empty(entity_engine_deltas(t->engine))) {
        return true;
    }
    for (uint32_t q = 0; q < (uint32_t)t->env->layout.scopes; q++) {
        if (must_tell(t, q)) {
            return true;
        }
    }
    return t->guarded.rows > 0 || redo_is_old(t) || entity_retention_has_work(t) || entity_engine_urgent_count(t->engine) > 0;
}

/* ---- changelog -------------------------------------------------------------------------------------- */

int entity_changelog_put(struct entity_task *t, char mark, struct text key, const uint8_t *at, size_t len)
{
    buf_clear(&t->key);
    uint8_t *to = buf_room(&t->key, key.len + (size_t)1);
    if (!to) {
        return CUBE_ENOMEM;
    }
    *to = (uint8_t)mark;
    memcpy(to + 1, key.at, key.len);
    buf_taken(&t->key, to + 1 + key.len);
    return epoch_add(t->env->epoch, t->changelog, t->index, t->applied_ms < 0 ? 0 : t->applied_ms, t->key.at, t->key.len, at, len, NULL, 0);
}

/* What entity_parts writes through: mark 0 stands for the entity's own key. */
static int part_put(void *arg, uint8_t mark, struct text key, const uint8_t *value, size_t len)
{
    return entity_changelog_put(arg, mark ? mark : ENTITY_KEY_MARK, key, value, len);
}

static int entity_put(struct entity_task *t, struct text key, bool erased)
{
    if (erased && PLANTED(TOMBSTONE_LEFT_OUT)) {
        return 0;
    }
    if (erased) {
        int rc = entity_parts_erase(t->parts, key, part_put, t);
        return rc ? rc : entity_changelog_put(t, ENTITY_KEY_MARK, key, NULL, 0);
    }
    int rc = entity_words_flush(t);
    if (rc || t->bytes.len > ENTITY_PART_BYTES) {
        return rc ? rc : entity_parts_write(t->parts, key, &t->bytes, part_put, t);
    }
    return entity_changelog_put(t, ENTITY_KEY_MARK, key, t->bytes.at, t->bytes.len);
}

int entity_stamp_encode(struct entity_task *t)
{
    struct stamp s = {.applied_ms = t->applied_ms + (PLANTED(STAMP_AHEAD) ? t->model->cube.tick_ms : 0)};
    for (uint32_t k = 0; k < t->input_count; k++) {
        s.next[k] = PLANTED(STAMP_BEHIND) ? t->inputs[k].first : t->inputs[k].next;
    }
    buf_clear(&t->stamp);
    return stamp_put(&t->stamp, &s, t->input_count);
}

int entity_value_append(struct entity_task *t, uint32_t i)
{
    int rc = buf_append(&t->bytes, t->stamp.at, t->stamp.len);
    return rc ? rc : entity_engine_dirty_encode(t->engine, i, &t->bytes);
}

static int value_encode(struct entity_task *t, uint32_t i)
{
    buf_clear(&t->bytes);
    return entity_value_append(t, i);
}

static int urgent_flush(struct entity_task *t)
{
    uint32_t n = entity_engine_urgent_count(t->engine);
    for (uint32_t u = 0; u < n; u++) {
        bool erased, changed;
        uint32_t i;
        if (!entity_engine_urgent_at(t->engine, u, &i)) {
            continue;
        }
        int rc = value_encode(t, i);
        rc = rc ? rc : entity_put(t, entity_engine_dirty_at(t->engine, i, &erased, &changed), false);
        if (rc) {
            return rc;
        }
        entity_engine_urgent_written(t->engine, u);
    }
    entity_engine_urgent_clean(t->engine);
    return 0;
}

/* With a tombstone nothing may be read again from before it: its generation is written as a whole. */
static bool any_erased(const struct entity_task *t, uint32_t n)
{
    bool any = false;
    for (uint32_t i = 0; i < n && !any; i++) {
        bool erased, changed;
        any = entity_engine_dirty_at(t->engine, i, &erased, &changed).at && erased;
    }
    return any;
}

static int place_flush(struct entity_task *t, uint32_t i)
{
    bool erased, changed;
    struct text key = entity_engine_dirty_at(t->engine, i, &erased, &changed);
    int rc = !key.at || erased ? 0 : value_encode(t, i);
    return rc || !key.at ? rc : entity_put(t, key, erased);
}

/* Writes the first n places of the queue, or as many of them as may go at once. *ret_n: how many. */
static int places_flush(struct entity_task *t, uint32_t n, bool at_once, uint32_t *ret_n)
{
    size_t share = redo_share(t), begun = t->env->epoch->bytes.len;
    int rc = 0;
    *ret_n = n;
    for (uint32_t i = 0; i < n && !rc; i++) {
        if (!at_once && t->env->epoch->bytes.len - begun > share) {
            at_once = any_erased(t, n);
            *ret_n = at_once ? n : i;
            n = *ret_n;
        }
        rc = i < n ? place_flush(t, i) : 0;
    }
    return rc;
}

static int entities_flush(struct entity_task *t)
{
    bool at_once;
    uint32_t n = redo_due(t, &at_once);
    uint64_t until = entity_engine_dirty_first(t->engine) + n;
    int rc = entity_stamp_encode(t);
    rc = rc || at_once ? rc : urgent_flush(t);
    uint64_t first = entity_engine_dirty_first(t->engine); /* the urgent ones may have been the oldest */
    n = until > first ? (uint32_t)(until - first) : 0;
    rc = rc ? rc : places_flush(t, n, at_once, &n);
    if (rc) {
        return rc;
    }
    if (n == entity_engine_dirty_count(t->engine) || PLANTED(CLEAN_UNWRITTEN)) {
        entity_engine_clean(t->engine);
    } else {
        entity_engine_clean_first(t->engine, n);
    }
    return 0;
}

/* Behind what is written: what its copy lacks then. */
static int notes_flush(struct entity_task *t)
{
    bool noted;
    int rc = notes_write(t, &noted);
    redo_begin(t);
    return rc || !noted ? rc : notes_head_write(t);
}

static int waiting_put(void *arg, const struct waiting *w)
{
    struct entity_task *t = arg;
    buf_clear(&t->bytes);
    int rc = put_uint(&t->bytes, WAITING_VERSION);
    rc = rc ? rc : put_uint(&t->bytes, w->turn);
    rc = rc ? rc : put_int(&t->bytes, w->ts_ms);
    rc = rc ? rc : put_uint(&t->bytes, w->value != NULL);
    rc = rc ? rc : buf_append(&t->bytes, w->value, w->value_len);
    return rc ? rc : entity_changelog_put(t, WAITING_KEY_MARK, w->key, t->bytes.at, t->bytes.len);
}

static int record_fill(struct entity_task *t, struct commit_record *c)
{
    const struct generation *oldest = redo_oldest(t);
    t->lineage = t->lineage ? t->lineage : task_lineage(t->env, t->changelog, t->index);
    *c = (struct commit_record){.seq = t->commits + 1, .lineage = t->lineage, .layout = t->env->layout, .watermark_ms = t->applied_ms,
                                .redo_watermark_ms = oldest->applied_ms, .input_count = t->input_count};
    c->peers = calloc((size_t)t->env->layout.scopes, sizeof *c->peers);
    if (!c->peers) {
        return CUBE_ENOMEM;
    }
    c->peer_count = (uint32_t)t->env->layout.scopes;
    for (uint32_t q = 0; q < c->peer_count; q++) {
        c->peers[q] = (struct commit_peer){t->seqs[q], t->told_state[q] > 0,
                                           (uint8_t)(t->told_state[q] ? t->told_state[q] - 1 : 0), t->told_tick_ms[q]};
    }
    for (uint32_t i = 0; i < t->input_count; i++) {
        struct task_input *in = &t->inputs[i];
        struct commit_input *ci = &c->inputs[i];
        *ci = (struct commit_input){.topic = (uint8_t)in->role, .first = in->first, .next = in->next, .max_ts_ms = in->max_ts_ms,
                                    .redo = redo_from(t, i), .redo_max_ts_ms = oldest->inputs[i].max_ts_ms};
        memcpy(ci->counts, in->counts, sizeof ci->counts);
    }
    return 0;
}

static int commit_record_write(struct entity_task *t)
{
    struct commit_record c;
    int rc = record_fill(t, &c);
    buf_clear(&t->bytes);
    rc = rc ? rc : commit_record_encode(&c, &t->bytes);
    rc = rc ? rc : epoch_add(t->env->epoch, t->changelog, t->index, t->applied_ms < 0 ? 0 : t->applied_ms, (const uint8_t *)COMMIT_RECORD_KEY,
                             strlen(COMMIT_RECORD_KEY), t->bytes.at, t->bytes.len, NULL, 0);
    commit_record_close(&c);
    if (!rc) {
        t->commits++;
        t->committed_ms = t->applied_ms;
    }
    return rc;
}

static int customers_publish(struct entity_task *t, uint32_t budget, uint32_t *ret_published)
{
    struct waiting w;
    uint32_t n = 0;
    while (n < budget && !publish_queue_first(t->waiting, &w)) {
        int rc;
        if (w.value) {
            struct buf value = {(uint8_t *)w.value, w.value_len, w.value_len};
            rc = task_output(t->env, ROLE_CUSTOMERS, w.key, w.ts_ms, &value);
        } else {
            rc = epoch_add(t->env->epoch, ROLE_CUSTOMERS, PARTITION_BY_KEY, w.ts_ms, (const uint8_t *)w.key.at, w.key.len, NULL, 0, NULL, 0);
        }
        rc = rc || !w.stored ? rc : entity_changelog_put(t, WAITING_KEY_MARK, w.key, NULL, 0);
        if (rc) {
            return rc;
        }
        publish_queue_drop_first(t->waiting);
        n++;
    }
    *ret_published = n;
    return 0;
}

int entity_task_commit(struct entity_task *t, uint32_t budget, uint32_t *ret_published)
{
    int rc = epoch_take(t->env->epoch, &t->kept);
    rc = rc ? rc : entity_task_seal(t, t->applied_ms >= t->tick_ms);
    rc = rc ? rc : bundles_send(t);
    rc = rc ? rc : customers_publish(t, budget, ret_published);
    if (t->env->memory_only) {
        entity_engine_clean(t->engine);
    } else {
        rc = rc ? rc : entities_flush(t);
        rc = rc ? rc : notes_flush(t);
        rc = rc ? rc : entity_retention_flush(t);
        rc = rc || PLANTED(QUEUE_NOT_STORED) ? rc : publish_queue_store(t->waiting, waiting_put, t);
        rc = rc ? rc : entity_task_dead_flush(t);
        rc = rc ? rc : entity_task_overflow_flush(t);
        rc = rc ? rc : entity_ids_flush(t);
        rc = rc ? rc : entity_refused_flush(t);
        rc = rc ? rc : commit_record_write(t);
    }
    for (uint32_t i = 0; i < t->input_count && !rc; i++) {
        rc = epoch_offset_set(t->env->epoch, t->inputs[i].role, t->inputs[i].partition, t->inputs[i].next);
        t->inputs[i].first = t->inputs[i].next;
    }
    return rc;
}

