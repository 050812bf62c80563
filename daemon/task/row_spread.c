#include "task/row_spread.h"

#include <stdbool.h>
#include <stdlib.h>

#include "proto/bundle_form.h"

enum {
    TRIED_FROM = 64, /* below it there is nothing to gain */
    FORGOTTEN = 64   /* ticks after which a vain try counts little any more */
};

/* Makes a table of so many places, the new ones zero. */
static int grow(void **at, uint32_t *capacity, uint64_t needed, size_t size)
{
    if (needed <= *capacity) {
        return 0;
    }
    uint64_t n = *capacity ? *capacity : 256;
    while (n < needed) {
        n *= 2;
    }
    char *grown = n <= UINT32_MAX ? realloc(*at, n * size) : NULL;
    if (!grown) {
        return CUBE_ENOMEM;
    }
    memset(grown + *capacity * size, 0, (n - *capacity) * size);
    *at = grown;
    *capacity = (uint32_t)n;
    return 0;
}

static __attribute__((noinline)) int rows_grow(struct row_spread *s, uint32_t rows, uint32_t cells)
{
    void *at = s->rows, *to = s->cells;
    int rc = grow(&at, &s->capacity, (uint64_t)s->count + rows, sizeof *s->rows);
    rc = rc ? rc : grow(&to, &s->cells_capacity, (uint64_t)s->used + cells, sizeof *s->cells);
    s->rows = at;
    s->cells = to;
    return rc;
}

static inline int rows_reserve(struct row_spread *s, uint32_t rows, uint32_t cells)
{
    bool there = s->capacity - s->count >= rows && s->cells_capacity - s->used >= cells;
    return __builtin_expect(there, 1) ? 0 : rows_grow(s, rows, cells);
}

static int begin(struct row_spread *s, uint32_t rows, uint32_t scopes)
{
    void *before = s->before, *places = s->places;
    int rc = s->names ? 0 : delta_table_create(&s->names);
    rc = rc ? rc : grow(&before, &s->before_capacity, rows, sizeof *s->before);
    rc = rc ? rc : grow(&places, &s->places_capacity, scopes, sizeof *s->places);
    s->before = before;
    s->places = places;
    s->count = s->kept = s->used = 0;
    if (!rc) {
        delta_table_clear(s->names);
    }
    return rc;
}

/* Rows with buckets seldom meet: of each scope as many buckets are touched as of its sets. */
static inline bool is_spread(const struct model *m, const struct delta_row *row)
{
    const struct measure *x = &m->measures[row->measure];
    return !has_bucket(row->kind) && (row->kind == ROW_CORRECTION || !(x->is_private || x->is_inner));
}

/* Rows that differ in their set alone are chained, the last first; those that are not spread are kept. */
static int rows_chain(struct row_spread *s, const struct model *m, const struct row_list *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct delta_row *row = &rows->at[i];
        bool spread = is_spread(m, row);
        int64_t *last;
        int rc = spread ? delta_row(s->names, 0, row->measure, row->kind, row->pane, 0, 1, &last) : rows_reserve(s, 1, 0);
        if (rc) {
            return rc;
        }
        if (spread) {
            s->before[i] = (uint32_t)*last;
            *last = i + 1;
        } else {
            s->rows[s->count++] = *row;
        }
    }
    s->kept = s->count;
    return 0;
}

/* Adds the cells of a row to the rows of its scopes. */
static int scopes_add(struct row_spread *s, const struct delta_row *row, const struct layout *l, const uint32_t *scopes, uint32_t count)
{
    if (rows_reserve(s, count, count * l->slots)) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *place = &s->places[scopes[i]];
        if (*place) {
            delta_sum(l, s->cells + *place - 1, row->cells);
            continue;
        }
        struct delta_row *made = &s->rows[s->count++];
        *made = *row;
        made->set = set_alone(scopes[i]);
        made->place = s->used;
        delta_copy(s->cells + s->used, row->cells, l->slots);
        *place = s->used + 1;
        s->used += l->slots;
    }
    return 0;
}

/* Spreads the rows of one name, last + 1 and those before it. */
static int name_spread(struct row_spread *s, const struct scope_table *table, const struct row_list *rows, uint32_t last, const struct layout *l)
{
    int rc = 0;
    uint32_t first = s->count;
    for (uint32_t i = last; i != 0 && !rc; i = s->before[i - 1]) {
        const struct delta_row *row = &rows->at[i - 1];
        uint32_t alone = row->set ^ SET_ALONE;
        const struct scope_set *set = row->set & SET_ALONE ? NULL : scope_table_set_at(table, row->set);
        rc = scopes_add(s, row, l, set ? set->scopes : &alone, set ? set->count : 1);
    }
    for (uint32_t i = first; i < s->count; i++) {
        s->places[s->rows[i].set ^ SET_ALONE] = 0;
    }
    return rc;
}

/* Stops when there are more rows than before. */
static int names_spread(struct row_spread *s, const struct model *m, const struct scope_table *table, const struct row_list *rows)
{
    int rc = 0;
    uint32_t names = delta_table_count(s->names);
    for (uint32_t i = 0; i < names && !rc && s->count <= rows->count; i++) {
        const struct delta_row *name = delta_table_at(s->names, i);
        rc = name_spread(s, table, rows, (uint32_t)name->cells[0], row_layout(m, name->measure, name->kind));
    }
    for (uint32_t i = s->kept; i < s->count; i++) {
        s->rows[i].cells = s->cells + s->rows[i].place;
    }
    return rc;
}

int row_spread(struct row_spread *s, const struct model *m, const struct scope_table *table, const struct delta_table *rows,
               struct row_list *ret_list)
{
    uint32_t count = delta_table_count(rows);
    *ret_list = (struct row_list){count ? delta_table_at(rows, 0) : NULL, count};
    s->from = s->from > TRIED_FROM ? s->from - s->from / FORGOTTEN : TRIED_FROM;
    if (count < s->from) {
        return 0;
    }
    int rc = begin(s, count, scope_table_count(table));
    rc = rc ? rc : rows_chain(s, m, ret_list);
    rc = rc ? rc : names_spread(s, m, table, ret_list);
    if (!rc && s->count <= count) {
        *ret_list = (struct row_list){s->rows, s->count};
    } else {
        s->from = 2 * count;
    }
    return rc;
}

void row_spread_close(struct row_spread *s)
{
    delta_table_destroy(s->names);
    free(s->before);
    free(s->rows);
    free(s->cells);
    free(s->places);
    *s = (struct row_spread){0};
}
