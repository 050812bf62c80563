/* Entities touched since their records were last written, and the sorted walk over all. */
#include <stdlib.h>

#include "base/check.h"
#include "engine/entity_erased.h"
#include "engine/entity_state.h"

int entity_dirty(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    if (x->dirty_place != 0) {
        return 0;
    }
    if (e->dirty_count == e->dirty_capacity) {
        uint32_t capacity = e->dirty_capacity ? 2 * e->dirty_capacity : 256;
        uint32_t *dirty = realloc(e->dirty, capacity * sizeof *dirty);
        if (!dirty) {
            return CUBE_ENOMEM;
        }
        e->dirty = dirty;
        e->dirty_capacity = capacity;
    }
    e->dirty[e->dirty_count++] = number;
    x->dirty_place = e->dirty_count;
    return 0;
}

uint32_t entity_engine_dirty_count(const struct entity_engine *e)
{
    return e->dirty_count;
}

struct text entity_engine_dirty_at(const struct entity_engine *e, uint32_t i, bool *ret_erased, bool *ret_publish)
{
    CHECK_PRE(i < e->dirty_count);
    const struct entity *x = entity_table_at(&e->table, e->dirty[i]);
    *ret_erased = entity_erased_is_gone(x);
    *ret_publish = x->flags & ENTITY_PUBLISH;
    return entity_key(x);
}

void entity_engine_clean(struct entity_engine *e)
{
    for (uint32_t i = 0; i < e->dirty_count; i++) {
        struct entity *x = entity_table_at(&e->table, e->dirty[i]);
        x->dirty_place = 0;
        x->flags &= (uint8_t)(e->lists_published ? 0xff : ~ENTITY_PUBLISH);
        if (entity_erased_is_gone(x)) {
            entity_table_remove(&e->table, &e->home.pool, e->dirty[i]);
            e->erased--;
        }
    }
    e->dirty_count = 0;
}

static int key_compare(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

int entity_engine_each(const struct entity_engine *e, int (*visit)(void *arg, struct text key), void *arg)
{
    struct text *keys = malloc(((size_t)e->table.count + 1) * sizeof *keys);
    uint32_t count = 0;
    if (!keys) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < e->table.used; i++) {
        const struct entity *x = entity_table_at(&e->table, i);
        if ((x->flags & ENTITY_USED) && !(x->flags & ENTITY_ERASED)) {
            keys[count++] = entity_key(x);
        }
    }
    qsort(keys, count, sizeof *keys, key_compare);
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        rc = visit(arg, keys[i]);
    }
    free(keys);
    return rc;
}
