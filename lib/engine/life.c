#include "engine/life.h"

#include <stdlib.h>

#include "engine/entity.h"

typedef int life_entry(struct applying *a, struct intern *units);

static const struct text other_unit = {"other", 5};

static int take_purchase(struct applying *a, struct intern *units);
static int take_renewal(struct applying *a, struct intern *units);
static int take_update(struct applying *a, struct intern *units);
static int take_churn(struct applying *a, struct intern *units);
static int take_delivery(struct applying *a, struct intern *units);
static int take_contact(struct applying *a, struct intern *units);
static int take_request(struct applying *a, struct intern *units);

/* What each kind of event leaves; kinds without a row leave nothing. */
static life_entry *const life_entries[KIND_COUNT] = {
    [KIND_PURCHASE] = take_purchase,
    [KIND_CONTRACT_RENEWAL] = take_renewal,
    [KIND_CUSTOMER_UPDATE] = take_update,
    [KIND_CHURN] = take_churn,
    [KIND_VALUE_DELIVERED] = take_delivery,
    [KIND_CONTACT_OPEN] = take_contact,
    [KIND_CONTACT_RECONTACT] = take_contact,
    [KIND_CONTACT_RESOLVE] = take_contact,
    [KIND_REQUEST_OPEN] = take_request,
    [KIND_REQUEST_DONE] = take_request,
    [KIND_REQUEST_LOST] = take_request,
};

/* The only fact of such an arg, whatever its key. */
static struct fact *only(const struct entity *x, enum value_fact arg)
{
    for (uint32_t i = 0; i < x->fact_count; i++) {
        struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_VALUE && fact_arg(f) == arg) {
            return f;
        }
    }
    return NULL;
}

bool life_takes(enum event_kind kind)
{
    return life_entries[kind] != NULL;
}

bool life_kind_is_shown(enum event_kind kind)
{
    return life_takes(kind) && kind != KIND_CUSTOMER_UPDATE && kind != KIND_CHURN;
}

bool life_fact_is_shown(enum value_fact arg)
{
    return arg != VALUE_STRATEGIC && arg != VALUE_CHURN && arg != VALUE_TOLD;
}

void life_resume(struct applying *a)
{
    const struct fact *f = kind_rows[a->event->kind].acts ? only(a->entity, VALUE_CHURN) : NULL;
    if (f && a->ts_ms >= fact_t(f)) {
        facts_remove(a->entity, (uint32_t)(f - a->entity->facts));
        a->entity->status &= (uint8_t)~STATUS_CHURNED;
        a->entity->flags |= ENTITY_PUBLISH;
    }
}

int life_apply(struct applying *a, struct intern *units)
{
    return life_entries[a->event->kind](a, units);
}

void life_presence(struct applying *a)
{
    struct entity *x = a->entity;
    bool before = x->flags & ENTITY_PRESENT, now = (x->flags & ENTITY_SEEN) && !(x->status & STATUS_CHURNED);
    a->churned = a->event->kind == KIND_CHURN && before && a->ts_ms >= x->customer.first_seen_ms;
    if (a->first_touch && !now) { /* the churn came before it */
        const struct fact *churn = only(x, VALUE_CHURN);
        a->stayed_until_ms = churn ? fact_t(churn) : 0;
    }
    if (now != before) {
        a->presence = now - before;
        x->flags ^= ENTITY_PRESENT;
    }
}

int life_units_create(uint64_t seed, struct intern **ret_units)
{
    struct intern *units;
    uint32_t id;
    int rc = intern_create(LIFE_UNIT_TEXTS_MAX, seed, &units);
    if (rc != 0) {
        return rc;
    }
    rc = intern_add(units, other_unit, &id);
    if (rc != 0) {
        intern_destroy(units);
        return rc;
    }
    *ret_units = units;
    return 0;
}

int life_unit(struct intern *units, struct text unit, uint32_t *ret_id)
{
    int rc = intern_add(units, unit, ret_id);
    return rc == CUBE_ELIMIT ? intern_add(units, other_unit, ret_id) : rc;
}

static int take_purchase(struct applying *a, struct intern *units)
{
    (void)units;
    if (!event_has(a->event, EVENT_PRODUCT_GROUP)) {
        return 0;
    }
    uint64_t key = fact_key(a->event->slot[EVENT_PRODUCT_GROUP].text);
    return facts_add_amount(a->home, a->entity, fact_head(FACT_VALUE, VALUE_PRODUCT, 0), key, 1);
}

void life_product_back(struct entity *x, uint64_t product)
{
    struct fact *f = facts_find(x, FACT_VALUE, VALUE_PRODUCT, product);
    if (f && product != 0 && --f->value == 0) {
        facts_remove(x, (uint32_t)(f - x->facts));
    }
}

/* Of two events the one with the larger (ts, id) holds. */
static int take_latest(struct applying *a, enum value_fact arg, int64_t value, bool *ret_holds)
{
    uint64_t prefix = event_id_prefix(a->event);
    struct fact f = {fact_head(FACT_VALUE, arg, a->ts_ms), prefix, value}, *there = only(a->entity, arg);
    *ret_holds = !there || a->ts_ms > fact_t(there) || (a->ts_ms == fact_t(there) && prefix >= there->key);
    if (!*ret_holds) {
        return 0;
    }
    if (there) {
        facts_change(a->entity, (uint32_t)(there - a->entity->facts), &f);
        return 0;
    }
    return facts_add(a->home, a->entity, f);
}

static int take_renewal(struct applying *a, struct intern *units)
{
    bool holds;
    (void)units;
    a->entity->flags |= ENTITY_PUBLISH;
    return take_latest(a, VALUE_RENEWAL, event_number(a->event, EVENT_DUE, 0), &holds);
}

static int take_update(struct applying *a, struct intern *units)
{
    bool holds, strategic = event_number(a->event, EVENT_STRATEGIC, 0);
    struct entity *x = a->entity;
    (void)units;
    if (!event_has(a->event, EVENT_STRATEGIC)) {
        return 0;
    }
    int rc = take_latest(a, VALUE_STRATEGIC, strategic, &holds);
    if (rc == 0 && holds && strategic != ((x->status & STATUS_STRATEGIC) != 0)) {
        x->status ^= STATUS_STRATEGIC;
        x->flags |= ENTITY_PUBLISH;
    }
    return rc;
}

/* An act later than the churn has taken it back already. */
static int take_churn(struct applying *a, struct intern *units)
{
    struct entity *x = a->entity;
    (void)units;
    x->flags |= ENTITY_PUBLISH;
    if ((x->flags & ENTITY_SEEN) && a->ts_ms < x->customer.last_seen_ms) {
        return 0;
    }
    bool holds;
    x->status |= STATUS_CHURNED;
    return take_latest(a, VALUE_CHURN, 0, &holds);
}

static int unit_id(struct applying *a, struct intern *units, uint32_t *ret_id)
{
    uint32_t known = 0;
    int rc = life_unit(units, event_text(a->event, EVENT_UNIT), ret_id);
    for (uint32_t i = 0; rc == 0 && i < a->entity->fact_count; i++) {
        const struct fact *f = &a->entity->facts[i];
        if (fact_type(f) != FACT_VALUE || fact_arg(f) != VALUE_DELIVERED) {
            continue;
        }
        if (f->key == *ret_id) {
            return 0;
        }
        known += !text_equal(intern_text(units, (uint32_t)f->key), other_unit);
    }
    return rc == 0 && known >= LIFE_UNITS_MAX ? life_unit(units, other_unit, ret_id) : rc;
}

static int take_delivery(struct applying *a, struct intern *units)
{
    uint32_t unit = 0;
    int rc = unit_id(a, units, &unit);
    return rc ? rc : facts_add_amount(a->home, a->entity, fact_head(FACT_VALUE, VALUE_DELIVERED, 0), unit,
                                      event_number(a->event, EVENT_AMOUNT, 0));
}

/* The latest event of a thing says whether it is open. */
static int take_pair(struct applying *a, enum value_fact arg, enum event_field by, bool open)
{
    uint64_t key = fact_key(event_text(a->event, by));
    struct fact *f = facts_find(a->entity, FACT_VALUE, (uint8_t)arg, key);
    if (f) {
        if (a->ts_ms >= fact_t(f)) {
            f->head = fact_head(FACT_VALUE, (uint8_t)arg, a->ts_ms);
            f->value = open;
        }
        return 0;
    }
    if (facts_sweeps(a->entity, key)) { /* what was closed longer ago than any event can come late */
        facts_sweep(a->entity, FACT_VALUE, (uint8_t)arg, a->ts_ms - a->model->time.lateness_ms, UINT64_MAX);
    }
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_VALUE, (uint8_t)arg, a->ts_ms), key, open});
}

static int take_contact(struct applying *a, struct intern *units)
{
    (void)units;
    return take_pair(a, VALUE_CONTACT, EVENT_CASE, a->event->kind != KIND_CONTACT_RESOLVE);
}

static int take_request(struct applying *a, struct intern *units)
{
    (void)units;
    return take_pair(a, VALUE_REQUEST, EVENT_REQUEST, a->event->kind == KIND_REQUEST_OPEN);
}

static void unit_add(struct customer_view *v, struct text unit, int64_t amount)
{
    uint32_t i = 0;
    while (i < v->delivered_count && !text_equal(v->delivered[i].unit, unit)) {
        i++;
    }
    if (i == v->delivered_count && i <= LIFE_UNITS_MAX) {
        v->delivered[v->delivered_count++].unit = unit;
    }
    i = i > LIFE_UNITS_MAX ? LIFE_UNITS_MAX : i;
    v->delivered[i].amount += amount;
}

static int by_unit(const void *a, const void *b)
{
    return text_compare(((const struct delivered *)a)->unit, ((const struct delivered *)b)->unit);
}

static void value_view(const struct fact *f, const struct intern *units, struct customer_view *v)
{
    switch ((enum value_fact)fact_arg(f)) {
    case VALUE_DELIVERED:
        unit_add(v, intern_text(units, (uint32_t)f->key), f->value);
        break;
    case VALUE_PRODUCT:
        v->products += f->value > 0;
        break;
    case VALUE_RENEWAL:
        v->has_renewal = true;
        v->renewal_ms = f->value;
        break;
    case VALUE_CONTACT:
        v->open_contacts += f->value;
        break;
    case VALUE_REQUEST:
        v->open_requests += f->value;
        break;
    default:
        break; /* strategic and churned are bits of the status */
    }
}

void life_view(const struct entity *x, const struct intern *units, struct customer_view *v)
{
    for (uint32_t i = 0; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_VALUE) {
            value_view(f, units, v);
        } else if (fact_type(f) == FACT_COST) {
            v->costs[fact_arg(f)] += f->value;
        }
    }
    qsort(v->delivered, v->delivered_count, sizeof v->delivered[0], by_unit);
}
