#include "engine/hold_order.h"

#include <string.h>

#include "engine/event_pack.h"

enum { PASS_BITS = 8, PLACES = 1 << PASS_BITS };
_Static_assert(HOLD_ORDER_SPAN_MS == 1 << 2 * PASS_BITS && HOLD_BUCKET_MAX_MS <= HOLD_ORDER_SPAN_MS, "two passes see the whole distance");

/* One stable counting pass over some bits of the distance from the bucket's start. */
static void sort_pass(const struct held *from, struct held *to, uint32_t n, int64_t start_ms, unsigned shift)
{
    uint32_t place[PLACES + 1] = {0};
    for (uint32_t i = 0; i < n; i++) {
        place[(((from[i].ts_ms - start_ms) >> shift) & (PLACES - 1)) + 1]++;
    }
    for (unsigned i = 1; i < PLACES; i++) {
        place[i] += place[i - 1];
    }
    for (uint32_t i = 0; i < n; i++) {
        to[place[((from[i].ts_ms - start_ms) >> shift) & (PLACES - 1)]++] = from[i];
    }
}

static bool is_before(const struct held *x, const struct held *y)
{
    if (x->ts_ms != y->ts_ms) {
        return x->ts_ms < y->ts_ms;
    }
    const uint8_t *px = held_packed(x), *py = held_packed(y);
    int c = text_compare(event_packed_id(px), event_packed_id(py));
    c = c ? c : (int)event_packed_topic(px) - (int)event_packed_topic(py);
    return c ? c < 0 : x->offset < y->offset;
}

static void ties_insert(struct held *at, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct held moving = at[i];
        uint32_t j = i;
        while (j && is_before(&moving, &at[j - 1])) {
            at[j] = at[j - 1];
            j--;
        }
        at[j] = moving;
    }
}

/* Many events of one millisecond (a day's events dated to midnight): insertion would take for ever. */
static void ties_merge(struct held *at, struct held *scratch, uint32_t n)
{
    if (n <= HOLD_ORDER_FEW) {
        ties_insert(at, n);
        return;
    }
    uint32_t left = n / 2, i = 0, j = left, k = 0;
    ties_merge(at, scratch, left);
    ties_merge(at + left, scratch, n - left);
    memcpy(scratch, at, left * sizeof *at);
    while (i < left) {
        at[k++] = j < n && is_before(&at[j], &scratch[i]) ? at[j++] : scratch[i++];
    }
}

/* After the counting passes only events of one millisecond can be out of order. Their ids are far away: they are fetched
 * some events before. */
static void sort_ties(struct held *events, uint32_t n, struct held *scratch)
{
    enum { AHEAD = 8 };
    uint32_t start = 0;
    for (uint32_t i = 1; i <= n; i++) {
        if (i + AHEAD < n && events[i + AHEAD].ts_ms == events[i + AHEAD - 1].ts_ms) {
            __builtin_prefetch(held_packed(&events[i + AHEAD]));
            __builtin_prefetch(held_packed(&events[i + AHEAD - 1]));
        }
        if (i == n || events[i].ts_ms != events[start].ts_ms) {
            if (i - start > 1) {
                ties_merge(events + start, scratch, i - start);
            }
            start = i;
        }
    }
}

void hold_order(struct held *events, uint32_t n, int64_t start_ms, struct held *scratch)
{
    if (n <= HOLD_ORDER_FEW) {
        ties_insert(events, n);
        return;
    }
    sort_pass(events, scratch, n, start_ms, 0);
    sort_pass(scratch, events, n, start_ms, PASS_BITS);
    sort_ties(events, n, scratch);
}
