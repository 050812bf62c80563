/* Panes: pieces of event time, aligned to multiples of their length since the epoch.
 * At instant t a window of `count` panes holds the events with ts < t in the pane of t - 1 ms and in the
 * panes before it (domain, section 3). */
#ifndef CUBE_WINDOW_PANE_H
#define CUBE_WINDOW_PANE_H

#include <stdint.h>

#define WINDOW_MIN_MS INT64_C(60000)
#define WINDOW_MAX_MS (INT64_C(3660) * 86400000)

/* Floor division; ts may be negative. */
static inline int64_t pane_of(int64_t ts_ms, int64_t pane_ms)
{
    int64_t q = ts_ms / pane_ms;
    return q - (ts_ms % pane_ms < 0);
}

/* Newest pane in a window at instant t. */
static inline int64_t pane_newest(int64_t t_ms, int64_t pane_ms)
{
    return pane_of(t_ms - 1, pane_ms);
}

/* The largest of 10 s, 1 min, 5 min, 15 min, 1 h, 6 h, 1 d that is not above window/60, at least 10 s. */
int64_t pane_default_ms(int64_t window_ms);

/* The first multiple of tick_ms that is later than ts_ms: the tick at which an event of ts_ms is seen,
 * and the first tick after a pane edge at ts_ms. */
static inline int64_t tick_after(int64_t ts_ms, int64_t tick_ms)
{
    return (pane_of(ts_ms, tick_ms) + 1) * tick_ms;
}

/* A window that rolls on panes. A window that is no multiple of its pane is rounded up. */
struct horizon {
    int64_t window_ms, pane_ms;
    int64_t panes;      /* ceil(window / pane) */
    const char *name;   /* as configured: "30d"; owned by the model */
};

/* How long it is: so many whole panes. */
static inline int64_t horizon_ms(const struct horizon *h)
{
    return h->panes * h->pane_ms;
}

/* Instant at which a pane leaves the window: it is out at every instant later than this. */
static inline int64_t pane_leaves_ms(const struct horizon *h, int64_t pane)
{
    return (pane + h->panes) * h->pane_ms;
}

#endif
