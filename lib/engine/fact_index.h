/* What stands behind the facts of a block with more than a few, so that they are found: of every sixteen when the first
 * is due, of each a byte of its hash, and where there are very many an index. For facts.c, whose header has the rest. */
#ifndef CUBE_ENGINE_FACT_INDEX_H
#define CUBE_ENGINE_FACT_INDEX_H

#include "engine/facts.h"

/* How much of a block of this capacity that takes, and the bits of its index; 0: it has none. */
size_t fact_index_bytes(uint32_t capacity);
uint8_t fact_index_bits(uint32_t capacity);

/* Fact i is new where it stands. */
void fact_index_put(struct entity *x, uint32_t i);

/* Fact i is about to leave its place. */
void fact_index_lift(struct entity *x, uint32_t i);

/* The entity has a new block with the facts of the old one: takes over what both have, and makes the rest. */
void fact_index_take(struct entity *x, const struct entity *old);

#endif
