#include "engine/scope_reader.h"

#include <string.h>

double r_double(struct reader *r)
{
    double v = 0;
    r->rc = r->rc ? r->rc : get_double(&r->c, &v);
    return r->rc ? 0 : v;
}

struct text r_rest(const struct reader *r)
{
    return (struct text){(const char *)r->c.at, (uint32_t)(r->c.end - r->c.at)};
}

void r_version(struct reader *r)
{
    if (r_uint(r) != SCOPE_RECORD_VERSION && r->rc == 0) {
        r->rc = CUBE_EVERSION;
    }
}

void r_block_version(struct reader *r)
{
    if (r_uint(r) != BLOCK_VERSION && r->rc == 0) {
        r->rc = CUBE_EVERSION;
    }
}

const struct measure_list *r_list_of(struct reader *r, const struct scope_engine *e)
{
    uint64_t list = r_uint(r);
    if (r->rc == 0 && list >= e->blocks.list_count) {
        r->rc = CUBE_EFORMAT;
    }
    return r->rc ? NULL : &e->blocks.lists[list];
}

void r_numbers_pass(struct reader *r, uint64_t count)
{
    for (cube_i128 v; count > 0 && r->rc == 0; count--) {
        r->rc = get_i128(&r->c, &v);
    }
}

static int get_cells(struct cursor *c, const struct layout *l, int64_t *cells)
{
    int rc = 0;
    for (unsigned i = 0, n = l->slots; i < n && rc == 0; i++) {
        if (layout_is_wide(l, i)) {
            cube_i128 v = 0;
            rc = get_i128(c, &v);
            cell_set_wide(cells + i, v);
            i++;
        } else {
            rc = get_int(c, &cells[i]);
            rc = rc || cell_fits(cells[i]) ? rc : CUBE_EFORMAT;
        }
    }
    return rc;
}

void r_cells(struct reader *r, const struct layout *l, int64_t *cells)
{
    r->rc = r->rc ? r->rc : get_cells(&r->c, l, cells);
    if (r->rc) {
        memset(cells, 0, l->slots * sizeof *cells);
    }
}

uint16_t measure_by_name(struct scope_engine *e, struct text name)
{
    uint32_t count = e->model->measure_count, at = e->named, print = text_print(name);
    for (uint32_t i = 0; i < count; i++, at = at + 1 == count ? 0 : at + 1) {
        if (e->prints[at] == print && text_equal(e->model->measures[at].name, name)) {
            e->named = (uint16_t)at;
            return (uint16_t)at;
        }
    }
    return UINT16_MAX;
}
