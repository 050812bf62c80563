/* The survey cells of all scopes, kept by the one scope task that owns the organisation, because only there it
 * shows what cells would say together: at each release it decides which are let out (domain 4.4). Nothing else
 * of the program ever sees the numbers behind them. Pure; pulled like the scope engine. */
#ifndef CUBE_ENGINE_GUARD_H
#define CUBE_ENGINE_GUARD_H

#include "engine/let_out.h"
#include "engine/retention.h"
#include "engine/scope_engine.h"

struct guard;

/* CUBE_ENOMEM. */
int guard_create(const struct model *m, uint64_t seed, struct guard **ret_g) CUBE_MUST_CHECK;
void guard_destroy(struct guard *g);

/* Where rows of private measures, and their scopes, are added: of no other use. */
struct scope_engine *guard_cells(struct guard *g);

/* Takes the rows seen until tick t_ms into the cells. Returns 1 when there were some, 0, CUBE_ENOMEM: drop and
 * restore. */
int guard_advance(struct guard *g, int64_t t_ms) CUBE_MUST_CHECK;

/* Decides the release of tick t_ms over all rows seen until then, never an earlier one than before; then
 * guard_count and guard_at tell the cells of which something else is let out now than before, until the next
 * decision. CUBE_ENOMEM: drop and restore. CUBE_ERANGE: sums of no events (scope_engine_impossible of the cells). */
int guard_release(struct guard *g, int64_t t_ms) CUBE_MUST_CHECK;
uint32_t guard_count(const struct guard *g);
void guard_at(const struct guard *g, uint32_t i, struct let_out_cell *ret_c);

/* What was observed of retention until the release of tick t_ms, which was decided last; the model says that it is wanted.
 * Owned by the caller, of no memory yet. CUBE_ENOMEM. */
int guard_retention(struct guard *g, int64_t t_ms, struct retention_table *ret_t) CUBE_MUST_CHECK;

/* Changelog, as in scope_engine.h; every key begins with GUARD_KEY_MARK, which no key of a scope engine does. */
#define GUARD_KEY_MARK 'G'
int guard_flush(struct guard *g, int (*put)(void *arg, struct text key, const uint8_t *value, size_t len),
                void *arg) CUBE_MUST_CHECK;
void guard_clean(struct guard *g);
int guard_restore(struct guard *g, struct text key, const uint8_t *value, size_t len) CUBE_MUST_CHECK;
int guard_restored(struct guard *g) CUBE_MUST_CHECK;

uint64_t guard_bytes(const struct guard *g);

#endif
