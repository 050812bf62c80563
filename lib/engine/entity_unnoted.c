/* Entities to be noted: dirty ones that something has happened to since they were noted last. One that was written meanwhile stays on the list,
 * in its place when something happens to it again: the list is no longer than there are entities. */
#include <stdlib.h>

#include "base/check.h"
#include "engine/entity_state.h"

void entity_engine_notes(struct entity_engine *e)
{
    e->notes = true;
}

void entity_engine_notes_end(struct entity_engine *e)
{
    e->notes = false;
    free(e->unnoted.at);
    e->unnoted = (struct number_queue){.at = NULL};
}

uint64_t entity_engine_unnoted_first(const struct entity_engine *e)
{
    return e->unnoted.first;
}

uint64_t entity_engine_unnoted_next(const struct entity_engine *e)
{
    return e->unnoted.next;
}

bool entity_engine_unnoted_take(struct entity_engine *e, uint32_t *ret_i)
{
    struct number_queue *q = &e->unnoted;
    CHECK_PRE(q->first < q->next);
    struct entity *x = entity_table_at(&e->table, *number_at(q, q->first++));
    bool is = (x->flags & ENTITY_USED) && x->touched;
    *ret_i = is ? entity_dirty_index(e, x) : 0;
    x->touched = x->listed = false;
    return is;
}
