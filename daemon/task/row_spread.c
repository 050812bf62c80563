#include "task/row_spread.h"

#include <stdbool.h>
#include <stdlib.h>

#include "proto/bundle_form.h"

enum {
    TRIED_FROM = 64, /* below it there is nothing to gain */
    SUMMED_FROM = 3, SUMMED_OF = 4, /* so many by scope of so many by set are clearly fewer */
    FORGOTTEN = 64   /* ticks after which a vain try counts little any more */
};

/* The cells of a name: its last row + 1, how many rows it has. */
enum { NAME_LAST, NAME_ROWS, NAME_SLOTS };

/* The place of a row that stays as it is. */
#define ROW_KEPT UINT32_MAX

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
    for (uint32_t i = 0; i < s->count; i++) {
        s->rows[i].cells = s->rows[i].place == ROW_KEPT ? s->rows[i].cells : s->cells + s->rows[i].place;
    }
    return rc;
}

static inline int rows_reserve(struct row_spread *s, uint32_t rows, uint32_t cells)
{
    bool there = s->capacity - s->count >= rows && s->cells_capacity - s->used >= cells;
    return __builtin_expect(there, 1) ? 0 : rows_grow(s, rows, cells);
}

static int begin(struct row_spread *s, const struct model *m, uint32_t rows, uint32_t scopes)
{
    void *before = s->before, *places = s->places, *recent = s->recent, *met = s->met;
    uint32_t kinds = model_measures(m) * ROW_KIND_COUNT;
    int rc = s->names ? 0 : delta_table_create(&s->names);
    rc = rc ? rc : grow(&before, &s->before_capacity, rows, sizeof *s->before);
    rc = rc ? rc : grow(&places, &s->places_capacity, scopes, sizeof *s->places);
    rc = rc ? rc : grow(&recent, &s->recent_capacity, kinds, sizeof *s->recent);
    rc = rc ? rc : grow(&met, &s->met_capacity, kinds, sizeof *s->met);
    s->before = before;
    s->places = places;
    s->recent = recent;
    s->met = met;
    s->count = s->used = 0;
    if (rc) {
        return rc;
    }
    delta_table_clear(s->names);
    for (uint32_t i = 0; i < s->met_count; i++) {
        struct row_name *name = &s->recent[s->met[i]];
        name->last = NULL;
        name->from -= (name->from + FORGOTTEN - 1) / FORGOTTEN;
    }
    return 0;
}

/* Rows with buckets seldom meet: of each scope as many buckets are touched as of its sets. */
static inline bool is_spread(const struct model *m, const struct delta_row *row)
{
    const struct measure *x = &m->measures[row->measure];
    return !has_bucket(row->kind) && (row->kind == ROW_CORRECTION || !(x->is_private || x->is_inner));
}

static inline struct row_name *recent_of(struct row_spread *s, const struct delta_row *name)
{
    return &s->recent[name->measure * ROW_KIND_COUNT + name->kind];
}

/* Looks for the cells of another name than the one met last. */
static __attribute__((noinline)) int name_meet(struct row_spread *s, const struct delta_row *row, struct row_name *recent)
{
    int rc = delta_row(s->names, 0, row->measure, row->kind, row->pane, 0, NAME_SLOTS, &recent->last);
    if (rc) {
        return rc;
    }
    recent->pane = row->pane;
    if (!recent->listed) {
        recent->listed = true;
        s->met[s->met_count++] = (uint32_t)(recent - s->recent);
    }
    return 0;
}

/* Rows that differ in their set and bucket alone are chained, the last first. Of most measures all rows of a tick are. */
static int rows_chain(struct row_spread *s, const struct row_list *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct delta_row *row = &rows->at[i];
        struct row_name *recent = recent_of(s, row);
        if ((!recent->last || recent->pane != row->pane) && name_meet(s, row, recent)) {
            return CUBE_ENOMEM;
        }
        s->before[i] = (uint32_t)recent->last[NAME_LAST];
        recent->last[NAME_LAST] = i + 1;
        recent->last[NAME_ROWS]++;
    }
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
        made->cells = s->cells + s->used;
        delta_copy(s->cells + s->used, row->cells, l->slots);
        *place = s->used + 1;
        s->used += l->slots;
    }
    return 0;
}

/* Takes the rows of one name as they are, the last first. */
static int name_keep(struct row_spread *s, const struct row_list *rows, const int64_t *name)
{
    if (rows_reserve(s, (uint32_t)name[NAME_ROWS], 0)) {
        return CUBE_ENOMEM;
    }
    struct delta_row *to = s->rows + s->count;
    for (uint32_t i = (uint32_t)name[NAME_LAST]; i != 0; i = s->before[i - 1]) {
        *to = rows->at[i - 1];
        to++->place = ROW_KEPT;
    }
    s->count += (uint32_t)name[NAME_ROWS];
    return 0;
}

/* Spreads the rows of one name; stops when that makes more of them. */
static int name_spread(struct row_spread *s, const struct scope_table *table, const struct row_list *rows, const int64_t *name,
                       const struct layout *l)
{
    int rc = 0;
    uint32_t first = s->count;
    for (uint32_t i = (uint32_t)name[NAME_LAST]; i != 0 && !rc && s->count - first <= (uint64_t)name[NAME_ROWS]; i = s->before[i - 1]) {
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

/* What makes clearly fewer rows by scope is summed so from the next tick on, as it comes. */
static void sums_begin(struct delta_sums *sums, const struct model *m, const struct delta_row *name, uint32_t rows, uint32_t spread)
{
    if ((name->kind == ROW_PANE || name->kind == ROW_LEVEL) && SUMMED_OF * (uint64_t)spread <= SUMMED_FROM * (uint64_t)rows) {
        delta_sums_begin(sums, name->measure, name->kind == ROW_LEVEL, row_layout(m, name->measure, name->kind));
    }
}

/* Takes the rows of one name, by scope where that makes no more of them. */
static int name_take(struct row_spread *s, const struct model *m, const struct scope_table *table, const struct row_list *rows,
                     const struct delta_row *name, struct delta_sums *sums)
{
    struct row_name *recent = recent_of(s, name);
    uint32_t first = s->count, used = s->used, count = (uint32_t)name->cells[NAME_ROWS];
    if (count >= recent->from && is_spread(m, name)) {
        int rc = name_spread(s, table, rows, name->cells, row_layout(m, name->measure, name->kind));
        if (rc || s->count - first <= count) {
            sums_begin(sums, m, name, count, s->count - first);
            return rc;
        }
        s->count = first;
        s->used = used;
        recent->from = 2 * count;
    }
    return name_keep(s, rows, name->cells);
}

static int names_take(struct row_spread *s, const struct model *m, const struct scope_table *table, const struct row_list *rows,
                      struct delta_sums *sums)
{
    int rc = 0;
    for (uint32_t i = 0, names = delta_table_count(s->names); i < names && !rc; i++) {
        rc = name_take(s, m, table, rows, delta_table_at(s->names, i), sums);
    }
    return rc;
}

int row_spread(struct row_spread *s, const struct model *m, const struct scope_table *table, struct delta_table *rows,
               struct row_list *ret_list)
{
    uint32_t count = delta_table_count(rows);
    *ret_list = (struct row_list){count ? delta_table_at(rows, 0) : NULL, count};
    s->from = s->from > TRIED_FROM ? s->from - s->from / FORGOTTEN : TRIED_FROM;
    if (count < s->from) {
        return 0;
    }
    int rc = begin(s, m, count, scope_table_count(table));
    rc = rc ? rc : rows_chain(s, ret_list);
    rc = rc ? rc : names_take(s, m, table, ret_list, delta_table_sums(rows));
    if (!rc && s->count <= count) {
        *ret_list = (struct row_list){s->rows, s->count};
    }
    if (!rc && s->count == count && 2 * (uint64_t)delta_table_count(s->names) > count) {
        s->from = 2 * count; /* nothing was gained: most rows are the only ones of their name */
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
    free(s->recent);
    free(s->met);
    *s = (struct row_spread){0};
}
