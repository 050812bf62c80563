/* What the life of a customer leaves beside money: products, value delivered to it, renewals, churn, what it waits for.
 * All of it is in facts of type FACT_VALUE and FACT_COST. */
#ifndef CUBE_ENGINE_LIFE_H
#define CUBE_ENGINE_LIFE_H

#include "base/intern.h"
#include "engine/applying.h"
#include "engine/entity.h"
#include "engine/entity_engine.h"
#include "engine/facts.h"

/* Units of value.delivered of one customer that are told apart; what is of further ones is under "other". */
#define LIFE_UNITS_MAX CUSTOMER_UNITS_MAX

/* Different units of value.delivered of one process; further ones are "other". */
#define LIFE_UNIT_TEXTS_MAX 65536

/* Creates the texts of units. CUBE_ENOMEM. */
int life_units_create(uint64_t seed, struct intern **ret_units) CUBE_MUST_CHECK;

/* The id of a unit; of "other" when there is no room for one more. CUBE_ENOMEM. */
int life_unit(struct intern *units, struct text unit, uint32_t *ret_id) CUBE_MUST_CHECK;

/* Events of this kind leave something. */
bool life_takes(enum event_kind kind);

/* What events of this kind leave, or a fact of this arg says, shows in the customer's record on cube.customers only. */
bool life_kind_is_shown(enum event_kind kind);
bool life_fact_is_shown(enum value_fact arg);

/* Before life_apply: one that churned is back when it acts after that. */
void life_resume(struct applying *a);

/* Takes note of an event of a kind that leaves something. Sets the bits STATUS_STRATEGIC and STATUS_CHURNED of the customer, and
 * ENTITY_PUBLISH when the event is to be told whatever else it changes. units: texts of units, shared by all customers. CUBE_ENOMEM. */
int life_apply(struct applying *a, struct intern *units) CUBE_MUST_CHECK;

/* To be called when the event is in the record. A customer is there from its first act until it churns, and again when it
 * acts after that. A churn older than its latest act counts, but of when it came back nothing is known; one older than its
 * first act is of nobody. Sets a->presence and a->churned, and a->stayed_until_ms when its first act comes after its churn. */
void life_presence(struct applying *a);

/* It was there before the event and still is, as of nearly all events: then there is nothing for life_presence to do. */
static inline bool life_stays(const struct applying *a)
{
    const struct entity *x = a->entity;
    unsigned there = ENTITY_SEEN | ENTITY_PRESENT;
    return (x->flags & there) == there && !(x->status & STATUS_CHURNED) && !a->first_touch && a->event->kind != KIND_CHURN;
}

/* A purchase of this product group (its fact_key, 0 = none) was cancelled. */
void life_product_back(struct entity *x, uint64_t product);

/* Fills what facts of life say: costs without what runs, products, delivered (ascending by unit), renewal, open requests
 * and contacts. */
void life_view(const struct entity *x, const struct intern *units, struct customer_view *v);

#endif
