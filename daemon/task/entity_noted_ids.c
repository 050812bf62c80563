#include "task/entity_noted_ids.h"

#include <stdlib.h>
#include <string.h>

#include "engine/dedup_walk.h"
#include "task/entity_inner.h"
#include "task/planted.h"

enum { PART_IDS = 1024 };

/* As of notes: the loop stands still meanwhile. */
enum { SHARE_PART = 16, LAST_SHARES = 8 };

uint64_t noted_ids_fingerprint(const struct entity_task *t)
{
    return hash64_seed(NOTED_IDS_KEY, strlen(NOTED_IDS_KEY), t->env->hash_seed);
}

void noted_ids_close(struct noted_ids *n)
{
    free(n->lasts);
    *n = (struct noted_ids){0};
}

/* ---- parts ------------------------------------------------------------------------------------------ */

int noted_ids_part_add(struct noted_ids *n, int64_t last)
{
    uint32_t count = (uint32_t)(n->next - n->first);
    if (n->begin + count == n->capacity && n->begin > n->capacity / 2) {
        memmove(n->lasts, n->lasts + n->begin, count * sizeof *n->lasts);
        n->begin = 0;
    }
    if (n->begin + count == n->capacity) {
        uint32_t capacity = n->capacity ? 2 * n->capacity : 16;
        int64_t *grown = realloc(n->lasts, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        n->lasts = grown;
        n->capacity = capacity;
    }
    n->lasts[n->begin + count] = last;
    n->next++;
    return 0;
}

/* ---- noting ----------------------------------------------------------------------------------------- */

struct noting {
    struct entity_task *task;
    uint32_t input;
    size_t begun, share;
};

static bool is_full(const struct noting *x)
{
    return x->task->env->epoch->bytes.len - x->begun > x->share;
}

static int part_put(const struct noting *x, uint64_t number, const struct buf *value)
{
    const char mark = IDS_KEY_MARK;
    struct entity_task *t = x->task;
    buf_clear(&t->key);
    int rc = buf_append(&t->key, &mark, 1);
    rc = rc ? rc : put_uint(&t->key, x->input);
    rc = rc ? rc : put_uint(&t->key, number);
    return rc ? rc : epoch_note(t->env->epoch, t->changelog, t->index, t->key.at, t->key.len, value ? value->at : NULL, value ? value->len : 0);
}

/* What is forgotten as a whole leaves the copy, the oldest first. */
static int parts_drop(const struct noting *x, int64_t first_offset)
{
    struct noted_ids *n = &x->task->notes.ids[x->input];
    int rc = 0;
    while (n->first < n->next && noted_ids_first_last(n) < first_offset) {
        noted_ids_first_drop(n);
    }
    while (n->gone < n->first && !rc && !is_full(x)) {
        rc = part_put(x, n->gone, NULL);
        n->gone += !rc;
    }
    return rc;
}

static int id_put(struct buf *b, const struct dedup_entry *e, const struct dedup_entry *before)
{
    int rc = put_uint(b, (uint64_t)(e->offset - before->offset));
    rc = rc ? rc : put_int(b, e->ts_ms - before->ts_ms);
    rc = rc ? rc : buf_append(b, &e->name.low, sizeof e->name.low);
    return rc ? rc : buf_append(b, &e->name.high, sizeof e->name.high);
}

/* The ids of one part, from where the walk is on and below an offset. reached: behind the last of them, and the max ts before that; unchanged: there
 * are none. */
static int part_fill(struct entity_task *t, const struct dedup *d, struct dedup_walk *w, int64_t below, struct redo_place *reached)
{
    struct dedup_entry e, last = {.offset = -1};
    struct dedup_walk ahead = *w;
    uint32_t ids = t->env->config->notes_ids ? t->env->config->notes_ids : PART_IDS;
    buf_clear(&t->bytes);
    int rc = put_uint(&t->bytes, NOTED_IDS_VERSION);
    rc = rc ? rc : put_uint(&t->bytes, noted_ids_fingerprint(t));
    for (uint32_t i = 0; i < ids && !rc && dedup_walk_next(d, &ahead, &e) && e.offset < below; i++) {
        bool left_out = PLANTED(IDS_LEFT_OUT) && i == 1;
        rc = left_out ? 0 : id_put(&t->bytes, &e, &last);
        *reached = (struct redo_place){e.offset + 1, e.ts_ms > reached->max_ts_ms ? e.ts_ms : reached->max_ts_ms};
        last = left_out ? last : e;
        *w = ahead;
    }
    return rc;
}

/* Some may have been forgotten before they were noted: their times are in the max ts before the first that is not. */
static struct redo_place walked_from(const struct dedup *d, const struct redo_place *until)
{
    struct redo_place p = *until;
    int64_t first, max_ts_ms;
    if (!dedup_first(d, &first, &max_ts_ms) && first >= until->offset && max_ts_ms > until->max_ts_ms) {
        p.max_ts_ms = max_ts_ms;
    }
    return p;
}

/* Notes what came since, below where the input is needed, as far as there is room. */
static int parts_write(const struct noting *x, const struct redo_place *needed)
{
    struct entity_task *t = x->task;
    struct noted_ids *n = &t->notes.ids[x->input];
    const struct dedup *d = t->inputs[x->input].dedup;
    struct dedup_walk w = dedup_walk_from(d, n->until.offset);
    struct redo_place reached = walked_from(d, &n->until);
    int rc = 0;
    while (!rc && n->until.offset < needed->offset && !is_full(x)) {
        int64_t before = reached.offset;
        rc = part_fill(t, d, &w, needed->offset, &reached);
        if (rc || reached.offset == before) {
            n->until = rc ? n->until : *needed;
            break;
        }
        rc = part_put(x, n->next, &t->bytes);
        rc = rc ? rc : noted_ids_part_add(n, reached.offset - 1);
        n->until = rc ? n->until : reached;
    }
    return rc;
}

/* The first id that is remembered, and how many are noted of those from it on. */
static int reach_put(struct entity_task *t, uint32_t i)
{
    const struct noted_ids *n = &t->notes.ids[i];
    const struct dedup *d = t->inputs[i].dedup;
    int64_t first = n->until.offset, max_ts_ms = TIME_NONE;
    if (dedup_first(d, &first, &max_ts_ms) || first > n->until.offset) {
        first = n->until.offset;
    }
    int64_t count = dedup_walk_from(d, n->until.offset).number - dedup_walk_from(d, first).number;
    int rc = put_int(&t->bytes, n->until.offset);
    rc = rc ? rc : put_int(&t->bytes, n->until.max_ts_ms);
    rc = rc ? rc : put_int(&t->bytes, first);
    rc = rc ? rc : put_int(&t->bytes, max_ts_ms);
    rc = rc ? rc : put_uint(&t->bytes, (uint64_t)count);
    rc = rc ? rc : put_uint(&t->bytes, n->first);
    return rc ? rc : put_uint(&t->bytes, n->next);
}

static int head_write(struct entity_task *t)
{
    buf_clear(&t->bytes);
    int rc = put_uint(&t->bytes, NOTED_IDS_VERSION);
    rc = rc ? rc : put_uint(&t->bytes, noted_ids_fingerprint(t));
    rc = rc ? rc : put_int(&t->bytes, t->model->time.dedup_horizon_ms);
    rc = rc ? rc : put_uint(&t->bytes, t->model->limits.ids);
    for (uint32_t i = 0; i < t->input_count && !rc; i++) {
        rc = reach_put(t, i);
    }
    const uint8_t *key = (const uint8_t *)NOTED_IDS_KEY;
    return rc ? rc : epoch_note(t->env->epoch, t->changelog, t->index, key, strlen(NOTED_IDS_KEY), t->bytes.at, t->bytes.len);
}

static int input_write(struct entity_task *t, uint32_t i, const struct generation *from, bool *ret_goes_on)
{
    struct noted_ids *n = &t->notes.ids[i];
    size_t share = t->env->leaves ? LAST_SHARES * redo_share(t) : redo_share(t) / SHARE_PART;
    struct noting x = {t, i, t->env->epoch->bytes.len, share / t->input_count};
    struct redo_place needed = PLANTED(IDS_AHEAD) ? (struct redo_place){t->inputs[i].next, t->inputs[i].max_ts_ms} : from->held[i];
    int64_t first, max_ts_ms;
    int none = dedup_first(t->inputs[i].dedup, &first, &max_ts_ms);
    int rc = parts_drop(&x, none ? INT64_MAX : first);
    rc = rc ? rc : parts_write(&x, &needed);
    *ret_goes_on = *ret_goes_on || n->until.offset < needed.offset || n->gone < n->first;
    return rc;
}

int noted_ids_write(struct entity_task *t, const struct generation *from, bool *ret_goes_on)
{
    int rc = 0;
    *ret_goes_on = false;
    for (uint32_t i = 0; i < t->input_count && !rc; i++) {
        rc = input_write(t, i, from, ret_goes_on);
    }
    return rc ? rc : head_write(t);
}
