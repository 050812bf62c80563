/* Blocks of panes, and the lists of measures that they are numbered by, read back. */
#include "engine/scope_reader.h"

/* A wide cell has its two slots, and they are its own. */
static bool layout_is_one(const struct layout *l)
{
    return l->slots <= CELL_SLOTS_MAX && !(l->wide & l->wide << 1) && !((uint64_t)l->wide >> (l->slots ? l->slots - 1 : 0));
}

static void listed_read(struct reader *r, struct scope_engine *e, struct listed_measure *ret_m)
{
    struct text name = r_text(r);
    ret_m->measure = r->rc ? UINT16_MAX : measure_by_name(e, name);
    ret_m->layout.slots = (uint8_t)r_below(r, CELL_SLOTS_MAX + 1);
    ret_m->layout.wide = (uint32_t)r_below(r, UINT64_C(1) << 32);
    r->rc = r->rc || layout_is_one(&ret_m->layout) ? r->rc : CUBE_EFORMAT;
}

/* They come in order; one that was told again is the same. */
int scope_list_restore(struct scope_engine *e, struct reader *key, struct reader *value)
{
    struct scope_blocks *b = &e->blocks;
    uint64_t number = r_below(key, (uint64_t)b->list_count + 1);
    r_block_version(value);
    uint64_t count = r_below(value, MEASURES_MAX + 1);
    struct measure_list *l;
    int rc = key->rc ? key->rc : value->rc;
    if (rc || number < b->list_count) {
        return rc;
    }
    rc = measure_list_add(b, (uint32_t)count, &l);
    for (uint64_t i = 0; i < count && !rc; i++) {
        listed_read(value, e, &l->at[i]);
        rc = value->rc;
    }
    return rc;
}

/* A bit for each pane. */
static uint64_t which_read(const struct pane_class *k, struct reader *r)
{
    uint32_t bytes = block_bits_bytes(k);
    uint64_t which = bytes == 0;
    if (r->rc == 0 && (size_t)(r->c.end - r->c.at) < bytes) {
        r->rc = CUBE_ETRUNCATED;
    }
    for (uint32_t n = 0; n < bytes && r->rc == 0; n++) {
        which |= (uint64_t)*r->c.at++ << 8 * n;
    }
    if (r->rc == 0 && which >> k->panes) {
        r->rc = CUBE_EFORMAT;
    }
    return which;
}

/* The panes of one measure; c NULL: nobody needs them. */
static int panes_read(const struct pane_class *k, struct scope_cell *c, const struct layout *l, int64_t first, struct reader *value)
{
    int64_t cells[CELL_SLOTS_MAX];
    for (uint64_t which = which_read(k, value); which && !value->rc; which &= which - 1) {
        r_cells(value, l, cells);
        if (c && !value->rc) {
            value->rc = scope_pane_set(c, k->horizon[c->measure->index], first + __builtin_ctzll(which), cells);
        }
    }
    return value->rc;
}

static int member_read(struct scope_engine *e, struct scope *s, const struct pane_class *k, const struct listed_measure *m, int64_t first,
                       struct reader *value)
{
    struct scope_cell *c = NULL;
    if (m->measure != UINT16_MAX && k->horizon[m->measure] != HORIZONS_MAX) {
        const struct layout *l = &e->model->measures[m->measure].aggregation->pane;
        if (m->layout.slots != l->slots || m->layout.wide != l->wide) {
            return CUBE_EFORMAT;
        }
        int rc = scope_cell_get(e, s, m->measure, &c);
        if (rc) {
            return rc;
        }
    }
    return panes_read(k, c, &m->layout, first, value);
}

static int block_read(struct scope_engine *e, struct scope *s, const struct pane_class *k, struct reader *value)
{
    const struct measure_list *l = r_list_of(value, e);
    int64_t block = r_int(value);
    if (!value->rc && !pane_is_recorded(k->pane_ms * k->panes, block)) {
        return CUBE_EFORMAT;
    }
    for (uint64_t next = 0; value->c.at < value->c.end && !value->rc; next++) {
        next += r_below(value, MEASURES_MAX);
        if (next >= l->count) {
            return value->rc ? value->rc : CUBE_EFORMAT;
        }
        value->rc = value->rc ? value->rc : member_read(e, s, k, &l->at[next], block * k->panes, value);
    }
    return value->rc;
}

/* Whatever it says, what has left by the last tick of the scope leaves when all is read: a tombstone says nothing more. */
int scope_block_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone)
{
    const struct pane_class *k = pane_class_of(&e->blocks, (int64_t)r_uint(key));
    uint64_t turns = r_uint(key);
    (void)r_below(key, turns);
    struct scope *s;
    if (key->rc || is_tombstone) {
        return key->rc;
    }
    r_block_version(value);
    if (!k || value->rc) {
        return value->rc; /* no measure has such panes any more */
    }
    int rc = scope_restored(e, r_rest(key), &s);
    return rc ? rc : block_read(e, s, k, value);
}
