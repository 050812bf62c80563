#include "engine/delta_sums.h"

#include <stdlib.h>
#include <string.h>

enum { SCOPES_FIRST = 64, KNOWN_SLOTS_MAX = 9 };

/* So many rows more than changes a column makes before it is given up. What a tick has until a commit cuts it is little, and says little. */
enum { EXCESS_MAX = 64 };

/* Where one of so many scopes has a sum, all are forgotten at once. */
enum { MANY_OF = 4 };

static int columns_reserve(struct delta_sums *s, uint16_t measure)
{
    uint32_t n = ((uint32_t)measure + 1) * DELTA_COLUMNS;
    if (n <= s->count) {
        return 0;
    }
    struct delta_column *columns = realloc(s->columns, n * sizeof *columns);
    if (!columns) {
        return CUBE_ENOMEM;
    }
    s->columns = columns;
    for (uint32_t i = s->count; i < n; i++) {
        columns[i] = (struct delta_column){.pane = DELTA_COLUMN_OFF};
    }
    s->bytes += (n - s->count) * sizeof *columns;
    s->count = n;
    return 0;
}

static int column_grow(struct delta_sums *s, struct delta_column *c, uint32_t scopes)
{
    if (scopes <= c->scopes) {
        return 0;
    }
    int64_t *cells = realloc(c->cells, scopes * (size_t)c->layout.slots * sizeof *cells);
    c->cells = cells ? cells : c->cells;
    uint8_t *has = cells ? realloc(c->has, scopes) : NULL;
    if (!has) {
        return CUBE_ENOMEM;
    }
    uint32_t more = scopes - c->scopes;
    memset(cells + c->scopes * (size_t)c->layout.slots, 0, more * (size_t)c->layout.slots * sizeof *cells);
    memset(has + c->scopes, 0, more);
    s->bytes += more * (c->layout.slots * sizeof *cells + 1);
    c->has = has;
    c->scopes = scopes;
    return 0;
}

/* Makes room for so many scopes in every column that has some. */
static int sums_grow(struct delta_sums *s, uint32_t needed)
{
    uint32_t scopes = s->scopes ? s->scopes : SCOPES_FIRST;
    while (scopes < needed) {
        scopes *= 2;
    }
    int rc = scopes <= DELTA_SUMS_SCOPES_MAX ? 0 : CUBE_ENOMEM;
    for (uint32_t i = 0; i < s->count && !rc; i++) {
        rc = s->columns[i].scopes ? column_grow(s, &s->columns[i], scopes) : 0;
    }
    s->scopes = rc ? s->scopes : scopes;
    return rc;
}

/* Scopes are numbered as sets come: those of a set and of all before it are among those there are now. */
static bool set_fits(struct delta_sums *s, const struct scope_table *table, const struct scope_set *set)
{
    if (set->id < s->sets) {
        return true;
    }
    if (set->id == SCOPE_SET_LOOSE) {
        bool fits = s->scopes > 0 && set->count > 0; /* else the column would be claimed without room, or for no change */
        for (uint32_t i = 0; i < set->count; i++) {
            fits = fits && set->scopes[i] < s->scopes;
        }
        return fits;
    }
    uint32_t needed = scope_table_count(table);
    if (needed > s->scopes && sums_grow(s, needed) != 0) {
        return false;
    }
    s->sets = set->id + 1;
    return true;
}

struct delta_column *delta_sums_claim(struct delta_sums *s, const struct scope_table *table, const struct scope_set *set, uint16_t measure,
                                      bool level, int64_t pane)
{
    struct delta_column *c = delta_sums_at(s, measure, level, pane);
    if (!delta_column_is_open(c, pane) || !set_fits(s, table, set) || column_grow(s, c, s->scopes) != 0) {
        return NULL;
    }
    c->pane = pane;
    return c;
}

/* Adds one cell, that of a slot, in every scope of the set. */
static inline void cell_add(const struct delta_column *c, const struct scope_set *set, uint32_t slot, int64_t more)
{
    int64_t *to = c->cells + slot;
    size_t slots = c->layout.slots;
    for (const uint32_t *at = set->scopes, *end = at + set->count; at < end; at++) {
        to[*at * slots] = (int64_t)((uint64_t)to[*at * slots] + (uint64_t)more);
    }
}

static void wide_add(const struct delta_column *c, const struct scope_set *set, uint32_t slot, cube_i128 more)
{
    int64_t *to = c->cells + slot;
    size_t slots = c->layout.slots;
    for (const uint32_t *at = set->scopes, *end = at + set->count; at < end; at++) {
        cell_add_wide(to + *at * slots, more);
    }
}

/* Most cells are 0. The high half of one whose low half is 0 is a cell like others. */
static int add_any(const struct delta_column *c, const struct scope_set *set, const int64_t *cells)
{
    for (uint32_t i = 0; i < set->count; i++) {
        c->has[set->scopes[i]] = 1;
    }
    for (uint32_t k = 0; k < c->layout.slots; k++) {
        if (cells[k] == 0) {
            continue;
        }
        if (layout_is_wide(&c->layout, k)) {
            wide_add(c, set, k, cell_get_wide(cells + k));
            k++;
        } else {
            cell_add(c, set, k, cells[k]);
        }
    }
    return 0;
}

/* Of a layout that is known when this is compiled, the first so many slots: what is added stays in registers. */
static inline __attribute__((always_inline)) int add_first(const struct delta_column *c, const struct scope_set *set, unsigned slots, uint32_t wide,
                                                            unsigned first, const int64_t *cells)
{
    uint8_t *has = c->has;
    int64_t *sums = c->cells, more[KNOWN_SLOTS_MAX];
#pragma GCC unroll 9
    for (unsigned k = 0; k < first; k++) {
        more[k] = cells[k];
    }
    for (const uint32_t *at = set->scopes, *end = at + set->count; at < end; at++) {
        uint32_t scope = *at;
        int64_t *to = sums + (size_t)scope * slots;
        has[scope] = 1;
#pragma GCC unroll 9
        for (unsigned k = 0; k < first; k++) {
            if (wide >> k & 1) {
                cell_add_wide(to + k, cell_get_wide(more + k));
            } else if (k == 0 || !(wide >> (k - 1) & 1)) {
                to[k] = (int64_t)((uint64_t)to[k] + (uint64_t)more[k]);
            }
        }
    }
    return 0;
}

/* Of means the last sum, of squares beyond 62 bits, is mostly 0, and so is what stands behind it; of who comes and leaves all are but the
 * number. */
static inline __attribute__((always_inline)) int add_known(const struct delta_column *c, const struct scope_set *set, unsigned slots, uint32_t wide,
                                                            const int64_t *cells)
{
    unsigned last = wide ? 31 - (unsigned)__builtin_clz(wide) : slots;
    int64_t behind = 0, others = 0;
    for (unsigned k = last; k < slots; k++) {
        behind |= cells[k];
    }
    if (slots < 5 || slots == 6 || behind != 0) {
        return add_first(c, set, slots, wide, slots, cells);
    }
    for (unsigned k = 1; k < last; k++) {
        others |= cells[k];
    }
    return others ? add_first(c, set, slots, wide, last, cells) : add_first(c, set, slots, wide, 1, cells);
}

#define X(slots, wide)                                                                                               \
    static int add_##slots##_##wide(const struct delta_column *c, const struct scope_set *set, const int64_t *cells) \
    {                                                                                                                \
        return add_known(c, set, slots, wide, cells);                                                                \
    }
CELL_LAYOUTS(X)
CELL_LAYOUTS_OF_MEANS(X)
#undef X

static delta_column_add_fn *add_of(const struct layout *l)
{
#define X(known, cells_wide)                              \
    if (l->slots == (known) && l->wide == (cells_wide)) { \
        return add_##known##_##cells_wide;                \
    }
    CELL_LAYOUTS(X)
    CELL_LAYOUTS_OF_MEANS(X)
#undef X
    return add_any;
}

void delta_sums_begin(struct delta_sums *s, uint16_t measure, bool level, const struct layout *l)
{
    if (columns_reserve(s, measure) != 0) {
        return;
    }
    struct delta_column *c = &s->columns[(uint32_t)measure * DELTA_COLUMNS + (level ? DELTA_PANES : 0)];
    for (uint32_t i = 0; i < DELTA_PANES; i++) {
        if (c[i].pane == DELTA_COLUMN_OFF) {
            c[i].pane = DELTA_COLUMN_ANY;
            c[i].measure = measure;
            c[i].level = level;
            c[i].layout = *l;
            c[i].add = add_of(l);
        }
    }
}

uint32_t delta_column_next(const struct delta_column *c, uint32_t scope)
{
    while (scope < c->scopes && !c->has[scope]) {
        uint64_t eight = 1;
        if (scope % 8 == 0) {
            memcpy(&eight, c->has + scope, sizeof eight);
        }
        scope += eight ? 1 : 8;
    }
    return scope;
}

/* Scopes that have a sum. */
static uint32_t column_rows(const struct delta_column *c)
{
    uint32_t rows = 0;
    for (uint32_t i = 0; i < c->scopes; i += 8) {
        uint64_t eight;
        memcpy(&eight, c->has + i, sizeof eight);
        rows += (uint32_t)(eight * UINT64_C(0x0101010101010101) >> 56);
    }
    return rows;
}

static void sums_forget(struct delta_column *c, uint32_t first, uint32_t count)
{
    memset(c->cells + first * (size_t)c->layout.slots, 0, count * (size_t)c->layout.slots * sizeof *c->cells);
    memset(c->has + first, 0, count);
}

static void column_clear(struct delta_column *c)
{
    uint32_t rows = column_rows(c);
    bool many = rows >= c->scopes / MANY_OF;
    if (many) {
        sums_forget(c, 0, c->scopes);
    }
    for (uint32_t i = many ? c->scopes : delta_column_next(c, 0); i < c->scopes; i = delta_column_next(c, i + 1)) {
        sums_forget(c, i, 1);
    }
    uint32_t more = c->excess + rows;
    c->excess = more > c->adds ? more - c->adds : 0;
    c->adds = 0;
    if (c->excess > EXCESS_MAX) {
        c->pane = DELTA_COLUMN_OFF;
        c->excess = 0;
    }
}

void delta_sums_clear(struct delta_sums *s)
{
    for (uint32_t i = 0; i < s->count && s->any; i++) {
        if (s->columns[i].adds > 0) {
            column_clear(&s->columns[i]);
        }
    }
    s->any = false;
}

void delta_sums_close(struct delta_sums *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        free(s->columns[i].cells);
        free(s->columns[i].has);
    }
    free(s->columns);
    *s = (struct delta_sums){0};
}
