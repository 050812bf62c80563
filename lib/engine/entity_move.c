/* What entities hold is taken out of the scopes they leave and put into those where they arrive. */
#include "engine/entity_erased.h"
#include "engine/entity_state.h"

union scope_room {
    struct scope_set set;
    uint32_t words[sizeof(struct scope_set) / sizeof(uint32_t) + SCOPE_KINDS_MAX];
};

/* Nothing happened to it that some scope was told: as of whoever comes by an event with dimensions. */
static bool is_new(const struct entity *x)
{
    return x->fact_count == 0 && !(x->flags & (ENTITY_SEEN | ENTITY_PRESENT));
}

/* The scopes of one set that another lacks. */
static const struct scope_set *scopes_without(const struct scope_set *s, const struct scope_set *other,
                                              union scope_room *room)
{
    if (!s || !other) {
        return s;
    }
    room->set = (struct scope_set){.id = SCOPE_SET_LOOSE, .values = s->values};
    for (uint32_t i = 0; i < s->count; i++) {
        bool both = false;
        for (uint32_t k = 0; k < other->count && !both; k++) {
            both = s->scopes[i] == other->scopes[k];
        }
        if (!both) {
            room->set.scopes[room->set.count++] = s->scopes[i];
        }
    }
    return &room->set;
}

int entity_move(struct entity_engine *e, struct applying *a, const struct scope_set *from, const struct scope_set *to)
{
    if (!a->out || is_new(a->entity)) {
        return 0;
    }
    union scope_room left, joined;
    const struct scope_set *out = scopes_without(from, to, &left), *in = scopes_without(to, from, &joined);
    const struct measure_list *l = &e->dispatch->move;
    for (uint32_t i = 0; i < l->count; i++) {
        const struct measure *m = &e->model->measures[l->at[i]];
        int rc = m->aggregation->move(m, a, out, in);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

int entity_erase(struct entity_engine *e, struct applying *a)
{
    struct entity *x = a->entity;
    for (uint32_t i = 0; i < e->dispatch->forget.count; i++) {
        const struct measure *m = &e->model->measures[e->dispatch->forget.at[i]];
        int rc = m->aggregation->forget(m, a);
        if (rc != 0) {
            return rc;
        }
    }
    int rc = entity_move(e, a, a->stock, NULL);
    if (rc != 0) {
        return rc;
    }
    e->erased += !(x->flags & ENTITY_ERASED);
    facts_close(&e->home, x);
    struct entity rest = {.key = x->key, .key_len = x->key_len, .awake = x->awake,
                          .flags = (uint8_t)(ENTITY_USED | ENTITY_ERASED | ENTITY_PUBLISH | (x->flags & ENTITY_LISTED)),
                          .timer_place = x->timer_place, .dirty_place = x->dirty_place, .touched = x->touched, .listed = x->listed,
                          .due_ms = INT64_MAX};
    memset(rest.dims, 0xff, sizeof rest.dims);
    *x = rest;
    return entity_erased_note(e, x, a->ts_ms);
}
