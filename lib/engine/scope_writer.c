#include "engine/scope_writer.h"

void w_double(struct writer *w, double v)
{
    w->rc = w->rc ? w->rc : put_double(w->out, v);
}

/* Hardly any sum is. */
static __attribute__((noinline)) uint8_t *large_write(uint8_t *at, const int64_t *cell)
{
    return varint_write_i128(at, cell_get_wide(cell));
}

uint8_t *slots_write(uint8_t *at, const struct layout *l, const int64_t *cells)
{
    uint32_t wide = l->wide;
    for (const int64_t *end = cells + l->slots; cells < end; cells++, wide >>= 1) {
        if (!(wide & 1)) {
            at = varint_write_int(at, cells[0]);
            continue;
        }
        at = cells[1] == cells[0] >> 63 ? varint_write_int(at, cells[0]) : large_write(at, cells);
        cells++;
        wide >>= 1;
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
