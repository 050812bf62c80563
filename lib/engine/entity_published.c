/* Entities whose record on cube.customers is due. */
#include <stdlib.h>

#include "base/check.h"
#include "engine/entity_erased.h"
#include "engine/entity_state.h"

void entity_engine_list_published(struct entity_engine *e, bool all)
{
    e->lists_published = true;
    e->publishes_all = all;
}

void entity_engine_unshow(struct entity_engine *e)
{
    e->steps &= (uint8_t)~STEP_SHOWN;
}

int entity_published(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    if (!e->lists_published || (x->flags & ENTITY_LISTED) || !(e->publishes_all || (x->flags & ENTITY_PUBLISH))) {
        return 0;
    }
    if (e->published_count == e->published_capacity) {
        uint32_t capacity = e->published_capacity ? 2 * e->published_capacity : 64;
        uint32_t *published = realloc(e->published, capacity * sizeof *published);
        if (!published) {
            return CUBE_ENOMEM;
        }
        e->published = published;
        e->published_capacity = capacity;
    }
    e->published[e->published_count++] = number;
    x->flags |= ENTITY_LISTED | ENTITY_PUBLISH;
    return 0;
}

void entity_engine_published_since(struct entity_engine *e, uint32_t number)
{
    entity_table_at(&e->table, number)->flags &= (uint8_t)~ENTITY_PUBLISH;
}

void entity_engine_redoes(struct entity_engine *e, bool silently)
{
    e->redoes = true;
    e->silent = silently;
}

int entity_engine_restored(struct entity_engine *e)
{
    int rc = 0;
    e->redoes = e->silent = false;
    for (uint32_t i = 0; i < e->table.used && rc == 0; i++) {
        const struct entity *x = entity_table_at(&e->table, i);
        if (x->flags & ENTITY_USED) {
            rc = x->flags & ENTITY_PUBLISH ? entity_published(e, i) : 0;
            rc = rc || !entity_erased_is_gone(x) ? rc : entity_dirty(e, i);
        }
    }
    return rc;
}

uint32_t entity_engine_published_count(const struct entity_engine *e)
{
    return e->published_count;
}

struct text entity_engine_published_at(const struct entity_engine *e, uint32_t i, bool *ret_erased)
{
    CHECK_PRE(i < e->published_count);
    const struct entity *x = entity_table_at(&e->table, e->published[i]);
    *ret_erased = x->flags & ENTITY_ERASED;
    return entity_key(x);
}

bool entity_engine_published_goes(const struct entity_engine *e, uint32_t i)
{
    CHECK_PRE(i < e->published_count);
    return entity_erased_is_gone(entity_table_at(&e->table, e->published[i]));
}

void entity_engine_published_clear(struct entity_engine *e, bool only_who_goes)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < e->published_count; i++) {
        if (only_who_goes && !entity_engine_published_goes(e, i)) {
            e->published[left++] = e->published[i];
            continue;
        }
        entity_table_at(&e->table, e->published[i])->flags &= (uint8_t) ~(ENTITY_LISTED | ENTITY_PUBLISH);
    }
    e->published_count = left;
}
