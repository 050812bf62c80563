/* The E of scopes as others take it over (domain 4.5), by key of the giver: what counts now, and what has been
 * handed over for the next release and counts from the turn on. */
#ifndef CUBE_ENGINE_GIFT_TABLE_H
#define CUBE_ENGINE_GIFT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "cube/basis.h"

struct gift_table;

/* givers_max: that are named. places: names in all. contributions: how many each gift has. CUBE_ENOMEM. */
int gift_table_create(uint32_t givers_max, uint32_t places, uint32_t contributions, uint64_t seed, struct gift_table **ret_t) CUBE_MUST_CHECK;
void gift_table_destroy(struct gift_table *t);

/* Finds or makes a giver; ids are dense from 0. One that is only expected, because a scope lies in it, takes none of the places of those that
 * are named: so these fit whatever came first, as when they are put back after a restart. CUBE_ELIMIT, CUBE_ENOMEM. */
int gift_table_giver(struct gift_table *t, struct text key, uint32_t *ret_id) CUBE_MUST_CHECK;
int gift_table_expected(struct gift_table *t, struct text key, uint32_t *ret_id) CUBE_MUST_CHECK;
uint32_t gift_table_count(const struct gift_table *t);
struct text gift_table_key(const struct gift_table *t, uint32_t giver);

/* Keeps a copy of a gift for the turn, in the place of one that is kept already. */
void gift_table_put(struct gift_table *t, uint32_t giver, const struct axis_gift *g);

/* What was put counts now, and nothing else does. */
void gift_table_turn(struct gift_table *t);

/* What a giver gives now, borrowed until the turn; NULL: nothing. */
const struct axis_gift *gift_table_now(const struct gift_table *t, uint32_t giver);

/* Puts back what counts now; NULL: nothing. Marks nothing. */
void gift_table_restore(struct gift_table *t, uint32_t giver, const struct axis_gift *g);

/* True when what the giver gives changed since the last clean. */
bool gift_table_is_dirty(const struct gift_table *t, uint32_t giver);
bool gift_table_has_dirty(const struct gift_table *t);
void gift_table_clean(struct gift_table *t);
uint64_t gift_table_bytes(const struct gift_table *t);

#endif
