#include "proto/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "window/pane.h"

enum { BUNDLE_VERSION = 1 };
enum item { ITEM_SCOPE = 1, ITEM_TICK = 2, ITEM_ROW = 3 /* + enum row_kind */ };

static const struct layout one_cell = {1, 0};

static const struct layout *row_layout(const struct model *m, uint16_t measure, uint8_t kind)
{
    switch (kind) {
    case ROW_PANE: return &m->measures[measure].aggregation->pane;
    case ROW_LEVEL: return &m->measures[measure].aggregation->level;
    case ROW_SKETCH: return &m->measures[measure].aggregation->sketch;
    default: return &one_cell;
    }
}

static bool has_bucket(uint8_t kind)
{
    return kind == ROW_HIST || kind == ROW_SKETCH;
}

/* ---- writing -------------------------------------------------------------------------------------- */

static int grow_to(uint32_t **at, uint32_t *capacity, uint32_t needed)
{
    if (needed <= *capacity) {
        return 0;
    }
    uint32_t n = *capacity ? *capacity : 64;
    while (n < needed) {
        n *= 2;
    }
    uint32_t *grown = realloc(*at, n * sizeof **at);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    memset(grown + *capacity, 0, (n - *capacity) * sizeof *grown);
    *at = grown;
    *capacity = n;
    return 0;
}

static int scope_index(struct bundle_writer *w, uint32_t scope, struct text key, uint32_t kind, uint32_t *ret_i)
{
    if (scope >= w->dictionary_capacity && grow_to(&w->dictionary, &w->dictionary_capacity, scope + 1)) {
        return CUBE_ENOMEM;
    }
    if (!w->dictionary[scope]) {
        int rc = grow_to(&w->known, &w->known_capacity, w->known_count + 1);
        rc = rc ? rc : put_uint(&w->body, ITEM_SCOPE);
        rc = rc ? rc : put_uint(&w->body, kind);
        rc = rc ? rc : put_text(&w->body, key);
        if (rc) {
            return rc;
        }
        w->known[w->known_count++] = scope;
        w->dictionary[scope] = w->known_count;
    }
    *ret_i = w->dictionary[scope] - 1;
    return 0;
}

static uint32_t cells_present(const struct layout *l, const int64_t *cells)
{
    uint32_t present = 0;
    for (unsigned i = 0; i < l->slots; i++) {
        if (layout_is_wide(l, i)) {
            present |= (uint32_t)((cells[i] | cells[i + 1]) != 0) << i;
            i++;
        } else {
            present |= (uint32_t)(cells[i] != 0) << i;
        }
    }
    return present;
}

/* Bytes of a row without its cells, and a step of the tick before it. */
enum { ROW_BYTES_MAX = 8 * VARINT_BYTES_MAX };

static uint8_t *write_cells(uint8_t *at, const struct layout *l, const int64_t *cells, uint32_t present)
{
    at = varint_write(at, present);
    for (uint32_t rest = present; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        at = layout_is_wide(l, i) ? varint_write_i128(at, cell_get_wide(cells + i)) : varint_write_int(at, cells[i]);
    }
    return at;
}

/* Panes are told as their distance from the newest pane at the tick: mostly 0. */
static int64_t pane_base(const struct model *m, uint16_t measure, uint8_t kind, int64_t tick_ms)
{
    bool windowed = kind == ROW_PANE || kind == ROW_HIST;
    return windowed && tick_ms > INT64_MIN ? pane_newest(tick_ms, m->measures[measure].pane_ms) : 0;
}

int bundle_row(struct bundle_writer *w, const struct model *m, int64_t tick_ms, struct text key, uint32_t kind, const struct delta_row *row)
{
    const struct layout *l = row_layout(m, row->measure, row->kind);
    uint32_t scope;
    if (scope_index(w, row->scope, key, kind, &scope) || buf_reserve(&w->body, ROW_BYTES_MAX + l->slots * (size_t)VARINT_WIDE_BYTES_MAX)) {
        return CUBE_ENOMEM;
    }
    uint8_t *at = w->body.at + w->body.len;
    if (tick_ms != w->tick_ms || !w->rows) {
        at = varint_write(at, ITEM_TICK);
        at = varint_write_int(at, tick_ms - w->tick_ms);
        w->tick_ms = tick_ms;
    }
    at = varint_write(at, ITEM_ROW + (unsigned)row->kind);
    at = varint_write(at, scope);
    at = varint_write(at, row->measure);
    at = varint_write_int(at, row->pane - pane_base(m, row->measure, row->kind, tick_ms));
    if (has_bucket(row->kind)) {
        at = varint_write_int(at, row->bucket);
    }
    at = write_cells(at, l, row->cells, cells_present(l, row->cells));
    w->body.len = (size_t)(at - w->body.at);
    w->rows++;
    return 0;
}

static void writer_empty(struct bundle_writer *w)
{
    for (uint32_t i = 0; i < w->known_count; i++) {
        w->dictionary[w->known[i]] = 0;
    }
    w->known_count = 0;
    w->tick_ms = 0;
    w->rows = 0;
    buf_clear(&w->body);
}

static int put_head(struct buf *out, const struct bundle_head *h)
{
    int rc = put_uint(out, BUNDLE_VERSION);
    rc = rc ? rc : put_uint(out, h->sender);
    rc = rc ? rc : put_uint(out, (uint64_t)h->task);
    rc = rc ? rc : put_uint(out, h->seq);
    rc = rc ? rc : put_uint(out, h->last);
    rc = rc ? rc : put_uint(out, h->state);
    rc = rc ? rc : put_int(out, h->watermark_ms);
    rc = rc ? rc : put_uint(out, (uint64_t)h->layout.customers);
    rc = rc ? rc : put_uint(out, (uint64_t)h->layout.employees);
    rc = rc ? rc : put_uint(out, (uint64_t)h->layout.scopes);
    return rc ? rc : put_uint(out, h->layout.model);
}

int bundle_finish(struct bundle_writer *w, const struct bundle_head *h, struct buf *out)
{
    size_t before = out->len;
    int rc = put_head(out, h);
    rc = rc ? rc : buf_append(out, w->body.at, w->body.len);
    if (rc) {
        out->len = before;
        return rc;
    }
    writer_empty(w);
    return 0;
}

void bundle_writer_close(struct bundle_writer *w)
{
    buf_close(&w->body);
    free(w->dictionary);
    free(w->known);
    memset(w, 0, sizeof *w);
}

/* ---- reading -------------------------------------------------------------------------------------- */

static int get_below(struct cursor *c, uint64_t bound, uint64_t *ret_v)
{
    uint64_t v;
    int rc = get_uint(c, &v);
    if (rc) {
        return rc;
    }
    if (v >= bound) {
        return CUBE_EFORMAT;
    }
    *ret_v = v;
    return 0;
}

int bundle_open(struct bundle_reader *r, const struct model *m, const uint8_t *at, size_t len, struct bundle_head *ret_h)
{
    struct cursor c = {at, at + len};
    uint64_t version, sender, task, last, state, customers, employees, scopes, model;
    struct bundle_head h = {0};
    int rc = get_uint(&c, &version);
    if (!rc && version != BUNDLE_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_below(&c, SENDER_TYPE_COUNT, &sender);
    rc = rc ? rc : get_below(&c, INT32_MAX, &task);
    rc = rc ? rc : get_uint(&c, &h.seq);
    rc = rc ? rc : get_below(&c, 2, &last);
    rc = rc ? rc : get_below(&c, 2, &state);
    rc = rc ? rc : get_int(&c, &h.watermark_ms);
    rc = rc ? rc : get_below(&c, INT32_MAX, &customers);
    rc = rc ? rc : get_below(&c, INT32_MAX, &employees);
    rc = rc ? rc : get_below(&c, INT32_MAX, &scopes);
    rc = rc ? rc : get_below(&c, (uint64_t)UINT32_MAX + 1, &model);
    if (rc) {
        return rc;
    }
    h.sender = (enum sender_type)sender;
    h.task = (int32_t)task;
    h.last = last;
    h.state = (enum sender_state)state;
    h.layout = (struct layout_stamp){(int32_t)customers, (int32_t)employees, (int32_t)scopes, (uint32_t)model};
    *r = (struct bundle_reader){.at = c, .model = m};
    *ret_h = h;
    return 0;
}

static int get_cells(struct bundle_reader *r, const struct layout *l, struct delta_row *row)
{
    uint64_t present;
    int rc = get_below(&r->at, UINT64_C(1) << l->slots, &present);
    if (rc) {
        return rc;
    }
    memset(r->cells, 0, sizeof r->cells);
    for (uint64_t rest = present; rest && !rc; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);
        cube_i128 wide;
        if (!layout_is_wide(l, i)) {
            rc = get_int(&r->at, &r->cells[i]);
        } else if (!(rc = get_i128(&r->at, &wide))) {
            cell_set_wide(r->cells + i, wide);
        }
    }
    row->cells = r->cells;
    row->slots = l->slots;
    return rc;
}

static int get_row(struct bundle_reader *r, uint8_t kind, struct delta_row *row)
{
    uint64_t scope, measure;
    int64_t pane, bucket = 0;
    int rc = get_below(&r->at, r->scopes, &scope);
    rc = rc ? rc : get_below(&r->at, r->model->measure_count, &measure);
    rc = rc ? rc : get_int(&r->at, &pane);
    if (!rc && has_bucket(kind)) {
        rc = get_int(&r->at, &bucket);
    }
    if (rc) {
        return rc;
    }
    if (bucket < INT32_MIN || bucket > INT32_MAX ||
        __builtin_add_overflow(pane, pane_base(r->model, (uint16_t)measure, kind, r->tick_ms), &pane)) {
        return CUBE_EFORMAT;
    }
    *row = (struct delta_row){.scope = (uint32_t)scope, .measure = (uint16_t)measure, .kind = kind, .bucket = (int32_t)bucket, .pane = pane};
    return get_cells(r, row_layout(r->model, row->measure, kind), row);
}

static int get_scope(struct bundle_reader *r, struct bundle_item *ret_i)
{
    uint64_t kind;
    int rc = get_below(&r->at, r->model->scopes.count, &kind);
    rc = rc ? rc : get_text(&r->at, &ret_i->key);
    if (rc) {
        return rc;
    }
    if (!ret_i->key.at) {
        return CUBE_EFORMAT;
    }
    ret_i->is_scope = true;
    ret_i->kind = (uint32_t)kind;
    r->scopes++;
    return 1;
}

int bundle_next(struct bundle_reader *r, struct bundle_item *ret_i)
{
    while (r->at.at < r->at.end) {
        uint64_t item;
        int64_t step;
        int rc = get_below(&r->at, ITEM_ROW + ROW_KIND_COUNT, &item);
        if (rc) {
            return rc;
        }
        if (item == ITEM_SCOPE) {
            return get_scope(r, ret_i);
        }
        if (item >= ITEM_ROW) {
            rc = get_row(r, (uint8_t)(item - ITEM_ROW), &ret_i->row);
            ret_i->is_scope = false;
            ret_i->tick_ms = r->tick_ms;
            return rc ? rc : 1;
        }
        rc = item == ITEM_TICK ? get_int(&r->at, &step) : CUBE_EFORMAT;
        if (rc) {
            return rc;
        }
        if (__builtin_add_overflow(r->tick_ms, step, &r->tick_ms)) {
            return CUBE_EFORMAT;
        }
    }
    return 0;
}
