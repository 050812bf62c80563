/* Facts in the memory of an entity that nothing happens to: most take two words of eight bytes, the rest three. Only read from
 * the first to the last. */
#ifndef CUBE_ENGINE_FACT_PACK_H
#define CUBE_ENGINE_FACT_PACK_H

#include "engine/facts.h"
#include "window/pane.h"

/* What the configuration says of facts, so that it need not stand in each. */
struct pack_plan {
    struct horizon points; /* of points; no panes: they stay */
    int64_t order_ms;      /* from a purchase to when it is forgotten */
};

#define FACT_WORDS_MAX 3u

/* Writes facts; returns where they end, after FACT_WORDS_MAX for each at most. */
uint64_t *fact_pack(const struct pack_plan *p, const struct fact *facts, uint32_t count, uint64_t *to);

/* Reads so many. */
void fact_unpack(const struct pack_plan *p, const uint64_t *from, uint32_t count, struct fact *ret_facts);

#endif
