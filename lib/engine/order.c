#include "engine/order.h"

#include "base/check.h"
#include "base/hash.h"

/* The value of a FACT_ORDER: from the purchase to t 39 | its scopes 24. Its t is when it is forgotten, a
 * millisecond later for each purchase of the same order and instant, so that each t is there once. What else
 * is kept stands in facts of type FACT_ORDER_MORE, whose key is made of the order's and t. */
#define SET_BITS ORDER_VALUE_SET_BITS
#define LENGTH_MAX ((INT64_C(1) << 39) - 1)

/* The args of FACT_ORDER_MORE: fields, dimensions, and this. Its value is the rules, its t the points. */
enum { MORE_DIMS = 64, MORE_EARNED = MORE_DIMS + DIM_COUNT, MORE_ARGS };

/* The revenue's t is the cost and the rules' t the points, when they fit. */
#define BESIDE_ZERO ORDER_BESIDE_ZERO

static bool fits_beside(int64_t v)
{
    return v > -BESIDE_ZERO && v < BESIDE_ZERO;
}

/* ---- what is asked of a purchase -------------------------------------------------------------------- */

static void plan_predicate(const struct predicate *p, struct order_plan *plan)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct condition *c = &p->conditions[i];
        plan->dims |= c->on_dimension ? 1u << c->what : 0;
        plan->fields |= c->on_dimension ? 0 : UINT64_C(1) << c->what;
    }
}

static void plan_source(const struct source *s, struct order_plan *plan)
{
    plan_predicate(&s->where, plan);
    for (uint32_t i = 0; i < s->term_count; i++) {
        plan->fields |= UINT64_C(1) << s->terms[i].field;
    }
}

void order_plan_fill(const struct model *m, struct order_plan *ret_p)
{
    const uint64_t purchase = UINT64_C(1) << KIND_PURCHASE;
    *ret_p = (struct order_plan){UINT64_C(1) << EVENT_REVENUE | UINT64_C(1) << EVENT_COST | UINT64_C(1) << EVENT_PRODUCT_GROUP, 0};
    for (uint32_t i = 0; i < m->measure_count; i++) {
        const struct measure *x = &m->measures[i];
        if ((x->from.kinds | x->per.kinds) & purchase) {
            plan_source(&x->from, ret_p);
            plan_source(&x->per, ret_p);
            plan_predicate(&x->hits, ret_p);
        }
    }
    for (uint32_t i = 0; i < m->points.count; i++) {
        const struct points_rule *r = &m->points.rules[i];
        if (r->kind == KIND_PURCHASE) {
            plan_predicate(&r->where, ret_p);
            ret_p->fields |= r->per == EVENT_FIELD_NONE ? 0 : UINT64_C(1) << r->per;
            ret_p->fields |= r->has_steps ? UINT64_C(1) << r->steps_field : 0;
        }
    }
}

/* ---- keeping ---------------------------------------------------------------------------------------- */

uint64_t order_more_key(uint64_t order, int64_t t)
{
    return hash64_int(order ^ (uint64_t)t * UINT64_C(0x9E3779B97F4A7C15));
}

static bool is_text(unsigned field)
{
    return field_rows[field].type == FIELD_TEXT;
}

static int more_add(struct applying *a, unsigned arg, uint64_t key, int64_t value, int64_t beside)
{
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_ORDER_MORE, (uint8_t)arg, beside), key, value});
}

/* The cost beside the revenue, when it can stand there. */
static int64_t cost_beside(const struct event *e)
{
    int64_t cost = event_number(e, EVENT_COST, 0);
    return event_has(e, EVENT_COST) && fits_beside(cost) ? cost + BESIDE_ZERO : 0;
}

static int fields_keep(struct applying *a, const struct order_plan *plan, uint64_t key)
{
    const struct event *e = a->event;
    int64_t cost = event_has(e, EVENT_REVENUE) ? cost_beside(e) : 0;
    int rc = 0;
    for (uint64_t left = e->present & plan->fields; left != 0 && rc == 0; left &= left - 1) {
        unsigned f = (unsigned)__builtin_ctzll(left);
        int64_t value = is_text(f) ? (int64_t)fact_key(e->slot[f].text) : e->slot[f].number;
        if (f != EVENT_COST || cost == 0) {
            rc = more_add(a, f, key, value, f == EVENT_REVENUE ? cost : 0);
        }
    }
    for (uint32_t left = plan->dims; left != 0 && rc == 0; left &= left - 1) {
        unsigned d = (unsigned)__builtin_ctz(left);
        rc = e->dims[d].at ? more_add(a, MORE_DIMS + d, key, (int64_t)fact_key(e->dims[d]), 0) : 0;
    }
    return rc;
}

static bool is_taken(const struct entity *x, uint64_t key, int64_t t)
{
    uint64_t head = fact_head(FACT_ORDER, 0, t);
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        if (x->facts[i].head == head && x->facts[i].key == key) {
            return true;
        }
    }
    return false;
}

int order_keep(struct applying *a, const struct order_plan *plan)
{
    uint64_t key = fact_key(event_text(a->event, EVENT_ORDER));
    int64_t t = a->ts_ms + a->model->cancel_within_ms + a->model->time.lateness_ms + 1;
    if (a->model->cancel_within_ms == 0 || !event_has(a->event, EVENT_ORDER)) {
        return 0;
    }
    if (facts_find(a->entity, FACT_ORDER, 0, key)) {
        while (is_taken(a->entity, key, t)) {
            t++;
        }
    }
    uint64_t value = (uint64_t)(t - a->ts_ms) << SET_BITS | a->flow->id, more = order_more_key(key, t);
    applying_due(a, t);
    int rc = facts_add(a->home, a->entity, (struct fact){fact_head(FACT_ORDER, 0, t), key, (int64_t)value});
    rc = rc ? rc : fields_keep(a, plan, more);
    return rc || a->earned == 0 ? rc : more_add(a, MORE_EARNED, more, (int64_t)a->earned, a->earned_points + BESIDE_ZERO);
}

/* ---- finding again ---------------------------------------------------------------------------------- */

static bool more_find(const struct entity *x, unsigned arg, uint64_t key, struct fact *ret_f)
{
    const struct fact *f = facts_find(x, FACT_ORDER_MORE, (uint8_t)arg, key);
    if (f) {
        *ret_f = *f;
    }
    return f != NULL;
}

static void more_remove(struct entity *x, unsigned arg, uint64_t key)
{
    const struct fact *f = facts_find(x, FACT_ORDER_MORE, (uint8_t)arg, key);
    if (f) {
        facts_remove(x, (uint32_t)(f - x->facts));
    }
}

/* The text of this hash among those of a condition's list. */
static void text_look(const struct predicate *p, bool on_dimension, unsigned what, uint64_t hash, struct text *text)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct condition *c = &p->conditions[i];
        for (uint32_t k = 0; c->on_dimension == on_dimension && c->what == what && c->texts && k < c->count; k++) {
            *text = fact_key(c->texts[k]) == hash ? c->texts[k] : *text;
        }
    }
}

/* A text with this hash, as far as conditions can tell; U+0000 is in none of them. */
static struct text text_known(const struct model *m, bool on_dimension, unsigned what, uint64_t hash)
{
    struct text text = {"", 1}; /* with the zero that ends it */
    for (uint32_t i = 0; i < m->measure_count; i++) {
        text_look(&m->measures[i].from.where, on_dimension, what, hash, &text);
        text_look(&m->measures[i].per.where, on_dimension, what, hash, &text);
        text_look(&m->measures[i].hits, on_dimension, what, hash, &text);
    }
    for (uint32_t i = 0; i < m->points.count; i++) {
        text_look(&m->points.rules[i].where, on_dimension, what, hash, &text);
    }
    return text;
}

static void number_set(struct event *e, unsigned field, int64_t number)
{
    e->present |= UINT64_C(1) << field;
    e->slot[field].number = number;
}

static void fields_read(const struct applying *a, const struct order_plan *plan, uint64_t key, struct order *o)
{
    struct fact f;
    for (uint64_t left = plan->fields; left != 0; left &= left - 1) {
        unsigned field = (unsigned)__builtin_ctzll(left);
        if (!more_find(a->entity, field, key, &f)) {
            continue;
        }
        if (is_text(field)) {
            o->text_hashes[field] = (uint64_t)f.value;
            o->event.present |= UINT64_C(1) << field;
            o->event.slot[field].text = text_known(a->model, false, field, (uint64_t)f.value);
        } else {
            number_set(&o->event, field, f.value);
        }
        if (field == EVENT_REVENUE && fact_t(&f) != 0) {
            number_set(&o->event, EVENT_COST, fact_t(&f) - BESIDE_ZERO);
        }
    }
    for (uint32_t left = plan->dims; left != 0; left &= left - 1) {
        unsigned d = (unsigned)__builtin_ctz(left);
        if (more_find(a->entity, MORE_DIMS + d, key, &f)) {
            o->event.dims[d] = text_known(a->model, true, d, (uint64_t)f.value);
        }
    }
    if (more_find(a->entity, MORE_EARNED, key, &f)) {
        o->earned = (uint64_t)f.value;
        o->earned_points = fact_t(&f) - BESIDE_ZERO;
    }
}

static int64_t bought_ms(const struct fact *f)
{
    return fact_t(f) - (f->value >> SET_BITS & LENGTH_MAX);
}

static bool is_cancelled_by(const struct fact *f, const struct applying *a)
{
    return bought_ms(f) <= a->ts_ms && a->ts_ms - bought_ms(f) <= a->model->cancel_within_ms;
}

/* Of one instant the one kept last. */
static bool is_later(const struct fact *a, const struct fact *b)
{
    return bought_ms(a) > bought_ms(b) || (bought_ms(a) == bought_ms(b) && fact_t(a) > fact_t(b));
}

/* The latest purchase of the order that the event comes in time for. */
static struct fact *latest_find(const struct applying *a, uint64_t key)
{
    struct entity *x = a->entity;
    struct fact *best = facts_find(x, FACT_ORDER, 0, key);
    best = best && is_cancelled_by(best, a) ? best : NULL;
    for (uint32_t i = facts_find(x, FACT_ORDER, 0, key) ? x->mark_count : x->fact_count; i < x->fact_count; i++) {
        struct fact *f = &x->facts[i];
        bool same = f->key == key && fact_type(f) == FACT_ORDER && is_cancelled_by(f, a);
        best = same && (!best || is_later(f, best)) ? f : best;
    }
    return best;
}

static void order_read(const struct applying *a, const struct order_plan *plan, const struct fact *f, struct order *ret_o)
{
    memset(ret_o, 0, sizeof *ret_o);
    ret_o->event.kind = KIND_PURCHASE;
    ret_o->event.topic = kind_rows[KIND_PURCHASE].topic;
    ret_o->event.ts_ms = bought_ms(f);
    ret_o->event.entity = entity_key(a->entity);
    ret_o->set = fact_value_set(f->value, 0);
    fields_read(a, plan, order_more_key(f->key, fact_t(f)), ret_o);
}

int order_take(struct applying *a, const struct order_plan *plan, struct text order, struct order *ret_o)
{
    const struct fact *f = latest_find(a, fact_key(order));
    if (!f) {
        return CUBE_ENOTFOUND;
    }
    order_read(a, plan, f, ret_o);
    order_forget(a->entity, (uint32_t)(f - a->entity->facts));
    return 0;
}

static struct order_place place_of(const struct fact *f)
{
    return (struct order_place){bought_ms(f), fact_t(f), f->key};
}

static bool is_before(const struct order_place *a, const struct order_place *b)
{
    if (a->ts_ms != b->ts_ms) {
        return a->ts_ms < b->ts_ms;
    }
    return a->forgotten_ms != b->forgotten_ms ? a->forgotten_ms < b->forgotten_ms : a->key < b->key;
}

int order_next(const struct applying *a, const struct order_plan *plan, struct order_place *place, struct order *ret_o)
{
    const struct entity *x = a->entity;
    const struct fact *next = NULL;
    struct order_place first = *place;
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        struct order_place at = fact_type(&x->facts[i]) == FACT_ORDER ? place_of(&x->facts[i]) : *place;
        if (is_before(place, &at) && (!next || is_before(&at, &first))) {
            next = &x->facts[i];
            first = at;
        }
    }
    if (!next) {
        return CUBE_ENOTFOUND;
    }
    order_read(a, plan, next, ret_o);
    *place = first;
    return 0;
}

int order_earned_set(struct applying *a, const struct order_place *place, uint64_t earned, int64_t points)
{
    uint64_t key = order_more_key(place->key, place->forgotten_ms);
    more_remove(a->entity, MORE_EARNED, key);
    return more_add(a, MORE_EARNED, key, (int64_t)earned, points + BESIDE_ZERO);
}

/* ---- cancelled before it is known -------------------------------------------------------------------- */

int order_cancelled_keep(struct applying *a)
{
    int64_t until_ms = a->ts_ms + a->model->time.lateness_ms + 1;
    if (a->model->cancel_within_ms == 0) {
        return 0;
    }
    applying_due(a, until_ms);
    struct fact cancelled = {fact_head(FACT_CANCELLED, 0, until_ms), fact_key(event_text(a->event, EVENT_ORDER)), a->ts_ms};
    return facts_add(a->home, a->entity, cancelled);
}

bool order_is_cancelled(const struct applying *a, int64_t *ret_ts_ms)
{
    const struct entity *x = a->entity;
    uint64_t key = fact_key(event_text(a->event, EVENT_ORDER));
    for (uint32_t i = facts_find(x, FACT_CANCELLED, 0, key) ? x->mark_count : x->fact_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        bool in_time = f->value >= a->ts_ms && f->value - a->ts_ms <= a->model->cancel_within_ms;
        if (fact_type(f) == FACT_CANCELLED && f->key == key && in_time) {
            *ret_ts_ms = f->value;
            return true;
        }
    }
    return false;
}

/* Asks for each arg: which were kept is not known. */
void order_forget(struct entity *x, uint32_t i)
{
    uint64_t key = order_more_key(x->facts[i].key, fact_t(&x->facts[i]));
    CHECK_PRE(MORE_ARGS <= ORDER_MORE_ARGS);
    facts_remove(x, i);
    for (unsigned arg = 0; arg < MORE_ARGS; arg++) {
        more_remove(x, arg, key);
    }
}
