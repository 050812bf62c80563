/* Noted ids put back. */
#include <string.h>

#include "engine/dedup_walk.h"
#include "proto/watermark.h"
#include "task/entity_inner.h"
#include "task/planted.h"

/* What nobody counts up to. */
#define NUMBER_MAX (UINT64_C(1) << 62)

/* So many parts are looked for in a copy to be taken out: there are no more, for each holds an id. */
#define GONE_MAX (UINT64_C(1) << 30)

/* ---- parts ------------------------------------------------------------------------------------------ */

/* No part is known; the next one has this number. */
static void parts_begin(struct noted_ids *n, struct dedup *d, uint64_t number)
{
    n->first = n->next = number;
    n->begin = 0;
    dedup_cut(d, INT64_MAX);
}

static void part_gone(struct noted_ids *n, struct dedup *d, uint64_t number)
{
    if (n->first < n->next && number == n->first) {
        dedup_cut(d, noted_ids_first_last(n) + 1);
        noted_ids_first_drop(n);
    } else if (number >= n->first) {
        parts_begin(n, d, number + 1);
    }
    n->gone = number == n->gone ? number + 1 : n->gone;
}

static int word_get(struct cursor *c, uint64_t *ret_word)
{
    if (c->end - c->at < (ptrdiff_t)sizeof *ret_word) {
        return CUBE_ETRUNCATED;
    }
    memcpy(ret_word, c->at, sizeof *ret_word);
    c->at += sizeof *ret_word;
    return 0;
}

/* The one behind e, into it. */
static int id_get(struct cursor *c, struct dedup_entry *e)
{
    uint64_t apart;
    int64_t ts_ms;
    int rc = get_uint(c, &apart);
    rc = rc ? rc : get_int(c, &ts_ms);
    rc = rc ? rc : word_get(c, &e->name.low);
    rc = rc ? rc : word_get(c, &e->name.high);
    if (rc) {
        return rc;
    }
    bool fits = apart > 0 && apart < NUMBER_MAX && e->offset < (int64_t)NUMBER_MAX && ts_ms >= -2 * EVENT_TS_MAX && ts_ms <= 2 * EVENT_TS_MAX;
    e->offset += fits ? (int64_t)apart : 0;
    e->ts_ms += fits ? ts_ms : 0;
    return fits && e->offset < (int64_t)NUMBER_MAX && e->ts_ms >= -EVENT_TS_MAX && e->ts_ms <= EVENT_TS_MAX ? 0 : CUBE_EFORMAT;
}

/* A part that does not go on behind the one before begins anew: of the last ones only it is asked whether they are whole. */
static int part_read(struct noted_ids *n, struct dedup *d, struct cursor *c, uint64_t number)
{
    struct dedup_entry e = {.offset = -1};
    int rc = 0;
    if (number != n->next) {
        parts_begin(n, d, number);
    }
    for (bool begins = true; c->at < c->end && !rc; begins = false) {
        rc = id_get(c, &e);
        int put = rc ? rc : dedup_put(d, &e);
        if (put == CUBE_EFORMAT && begins && !rc) {
            parts_begin(n, d, number);
            put = dedup_put(d, &e);
        }
        rc = put;
    }
    rc = rc || e.offset >= 0 ? rc : CUBE_EFORMAT;
    return rc ? rc : noted_ids_part_add(n, e.offset);
}

static int key_get(const struct entity_task *t, struct text key, uint64_t *ret_input, uint64_t *ret_number)
{
    struct cursor c = {(const uint8_t *)key.at, (const uint8_t *)key.at + key.len};
    int rc = get_uint(&c, ret_input);
    rc = rc ? rc : get_uint(&c, ret_number);
    bool fits = !rc && c.at == c.end && *ret_input < t->input_count && *ret_number < NUMBER_MAX;
    return rc ? rc : fits ? 0 : CUBE_EFORMAT;
}

int noted_ids_take(struct entity_task *t, struct text key, const struct record *r)
{
    uint64_t input, number, version, fingerprint;
    int rc = key_get(t, key, &input, &number);
    if (rc) {
        return rc;
    }
    struct noted_ids *n = &t->notes.ids[input];
    struct dedup *d = t->inputs[input].dedup;
    n->gone = n->seen && n->gone < number ? n->gone : number;
    n->seen = true;
    if (!r->value) {
        part_gone(n, d, number);
        return 0;
    }
    struct cursor c = {r->value, r->value + r->value_len};
    rc = get_uint(&c, &version);
    rc = rc ? rc : version == NOTED_IDS_VERSION ? get_uint(&c, &fingerprint) : 0;
    if (rc) {
        return rc;
    }
    if (version != NOTED_IDS_VERSION || (fingerprint != noted_ids_fingerprint(t) && !PLANTED(IDS_FOREIGN))) {
        parts_begin(n, d, number + 1);
        return 0;
    }
    return part_read(n, d, &c, number);
}

/* ---- the head --------------------------------------------------------------------------------------- */

bool noted_ids_is_head(const struct record *r)
{
    return r->offset < 0 && r->key_len == strlen(NOTED_IDS_KEY) && memcmp(r->key, NOTED_IDS_KEY, r->key_len) == 0;
}

int noted_ids_head_take(struct entity_task *t, const struct record *r)
{
    struct buf *head = &t->notes.ids_head;
    buf_clear(head);
    return buf_append(head, r->value, r->value ? r->value_len : 0);
}

/* How far the ids of an input are noted. */
struct reach {
    struct redo_place until, first;
    uint64_t count, first_part, next_part;
};

static int reach_get(struct cursor *c, struct reach *ret_r)
{
    int rc = get_int(c, &ret_r->until.offset);
    rc = rc ? rc : watermark_get(c, &ret_r->until.max_ts_ms);
    rc = rc ? rc : get_int(c, &ret_r->first.offset);
    rc = rc ? rc : watermark_get(c, &ret_r->first.max_ts_ms);
    rc = rc ? rc : get_uint(c, &ret_r->count);
    rc = rc ? rc : get_uint(c, &ret_r->first_part);
    return rc ? rc : get_uint(c, &ret_r->next_part);
}

/* False: there is none, or none that holds for this table. */
static bool head_get(const struct entity_task *t, struct reach ret_r[COMMIT_INPUTS_MAX])
{
    const struct buf *head = &t->notes.ids_head;
    struct cursor c = {head->at, head->at + head->len};
    uint64_t version, fingerprint, ids;
    int64_t horizon_ms;
    int rc = head->len ? get_uint(&c, &version) : CUBE_ENOTFOUND;
    rc = rc ? rc : version == NOTED_IDS_VERSION ? get_uint(&c, &fingerprint) : CUBE_EVERSION;
    rc = rc ? rc : get_int(&c, &horizon_ms);
    rc = rc ? rc : get_uint(&c, &ids);
    for (uint32_t i = 0; i < t->input_count && !rc; i++) {
        rc = reach_get(&c, &ret_r[i]);
    }
    bool ours = !rc && (fingerprint == noted_ids_fingerprint(t) || PLANTED(IDS_FOREIGN));
    return ours && c.at == c.end && horizon_ms == t->model->time.dedup_horizon_ms && ids == t->model->limits.ids;
}

/* Nothing that the head tells of is missing. Parts whose ids were all forgotten may be there yet. */
static bool is_whole(const struct noted_ids *n, const struct dedup *d, const struct reach *r)
{
    int64_t first, max_ts_ms;
    struct dedup_entry beyond;
    struct dedup_walk w = dedup_walk_from(d, r->until.offset);
    bool all = n->next == r->next_part && n->first <= r->first_part && r->first_part <= r->next_part;
    bool begins = r->count == 0 || (!dedup_first(d, &first, &max_ts_ms) && first == r->first.offset);
    return r->count == 0 || (all && begins && dedup_count(d) == r->count && !dedup_walk_next(d, &w, &beyond)) || PLANTED(IDS_LEFT_OUT);
}

/* Before redo others may have forgotten what was refused. */
static bool input_put_back(struct entity_task *t, uint32_t i, const struct reach *r)
{
    const struct commit_input *ci = &t->restored.record.inputs[i];
    struct noted_ids *n = &t->notes.ids[i];
    struct dedup *d = t->inputs[i].dedup;
    bool in_time = (r->until.offset > ci->redo || PLANTED(IDS_BEHIND)) && r->until.offset <= ci->next;
    if (!in_time) {
        return false;
    }
    dedup_cut(d, r->count ? r->first.offset : INT64_MAX);
    if (!is_whole(n, d, r)) {
        return false;
    }
    dedup_put_all(d, r->first.max_ts_ms);
    n->until = n->start = r->until;
    while (n->first < n->next && n->first < r->first_part) {
        noted_ids_first_drop(n);
    }
    return true;
}

/* Of none of its parts anything is known: they go with the next notes. */
static void input_begin(struct entity_task *t, uint32_t i)
{
    const struct commit_input *ci = &t->restored.record.inputs[i];
    struct noted_ids *n = &t->notes.ids[i];
    parts_begin(n, t->inputs[i].dedup, n->next);
    n->until = (struct redo_place){0, TIME_NONE};
    n->start = (struct redo_place){ci->redo, ci->redo_max_ts_ms};
}

void noted_ids_restored(struct entity_task *t, bool with_notes)
{
    struct reach r[COMMIT_INPUTS_MAX];
    bool has = with_notes && t->restored.record.input_count == t->input_count && head_get(t, r);
    for (uint32_t i = 0; i < t->input_count; i++) {
        struct noted_ids *n = &t->notes.ids[i];
        if (!has || !input_put_back(t, i, &r[i])) {
            input_begin(t, i);
        }
        n->gone = n->seen && n->first - n->gone < GONE_MAX ? n->gone : n->first;
    }
    buf_close(&t->notes.ids_head);
}
