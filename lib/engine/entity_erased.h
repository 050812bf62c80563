/* Erased customers until nothing from before their erasure can come any more. An erased one is a record with
 * ENTITY_ERASED that holds nothing but a FACT_ERASED; one that came again since (ENTITY_REBORN) keeps that fact. */
#ifndef CUBE_ENGINE_ENTITY_ERASED_H
#define CUBE_ENGINE_ENTITY_ERASED_H

#include <stdbool.h>

#include "engine/entity.h"
#include "engine/entity_engine.h"

/* The event is of the time before the erasure that x remembers: it is not about x. */
bool entity_erased_covers(const struct entity *x, const struct event *ev);

/* x, which has no other facts or is erased, remembers an erasure at ts_ms. Its timer is not set yet. CUBE_ENOMEM. */
int entity_erased_note(struct entity_engine *e, struct entity *x, int64_t ts_ms) CUBE_MUST_CHECK;

/* An event of a later time: an erased customer begins anew. While the erasure is remembered its record
 * is due, for its tombstone may be out; later it is as one who was never there. */
void entity_reborn(struct entity_engine *e, struct entity *x);

/* Fact i, of type FACT_ERASED, is due. */
void entity_erasure_forget(struct entity *x, uint32_t i);

/* The erasure is forgotten, and so is the key once its tombstone is written. */
bool entity_erased_is_gone(const struct entity *x);

/* Erases a customer that is erased already, or was never there. CUBE_ENOMEM. */
int entity_erase_absent(struct entity_engine *e, const struct event *ev, uint64_t hash) CUBE_MUST_CHECK;

#endif
