#include "task/row_spread.h"

#include "proto/bundle_form.h"

enum {
    TRIED_FROM = 64, /* below it there is nothing to gain */
    FORGOTTEN = 64   /* ticks after which a vain try counts little any more */
};

/* Rows with buckets seldom meet: of each scope as many buckets are touched as of its sets. */
static bool is_spread(const struct model *m, const struct delta_row *row)
{
    const struct measure *x = &m->measures[row->measure];
    return !(row->set & SET_ALONE) && !has_bucket(row->kind) && (row->kind == ROW_CORRECTION || !(x->is_private || x->is_inner));
}

static int row_add(struct row_spread *s, const struct model *m, const struct scope_table *table, const struct delta_row *row)
{
    const struct layout *layout = row_layout(m, row->measure, row->kind);
    if (!is_spread(m, row)) {
        return delta_add_row(s->rows, row, layout, row->cells);
    }
    const struct scope_set *set = scope_table_set_at(table, row->set);
    struct delta_row name = *row;
    int rc = 0;
    for (uint32_t i = 0; i < set->count && !rc; i++) {
        name.set = set_alone(set->scopes[i]);
        rc = delta_add_row(s->rows, &name, layout, row->cells);
    }
    return rc;
}

int row_spread(struct row_spread *s, const struct model *m, const struct scope_table *table, const struct delta_table *rows,
               const struct delta_table **ret_rows)
{
    uint32_t count = delta_table_count(rows);
    *ret_rows = rows;
    s->from = s->from > TRIED_FROM ? s->from - s->from / FORGOTTEN : TRIED_FROM;
    if (count < s->from) {
        return 0;
    }
    int rc = s->rows ? 0 : delta_table_create(&s->rows);
    if (rc) {
        return rc;
    }
    delta_table_clear(s->rows);
    for (uint32_t i = 0; i < count && !rc; i++) {
        rc = row_add(s, m, table, delta_table_at(rows, i));
    }
    if (!rc && delta_table_count(s->rows) <= count) {
        *ret_rows = s->rows;
    } else {
        s->from = 2 * count;
    }
    return rc;
}

void row_spread_close(struct row_spread *s)
{
    delta_table_destroy(s->rows);
    *s = (struct row_spread){0};
}
