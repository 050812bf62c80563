#include "proto/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "proto/bundle_form.h"
#include "proto/layout.h"

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

/* The index + 1 of an id; 0 when the bundle has not told of it. There is room for it then. */
static int dictionary_find(struct bundle_dictionary *d, uint32_t id, uint32_t *ret_i)
{
    if (id >= d->capacity && grow_to(&d->at, &d->capacity, id + 1)) {
        return CUBE_ENOMEM;
    }
    *ret_i = d->at[id];
    return *ret_i ? 0 : grow_to(&d->known, &d->known_capacity, d->known_count + 1);
}

/* The next index + 1 is that of an id. There is room. */
static uint32_t dictionary_add(struct bundle_dictionary *d, uint32_t id)
{
    d->known[d->known_count++] = id;
    return d->at[id] = d->known_count;
}

static void dictionary_clear(struct bundle_dictionary *d)
{
    for (uint32_t i = 0; i < d->known_count; i++) {
        d->at[d->known[i]] = 0;
    }
    d->known_count = 0;
}

static void dictionary_close(struct bundle_dictionary *d)
{
    free(d->at);
    free(d->known);
}

static __attribute__((noinline)) int scope_tell(struct bundle_writer *w, const struct scope_table *table, uint32_t scope, uint32_t *ret_i)
{
    uint32_t i = 0;
    int rc = dictionary_find(&w->scopes, scope, &i);
    rc = rc ? rc : put_uint(&w->body, ITEM_SCOPE);
    rc = rc ? rc : put_uint(&w->body, scope_table_kind(table, scope));
    rc = rc ? rc : put_text(&w->body, scope_table_key(table, scope));
    if (!rc) {
        *ret_i = dictionary_add(&w->scopes, scope) - 1;
    }
    return rc;
}

static inline int scope_index(struct bundle_writer *w, const struct scope_table *table, uint32_t scope, uint32_t *ret_i)
{
    if (scope < w->scopes.capacity && w->scopes.at[scope]) {
        *ret_i = w->scopes.at[scope] - 1;
        return 0;
    }
    return scope_tell(w, table, scope, ret_i);
}

static int giver_index(struct bundle_writer *w, const struct scope_table *table, uint32_t scope, int32_t *ret_i)
{
    uint32_t i = 0;
    int rc = dictionary_find(&w->givers, scope, &i);
    if (!rc && !i) {
        rc = put_uint(&w->body, ITEM_GIVER);
        rc = rc ? rc : put_text(&w->body, scope_table_key(table, scope));
        i = rc ? 0 : dictionary_add(&w->givers, scope);
    }
    *ret_i = (int32_t)(i - 1);
    return rc;
}

/* Most bytes of a set: the item, how many scopes, and their indices. */
enum { SET_BYTES_MAX = (2 + SCOPE_KINDS_MAX) * VARINT_BYTES_MAX };

/* Scopes that the bundle has not told of yet stand before the set. */
static __attribute__((noinline)) int set_scopes(struct bundle_writer *w, const struct scope_table *table, struct bundle_set set)
{
    uint32_t i;
    int rc = 0;
    for (uint32_t k = 0; k < set.count && !rc; k++) {
        rc = scope_index(w, table, set.scopes[k], &i);
    }
    return rc;
}

/* Where the set ends; NULL: a scope of it is not told yet. */
static inline uint8_t *write_set(const struct bundle_dictionary *scopes, uint8_t *at, struct bundle_set set)
{
    *at++ = ITEM_SET;
    at = varint_write(at, set.count);
    for (uint32_t i = 0; i < set.count; i++) {
        uint32_t scope = set.scopes[i], place = scope < scopes->capacity ? scopes->at[scope] : 0;
        if (place == 0) {
            return NULL;
        }
        at = varint_write(at, place - 1);
    }
    return at;
}

static int set_write(struct bundle_writer *w, const struct scope_table *table, struct bundle_set set)
{
    uint8_t *to = buf_room(&w->body, SET_BYTES_MAX), *end = to ? write_set(&w->scopes, to, set) : NULL;
    if (to && !end) {
        to = set_scopes(w, table, set) ? NULL : buf_room(&w->body, SET_BYTES_MAX);
        end = to ? write_set(&w->scopes, to, set) : NULL;
    }
    if (!end) {
        return CUBE_ENOMEM;
    }
    buf_taken(&w->body, end);
    return 0;
}

static inline int set_index(struct bundle_writer *w, const struct scope_table *table, struct bundle_set set, uint32_t *ret_i)
{
    uint32_t i = 0;
    int rc = dictionary_find(&w->sets, set.id, &i);
    if (!rc && !i && !(rc = set_write(w, table, set))) {
        i = dictionary_add(&w->sets, set.id);
    }
    *ret_i = i - 1;
    return rc;
}

/* Bit i: the cell that begins at slot i is not zero. */
static inline uint32_t cells_present(const struct layout *l, const int64_t *cells)
{
    uint32_t set = 0;
    for (const int64_t *c = cells + l->slots; c > cells;) {
        set = 2 * set + (*--c != 0);
    }
    return (set | (set >> 1 & l->wide)) & ~(l->wide << 1);
}

/* Bytes of a row without its cells, and a step of the tick before it. */
enum { ROW_BYTES_MAX = 8 * VARINT_BYTES_MAX };

/* Mostly amounts of money or their squares. */
static inline uint8_t *write_wide(uint8_t *at, const int64_t *cell)
{
    return cell[1] == cell[0] >> 63 ? varint_write_longer(at, varint_zigzag(cell[0])) : varint_write_i128(at, cell_get_wide(cell));
}

/* Of a layout that is known when this is compiled. */
static inline __attribute__((always_inline)) uint8_t *write_known(uint8_t *at, unsigned slots, uint32_t wide, const int64_t *cells)
{
    uint8_t *present = at++;
    unsigned set = 0;
#pragma GCC unroll 7
    for (unsigned i = 0; i < slots; i++) {
        if (wide >> i & 1) {
            if (cells[i] | cells[i + 1]) {
                set |= 1u << i;
                at = write_wide(at, cells + i);
            }
        } else if ((i == 0 || !(wide >> (i - 1) & 1)) && cells[i]) {
            set |= 1u << i;
            at = varint_write_int(at, cells[i]);
        }
    }
    *present = (uint8_t)set;
    return at;
}

#define X(slots, wide)                                                                                       \
    static uint8_t *bundle_cells_##slots##_##wide(uint8_t *at, const struct layout *l, const int64_t *cells) \
    {                                                                                                        \
        _Static_assert((slots) <= 7, "which cells are there is a varint of one byte");                      \
        (void)l;                                                                                             \
        return write_known(at, slots, wide, cells);                                                          \
    }
CELL_LAYOUTS(X)
#undef X

static uint8_t *bundle_cells_any(uint8_t *at, const struct layout *l, const int64_t *cells)
{
    uint32_t present = cells_present(l, cells);
    at = varint_write(at, present);
    for (; present; present &= present - 1) {
        unsigned i = (unsigned)__builtin_ctz(present);
        at = layout_is_wide(l, i) ? write_wide(at, cells + i) : varint_write_int(at, cells[i]);
    }
    return at;
}

static bundle_cells_fn *cells_of(const struct layout *l)
{
#define X(known, cells_wide)                              \
    if (l->slots == (known) && l->wide == (cells_wide)) { \
        return bundle_cells_##known##_##cells_wide;       \
    }
    CELL_LAYOUTS(X)
#undef X
    return bundle_cells_any;
}

void bundle_run_begin(struct bundle_run *run, const struct model *m, uint64_t number, const struct delta_row *row)
{
    const struct layout *l = row_layout(m, row->measure, row->kind);
    run->number = number;
    run->layout = l;
    run->cells = cells_of(l);
    run->pane = row->pane;
    run->after = row->pane - pane_base(m, row->measure, row->kind, run->tick_ms);
    run->measure = row->measure;
    run->kind = row->kind;
    run->has_bucket = has_bucket(row->kind);
    run->room = ROW_BYTES_MAX + l->slots * (uint32_t)VARINT_WIDE_BYTES_MAX;
}

/* Where a row begins: what the row before it has not said. */
static uint8_t *write_name(struct bundle_writer *w, uint8_t *at, const struct bundle_run *run, uint64_t reference)
{
    bool same_tick = w->rows && run->tick_ms == w->tick_ms;
    if (same_tick && run->measure == w->measure && run->kind == w->kind && run->pane == w->pane) {
        *at++ = ITEM_AGAIN;
        return varint_write(at, reference);
    }
    if (!same_tick) {
        at = varint_write(at, ITEM_TICK);
        at = varint_write_int(at, run->tick_ms - w->tick_ms);
        w->tick_ms = run->tick_ms;
    }
    w->measure = run->measure;
    w->kind = run->kind;
    w->pane = run->pane;
    at = varint_write(at, ITEM_ROW + (unsigned)run->kind);
    at = varint_write(at, reference);
    at = varint_write(at, run->measure);
    return varint_write_int(at, run->after);
}

/* The first row of a run in this writer, the first that names its scopes, or one whose bucket is a department. */
int bundle_row_any(struct bundle_writer *w, const struct bundle_run *run, struct bundle_set set, const struct delta_row *row)
{
    bool alone = set.count == 1, given = run->kind == ROW_CONTACTS;
    int32_t bucket = row->bucket;
    uint32_t i;
    if ((given && giver_index(w, run->table, (uint32_t)row->bucket, &bucket)) ||
        (alone ? scope_index(w, run->table, set.id, &i) : set_index(w, run->table, set, &i))) {
        return CUBE_ENOMEM;
    }
    uint8_t *at = buf_room(&w->body, run->room);
    if (!at) {
        return CUBE_ENOMEM;
    }
    at = write_name(w, at, run, bundle_reference(i, alone));
    at = run->has_bucket ? varint_write_int(at, bucket) : at;
    buf_taken(&w->body, run->cells(at, run->layout, row->cells));
    w->rows++;
    w->run = given ? 0 : run->number;
    return 0;
}

static void writer_empty(struct bundle_writer *w)
{
    dictionary_clear(&w->scopes);
    dictionary_clear(&w->sets);
    dictionary_clear(&w->givers);
    w->tick_ms = 0;
    w->rows = 0;
    w->run = 0;
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
    rc = rc ? rc : layout_put(out, &h->layout);
    rc = rc ? rc : put_uint(out, h->guarded);
    return rc ? rc : put_int(out, h->release_from_ms == INT64_MIN ? -1 : h->release_from_ms);
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
    dictionary_close(&w->scopes);
    dictionary_close(&w->sets);
    dictionary_close(&w->givers);
    memset(w, 0, sizeof *w);
}

