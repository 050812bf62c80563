/* What is fetched ahead of an event: hints only. */
#include "engine/entity_state.h"

void entity_engine_prefetch(const struct entity_engine *e, uint64_t entity_hash)
{
    entity_table_prefetch(&e->table, entity_hash);
}

void entity_engine_prefetch_entity(const struct entity_engine *e, uint64_t entity_hash, struct event_ahead *ret_a)
{
    ret_a->entity = entity_table_prefetch_entity(&e->table, entity_hash, &ret_a->number);
}

void entity_engine_prefetch_rest(const struct event_ahead *a)
{
    if (a->entity) {
        entity_table_prefetch_rest(a->entity);
    }
}

void entity_engine_prefetch_scopes(const struct entity_engine *e, const struct event *ev, struct event_ahead *a)
{
    if (a->entity) {
        entity_table_prefetch_rest(a->entity);
        scope_table_said_prefetch(e->scopes, ev->dims, a->entity->dims, &a->said);
    }
}

void entity_engine_prefetch_set(const struct entity_engine *e, const struct event_ahead *a)
{
    scope_table_said_prefetch_set(e->scopes, &a->said);
}
