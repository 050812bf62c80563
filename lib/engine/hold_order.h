/* The order in which the events of a bucket leave the hold. Only hold.c uses it. */
#ifndef CUBE_ENGINE_HOLD_ORDER_H
#define CUBE_ENGINE_HOLD_ORDER_H

#include "engine/hold.h"

/* Distances from the start of a bucket are below this. */
#define HOLD_ORDER_SPAN_MS (1 << 16)

static inline const uint8_t *held_packed(const struct held *h)
{
    return (const uint8_t *)(uintptr_t)h->at;
}

/* Sorts n events by (ts, id as bytes, topic, offset). start_ms: no ts is before it. scratch: room for as many; not used below
 * HOLD_ORDER_FEW + 1. */
void hold_order(struct held *events, uint32_t n, int64_t start_ms, struct held *scratch);

/* Up to so many events neither counting nor merging pays. */
#define HOLD_ORDER_FEW 32

#endif
