/* Log-linear histograms of fixed-point values: 32 buckets per power of two, so that the middle of a
 * bucket is within 1.6 % of every value in it. Buckets are integers: mergeable and subtractable. */
#ifndef CUBE_WINDOW_HIST_H
#define CUBE_WINDOW_HIST_H

#include <stdint.h>

#include "base/error.h"

/* The bucket of a value and the value a bucket stands for. Negative values have negative buckets, zero
 * has bucket 0; values below 32 units have a bucket each. */
int32_t hist_bucket(int64_t value);
int64_t hist_value(int32_t bucket);

/* The histogram of one horizon: entries (pane, bucket, n) by pane, and totals by bucket, sorted.
 * Zeroes are a valid empty one. */
struct hist_ring {
    struct hist_entry *entries;
    uint32_t first, count, capacity;
    struct hist_total *totals;
    uint32_t total_count, total_capacity;
    int64_t n;
};

/* Adds n (negative: takes away) to a bucket of a pane; panes may come in any order, |pane| < 2^50.
 * CUBE_ENOMEM: nothing changed. */
int hist_ring_add(struct hist_ring *r, int64_t pane, int32_t bucket, int64_t n) CUBE_MUST_CHECK;

/* Takes every pane older than oldest_pane out. Returns how many entries left. */
uint32_t hist_ring_roll(struct hist_ring *r, int64_t oldest_pane);

/* The value at rank ceil(q n) of the window's values, 0 < q <= 1 (q is taken to six decimals).
 * CUBE_ENOTFOUND: empty. */
int hist_ring_quantile(const struct hist_ring *r, double q, int64_t *ret_value) CUBE_MUST_CHECK;

/* Entry i below count, ascending by pane, then by bucket. */
void hist_ring_at(const struct hist_ring *r, uint32_t i, int64_t *ret_pane, int32_t *ret_bucket, int64_t *ret_n);

/* The oldest pane held; only when count > 0. */
int64_t hist_ring_oldest(const struct hist_ring *r);

/* The n of one entry; 0 when the ring does not hold it. */
int64_t hist_ring_find(const struct hist_ring *r, int64_t pane, int32_t bucket);

uint64_t hist_ring_bytes(const struct hist_ring *r);
void hist_ring_close(struct hist_ring *r);

#endif
