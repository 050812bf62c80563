#include "task/entity_notes.h"

#include <stdlib.h>
#include <string.h>

#include "proto/watermark.h"
#include "task/entity_inner.h"
#include "task/planted.h"

/* The head: how far the notes reach, and the generations of the dirty queue. */
#define NOTES_KEY "!noted"
#define NOTES_VERSION 1

/* In front of a value that is a note: 0, as of one in parts, of which there are none; and the place. */
enum { NOTE_MARK = 0, NOTE_PARTS = 0 };

/* Whoever was touched is noted after so long. A restart does once more what came in between; the shorter, the more is written to the disk. */
#define NOTES_EVERY_MS 5000

/* Of what a commit may write late, notes are this part: the loop stands still meanwhile. With the last one they are so many times as much: nobody
 * waits for it but who stops the process, and no broker takes them. */
enum { SHARE_PART = 16, LAST_SHARES = 8 };

int notes_open(struct entity_task *t)
{
    struct notes *n = &t->notes;
    n->noted_ms = TIME_NONE;
    n->redo = malloc(sizeof *n->redo);
    if (!n->redo) {
        return CUBE_ENOMEM;
    }
    n->redo->count = 0;
    entity_engine_notes(t->engine);
    return 0;
}

static void restored_forget(struct notes *n)
{
    buf_close(&n->head);
    free(n->places);
    n->places = NULL;
    n->capacity = 0;
}

void notes_close(struct notes *n)
{
    restored_forget(n);
    buf_close(&n->ids_head);
    for (int i = 0; i < COMMIT_INPUTS_MAX; i++) {
        noted_ids_close(&n->ids[i]);
    }
    free(n->redo);
    n->redo = NULL;
}

/* ---- noting ----------------------------------------------------------------------------------------- */

void notes_begin(struct entity_task *t, const struct generation *here)
{
    if (t->notes.redo) {
        struct generation now = *here;
        now.first = entity_engine_unnoted_next(t->engine);
        redo_add(t->notes.redo, entity_engine_unnoted_first(t->engine), &now, redo_apart(t));
    }
}

bool entity_task_has_to_note(const struct entity_task *t)
{
    return t->notes.redo && t->commits > t->notes.commit;
}

void entity_task_notes_end(struct entity_task *t)
{
    if (t->notes.redo) {
        notes_close(&t->notes);
        t->notes.commit = 0;
        t->notes.ids_go_on = false;
        entity_engine_notes_end(t->engine);
    }
}

static bool is_due(const struct entity_task *t)
{
    const struct notes *n = &t->notes;
    int64_t now_ms = t->env->now_ms, every_ms = t->env->config->notes_every_ms;
    every_ms = every_ms ? every_ms : NOTES_EVERY_MS;
    bool first = n->noted_ms == TIME_NONE || now_ms < n->noted_ms;
    return n->redo && (n->goes_on || t->env->leaves || first || now_ms - n->noted_ms >= every_ms);
}

static int note_put(struct entity_task *t, uint32_t i)
{
    const char mark = ENTITY_KEY_MARK;
    bool erased, changed;
    struct text key = entity_engine_dirty_at(t->engine, i, &erased, &changed);
    buf_clear(&t->key);
    buf_clear(&t->bytes);
    int rc = buf_append(&t->key, &mark, 1);
    rc = rc ? rc : buf_append(&t->key, key.at, key.len);
    rc = rc ? rc : put_uint(&t->bytes, NOTE_MARK);
    rc = rc ? rc : put_uint(&t->bytes, NOTE_PARTS);
    rc = rc ? rc : put_uint(&t->bytes, entity_engine_dirty_first(t->engine) + i);
    rc = rc ? rc : entity_value_append(t, i);
    return rc ? rc : epoch_note(t->env->epoch, t->changelog, t->index, t->key.at, t->key.len, t->bytes.at, t->bytes.len);
}

/* What is noted is no part of the changelog: it makes no words. */
static int due_put(struct entity_task *t)
{
    struct notes *n = &t->notes;
    size_t share = t->env->leaves ? LAST_SHARES * redo_share(t) : redo_share(t) / SHARE_PART, begun = t->env->epoch->bytes.len;
    int rc = 0;
    record_words_open(t->words, false);
    while (!rc && entity_engine_unnoted_first(t->engine) < n->until) {
        bool full = t->env->epoch->bytes.len - begun > share;
        uint32_t i;
        if (full && !PLANTED(NOTES_CUT)) {
            break;
        }
        rc = entity_engine_unnoted_take(t->engine, &i) && !full ? note_put(t, i) : 0;
    }
    record_words_open(t->words, true);
    return rc;
}

int notes_write(struct entity_task *t, bool *ret_noted)
{
    struct notes *n = &t->notes;
    bool due = is_due(t);
    *ret_noted = due || n->ids_go_on;
    if (!due) {
        return 0;
    }
    n->until = n->goes_on && !t->env->leaves ? n->until : entity_engine_unnoted_next(t->engine);
    int rc = due_put(t);
    n->goes_on = entity_engine_unnoted_first(t->engine) < n->until;
    n->noted_ms = n->goes_on ? n->noted_ms : t->env->now_ms;
    return rc;
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
    int rc = put_uint(&t->bytes, g->first);
    rc = rc ? rc : put_int(&t->bytes, g->applied_ms);
    rc = rc ? rc : put_int(&t->bytes, g->opened_ms == TIME_NONE || now_ms == TIME_NONE ? 0 : now_ms - g->opened_ms);
    rc = rc ? rc : put_int(&t->bytes, g->read);
    return rc ? rc : places_put(t, g->inputs);
}

static int head_put(struct entity_task *t, const struct generation *from)
{
    buf_clear(&t->bytes);
    int rc = put_uint(&t->bytes, NOTES_VERSION);
    rc = rc ? rc : put_int(&t->bytes, from->applied_ms);
    rc = rc ? rc : places_put(t, from->inputs);
    rc = rc ? rc : put_uint(&t->bytes, entity_engine_dirty_first(t->engine) + entity_engine_dirty_count(t->engine));
    rc = rc ? rc : put_uint(&t->bytes, t->redo.count);
    for (uint32_t g = 0; g < t->redo.count && !rc; g++) {
        rc = generation_put(t, &t->redo.all[g]);
    }
    return rc;
}

int notes_head_write(struct entity_task *t)
{
    const struct generation *from = &t->notes.redo->all[0];
    struct generation here;
    redo_here(t, &here);
    int rc = head_put(t, PLANTED(NOTES_AHEAD) ? &here : from);
    rc = rc ? rc : epoch_note(t->env->epoch, t->changelog, t->index, (const uint8_t *)NOTES_KEY, strlen(NOTES_KEY), t->bytes.at, t->bytes.len);
    rc = rc ? rc : noted_ids_write(t, from, &t->notes.ids_go_on);
    t->notes.commit = t->commits + 1;
    for (uint32_t i = 0; i < t->input_count; i++) {
        const struct redo_place *until = &t->notes.ids[i].until;
        t->notes.from[i] = until->offset > from->inputs[i].offset ? *until : from->inputs[i];
    }
    return rc;
}

const struct redo_place *notes_from(const struct entity_task *t)
{
    return t->notes.commit ? t->notes.from : redo_oldest(t)->inputs;
}

/* ---- while restoring -------------------------------------------------------------------------------- */

bool notes_is_head(const struct record *r)
{
    return r->offset < 0 && r->key_len == strlen(NOTES_KEY) && memcmp(r->key, NOTES_KEY, r->key_len) == 0;
}

int notes_head_take(struct notes *n, const struct record *r)
{
    buf_clear(&n->head);
    return buf_append(&n->head, r->value, r->value ? r->value_len : 0);
}

int notes_value_get(struct cursor *value, uint64_t *ret_place)
{
    uint64_t place;
    bool is = value->at && value->end - value->at >= 2 && value->at[0] == NOTE_MARK && value->at[1] == NOTE_PARTS;
    *ret_place = 0;
    if (!is) {
        return 0;
    }
    value->at += 2;
    int rc = get_uint(value, &place);
    if (rc || place == UINT64_MAX || value->at == value->end) {
        return rc ? rc : CUBE_EFORMAT;
    }
    *ret_place = place + 1;
    return 0;
}

int notes_set(struct notes *n, uint32_t number, uint64_t place)
{
    if (number >= n->capacity) {
        if (!place) {
            return 0;
        }
        uint32_t capacity = number + number / 2 + 16;
        uint64_t *grown = realloc(n->places, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        memset(grown + n->capacity, 0, (capacity - n->capacity) * sizeof *grown);
        n->places = grown;
        n->capacity = capacity;
    }
    n->places[number] = place;
    return 0;
}

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

static int generations_get(struct cursor *c, struct entity_task *t, uint64_t next)
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
        bool fits = g->first <= next && (r->count == 0 || g->first >= g[-1].first);
        rc = rc ? rc : fits ? 0 : CUBE_EFORMAT;
    }
    return rc;
}

/* From where on the notes need events, and the queue behind whose last place they were made. */
static int head_get(struct entity_task *t, struct generation *ret_from, uint64_t *ret_next)
{
    struct cursor c = {t->notes.head.at, t->notes.head.at + t->notes.head.len};
    uint64_t version;
    int rc = get_uint(&c, &version);
    rc = rc ? rc : version == NOTES_VERSION ? 0 : CUBE_EVERSION;
    rc = rc ? rc : get_int(&c, &ret_from->applied_ms);
    rc = rc ? rc : places_get(&c, t->input_count, ret_from->inputs);
    rc = rc ? rc : get_uint(&c, ret_next);
    rc = rc ? rc : generations_get(&c, t, *ret_next);
    return rc || c.at == c.end ? rc : CUBE_EFORMAT;
}

/* The later of two places: when others have committed since, whatever is dirty yet became so behind the place of their commit record, and what they
 * remember of their inputs begins there. */
static void later(const struct commit_record *c, struct generation *g)
{
    g->applied_ms = c->redo_watermark_ms > g->applied_ms ? c->redo_watermark_ms : g->applied_ms;
    for (uint32_t i = 0; i < c->input_count; i++) {
        const struct commit_input *ci = &c->inputs[i];
        if (ci->redo > g->inputs[i].offset) {
            g->inputs[i] = (struct redo_place){ci->redo, ci->redo_max_ts_ms};
        }
    }
}

static bool is_later(const struct generation *a, const struct generation *b, uint32_t inputs)
{
    bool later = a->applied_ms > b->applied_ms;
    for (uint32_t i = 0; i < inputs && !later; i++) {
        later = a->inputs[i].offset > b->inputs[i].offset;
    }
    return later;
}

/* Who was not noted yet becomes dirty again behind all who were, as part of the last generation: none may begin later than the inputs are read
 * again. */
static void generations_cut(struct redo *r, const struct generation *from, uint32_t inputs)
{
    for (uint32_t g = 0; g < r->count && !PLANTED(NOTES_BETWEEN); g++) {
        if (is_later(&r->all[g], from, inputs)) {
            r->all[g].applied_ms = from->applied_ms;
            memcpy(r->all[g].inputs, from->inputs, sizeof from->inputs);
            r->count = g + 1;
        }
    }
}

static void redo_set(struct commit_record *c, const struct generation *g)
{
    c->redo_watermark_ms = g->applied_ms;
    for (uint32_t i = 0; i < c->input_count; i++) {
        c->inputs[i].redo = g->inputs[i].offset;
        c->inputs[i].redo_max_ts_ms = g->inputs[i].max_ts_ms;
    }
}

static int noted_dirty(struct entity_task *t, uint64_t next)
{
    const struct notes *n = &t->notes;
    int rc = entity_engine_dirty_open(t->engine, t->redo.all[0].first, next);
    for (uint32_t number = 0; number < n->capacity && !rc && !PLANTED(NOTED_CLEAN); number++) {
        rc = n->places[number] ? entity_engine_dirty_put(t->engine, number, n->places[number] - 1) : 0;
    }
    if (!rc) {
        entity_engine_dirty_settle(t->engine);
    }
    return rc;
}

int notes_restored(struct entity_task *t)
{
    struct notes *n = &t->notes;
    struct commit_record *c = &t->restored.record;
    struct generation from = {0};
    uint64_t next;
    if (n->head.len == 0) {
        noted_ids_restored(t, false);
        return n->capacity ? CUBE_EFORMAT : 0;
    }
    int rc = c->input_count == t->input_count ? head_get(t, &from, &next) : CUBE_EFORMAT;
    rc = rc ? rc : noted_dirty(t, next);
    restored_forget(n);
    if (rc) {
        return rc;
    }
    for (uint32_t g = 0; g < t->redo.count && !PLANTED(NOTES_BEHIND); g++) {
        later(c, &t->redo.all[g]);
    }
    if (!PLANTED(NOTES_BEHIND)) {
        later(c, &from);
    }
    generations_cut(&t->redo, &from, t->input_count);
    redo_set(c, &from);
    noted_ids_restored(t, true);
    return 0;
}
