#include "engine/entity_engine.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/entity_dims.h"
#include "engine/entity_erased.h"
#include "engine/entity_state.h"
#include "engine/ledger.h"
#include "engine/life.h"
#include "engine/marks.h"
#include "engine/points.h"

static int apply_one(struct entity_engine *e, const struct event *ev, const struct event_ahead *ahead, uint64_t entity_hash, bool straggler);
static int apply_without_entity(struct entity_engine *e, const struct event *ev, bool straggler);
static int entity_get(struct entity_engine *e, const struct event *ev, const struct event_ahead *ahead, uint64_t hash, uint32_t *ret_number,
                      struct entity **ret_x);
static int apply_to(struct entity_engine *e, struct applying *a, bool straggler);

/* Names of scopes an entity task keeps, for each that the scope tasks keep: which are kept they decide, so that it
 * follows neither partitions nor restarts. What is beyond goes to the overflow here already. */
#define SCOPE_NAMES_FACTOR 16
#define SCOPE_NAMES_MAX UINT32_C(1000000000)

static uint32_t names_max(const struct model *m)
{
    uint64_t max = (uint64_t)m->limits.scopes * SCOPE_NAMES_FACTOR;
    return max < SCOPE_NAMES_MAX ? (uint32_t)max : SCOPE_NAMES_MAX;
}

static int dispatch_find(struct entity_engine *e)
{
    const struct model *m = e->model;
    int rc = m->dispatches[e->type] ? 0 : dispatch_create(m, e->type, &e->own);
    e->dispatch = e->own ? e->own : m->dispatches[e->type];
    return rc;
}

int entity_engine_create(const struct model *m, enum entity_type type, uint64_t seed, struct entity_engine **ret_e)
{
    struct entity_engine *e = calloc(1, sizeof *e);
    if (!e) {
        return CUBE_ENOMEM;
    }
    e->model = m;
    e->type = type;
    e->table.seed = seed;
    e->steps = UINT8_MAX;
    e->contact_ms = e->points_ms = INT64_MAX;
    e->lasting = entity_clv_lasts(&m->clv);
    e->home.tracks = type == ENTITY_CUSTOMER ? m->track_count : 0;
    struct scope_plan scopes = m->scopes;
    scopes.count = type == ENTITY_CUSTOMER ? model_kinds(m) : scopes.count;
    e->limit = type == ENTITY_CUSTOMER ? m->limits.customers : m->limits.employees;
    if ((type == ENTITY_CUSTOMER && life_units_create(seed, &e->units) != 0) ||
        sleepers_open(&e->sleepers, m, AWAKE_MAX) != 0 || dispatch_find(e) != 0 || delta_table_create(&e->deltas) != 0 ||
        scope_table_create(&scopes, names_max(m), seed, &e->scopes) != 0 || record_words_create(seed, &e->words) != 0) {
        entity_engine_destroy(e);
        return CUBE_ENOMEM;
    }
    *ret_e = e;
    return 0;
}

void entity_engine_destroy(struct entity_engine *e)
{
    if (!e) {
        return;
    }
    sleepers_close(e);
    entity_table_close(&e->table);
    block_pool_close(&e->home.pool);
    timers_close(&e->timers);
    dispatch_destroy(e->own);
    delta_table_destroy(e->deltas);
    scope_table_destroy(e->scopes);
    intern_destroy(e->units);
    record_words_destroy(e->words);
    entity_dirty_close(e);
    free(e->due);
    free(e->published);
    free(e);
}

uint64_t entity_engine_hash(const struct entity_engine *e, struct text key)
{
    return entity_table_hash(&e->table, key);
}

static __attribute__((noinline)) int apply_cost(struct entity_engine *e, const struct event *ev, const struct event_ahead *ahead,
                                                uint64_t entity_hash, bool straggler)
{
    struct event priced;
    return apply_one(e, ledger_price(e->model, ev, &priced) ? &priced : ev, ahead, entity_hash, straggler);
}

int entity_engine_apply(struct entity_engine *e, const struct event *ev, uint64_t entity_hash, bool straggler)
{
    static const struct event_ahead nothing;
    return entity_engine_apply_ahead(e, ev, &nothing, entity_hash, straggler);
}

int entity_engine_apply_ahead(struct entity_engine *e, const struct event *ev, const struct event_ahead *a, uint64_t entity_hash, bool straggler)
{
    return ev->kind == KIND_COST ? apply_cost(e, ev, a, entity_hash, straggler) : apply_one(e, ev, a, entity_hash, straggler);
}

static int apply_one(struct entity_engine *e, const struct event *ev, const struct event_ahead *ahead, uint64_t entity_hash, bool straggler)
{
    uint32_t number;
    struct entity *x;
    int rc = entity_get(e, ev, ahead, entity_hash, &number, &x);
    if (rc == CUBE_ENOTFOUND || rc == CUBE_ELIMIT) {
        int applied = apply_without_entity(e, ev, straggler);
        return applied ? applied : rc == CUBE_ELIMIT ? rc : 0;
    }
    if (rc != 0 || (!x->touched && (rc = entity_dirty(e, number)) != 0)) {
        return rc;
    }
    struct applying a = entity_applying(e, x, ev, ev->ts_ms);
    a.said = &ahead->said;
    int64_t due_ms = x->due_ms;
    rc = apply_to(e, &a, straggler);
    if (rc == 0 && ev->kind == KIND_CUSTOMER_ERASE) {
        rc = entity_erase(e, &a);
        rc = rc ? rc : entity_urgent(e, number);
    }
    rc = rc || !e->lists_published ? rc : entity_published(e, number);
    return rc == 0 && x->due_ms != due_ms ? timers_set(&e->timers, &e->table, number) : rc;
}

struct delta_table *entity_engine_deltas(struct entity_engine *e)
{
    return e->deltas;
}

struct scope_table *entity_engine_scopes(struct entity_engine *e)
{
    return e->scopes;
}

uint32_t entity_engine_count(const struct entity_engine *e)
{
    return e->table.count - e->erased;
}

uint64_t entity_engine_refused(const struct entity_engine *e)
{
    return e->refused;
}

bool entity_engine_bounded(const struct entity_engine *e, uint64_t *count)
{
    uint64_t before = *count;
    *count = e->refused + scope_table_values_refused(e->scopes) + scope_table_refused(e->scopes);
    return *count != before || (e->units && intern_count(e->units) == LIFE_UNIT_TEXTS_MAX);
}

uint64_t entity_engine_bytes(const struct entity_engine *e)
{
    return sizeof *e + (e->units ? intern_bytes(e->units) : 0) + record_words_bytes(e->words) + entity_table_bytes(&e->table) +
           e->home.pool.bytes + sleepers_bytes(&e->sleepers) + scope_table_bytes(e->scopes) + delta_table_bytes(e->deltas) +
           e->timers.capacity * sizeof(struct timer) +
           entity_dirty_bytes(e) + e->due_capacity * sizeof *e->due;
}

/* Finds the entity of an event or adds it. CUBE_ENOTFOUND: the event is of no entity. CUBE_ELIMIT: of one
 * beyond the limit. */
static int entity_get(struct entity_engine *e, const struct event *ev, const struct event_ahead *ahead, uint64_t hash, uint32_t *ret_number,
                      struct entity **ret_x)
{
    if (ev->kind == KIND_BENCHMARK) {
        return CUBE_ENOTFOUND;
    }
    struct entity *x = entity_table_find_guessed(&e->table, ev->entity, hash, ahead->entity, ahead->number, ret_number);
    int rc = x && !x->awake ? entity_wake(e, *ret_number) : 0;
    if (rc != 0 || (x && (x->flags & (ENTITY_ERASED | ENTITY_REBORN)) && entity_erased_covers(x, ev))) {
        return rc ? rc : CUBE_ENOTFOUND;
    }
    if (ev->kind == KIND_CUSTOMER_ERASE && (!x || (x->flags & ENTITY_ERASED))) {
        rc = entity_erase_absent(e, ev, hash);
        return rc ? rc : CUBE_ENOTFOUND;
    }
    *ret_x = x;
    if (x && !(x->flags & ENTITY_ERASED)) {
        return 0;
    }
    /* One that was erased needs room to come again, whether its tombstone is written or not. */
    if (entity_engine_count(e) >= e->limit && !e->redoes) {
        e->refused++;
        return CUBE_ELIMIT;
    }
    if (x) {
        entity_reborn(e, x);
        return 0;
    }
    rc = entity_table_add(&e->table, &e->home.pool, ev->entity, hash, ret_number);
    rc = rc ? rc : entity_wake(e, *ret_number);
    *ret_x = rc ? NULL : entity_table_at(&e->table, *ret_number);
    return rc;
}

/* Nobody came or left by the event, or was there before it was known. */
static bool is_still(const struct applying *a)
{
    return a->presence == 0 && !a->churned && a->stayed_until_ms <= a->ts_ms;
}

static bool concerns(const struct applying *a, const struct reaction *r)
{
    return !(r->of_presence && is_still(a)) && !(r->of_entity && !a->entity) && !(r->asks && !reaction_meets(r->measure, a->event));
}

/* None of its sort was applied that is later or of its instant; INT64_MAX: that is not known. A straggler may be the latest of them, too. */
static inline bool is_last(const struct applying *a, int64_t *latest_ms)
{
    bool later = a->ts_ms > *latest_ms;
    *latest_ms = later || (*latest_ms == INT64_MAX && !a->straggles) ? a->ts_ms : *latest_ms;
    return later && !a->straggles;
}

/* An event of a case. */
static int contact(struct entity_engine *e, struct applying *a)
{
    enum event_kind kind = a->event->kind;
    a->is_last = is_last(a, &e->contact_ms);
    return kind == KIND_CONTACT_OPEN || kind == KIND_CONTACT_RECONTACT ? emit_contact(a) : 0;
}

/* The measures whose source the event matches; where rows are not asked for, those of them that keep something. */
static int apply_measures(struct entity_engine *e, struct applying *a)
{
    const struct event *ev = a->event;
    const struct reaction_list *l = kind_reactions_of(&e->dispatch->reactions[ev->kind], ev);
    int rc = ev->kind >= KIND_CONTACT_OPEN && ev->kind <= KIND_CONTACT_RECONTACT ? contact(e, a) : 0;
    const struct reaction *r = l->at;
    for (uint32_t left = l->count; left > 0 && rc == 0; left--, r++) {
        const struct measure *m = r->measure;
        if ((!a->out && !r->keeps) || (!r->always && !concerns(a, r))) {
            continue;
        }
        rc = m->aggregation->apply(m, a);
        if (r->is_private && rc == 0) {
            rc = marks_add(a, m, a->flow, applying_pane(m, a->ts_ms), aggregation_respondents_slot(m->aggregation));
        }
    }
    return rc;
}

static int apply_without_entity(struct entity_engine *e, const struct event *ev, bool straggler)
{
    struct applying a = entity_applying(e, NULL, ev, ev->ts_ms);
    const struct scope_set *from;
    int rc = entity_dims_apply(&a, e->type, &from);
    if (rc == 0 && straggler) {
        rc = emit_correction(&a, a.flow);
    }
    return rc ? rc : apply_measures(e, &a);
}

/* Measures of activity, and activity on the tracks. */
static int touch_tell(struct entity_engine *e, struct applying *a)
{
    const struct measure_list *l = &e->dispatch->touch;
    int rc = 0;
    for (uint32_t i = 0; a->out && i < l->count && rc == 0; i++) {
        const struct measure *m = &e->model->measures[l->at[i]];
        rc = m->aggregation->touch(m, a);
    }
    return rc;
}

static void tracks_join(struct entity_engine *e, struct applying *a)
{
    struct entity *x = a->entity;
    int64_t leaves_ms;
    x->active_tracks |= (uint16_t)e->dispatch->tracks;
    x->active_tracks &= (uint16_t)~entity_activity(e, x, a->now_ms, &leaves_ms);
    applying_due(a, leaves_ms);
}

/* The customer acted: first and last seen, too. */
static inline int touch(struct entity_engine *e, struct applying *a)
{
    struct entity *x = a->entity;
    struct customer_part *c = &x->customer;
    bool seen = x->flags & ENTITY_SEEN;
    int64_t first_ms = c->first_seen_ms, last_ms = c->last_seen_ms;
    a->first_touch = !seen;
    a->last_active_ms = last_ms;
    a->stayed_until_ms = seen && a->ts_ms < first_ms ? first_ms : 0;
    int rc = touch_tell(e, a);
    if (rc != 0) {
        return rc;
    }
    c->first_seen_ms = !seen || a->ts_ms < first_ms ? a->ts_ms : first_ms;
    c->last_seen_ms = !seen || a->ts_ms > last_ms ? a->ts_ms : last_ms;
    x->flags |= ENTITY_SEEN;
    if ((e->dispatch->tracks & ~(uint32_t)x->active_tracks) != 0) {
        tracks_join(e, a);
    }
    return 0;
}

/* Points, and the measures that count them. */
static int earn(struct entity_engine *e, struct applying *a, bool steps)
{
    const struct rule_list *earn = &e->dispatch->earn[a->event->kind], *retract = &e->dispatch->retract[a->event->kind];
    const struct points_rules rules = {earn->at, retract->at, earn->count, retract->count, steps};
    if (steps) {
        a->is_last = is_last(a, &e->points_ms);
    }
    int rc = points_apply(a, &rules);
    for (uint32_t i = 0; rc == 0 && a->out && a->points != 0 && i < e->dispatch->points.count; i++) {
        const struct measure *m = &e->model->measures[e->dispatch->points.at[i]];
        rc = m->aggregation->apply(m, a);
    }
    return rc;
}

static int money_apply(struct entity_engine *e, struct applying *a, unsigned steps)
{
    int rc = ledger_apply(a);
    return rc != 0               ? rc
           : steps & STEP_BUYS   ? entity_order_buy(e, a)
           : steps & STEP_CANCEL ? entity_order_cancel(e, a)
                                 : 0;
}

/* The status follows from the points' balance and the margin of the rolling year. Of points alone it stays as it is while their sign does;
 * what runs, or a future value that may follow what others do, is looked at each time. */
static inline bool status_may_change(const struct entity_engine *e, const struct applying *a, bool margin)
{
    const struct entity *x = a->entity;
    bool engaged = x->status & STATUS_ENGAGED;
    return margin || e->model->points.half_life_ms != 0 ||
           ((a->points != 0 || a->straggles) && (engaged != (x->customer.points > 0) || x->flags & ENTITY_OVERDUE || !e->lasting));
}

/* moved: to another segment, whose retention is another. */
static inline int customer_do(struct entity_engine *e, struct applying *a, unsigned steps, bool moved)
{
    int rc = steps & STEP_BUYS ? facts_reserve(&e->home, a->entity, e->dispatch->purchase_facts) : 0;
    rc = rc || !(steps & STEP_ACTS) ? rc : touch(e, a);
    if (rc == 0 && a->entity->status & STATUS_CHURNED) {
        life_resume(a);
    }
    if (rc != 0 || (steps & (STEP_LIFE | STEP_SHOWN) && (rc = life_apply(a, e->units)) != 0) ||
        (steps & STEP_POINTS && (rc = earn(e, a, steps & STEP_ORDERED)) != 0) || (steps & STEP_MONEY && (rc = money_apply(e, a, steps)) != 0)) {
        return rc;
    }
    if (!life_stays(a)) {
        life_presence(a);
    }
    if (status_may_change(e, a, steps & STEP_MONEY || moved)) {
        entity_status_update(e, a);
    }
    return 0;
}

/* Measures over tracks are looked at only when the event can change them, or when something runs that has run on. */
static inline int apply_customer(struct entity_engine *e, struct applying *a, bool moved)
{
    struct track_now before[TRACKS_MAX];
    unsigned steps = e->dispatch->steps[a->event->kind] & e->steps;
    uint32_t joins = steps & STEP_ACTS ? e->dispatch->tracks & ~(uint32_t)a->entity->active_tracks : 0;
    bool tells = steps & STEP_MONEY || joins != 0 || a->entity->flags & ENTITY_OVERDUE;
    if (tells) {
        entity_tracks_note(e, a, before);
    }
    int rc = customer_do(e, a, steps, moved);
    return rc || !tells ? rc : entity_tracks_tell(e, a, before);
}

static int apply_to(struct entity_engine *e, struct applying *a, bool straggler)
{
    const struct scope_set *from;
    uint32_t segment = a->entity->dims[SEGMENT_SLOT];
    int rc = entity_dims_apply(a, e->type, &from);
    if (rc == 0 && from != a->stock) {
        rc = entity_move(e, a, from, a->stock);
    }
    if (rc == 0 && straggler) {
        a->straggles = true;
        rc = emit_correction(a, a->flow);
    }
    if (rc != 0) {
        return rc;
    }
    bool customer = e->type == ENTITY_CUSTOMER;
    rc = customer ? apply_customer(e, a, segment != a->entity->dims[SEGMENT_SLOT]) : entity_staff_apply(e, a);
    rc = rc ? rc : apply_measures(e, a);
    return rc || customer || e->later.count == 0 ? rc : entity_staff_end(e, a);
}
