#include "measure/agg_sketch.h"

int64_t sketch_top(const struct sketch *s, const struct layout *l, unsigned slot, int64_t k, cube_i128 *ret_sum)
{
    cube_i128 sum = 0;
    for (uint32_t i = s->count; i-- > 0;) {
        const int64_t *cells;
        sketch_at(s, l, i, &cells);
        cube_i128 of = cell_get_wide(cells + slot);
        if (!sketch_possible(cells[0], of) || !sketch_possible(cells[0], sum)) {
            return 0;
        }
        if (cells[0] >= k && cells[0] > 0) {
            *ret_sum = sum * cells[0] + of * k;
            return cells[0];
        }
        sum += of;
        k -= cells[0];
    }
    *ret_sum = sum;
    return 1;
}

int64_t sketch_turns(const struct measure *m, const struct model *model, uint32_t horizon, const struct track_now *now)
{
    const struct track_now *from = &now[m->tracks[horizon]];
    const struct track_now *by = m->aggregation->by_ledger ? &now[m->by_tracks[horizon]] : from;
    const struct track_now *runs = from->runs ? from : by;
    return runs->runs ? day_after(model, runs->told_ms) : INT64_MAX;
}
