/* One horizon of one measure in one scope: the panes that hold something, oldest first, and their
 * running total. Cost and memory follow the panes that are not empty, never the length of the window. */
#ifndef CUBE_WINDOW_PANE_RING_H
#define CUBE_WINDOW_PANE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "window/cells.h"
#include "window/pane.h"

/* Zeroes are a valid empty ring. The total stands first, then the panes. */
struct pane_ring {
    int64_t *at;                    /* total slots, then (pane, slots) entries in a circle */
    uint32_t first, count, capacity; /* entries; of a part: its panes, and no room */
    bool lent;                      /* at belongs to somebody else */
};

/* Words of a ring with room for so many panes. */
static inline size_t pane_ring_words(uint32_t capacity, const struct layout *l)
{
    return l->slots + (size_t)capacity * (1 + (size_t)l->slots);
}

/* Gives an empty ring room for its first pane: pane_ring_words of one, all zero, which outlive it. It takes memory of its own when a
 * second one comes. */
void pane_ring_lend(struct pane_ring *r, int64_t *words);

/* Adds cells to a pane; panes may come in any order. A pane stays until it is rolled out, also when its
 * cells have come back to zero. CUBE_ENOMEM: nothing changed. The caller does not
 * add panes that have left the window already (they would leave again at the next roll). */
int pane_ring_add(struct pane_ring *r, const struct layout *l, int64_t pane, const int64_t *cells) CUBE_MUST_CHECK;

/* Adds cells to the newest pane if that is the one: nearly every row is of it. False: it is not, and nothing changed. */
static inline bool pane_ring_add_newest(struct pane_ring *r, const struct layout *l, int64_t pane, const int64_t *cells)
{
    if (r->count == 0) {
        return false;
    }
    uint32_t place = r->first + r->count - 1;
    int64_t *e = r->at + l->slots + (place < r->capacity ? place : place - r->capacity) * (1 + (size_t)l->slots);
    if (e[0] != pane) {
        return false;
    }
    cells_add_both(l, e + 1, r->at, cells);
    return true;
}

/* Takes every pane older than oldest_pane out of the total. Returns how many left; when on_leave is
 * given it is called for each with the pane and its cells before they are subtracted. */
uint32_t pane_ring_roll(struct pane_ring *r, const struct layout *l, int64_t oldest_pane,
                        void (*on_leave)(void *arg, int64_t pane, const int64_t *cells), void *arg);

/* The running total: layout slots; NULL while the ring is empty (= all zero). */
const int64_t *pane_ring_total(const struct pane_ring *r);

/* Entry i below count, oldest first. *ret_cells is borrowed until the next change. */
int64_t pane_ring_at(const struct pane_ring *r, const struct layout *l, uint32_t i, const int64_t **ret_cells);

/* The same without a check: its pane, then its cells. */
static inline const int64_t *pane_ring_entry(const struct pane_ring *r, const struct layout *l, uint32_t i)
{
    uint32_t to_end = r->capacity - r->first;
    return r->at + l->slots + (i < to_end ? r->first + i : i - to_end) * (1 + (size_t)l->slots);
}

/* The cells of a pane, borrowed until the next change; NULL when the ring does not hold it. */
const int64_t *pane_ring_find(const struct pane_ring *r, const struct layout *l, int64_t pane);

/* The first entry whose pane is not older, or count. */
uint32_t pane_ring_first(const struct pane_ring *r, const struct layout *l, int64_t pane);

/* The oldest pane held; only when count > 0. */
int64_t pane_ring_oldest(const struct pane_ring *r, const struct layout *l);

/* Memory of its own. */
static inline uint64_t pane_ring_bytes(const struct pane_ring *r, const struct layout *l)
{
    return r->capacity && !r->lent ? pane_ring_words(r->capacity, l) * sizeof(int64_t) : 0;
}

void pane_ring_close(struct pane_ring *r);

/* ---- parts: a shorter window over panes that another ring has ------------------------------------------
 * A part has a total, and counts how many of the newest panes of the whole it is of. Its owner keeps the two together: what has left the part is
 * rolled out of it before the whole takes in a new pane or rolls. */

/* Makes an empty ring a part. total: of the layout, all zero, which outlives it. */
void pane_part_lend(struct pane_ring *part, int64_t *total);

/* Cells were added to a pane of the whole that is in the part; is_new: the whole did not have it before. */
static inline void pane_part_add(struct pane_ring *part, const struct layout *l, const int64_t *cells, bool is_new)
{
    cells_add(l, part->at, cells);
    part->count += is_new;
}

/* Takes every pane older than oldest_pane out of the part. */
void pane_part_roll(struct pane_ring *part, const struct pane_ring *whole, const struct layout *l, int64_t oldest_pane);

/* Takes the panes that are not older than oldest_pane into an empty part. */
void pane_part_fill(struct pane_ring *part, const struct pane_ring *whole, const struct layout *l, int64_t oldest_pane);

/* The oldest pane of a part, or of the whole itself; only when it has some. */
int64_t pane_part_oldest(const struct pane_ring *part, const struct pane_ring *whole, const struct layout *l);

#endif
