/* What an entity holds, as numbers that no run of the program decides: ids of texts and the order of facts are its own. */
#ifndef CUBE_TESTS_SIM_ENTITY_H
#define CUBE_TESTS_SIM_ENTITY_H

#include "base/buf.h"
#include "engine/entity_engine.h"

/* Appends them. applied_ms: how far its task has applied; what is forgotten by then is not told, whether it was dropped yet or not. */
void sim_entity_put(struct entity_engine *e, struct text key, int64_t applied_ms, struct buf *out);

#endif
