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

/* Adds both halves of a 128-bit cell: the carry of the low one goes into the high one. */
static void add_wide(int64_t *total, const int64_t *d)
{
    uint64_t low;
    bool carry = __builtin_add_overflow((uint64_t)total[0], (uint64_t)d[0], &low);
    total[0] = (int64_t)low;
    total[1] = wrapping_add(wrapping_add(total[1], d[1]), carry);
}

static void subtract_wide(int64_t *total, const int64_t *d)
{
    uint64_t low;
    bool borrow = __builtin_sub_overflow((uint64_t)total[0], (uint64_t)d[0], &low);
    total[0] = (int64_t)low;
    total[1] = wrapping_subtract(wrapping_subtract(total[1], d[1]), borrow);
}

void cells_add(const struct layout *l, int64_t *total, const int64_t *d)
{
    uint32_t wide = l->wide;
    for (unsigned i = 0, n = wide ? 0 : l->slots; i < n; i++) {
        total[i] = wrapping_add(total[i], d[i]);
    }
    for (unsigned i = 0, n = wide ? l->slots : 0; i < n; i++, wide >>= 1) {
        if (wide & 1) {
            add_wide(total + i, d + i);
            i++;
            wide >>= 1;
        } else {
            total[i] = wrapping_add(total[i], d[i]);
        }
    }
}

void cells_subtract(const struct layout *l, int64_t *total, const int64_t *d)
{
    uint32_t wide = l->wide;
    for (unsigned i = 0, n = l->slots; i < n; i++, wide >>= 1) {
        if (wide & 1) {
            subtract_wide(total + i, d + i);
            i++;
            wide >>= 1;
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
