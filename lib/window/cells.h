/* The integers of a pane: 64-bit slots, some of them paired to hold a 128-bit number. */
#ifndef CUBE_WINDOW_CELLS_H
#define CUBE_WINDOW_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fixed.h"

#define CELL_SLOTS_MAX 24

/* Slot i is the low half of a 128-bit cell when bit i of wide is set; slot i + 1 is its high half. */
struct layout {
    uint8_t slots;
    uint32_t wide;
};

/* Those that nearly all changes have, worth code of their own: numbers; a number and a sum, two or three of 128 bits, and how many answered. */
#define CELL_LAYOUTS(X) X(1, 0x0) X(2, 0x0) X(3, 0x0) X(3, 0x2) X(4, 0x0) X(4, 0x2) X(5, 0xa) X(6, 0xa) X(7, 0x2a)

/* Those of means over events, without and with a share: many are added, few are told. */
#define CELL_LAYOUTS_OF_MEANS(X) X(8, 0x2a) X(9, 0x54)

static inline bool layout_is_wide(const struct layout *l, unsigned slot)
{
    return l->wide >> slot & 1;
}

/* False: no number of events makes a cell of 64 bits so large. Whoever reads cells refuses it, so that their sums fit. */
static inline bool cell_fits(int64_t v)
{
    return v > -(INT64_C(1) << 56) && v < INT64_C(1) << 56;
}

static inline cube_i128 cell_get_wide(const int64_t *slot)
{
    return (cube_i128)((cube_u128)(uint64_t)slot[1] << 64 | (uint64_t)slot[0]);
}

static inline void cell_set_wide(int64_t *slot, cube_i128 v)
{
    slot[0] = (int64_t)(uint64_t)v;
    slot[1] = (int64_t)(v >> 64);
}

/* Wraps like all cells: what was added can always be taken away. */
static inline void cell_add_wide(int64_t *slot, cube_i128 d)
{
    cell_set_wide(slot, (cube_i128)((cube_u128)cell_get_wide(slot) + (cube_u128)d));
}

/* total += d over all slots, for two arrays. As unsigned: sums wrap instead of being undefined, and what was added can be taken away. What
 * the low half of a wide cell carries follows when all slots are added. */
static inline void cells_add(const struct layout *l, int64_t *total, const int64_t *d)
{
    for (unsigned i = 0, n = l->slots; i < n; i++) {
        total[i] = (int64_t)((uint64_t)total[i] + (uint64_t)d[i]);
    }
    for (uint32_t rest = l->wide; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        total[i + 1] = (int64_t)((uint64_t)total[i + 1] + ((uint64_t)total[i] < (uint64_t)d[i]));
    }
}

/* The same for a pane and the total that it is part of. */
static inline void cells_add_both(const struct layout *l, int64_t *pane, int64_t *total, const int64_t *d)
{
    for (unsigned i = 0, n = l->slots; i < n; i++) {
        uint64_t v = (uint64_t)d[i];
        pane[i] = (int64_t)((uint64_t)pane[i] + v);
        total[i] = (int64_t)((uint64_t)total[i] + v);
    }
    for (uint32_t rest = l->wide; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        pane[i + 1] = (int64_t)((uint64_t)pane[i + 1] + ((uint64_t)pane[i] < (uint64_t)d[i]));
        total[i + 1] = (int64_t)((uint64_t)total[i + 1] + ((uint64_t)total[i] < (uint64_t)d[i]));
    }
}

/* total -= d likewise; what is borrowed comes first. */
static inline void cells_subtract(const struct layout *l, int64_t *total, const int64_t *d)
{
    for (uint32_t rest = l->wide; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        total[i + 1] = (int64_t)((uint64_t)total[i + 1] - ((uint64_t)total[i] < (uint64_t)d[i]));
    }
    for (unsigned i = 0, n = l->slots; i < n; i++) {
        total[i] = (int64_t)((uint64_t)total[i] - (uint64_t)d[i]);
    }
}

/* True when every slot is 0. */
static inline bool cells_are_zero(const struct layout *l, const int64_t *at)
{
    for (unsigned i = 0; i < l->slots; i++) {
        if (at[i]) {
            return false;
        }
    }
    return true;
}

/* Squares of micro values need 126 bits, so a sum of squares is kept in two wide cells: the square's low
 * 62 bits in the first, the rest in the second. score/stat.h puts them together. */
static inline void cells_add_square(int64_t *at, int64_t v, int sign)
{
    cube_u128 sq = (cube_u128)((cube_i128)v * v);
    cube_i128 low = (cube_i128)(sq & ((UINT64_C(1) << 62) - 1)), high = (cube_i128)(sq >> 62);
    cell_add_wide(at, sign * low);
    cell_add_wide(at + 2, sign * high);
}

#endif
