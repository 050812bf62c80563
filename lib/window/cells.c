#include "window/cells.h"

/* Adds as unsigned: sums wrap instead of being undefined, and what was added can be taken away. */
static int64_t wrapping_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t wrapping_subtract(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

void cells_add(const struct layout *l, int64_t *total, const int64_t *d)
{
    for (unsigned i = 0; i < l->slots; i++) {
        if (layout_is_wide(l, i)) {
            cell_add_wide(total + i, cell_get_wide(d + i));
            i++;
        } else {
            total[i] = wrapping_add(total[i], d[i]);
        }
    }
}

void cells_subtract(const struct layout *l, int64_t *total, const int64_t *d)
{
    for (unsigned i = 0; i < l->slots; i++) {
        if (layout_is_wide(l, i)) {
            cell_add_wide(total + i, (cube_i128)(-(cube_u128)cell_get_wide(d + i)));
            i++;
        } else {
            total[i] = wrapping_subtract(total[i], d[i]);
        }
    }
}

bool cells_are_zero(const struct layout *l, const int64_t *at)
{
    for (unsigned i = 0; i < l->slots; i++) {
        if (at[i]) {
            return false;
        }
    }
    return true;
}
