/* What a bundle calls scopes and sets of them, in the ids of the scope engine that takes its rows. */
#ifndef CUBE_TASK_ROW_NAMES_H
#define CUBE_TASK_ROW_NAMES_H

#include "engine/scope_engine.h"
#include "proto/bundle.h"

/* Zeroes are a valid empty one. */
struct row_names {
    uint32_t *scopes; /* by index in the bundle */
    uint32_t scope_count, scope_capacity;
    uint32_t *sets; /* likewise; BUNDLE_UNNAMED: the engine has no more sets, the members are told one by one */
    uint32_t set_count, set_capacity;
    uint32_t *firsts; /* by set and behind the last one: where its members begin */
    uint32_t first_capacity;
    uint32_t *givers; /* departments; GIVER_REFUSED: beyond limits.scopes */
    uint32_t giver_count, giver_capacity;
    uint32_t *members;      /* scopes of all sets, one set behind the other */
    uint32_t member_count, member_capacity;
};

#define GIVER_REFUSED UINT32_MAX

/* Forgets everything: a bundle begins. */
void row_names_clear(struct row_names *n);

/* Takes an item of type BUNDLE_SCOPE, BUNDLE_GIVER or BUNDLE_SET. CUBE_ENOMEM. */
int row_names_learn(struct row_names *n, struct scope_engine *e, const struct bundle_item *item) CUBE_MUST_CHECK;

/* Adds a row of the bundle to the engine, seen from tick_ms on; its names become the engine's. Contacts with a department that was refused go
 * nowhere. CUBE_EFORMAT: it does not fit the model. CUBE_ENOMEM. */
int row_names_add(const struct row_names *n, struct scope_engine *e, int64_t tick_ms, struct delta_row *row) CUBE_MUST_CHECK;

/* The same of the rows that bundle_rows reads: the last row was added, too, and they are seen from the same tick on. */
int row_names_run(const struct row_names *n, struct scope_engine *e, struct bundle_reader *r) CUBE_MUST_CHECK;

void row_names_close(struct row_names *n);

#endif
