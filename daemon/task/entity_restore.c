/* Restore of an entity task from its changelog, and snapshots of its customers. */
#include <string.h>

#include "task/entity_inner.h"
#include "task/planted.h"
#include "window/pane.h"

static bool has_key(const struct record *r, const char *key)
{
    return r->key_len == strlen(key) && memcmp(r->key, key, r->key_len) == 0;
}

static int waiting_restore(struct entity_task *t, struct text key, const struct record *r)
{
    if (!r->value) {
        publish_queue_restore_none(t->waiting, key);
        return 0;
    }
    struct cursor c = {r->value, r->value + r->value_len};
    struct waiting w = {.key = key};
    uint64_t version, has_value;
    int rc = get_uint(&c, &version);
    if (!rc && version != WAITING_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_uint(&c, &w.turn);
    rc = rc ? rc : get_int(&c, &w.ts_ms);
    rc = rc ? rc : get_uint(&c, &has_value);
    if (rc) {
        return rc;
    }
    w.value = has_value ? c.at : NULL;
    w.value_len = has_value ? (size_t)(c.end - c.at) : 0;
    return publish_queue_restore(t->waiting, &w);
}

/* Of a tombstone: who has the key now, which may be noted. */
static void before_tombstone(struct entity_task *t, struct text key)
{
    uint32_t number;
    if (t->notes.capacity && entity_engine_number(t->engine, key, entity_engine_hash(t->engine, key), &number) == 0) {
        int rc = notes_set(&t->notes, number, 0);
        (void)rc; /* taking out needs no memory */
    }
}

/* Puts back an entity from its value, len 0: a tombstone, and remembers what of the inputs it holds. place: of a note, + 1; 0: it is a record. */
static int value_restore(struct entity_task *t, struct text key, const uint8_t *value, size_t len, uint64_t noted)
{
    struct cursor c = {value, value ? value + len : NULL};
    uint32_t place = 0, number;
    if (!len) {
        before_tombstone(t, key);
        return entity_engine_restore(t->engine, key, NULL, 0, NULL);
    }
    int rc = stamps_get(&t->catch_up.stamps, &c, t->input_count, &place);
    rc = rc ? rc : c.at == c.end ? CUBE_EFORMAT : 0; /* a stamp of nothing */
    rc = rc ? rc : entity_engine_restore(t->engine, key, c.at, (size_t)(c.end - c.at), &number);
    rc = rc ? rc : stamps_set(&t->catch_up.stamps, number, place);
    return rc ? rc : notes_set(&t->notes, number, noted);
}

static int joined_restore(void *arg, struct text key, const uint8_t *value, size_t len)
{
    return value_restore(arg, key, value, len, 0);
}

int entity_parts_restore(struct entity_task *t)
{
    return entity_parts_join(t->parts, joined_restore, t);
}

static int entity_restore(struct entity_task *t, const struct record *r, struct text key)
{
    uint32_t number = 0;
    if (PLANTED(TOMBSTONE_IGNORED) && !r->value) {
        return 0;
    }
    int rc = r->key[0] == ENTITY_KEY_MARK ? 0 : r->key[0] == PART_KEY_MARK ? entity_parts_key(key, &number, &key) : CUBE_EVERSION;
    if (rc) {
        task_tell(t->env, 3, "changelog_refused", "a key in the changelog was written by a newer version, or not by cubed");
        return rc;
    }
    struct cursor value = {r->value, r->value ? r->value + r->value_len : NULL};
    uint64_t noted = 0;
    rc = r->offset < 0 && number == 0 ? notes_value_get(&value, &noted) : 0;
    rc = rc ? rc : entity_parts_take(t->parts, number, key, value.at, (size_t)(value.end - value.at));
    return rc ? (rc < 0 ? rc : 0) : value_restore(t, key, value.at, (size_t)(value.end - value.at), noted);
}

int entity_task_restore(struct entity_task *t, const struct record *r)
{
    if (!r->key || !r->key_len) {
        return CUBE_EFORMAT;
    }
    struct text key = {(const char *)r->key + 1, (uint32_t)r->key_len - 1};
    if (r->key[0] == ENTITY_KEY_MARK) { /* as nearly all are */
        return entity_restore(t, r, key);
    }
    if (has_key(r, COMMIT_RECORD_KEY)) {
        return r->value ? commit_last_keep(&t->restored, t->env, r) : 0;
    }
    if (has_key(r, OVERFLOW_KEY)) {
        return r->value ? overflow_restore(&t->overflow, r->value, r->value_len) : 0;
    }
    if (notes_is_head(r)) {
        return notes_head_take(&t->notes, r);
    }
    if (r->key[0] == IDS_KEY_MARK && r->offset < 0) {
        return noted_ids_take(t, key, r);
    }
    if (noted_ids_is_head(r)) {
        return noted_ids_head_take(t, r);
    }
    int ids = entity_ids_restore(t, r);
    if (ids != CUBE_ENOTFOUND) {
        return ids;
    }
    if (has_key(r, DEAD_SHARE_KEY)) {
        return r->value && !PLANTED(LETTERS_FORGOTTEN) ? dead_share_restore(&t->dead, r->value, r->value_len) : 0;
    }
    if (r->key[0] == RETENTION_KEY_MARK) {
        return entity_retention_restore(t, r);
    }
    if (r->key[0] == WORD_KEY_MARK) {
        return entity_words_restore(t, key, r);
    }
    if (r->key[0] == REFUSED_KEY_MARK) {
        return entity_refused_restore(t, key, r);
    }
    if (r->key[0] == WAITING_KEY_MARK) {
        return waiting_restore(t, key, r);
    }
    return entity_restore(t, r, key);
}

int entity_task_commit_read(struct entity_task *t, bool is_told)
{
    return commit_last_read(&t->restored, t->env, is_told);
}

static bool input_is_at(const struct entity_task *t, uint32_t i, int64_t committed)
{
    const struct commit_record *c = &t->restored.record;
    int64_t next = committed < 0 ? 0 : committed;
    return t->restored.has ? i < c->input_count && c->inputs[i].topic == (uint8_t)t->inputs[i].role && c->inputs[i].next == next : next == 0;
}

bool entity_task_is_at(const struct entity_task *t, const int64_t *committed)
{
    bool is = true;
    for (uint32_t i = 0; i < t->input_count; i++) {
        is = is && input_is_at(t, i, committed[i]);
    }
    return is;
}

static int restore_inputs(struct entity_task *t, const int64_t *committed, int64_t *ret_from)
{
    const struct commit_record *c = &t->restored.record;
    for (uint32_t i = 0; i < t->input_count; i++) {
        struct task_input *in = &t->inputs[i];
        const struct commit_input *ci = &c->inputs[i];
        if (!input_is_at(t, i, committed[i])) {
            task_tell_offsets(t->env, in->role, in->partition, committed[i], i < c->input_count ? ci->next : -1);
            return CUBE_ELAYOUT;
        }
        in->first = in->committed = ci->next;
        in->next = PLANTED(REREAD_FROM_START) ? 0 : t->notes.ids[i].start.offset;
        ret_from[i] = ci->next == 0 ? -1 : in->next; /* nothing was read yet: its start may be later than 0 */
        in->max_ts_ms = t->notes.ids[i].start.max_ts_ms;
        in->committed_max_ts_ms = ci->max_ts_ms;
        t->ever_held = t->ever_held || ci->max_ts_ms != TIME_NONE;
        memcpy(in->counts, ci->counts, sizeof in->counts);
    }
    entity_task_dead_restored(t);
    for (uint32_t k = 0; k < c->refused_count; k++) { /* of a version that had them all in here */
        if (c->refused[k].input >= t->input_count) {
            task_tell(t->env, 3, "changelog_refused", "the commit record in the changelog names an input that the task does not have");
            return CUBE_EFORMAT;
        }
        int rc = input_refused_add(&t->inputs[c->refused[k].input].refused, c->refused[k].offset, false);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

int entity_task_restored(struct entity_task *t, const int64_t *committed, int64_t *ret_from)
{
    int rc = entity_task_commit_read(t, false);
    if (rc) {
        return rc;
    }
    for (uint32_t i = 0; i < t->input_count && !t->restored.has; i++) {
        if (!input_is_at(t, i, committed[i])) {
            task_tell_offsets(t->env, t->inputs[i].role, t->inputs[i].partition, committed[i], -1);
            return CUBE_ELAYOUT;
        }
        ret_from[i] = -1;
    }
    if (!t->restored.has) {
        noted_ids_restored(t, false);
        return 0;
    }
    const struct commit_record *c = &t->restored.record;
    t->commits = c->seq + PLANTED(COMMIT_SKIPPED);
    t->lineage = c->lineage;
    t->watermark_ms = PLANTED(WATERMARK_FORGOTTEN) ? TIME_NONE : c->watermark_ms;
    for (uint32_t q = 0; q < c->peer_count && q < (uint32_t)t->env->layout.scopes; q++) {
        t->seqs[q] = PLANTED(SEQ_STARTS_AGAIN) ? 0 : c->peers[q].seq - (PLANTED(SEQ_USED_AGAIN) && c->peers[q].seq > 0);
        t->told_tick_ms[q] = c->peers[q].watermark_ms;
        t->told_state[q] = (uint8_t)(c->peers[q].heard ? c->peers[q].state + 1 : 0);
    }
    publish_queue_restored(t->waiting);
    t->committed_ms = c->watermark_ms;
    rc = entity_parts_restore(t);
    rc = rc ? rc : notes_restored(t);
    rc = rc ? rc : restore_inputs(t, committed, ret_from);
    if (!rc) {
        catch_up_begin(t, PLANTED(WATERMARK_FORGOTTEN) ? TIME_NONE : c->redo_watermark_ms, t->watermark_ms);
        entity_retention_restored(t);
    }
    return rc;
}

struct snapshot {
    struct entity_task *task;
    int64_t at_ms;
    int (*visit)(void *arg, struct text key, const struct buf *value);
    void *arg;
};

static int snapshot_visit(void *arg, struct text key)
{
    struct snapshot *s = arg;
    struct entity_task *t = s->task;
    struct customer_view v;
    int rc = entity_engine_customer(t->engine, key, s->at_ms, &v);
    buf_clear(&t->bytes);
    rc = rc ? rc : output_customer(t->model, &v, t->env->format, &t->bytes);
    return rc ? rc : s->visit(s->arg, key, &t->bytes);
}

int entity_task_customers_each(struct entity_task *t, int64_t at_ms, int (*visit)(void *arg, struct text key, const struct buf *value), void *arg)
{
    struct snapshot s = {t, at_ms, visit, arg};
    return entity_engine_each(t->engine, snapshot_visit, &s);
}
