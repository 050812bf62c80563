#include "engine/scope_writer.h"

void w_uint(struct writer *w, uint64_t v)
{
    w->rc = w->rc ? w->rc : put_uint(w->out, v);
}

void w_int(struct writer *w, int64_t v)
{
    w->rc = w->rc ? w->rc : put_int(w->out, v);
}

void w_instant(struct writer *w, int64_t v, int64_t unset)
{
    w_int(w, v == unset ? -1 : v);
}

void w_double(struct writer *w, double v)
{
    w->rc = w->rc ? w->rc : put_double(w->out, v);
}

void w_text(struct writer *w, struct text t)
{
    w->rc = w->rc ? w->rc : put_text(w->out, t);
}

void w_slots(struct writer *w, const struct layout *l, const int64_t *cells)
{
    for (unsigned i = 0; i < l->slots; i++) {
        if (layout_is_wide(l, i)) {
            w->rc = w->rc ? w->rc : put_i128(w->out, cell_get_wide(cells + i));
            i++;
        } else {
            w_int(w, cells[i]);
        }
    }
}

void w_cells(struct writer *w, const struct layout *l, const int64_t *cells)
{
    w_uint(w, cells ? l->slots : 0);
    if (cells) {
        w_slots(w, l, cells);
    }
}
