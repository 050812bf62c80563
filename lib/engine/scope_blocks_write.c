/* Blocks of panes, written. */
#include <stdlib.h>

#include "engine/scope_writer.h"

/* ---- which ------------------------------------------------------------------------------------------ */

static int touched_reserve(struct scope_blocks *b)
{
    if (b->touched_count < b->touched_capacity) {
        return 0;
    }
    uint32_t capacity = b->touched_capacity ? 2 * b->touched_capacity : 16;
    struct touched_block *at = realloc(b->touched, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    b->touched = at;
    b->touched_capacity = capacity;
    return 0;
}

/* The place of a block, from the end: panes to write are mostly the newest. CUBE_ENOMEM. */
static int touched_get(struct scope_blocks *b, int64_t block, struct touched_block **ret_t)
{
    uint32_t low = 0, high = b->touched_count;
    if (high && b->touched[high - 1].block < block) {
        low = high;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (b->touched[middle].block < block) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == b->touched_count || b->touched[low].block != block) {
        int rc = touched_reserve(b);
        if (rc) {
            return rc;
        }
        memmove(&b->touched[low + 1], &b->touched[low], (b->touched_count - low) * sizeof *b->touched);
        b->touched[low] = (struct touched_block){.block = block};
        b->touched_count++;
    }
    *ret_t = &b->touched[low];
    return 0;
}

/* Panes leave in order, so one to write that is not older than the oldest is there. */
static int horizon_touch_blocks(struct scope_blocks *b, const struct pane_class *k, const struct cell_horizon *h, const struct layout *l)
{
    int64_t oldest = h->ring.count ? pane_ring_entry(&h->ring, l, 0)[0] : INT64_MAX, end = INT64_MIN;
    const int64_t *list = horizon_dirty_list(h);
    struct touched_block *t = NULL;
    for (uint32_t i = 0; i < h->dirty_count; i++) {
        int64_t pane = dirty_pane(list[i]);
        if (pane >= end) {
            int64_t block = pane_of(pane, k->panes);
            int rc = touched_get(b, block, &t);
            if (rc) {
                return rc;
            }
            end = (block + 1) * k->panes;
        }
        t->has |= pane >= oldest;
        t->left |= pane < oldest && !dirty_is_new(list[i]);
    }
    return 0;
}

/* ---- how -------------------------------------------------------------------------------------------- */

/* The cells of one measure in a block of one pane, behind how many measures were passed over: 1, 0 where there are none. CUBE_ENOMEM. */
static int pane_write(struct buf *out, const struct pane_ring *ring, const struct layout *l, int64_t pane, uint32_t passed)
{
    const int64_t *newest = ring->count ? pane_ring_entry(ring, l, ring->count - 1) : NULL;
    const int64_t *cells = newest && newest[0] > pane ? pane_ring_find(ring, l, pane) : newest && newest[0] == pane ? newest + 1 : NULL;
    uint8_t *at = cells ? buf_room(out, VARINT_BYTES_MAX + slots_bytes_max(l)) : NULL;
    if (!at) {
        return cells ? CUBE_ENOMEM : 0;
    }
    at = varint_write(at, passed);
    buf_taken(out, slots_write(at, l, cells));
    return 1;
}

/* The same in a block of several: a bit for each that is there, then the cells. */
static int panes_write(struct buf *out, const struct pane_class *k, const struct pane_ring *ring, const struct layout *l, int64_t first,
                       uint32_t passed)
{
    uint32_t i = pane_ring_first(ring, l, first), most = ring->count - i < k->panes ? ring->count - i : k->panes, which = 0;
    if (most == 0) {
        return 0;
    }
    uint8_t *at = buf_room(out, VARINT_BYTES_MAX + sizeof which + most * slots_bytes_max(l));
    if (!at) {
        return CUBE_ENOMEM;
    }
    uint8_t *bits = varint_write(at, passed);
    at = bits + block_bits_bytes(k);
    for (; i < ring->count; i++) {
        const int64_t *entry = pane_ring_entry(ring, l, i);
        if (entry[0] - first >= k->panes) {
            break;
        }
        which |= UINT32_C(1) << (entry[0] - first);
        at = slots_write(at, l, entry + 1);
    }
    if (which == 0) {
        return 0;
    }
    for (uint32_t n = 0; n < block_bits_bytes(k); n++) {
        bits[n] = (uint8_t)(which >> 8 * n);
    }
    buf_taken(out, at);
    return 1;
}

static int member_write(struct buf *out, const struct pane_class *k, const struct scope_cell *c, int64_t first, uint32_t passed)
{
    const struct pane_ring *ring = &c->horizons[k->horizon[c->measure->index]].ring;
    const struct layout *l = &c->measure->aggregation->pane;
    return k->panes == 1 ? pane_write(out, ring, l, first, passed) : panes_write(out, k, ring, l, first, passed);
}

/* All cells of a block: 1 where there are some, 0. CUBE_ENOMEM. */
static int block_write(struct buf *out, const struct pane_class *k, const struct scope *s, int64_t block)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < k->count; i++) {
        uint32_t measure = k->measures[i];
        const struct scope_cell *c = s->cells[measure];
        int rc = c ? member_write(out, k, c, block * k->panes, measure - next) : 0;
        if (rc < 0) {
            return rc;
        }
        next = rc ? measure + 1 : next;
    }
    return next > 0;
}

/* A block that has nothing any more is a tombstone, where there was something. */
static int block_flush(const struct scope_blocks *b, const struct pane_class *k, const struct scope *s, const struct touched_block *t,
                       const struct scope_sink *sink)
{
    struct buf *out = sink->bytes;
    size_t begins = out->len;
    uint8_t *from = buf_room(out, 6 * VARINT_BYTES_MAX + s->key.len), *at = from;
    if (!at) {
        return CUBE_ENOMEM;
    }
    *at++ = RECORD_BLOCK;
    at = varint_write(at, (uint64_t)k->pane_ms);
    at = varint_write(at, k->turns);
    at = varint_write(at, (uint64_t)(t->block - pane_of(t->block, k->turns) * k->turns));
    memcpy(at, s->key.at, s->key.len);
    at += s->key.len;
    size_t key_len = (size_t)(at - from);
    *at++ = BLOCK_VERSION;
    at = varint_write(at, b->list);
    at = varint_write_int(at, t->block);
    buf_taken(out, at);
    int rc = block_write(out, k, s, t->block);
    if (rc < 0) {
        return rc;
    }
    if (rc == 0 || !t->has) {
        out->len = begins + (rc == 0 && t->left ? key_len : 0);
    }
    return out->len > begins ? sink->wrote(sink->arg, key_len, out->len - begins - key_len) : 0;
}

/* Once: a task whose commit was lost is made anew, and tells it anew. */
int scope_list_flush(struct scope_engine *e, const struct scope_sink *sink)
{
    struct scope_blocks *b = &e->blocks;
    int rc = b->list == UINT32_MAX ? measure_list_find(b, e->model) : 0;
    if (rc || !b->list_is_new) {
        return rc;
    }
    const struct measure_list *l = &b->lists[b->list];
    struct writer w = {sink->bytes, 0};
    size_t begins = w.out->len;
    w_uint(&w, RECORD_LIST);
    w_uint(&w, b->list);
    size_t key_len = w.out->len - begins;
    w_uint(&w, BLOCK_VERSION);
    w_uint(&w, l->count);
    for (uint32_t i = 0; i < l->count; i++) {
        w_text(&w, e->model->measures[i].name);
        w_uint(&w, l->at[i].layout.slots);
        w_uint(&w, l->at[i].layout.wide);
    }
    return w.rc ? w.rc : sink->wrote(sink->arg, key_len, w.out->len - begins - key_len);
}

static int class_flush(struct scope_engine *e, const struct scope *s, const struct pane_class *k, const struct scope_sink *sink)
{
    struct scope_blocks *b = &e->blocks;
    int rc = 0;
    b->touched_count = 0;
    for (uint32_t i = 0; i < k->count && !rc; i++) {
        const struct scope_cell *c = s->cells[k->measures[i]];
        rc = c && c->dirty ? horizon_touch_blocks(b, k, &c->horizons[k->horizon[k->measures[i]]], &c->measure->aggregation->pane) : 0;
    }
    for (uint32_t i = 0; i < b->touched_count && !rc; i++) {
        rc = block_flush(b, k, s, &b->touched[i], sink);
    }
    return rc;
}

int scope_blocks_flush(struct scope_engine *e, const struct scope *s, const struct scope_sink *sink)
{
    int rc = 0;
    for (uint32_t i = 0; i < e->blocks.class_count && !rc; i++) {
        rc = class_flush(e, s, &e->blocks.classes[i], sink);
    }
    return rc;
}
