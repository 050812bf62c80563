/* Exact distinct counts of entities per scope and window, without keeping who was where: an entity counts
 * in the pane of its latest mark in a scope, and a newer mark moves it there (-1, +1). */
#ifndef CUBE_ENGINE_MARKS_H
#define CUBE_ENGINE_MARKS_H

#include "engine/applying.h"

/* Marks the entity in the scopes of the set at a pane: slot `slot` of the measure's panes counts each
 * entity once per scope. A mark that is not newer than the one a scope has changes nothing there. CUBE_ENOMEM. */
int marks_add(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane,
              unsigned slot) CUBE_MUST_CHECK;

/* What marked the entity in the set last is no more: the latest mark is at this pane then, INT64_MIN when there is none. CUBE_ENOMEM. */
int marks_lower(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane,
                unsigned slot) CUBE_MUST_CHECK;

#endif
