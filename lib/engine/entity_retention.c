/* The future value of customers under a retention that is observed anew at each release (domain 4.3). */
#include <stdlib.h>

#include "engine/entity_state.h"
#include "engine/ledger.h"

double entity_clv(const struct entity_engine *e, const struct entity *x)
{
    struct text segment = scope_table_value_text(e->scopes, DIM_SEGMENT, x->dims[SEGMENT_SLOT]);
    return clv_multiple(&e->model->clv, retention_of(e->retention, &e->model->clv, segment));
}

bool entity_clv_lasts(const struct clv_plan *plan)
{
    bool lasts = !plan->observed && clv_multiple(plan, plan->retention) > 0;
    for (uint32_t i = 0; lasts && i < plan->segment_count; i++) {
        lasts = clv_multiple(plan, plan->segment_retention[i]) > 0;
    }
    return lasts;
}

void entity_engine_retention(struct entity_engine *e, const struct retention_table *t)
{
    e->retention = t;
}

/* A customer is worth something in future when it is now and may stay. */
static bool class_changes(const struct entity_engine *e, const struct entity *x)
{
    bool valued = (x->flags & ENTITY_USED) && !(x->flags & ENTITY_ERASED) && (x->status & STATUS_PRESENT_HIGH);
    return valued && (entity_clv(e, x) > 0) != ((x->status & STATUS_FUTURE_HIGH) != 0);
}

static int by_key(const void *a, const void *b)
{
    return text_compare(((const struct due_entity *)a)->key, ((const struct due_entity *)b)->key);
}

static int turn(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    x->status ^= STATUS_FUTURE_HIGH;
    x->flags |= ENTITY_PUBLISH;
    int rc = entity_urgent(e, number);
    return rc ? rc : entity_published(e, number);
}

int entity_engine_revalue(struct entity_engine *e, const struct retention_table *t)
{
    uint32_t count = 0;
    int rc = 0;
    e->retention = t;
    for (uint32_t i = 0; i < e->table.used; i++) {
        count += class_changes(e, entity_table_at(&e->table, i));
    }
    struct due_entity *all = count ? malloc(count * sizeof *all) : NULL;
    if (count && !all) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0, n = 0; n < count; i++) {
        const struct entity *x = entity_table_at(&e->table, i);
        if (class_changes(e, x)) {
            all[n++] = (struct due_entity){entity_key(x), i};
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof *all, by_key);
    }
    for (uint32_t i = 0; i < count && !rc; i++) {
        rc = turn(e, all[i].number);
    }
    free(all);
    return rc;
}
