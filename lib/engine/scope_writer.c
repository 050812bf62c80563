#include "engine/scope_writer.h"

void w_double(struct writer *w, double v)
{
    w->rc = w->rc ? w->rc : put_double(w->out, v);
}

uint8_t *slots_write(uint8_t *at, const struct layout *l, const int64_t *cells)
{
    uint32_t wide = l->wide;
    for (unsigned i = 0, n = l->slots; i < n; i++, wide >>= 1) {
        if (wide & 1) {
            bool large = cells[i + 1] != cells[i] >> 63; /* hardly any sum is */
            at = large ? varint_write_i128(at, cell_get_wide(cells + i)) : varint_write_int(at, cells[i]);
            i++;
            wide >>= 1;
        } else {
            at = varint_write_int(at, cells[i]);
        }
    }
    return at;
}

void w_slots(struct writer *w, const struct layout *l, const int64_t *cells)
{
    uint8_t *at = w_room(w, slots_bytes_max(l));
    if (at) {
        w_taken(w, slots_write(at, l, cells));
    }
}

void w_cells(struct writer *w, const struct layout *l, const int64_t *cells)
{
    w_uint(w, cells ? l->slots : 0);
    if (cells) {
        w_slots(w, l, cells);
    }
}
