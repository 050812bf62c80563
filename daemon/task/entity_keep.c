#include "task/entity_keep.h"

#include <string.h>

#include "proto/watermark.h"
#include "task/entity_inner.h"
#include "task/planted.h"

/* The first record: where the task stands, and the generations of what follows, which are the entities in the order in
 * which they became dirty, each under its changelog key. */
#define KEEP_KEY "!kept"
#define KEEP_VERSION 1

bool entity_task_has_moved(const struct entity_task *t)
{
    return t->commits > 0 && t->applied_ms != t->committed_ms;
}

bool entity_task_is_settled(const struct entity_task *t, struct checkpoint_place *ret_place)
{
    bool settled = t->commits > 0 && t->lineage && !entity_task_has_moved(t) && !entity_task_is_replaying(t);
    for (uint32_t i = 0; i < t->input_count; i++) {
        settled = settled && t->inputs[i].first == t->inputs[i].next;
    }
    *ret_place = (struct checkpoint_place){.at = -1, .lineage = t->lineage, .seq = t->commits};
    return settled || PLANTED(KEPT_EARLY);
}

bool entity_task_read_to(const struct entity_task *t, struct checkpoint_place *ret_place)
{
    *ret_place = (struct checkpoint_place){.at = -1, .lineage = t->restored.record.lineage, .seq = t->restored.record.seq};
    return t->restored.has && t->restored.record.lineage;
}

/* ---- keeping ---------------------------------------------------------------------------------------- */

/* Entities in the first places of the queue; the others are gaps. */
static uint32_t entities_until(const struct entity_task *t, uint64_t place)
{
    uint64_t first = entity_engine_dirty_first(t->engine);
    uint32_t n = 0;
    bool erased, changed;
    for (uint32_t i = 0; i < entity_engine_dirty_count(t->engine) && first + i < place; i++) {
        n += entity_engine_dirty_at(t->engine, i, &erased, &changed).at != NULL;
    }
    return n;
}

static int places_put(struct entity_task *t, const struct redo_place *p)
{
    int rc = 0;
    for (uint32_t i = 0; i < t->input_count && !rc; i++) {
        rc = put_int(&t->bytes, p[i].offset);
        rc = rc ? rc : put_int(&t->bytes, p[i].max_ts_ms);
    }
    return rc;
}

/* Its age, not when it began: while nobody runs it does not grow older. */
static int generation_put(struct entity_task *t, const struct generation *g)
{
    int64_t now_ms = t->env->now_ms;
    int rc = put_uint(&t->bytes, entities_until(t, g->first));
    rc = rc ? rc : put_int(&t->bytes, g->applied_ms);
    rc = rc ? rc : put_int(&t->bytes, g->opened_ms == TIME_NONE || now_ms == TIME_NONE ? 0 : now_ms - g->opened_ms);
    rc = rc ? rc : put_int(&t->bytes, g->read);
    return rc ? rc : places_put(t, g->inputs);
}

static int head_put(struct entity_task *t)
{
    struct generation here;
    redo_here(t, &here);
    buf_clear(&t->bytes);
    int rc = put_uint(&t->bytes, KEEP_VERSION);
    rc = rc ? rc : put_int(&t->bytes, t->applied_ms);
    rc = rc ? rc : put_uint(&t->bytes, entities_until(t, UINT64_MAX));
    rc = rc ? rc : places_put(t, here.inputs);
    rc = rc ? rc : put_uint(&t->bytes, t->redo.count);
    for (uint32_t g = 0; g < t->redo.count && !rc; g++) {
        rc = generation_put(t, &t->redo.all[g]);
    }
    return rc;
}

static int entity_put(struct entity_task *t, uint32_t i, struct text key, entity_kept_fn *put, void *arg)
{
    const char mark = ENTITY_KEY_MARK;
    int rc = entity_value_encode(t, i);
    buf_clear(&t->key);
    rc = rc ? rc : buf_append(&t->key, &mark, 1);
    rc = rc ? rc : buf_append(&t->key, key.at, key.len);
    if (!rc) {
        put(arg, t->key.at, t->key.len, t->bytes.at, t->bytes.len);
    }
    return rc;
}

int entity_task_keep(struct entity_task *t, entity_kept_fn *put, void *arg)
{
    int rc = head_put(t);
    rc = rc ? rc : entity_stamp_encode(t);
    record_words_open(t->words, false); /* what is kept is no part of the changelog */
    if (!rc) {
        put(arg, (const uint8_t *)KEEP_KEY, strlen(KEEP_KEY), t->bytes.at, t->bytes.len);
    }
    for (uint32_t i = 0; i < entity_engine_dirty_count(t->engine) && !rc; i++) {
        bool erased, changed;
        struct text key = entity_engine_dirty_at(t->engine, i, &erased, &changed);
        rc = key.at ? entity_put(t, i, key, put, arg) : 0;
    }
    record_words_open(t->words, true);
    return rc;
}

/* ---- putting back ----------------------------------------------------------------------------------- */

static int places_get(struct cursor *c, uint32_t count, struct redo_place *ret_p)
{
    int rc = 0;
    for (uint32_t i = 0; i < count && !rc; i++) {
        rc = get_int(c, &ret_p[i].offset);
        rc = rc ? rc : watermark_get(c, &ret_p[i].max_ts_ms);
    }
    return rc;
}

static int generation_get(struct cursor *c, const struct entity_task *t, struct generation *ret_g)
{
    int64_t age_ms;
    int rc = get_uint(c, &ret_g->first);
    rc = rc ? rc : get_int(c, &ret_g->applied_ms);
    rc = rc ? rc : get_int(c, &age_ms);
    rc = rc ? rc : get_int(c, &ret_g->read);
    rc = rc ? rc : places_get(c, t->input_count, ret_g->inputs);
    if (!rc) {
        ret_g->opened_ms = t->env->now_ms == TIME_NONE ? TIME_NONE : t->env->now_ms - age_ms;
    }
    return rc;
}

static int generations_get(struct cursor *c, struct entity_task *t)
{
    struct redo *r = &t->redo;
    uint64_t count;
    int rc = get_uint(c, &count);
    if (rc || count == 0 || count > GENERATIONS_MAX) {
        return rc ? rc : CUBE_EFORMAT;
    }
    for (r->count = 0; r->count < count && !rc; r->count++) {
        struct generation *g = &r->all[r->count];
        rc = generation_get(c, t, g);
        bool ascends = r->count ? g->first >= g[-1].first : g->first == 0;
        rc = rc ? rc : ascends && g->first <= t->keep.missing ? 0 : CUBE_EFORMAT;
    }
    return rc;
}

/* Entities in parts are joined first: those that are dirty come again. */
static int head_get(struct entity_task *t, const struct record *r)
{
    struct cursor c = {r->value, r->value ? r->value + r->value_len : NULL};
    struct keep *k = &t->keep;
    uint64_t version;
    int rc = k->is ? CUBE_EFORMAT : get_uint(&c, &version);
    rc = rc ? rc : version == KEEP_VERSION ? entity_parts_restore(t) : CUBE_EVERSION;
    rc = rc ? rc : get_int(&c, &k->applied_ms);
    rc = rc ? rc : get_uint(&c, &k->missing);
    rc = rc ? rc : places_get(&c, t->input_count, k->inputs);
    rc = rc ? rc : generations_get(&c, t);
    k->is = !rc;
    return rc || c.at == c.end ? rc : CUBE_EFORMAT;
}

int entity_task_kept(struct entity_task *t, const struct record *r)
{
    struct keep *k = &t->keep;
    if (r->key_len == strlen(KEEP_KEY) && memcmp(r->key, KEEP_KEY, r->key_len) == 0) {
        return head_get(t, r);
    }
    if (!k->is || k->missing == 0 || r->key_len < 2 || r->key[0] != ENTITY_KEY_MARK || !r->value_len) {
        return CUBE_EFORMAT;
    }
    struct text key = {(const char *)r->key + 1, (uint32_t)r->key_len - 1};
    uint32_t number;
    int rc = entity_value_restore(t, key, r->value, r->value_len, &number);
    k->missing--;
    return rc || PLANTED(KEPT_CLEAN) ? rc : entity_engine_dirty(t->engine, number);
}

int keep_restored(struct entity_task *t)
{
    const struct keep *k = &t->keep;
    struct commit_record *c = &t->restored.record;
    if (!k->is) {
        return 0;
    }
    bool unchecked = PLANTED(KEPT_UNCHECKED), same = c->watermark_ms == k->applied_ms || unchecked || PLANTED(KEPT_EARLY);
    if (k->missing || !same || c->input_count != t->input_count) {
        return CUBE_EFORMAT;
    }
    c->redo_watermark_ms = c->watermark_ms;
    for (uint32_t i = 0; i < c->input_count; i++) {
        c->inputs[i].redo = k->inputs[i].offset;
        c->inputs[i].redo_max_ts_ms = k->inputs[i].max_ts_ms;
    }
    return 0;
}
