#include "window/pane_ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* Below this capacity memory is not given back: it would cost more than it frees. */
#define SHRINK_ABOVE 4

static size_t stride(const struct layout *l)
{
    return 1 + (size_t)l->slots;
}

static int64_t *at_place(const struct pane_ring *r, const struct layout *l, uint32_t place)
{
    return r->at + l->slots + place * stride(l);
}

/* Where entry i lies; i may be count when there is room for one more. */
static uint32_t place_of(const struct pane_ring *r, uint32_t i)
{
    uint32_t to_end = r->capacity - r->first;
    return i < to_end ? r->first + i : i - to_end;
}

/* Entry i, oldest first: the pane, then its cells. */
static int64_t *entry(const struct pane_ring *r, const struct layout *l, uint32_t i)
{
    return at_place(r, l, place_of(r, i));
}

/* Copies `count` neighbours; the two ranges may overlap. */
static void copy(const struct pane_ring *r, const struct layout *l, uint32_t to, uint32_t from, uint32_t count)
{
    memmove(at_place(r, l, to), at_place(r, l, from), count * stride(l) * sizeof(int64_t));
}

/* Moves the entries from i on up by one, round the end of the block if they lie there. */
static void move_up(const struct pane_ring *r, const struct layout *l, uint32_t i)
{
    uint32_t from = place_of(r, i), end = place_of(r, r->count), last = r->capacity - 1;
    if (from <= end) {
        copy(r, l, from + 1, from, end - from);
        return;
    }
    copy(r, l, 1, 0, end);
    copy(r, l, 0, last, 1);
    copy(r, l, from + 1, from, last - from);
}

/* Moves everything into a block of another capacity, oldest entry first. */
static int resize(struct pane_ring *r, const struct layout *l, uint32_t capacity)
{
    int64_t *at = calloc(pane_ring_words(capacity, l), sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    if (r->at) {
        memcpy(at, r->at, l->slots * sizeof *at);
    }
    for (uint32_t i = 0; i < r->count; i++) {
        memcpy(at + l->slots + i * stride(l), entry(r, l, i), stride(l) * sizeof *at);
    }
    if (!r->lent) {
        free(r->at);
    }
    r->at = at;
    r->first = 0;
    r->capacity = capacity;
    r->lent = false;
    return 0;
}

/* The first entry whose pane is not older, or count. */
static uint32_t lower_bound(const struct pane_ring *r, const struct layout *l, int64_t pane)
{
    uint32_t low = 0, high = r->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (*entry(r, l, middle) < pane) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Opens entry i: the newer ones move up by one. Its cells are the owner's to fill. NULL: no memory. */
static int64_t *entry_insert(struct pane_ring *r, const struct layout *l, uint32_t i, int64_t pane)
{
    if (r->count == r->capacity) {
        int rc = resize(r, l, r->capacity ? r->capacity * 2 : 1);
        if (rc) {
            return NULL;
        }
    }
    if (i < r->count) {
        move_up(r, l, i);
    }
    r->count++;
    int64_t *e = entry(r, l, i);
    *e = pane;
    return e;
}

int pane_ring_add(struct pane_ring *r, const struct layout *l, int64_t pane, const int64_t *cells)
{
    uint32_t i = r->count;
    if (pane_ring_add_newest(r, l, pane, cells)) {
        return 0;
    }
    if (i && *entry(r, l, i - 1) > pane) { /* hardly any row is older than the newest pane */
        i = lower_bound(r, l, pane);
    }
    int64_t *e = i < r->count ? entry(r, l, i) : NULL;
    if (e && e[0] == pane) {
        cells_add_both(l, e + 1, r->at, cells);
        return 0;
    }
    e = entry_insert(r, l, i, pane);
    if (!e) {
        return CUBE_ENOMEM;
    }
    for (unsigned slot = 0, n = l->slots; slot < n; slot++) {
        e[1 + slot] = cells[slot];
    }
    cells_add(l, r->at, cells);
    return 0;
}

/* Gives memory back once three quarters of it are empty. Lack of memory only puts that off. */
static void shrink(struct pane_ring *r, const struct layout *l)
{
    if (r->count == 0) {
        CHECK_POST(!r->at || cells_are_zero(l, r->at));
        r->first = 0;
        if (!r->lent) {
            pane_ring_close(r);
        }
        return;
    }
    bool is_sparse = r->capacity > SHRINK_ABOVE && r->count <= r->capacity / 4;
    if (is_sparse && resize(r, l, r->capacity / 2)) {
        return;
    }
}

uint32_t pane_ring_roll(struct pane_ring *r, const struct layout *l, int64_t oldest_pane,
                        void (*on_leave)(void *arg, int64_t pane, const int64_t *cells), void *arg)
{
    uint32_t left = 0;
    while (r->count > 0 && *entry(r, l, 0) < oldest_pane) {
        const int64_t *e = entry(r, l, 0);
        if (on_leave) {
            on_leave(arg, e[0], e + 1);
        }
        cells_subtract(l, r->at, e + 1);
        r->first = r->first + 1 == r->capacity ? 0 : r->first + 1;
        r->count--;
        left++;
    }
    if (left > 0) {
        shrink(r, l);
    }
    return left;
}

const int64_t *pane_ring_total(const struct pane_ring *r)
{
    return r->count ? r->at : NULL;
}

int64_t pane_ring_at(const struct pane_ring *r, const struct layout *l, uint32_t i, const int64_t **ret_cells)
{
    CHECK_PRE(i < r->count);
    const int64_t *e = entry(r, l, i);
    *ret_cells = e + 1;
    return e[0];
}

const int64_t *pane_ring_find(const struct pane_ring *r, const struct layout *l, int64_t pane)
{
    if (r->count == 0 || *entry(r, l, 0) > pane) {
        return NULL; /* it has left: the second of the two that are asked for most */
    }
    const int64_t *newest = entry(r, l, r->count - 1);
    if (*newest <= pane) {
        return *newest == pane ? newest + 1 : NULL;
    }
    uint32_t i = lower_bound(r, l, pane);
    return *entry(r, l, i) == pane ? entry(r, l, i) + 1 : NULL;
}

uint32_t pane_ring_first(const struct pane_ring *r, const struct layout *l, int64_t pane)
{
    if (r->count == 0 || *entry(r, l, r->count - 1) <= pane) {
        return r->count - (r->count && *entry(r, l, r->count - 1) == pane);
    }
    return lower_bound(r, l, pane);
}

int64_t pane_ring_oldest(const struct pane_ring *r, const struct layout *l)
{
    CHECK_PRE(r->count > 0);
    return *entry(r, l, 0);
}

void pane_ring_lend(struct pane_ring *r, int64_t *words)
{
    CHECK_PRE(!r->at);
    *r = (struct pane_ring){.at = words, .capacity = 1, .lent = true};
}

void pane_ring_close(struct pane_ring *r)
{
    if (!r->lent) {
        free(r->at);
    }
    *r = (struct pane_ring){0};
}

/* ---- parts ------------------------------------------------------------------------------------------- */

void pane_part_lend(struct pane_ring *part, int64_t *total)
{
    CHECK_PRE(!part->at);
    *part = (struct pane_ring){.at = total, .lent = true};
}

int64_t pane_part_oldest(const struct pane_ring *part, const struct pane_ring *whole, const struct layout *l)
{
    CHECK_PRE(part->count > 0 && part->count <= whole->count);
    return *entry(whole, l, whole->count - part->count);
}

void pane_part_roll(struct pane_ring *part, const struct pane_ring *whole, const struct layout *l, int64_t oldest_pane)
{
    while (part->count > 0 && pane_part_oldest(part, whole, l) < oldest_pane) {
        cells_subtract(l, part->at, entry(whole, l, whole->count - part->count) + 1);
        part->count--;
    }
    CHECK_POST(part->count > 0 || cells_are_zero(l, part->at));
}

void pane_part_fill(struct pane_ring *part, const struct pane_ring *whole, const struct layout *l, int64_t oldest_pane)
{
    CHECK_PRE(part->count == 0);
    for (uint32_t i = whole->count; i > 0 && *entry(whole, l, i - 1) >= oldest_pane; i--) {
        pane_part_add(part, l, entry(whole, l, i - 1) + 1, true);
    }
}
