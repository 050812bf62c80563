#include "engine/scope_record.h"

#include "engine/scope_writer.h"

/* ---- head ---------------------------------------------------------------------------------------- */

static void w_axis(struct writer *w, const struct axis_state *a)
{
    w_uint(w, a->side);
    w_uint(w, (a->candidate ? AXIS_FLAG_CANDIDATE : 0u) |
                  (a->undecided ? AXIS_FLAG_UNDECIDED : 0u) | (a->stale ? AXIS_FLAG_STALE : 0u) |
                  (a->known ? AXIS_FLAG_KNOWN : 0u));
    w_int(w, a->candidate_ms);
    w_instant(w, a->fresh_ms, NEVER_MS);
}

static void w_moves(struct writer *w, const struct scope_engine *e, const struct move_set *m)
{
    w_uint(w, m ? m->count : 0);
    for (uint32_t i = 0; m && i < m->count; i++) {
        const struct axis_move *move = &m->moves[i];
        w_uint(w, move->axis);
        w_int(w, move->from);
        w_int(w, move->to);
        w_uint(w, move->driver_count);
        for (uint32_t k = 0; k < move->driver_count; k++) {
            w_text(w, e->model->measures[move->drivers[k].measure].name);
            w_int(w, move->drivers[k].contribution);
        }
    }
}

static bool memory_is_blank(const struct alert_memory *m)
{
    return !m->has_z && m->count == 0;
}

static bool alert_is_blank(const struct scope_alert *alert)
{
    const struct alert_state *a = &alert->state;
    return a->status == ALERT_INACTIVE && !a->last_yes && a->since_ms == 0 &&
           a->last_true_ms == 0 && a->resolved_ms == 0 && memory_is_blank(&alert->memory);
}

static void w_memory(struct writer *w, const struct alert_memory *m)
{
    w_uint(w, m->has_z);
    if (m->has_z) {
        w_double(w, m->z);
    }
    w_uint(w, m->count);
    for (uint32_t i = 0; i < m->count; i++) {
        w_int(w, m->at[m->first + i].t_ms);
        w_double(w, m->at[m->first + i].value);
    }
}

static void w_alert(struct writer *w, const struct scope_engine *e, const struct scope_alert *alert)
{
    const struct alert_state *a = &alert->state;
    bool remembers = !memory_is_blank(&alert->memory);
    w_text(w, e->model->alerts[alert->rule].name);
    w_uint(w, (uint64_t)a->status * ALERT_FLAG_STATUS + (a->last_yes ? ALERT_FLAG_YES : 0u) +
                  (remembers ? ALERT_FLAG_MEMORY : 0u));
    w_int(w, a->since_ms);
    w_int(w, a->last_true_ms);
    w_int(w, a->resolved_ms);
    if (remembers) {
        w_memory(w, &alert->memory);
    }
}

static void w_alerts(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->alert_count; i++) {
        count += !alert_is_blank(&s->alerts[i]);
    }
    w_uint(w, count);
    for (uint32_t i = 0; i < s->alert_count; i++) {
        if (!alert_is_blank(&s->alerts[i])) {
            w_alert(w, e, &s->alerts[i]);
        }
    }
}

static void w_part(struct writer *w, const struct result_part *p)
{
    w_uint(w, p->has_value);
    w_double(w, p->value);
    w_int(w, p->n);
    w_int(w, p->hits);
}

static void w_result(struct writer *w, const struct result *r)
{
    w_uint(w, (r->has_value ? RESULT_FLAG_VALUE : 0u) |
                  (r->has_interval ? RESULT_FLAG_INTERVAL : 0u) |
                  (r->has_parts ? RESULT_FLAG_PARTS : 0u));
    w_double(w, r->value);
    w_int(w, r->n);
    w_double(w, r->low);
    w_double(w, r->high);
    w_uint(w, r->present);
    for (unsigned f = 0; f < RESULT_FIELD_COUNT; f++) {
        if (r->present >> f & 1) {
            w_int(w, r->field[f].i); /* doubles bit by bit */
        }
    }
    if (r->has_parts) {
        w_part(w, &r->final);
        w_part(w, &r->provisional);
    }
}

static void w_release(struct writer *w, const struct cell_release *r)
{
    w_uint(w, (r->ever ? RELEASE_FLAG_EVER : 0u) | (r->withheld ? RELEASE_FLAG_WITHHELD : 0u));
    w_int(w, r->changed);
    if (r->ever) {
        w_int(w, r->published_ms);
        w_result(w, &r->result);
    }
}

static void w_cell(struct writer *w, const struct scope_cell *c)
{
    w_text(w, c->measure->name);
    w_instant(w, c->fresh_ms, NEVER_MS);
    w_int(w, c->baseline);
    w_uint(w, c->releases ? c->measure->horizon_count : 0);
    for (uint32_t h = 0; c->releases && h < c->measure->horizon_count; h++) {
        w_release(w, &c->releases[h]);
    }
}

static void w_cell_list(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        count += s->cells[i] != NULL;
    }
    w_uint(w, count);
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        if (s->cells[i]) {
            w_cell(w, s->cells[i]);
        }
    }
}

static void head_put(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    w_uint(w, SCOPE_RECORD_VERSION);
    w_uint(w, s->kind);
    w_instant(w, s->tick_ms, NEVER_MS);
    w_int(w, s->revision);
    w_uint(w, (s->undecided ? HEAD_UNDECIDED : 0u) | (s->stale ? HEAD_STALE : 0u));
    w_uint(w, s->octant);
    w_uint(w, s->held);
    w_uint(w, s->before);
    w_int(w, s->since_ms);
    w_instant(w, s->timer_ms, NO_DUE);
    w_instant(w, s->release_ms, NO_DUE);
    w_instant(w, s->changed_ms, NEVER_MS);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        w_axis(w, &s->axes[a]);
    }
    w_moves(w, e, s->moves);
    w_alerts(w, e, s);
    w_cell_list(w, e, s);
}

/* ---- panes --------------------------------------------------------------------------------------- */

/* The first entry of a pane, or count. */
static uint32_t hist_first(const struct hist_ring *r, int64_t pane)
{
    uint32_t low = 0, high = r ? r->count : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int64_t at, n;
        int32_t bucket;
        hist_ring_at(r, middle, &at, &bucket, &n);
        if (at < pane) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t hist_entries(const struct hist_ring *r, int64_t pane)
{
    return r ? hist_first(r, pane + 1) - hist_first(r, pane) : 0;
}

static void w_hist(struct writer *w, const struct hist_ring *r, int64_t pane)
{
    uint32_t first = hist_first(r, pane), count = hist_entries(r, pane);
    w_uint(w, count);
    for (uint32_t i = first; i < first + count; i++) {
        int64_t at, n;
        int32_t bucket;
        hist_ring_at(r, i, &at, &bucket, &n);
        w_int(w, bucket);
        w_int(w, n);
    }
}

/* The value of a pane; nothing when the pane is gone: a tombstone. */
static void pane_put(struct writer *w, const struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    const struct layout *l = &c->measure->aggregation->pane;
    const int64_t *cells = pane_ring_find(&c->horizons[horizon].ring, l, pane);
    const struct hist_ring *hist = c->hists ? &c->hists[horizon] : NULL;
    if (!cells && hist_entries(hist, pane) == 0) {
        return;
    }
    w_uint(w, SCOPE_RECORD_VERSION);
    w_cells(w, l, cells);
    w_hist(w, hist, pane);
}

/* ---- flush --------------------------------------------------------------------------------------- */

struct flush {
    struct scope_engine *engine;
    int (*put)(void *arg, struct text key, const uint8_t *value, size_t len);
    void *arg;
};

static struct writer key_begin(struct scope_engine *e, enum scope_record kind)
{
    buf_clear(&e->key);
    buf_clear(&e->value);
    struct writer w = {&e->key, 0};
    w_uint(&w, kind);
    return w;
}

static int record_put(struct flush *f, const struct scope *s, struct writer *key,
                      const struct writer *value)
{
    struct scope_engine *e = f->engine;
    key->rc = key->rc ? key->rc : buf_append(&e->key, s->key.at, s->key.len);
    if (key->rc || value->rc) {
        return key->rc ? key->rc : value->rc;
    }
    return f->put(f->arg, (struct text){(const char *)e->key.at, (uint32_t)e->key.len}, e->value.at,
                  e->value.len);
}

static int head_flush(struct flush *f, const struct scope *s)
{
    struct writer key = key_begin(f->engine, RECORD_HEAD), value = {&f->engine->value, 0};
    head_put(&value, f->engine, s);
    return record_put(f, s, &key, &value);
}

static int level_flush(struct flush *f, const struct scope *s, const struct scope_cell *c)
{
    struct writer key = key_begin(f->engine, RECORD_LEVEL), value = {&f->engine->value, 0};
    const struct layout *l = &c->measure->aggregation->level;
    w_text(&key, c->measure->name);
    w_uint(&value, SCOPE_RECORD_VERSION);
    w_uint(&value, measure_level_slots(c->measure));
    for (uint32_t i = 0; i < measure_levels(c->measure); i++) {
        w_slots(&value, l, c->level + i * l->slots);
    }
    return record_put(f, s, &key, &value);
}

static int pane_flush(struct flush *f, const struct scope *s, const struct scope_cell *c,
                      uint32_t horizon, int64_t pane)
{
    struct writer key = key_begin(f->engine, RECORD_PANE), value = {&f->engine->value, 0};
    w_text(&key, c->measure->name);
    w_uint(&key, horizon);
    w_int(&key, pane);
    pane_put(&value, c, horizon, pane);
    return record_put(f, s, &key, &value);
}

static void octave_put(struct writer *w, const struct sketch *s, const struct layout *l, unsigned octave)
{
    int32_t first = sketch_octave_first(octave);
    uint32_t from = sketch_first(s, l, first), to = sketch_first(s, l, first + SKETCH_OCTAVE);
    if (from == to) {
        return; /* a tombstone */
    }
    w_uint(w, SCOPE_RECORD_VERSION);
    w_uint(w, to - from);
    for (uint32_t i = from; i < to; i++) {
        const int64_t *cells;
        w_uint(w, (uint64_t)(sketch_at(s, l, i, &cells) - first));
        w_slots(w, l, cells);
    }
}

static int octave_flush(struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon,
                        unsigned octave)
{
    struct writer key = key_begin(f->engine, RECORD_SKETCH), value = {&f->engine->value, 0};
    w_text(&key, c->measure->name);
    w_uint(&key, horizon);
    w_uint(&key, octave);
    octave_put(&value, &c->sketches[horizon], &c->measure->aggregation->sketch, octave);
    return record_put(f, s, &key, &value);
}

static int sketch_flush(struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon)
{
    int rc = 0;
    for (unsigned octave = 0; octave < SKETCH_OCTAVES && rc == 0; octave++) {
        bool dirty = c->sketches[horizon].dirty[octave / 64] >> octave % 64 & 1;
        rc = dirty ? octave_flush(f, s, c, horizon, octave) : 0;
    }
    return rc;
}

static int cell_flush(struct flush *f, const struct scope *s, struct scope_cell *c)
{
    int rc = c->level_dirty ? level_flush(f, s, c) : 0;
    for (uint32_t h = 0; h < c->measure->horizon_count && rc == 0; h++) {
        struct cell_horizon *horizon = &c->horizons[h];
        dirty_sort(horizon);
        for (uint32_t i = 0; i < horizon->dirty_count && rc == 0; i++) {
            rc = pane_flush(f, s, c, h, horizon->dirty[i]);
        }
        rc = rc || !c->sketches ? rc : sketch_flush(f, s, c, h);
    }
    return rc;
}

static int scope_flush(struct flush *f, const struct scope *s)
{
    int rc = 0;
    for (uint32_t i = 0; i < f->engine->model->measure_count && rc == 0; i++) {
        rc = s->cells[i] && s->cells[i]->dirty ? cell_flush(f, s, s->cells[i]) : 0;
    }
    return rc ? rc : head_flush(f, s);
}

static void scope_clean(struct scope_engine *e, struct scope *s)
{
    s->dirty = false;
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        struct scope_cell *c = s->cells[i];
        if (!c || !c->dirty) {
            continue;
        }
        c->dirty = c->level_dirty = false;
        for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
            c->horizons[h].dirty_count = 0;
            if (c->sketches) {
                memset(c->sketches[h].dirty, 0, sizeof c->sketches[h].dirty);
            }
        }
    }
}

int scope_engine_flush(struct scope_engine *e,
                       int (*put)(void *arg, struct text key, const uint8_t *value, size_t len),
                       void *arg)
{
    struct flush f = {e, put, arg};
    for (uint32_t i = 0; i < e->dirty.count; i++) {
        int rc = scope_flush(&f, e->scopes[id_queue_at(&e->dirty, i)]);
        if (rc) {
            return rc;
        }
    }
    scope_engine_clean(e);
    return 0;
}

void scope_engine_clean(struct scope_engine *e)
{
    while (e->dirty.count > 0) {
        scope_clean(e, e->scopes[id_queue_pop(&e->dirty)]);
    }
}
