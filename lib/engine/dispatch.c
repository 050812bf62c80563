#include "engine/dispatch.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/applying.h"
#include "engine/ledger.h"
#include "engine/life.h"
#include "engine/points.h"

static bool is_hr(unsigned kind)
{
    return kind_rows[kind].topic == TOPIC_HR;
}

/* The kinds a measure is applied to; 0 = none, it lives on what customers do as a whole. */
static uint64_t kinds_of(const struct measure *m)
{
    const struct aggregation *g = m->aggregation;
    return g->kinds ? g->kinds : g->apply ? m->from.kinds | (m->per.term_count ? m->per.kinds : 0) : 0;
}

static uint64_t hr_kinds(void)
{
    uint64_t hr = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        hr |= (uint64_t)is_hr(k) << k;
    }
    return hr;
}

static bool concerns(const struct measure *m, enum entity_type type, uint64_t hr)
{
    uint64_t kinds = kinds_of(m);
    return type == ENTITY_EMPLOYEE ? (kinds & hr) != 0 : kinds == 0 || (kinds & ~hr) != 0;
}

enum list_role { ROLE_TOUCH = KIND_COUNT, ROLE_MOVE, ROLE_FORGET, ROLE_POINTS, ROLE_COUNT };
_Static_assert(ROLE_COUNT <= 64, "a bit for each");

static uint64_t role_if(bool is_so, enum list_role role)
{
    return is_so ? UINT64_C(1) << role : 0;
}

/* The lists, as bits, in which a measure that concerns entities of this type stands. */
static uint64_t roles_of(const struct measure *m, enum entity_type type, uint64_t hr)
{
    const struct aggregation *g = m->aggregation;
    bool by_touch = g->touch && applying_any_act(m), by_event = !by_touch && g->apply && !g->by_points;
    uint64_t all = (UINT64_C(1) << KIND_COUNT) - 1, met = type == ENTITY_EMPLOYEE ? hr : all & ~hr;
    return (by_event ? kinds_of(m) & met : 0) | role_if(by_touch, ROLE_TOUCH) | role_if(g->move != NULL, ROLE_MOVE) |
           role_if(g->forget != NULL, ROLE_FORGET) | role_if(g->by_points, ROLE_POINTS);
}

static struct measure_list *list_of(struct dispatch *d, unsigned role)
{
    return role < KIND_COUNT       ? &d->apply[role]
           : role == ROLE_TOUCH    ? &d->touch
           : role == ROLE_MOVE     ? &d->move
           : role == ROLE_FORGET   ? &d->forget
                                   : &d->points;
}

static unsigned step_if(bool is_so, enum event_step step)
{
    return is_so ? step : 0;
}

static bool has_steps(const struct rule_list *l, const struct model *m)
{
    bool any = false;
    for (uint32_t i = 0; i < l->count; i++) {
        any |= points_has_steps(m, l->at[i]);
    }
    return any;
}

/* Of the rules of points the lists say. */
static unsigned steps_of(const struct dispatch *d, const struct model *m, enum event_kind k)
{
    bool ordered = has_steps(&d->earn[k], m) || has_steps(&d->retract[k], m);
    bool cancels = k == KIND_ORDER_CANCELLED, points = d->earn[k].count + d->retract[k].count > 0;
    enum event_step life = life_kind_is_shown(k) ? STEP_SHOWN : STEP_LIFE;
    return step_if(kind_rows[k].acts, STEP_ACTS) | step_if(life_takes(k), life) | step_if(points, STEP_POINTS) |
           step_if(ledger_has(k) || cancels, STEP_MONEY) | step_if(k == KIND_PURCHASE, STEP_BUYS) | step_if(cancels, STEP_CANCEL) |
           step_if(ordered, STEP_ORDERED);
}

static void kinds_fill(struct dispatch *d, const struct model *m)
{
    const struct points_plan *p = &m->points;
    CHECK_PRE(p->count <= POINTS_RULES_MAX);
    for (unsigned k = 0; k < KIND_COUNT; k++) {
        for (uint32_t r = 0; r < p->count; r++) {
            if (p->rules[r].kind == k) {
                d->earn[k].at[d->earn[k].count++] = (uint8_t)r;
            }
            if (p->rules[r].retracted_by >> k & 1) {
                d->retract[k].at[d->retract[k].count++] = (uint8_t)r;
            }
        }
        d->steps[k] = (uint8_t)steps_of(d, m, (enum event_kind)k);
    }
}

/* Facts of the ledgers, of the order and of what is kept of it; the cost stands beside the revenue. */
static uint32_t purchase_facts(const struct dispatch *d, const struct model *m)
{
    uint64_t kept = d->orders.fields & ~(UINT64_C(1) << EVENT_COST);
    uint32_t order = m->cancel_within_ms == 0 ? 0 : 1 + (uint32_t)__builtin_popcountll(kept);
    return d->ledgers.parts + order;
}

/* The lists, as bits, in which each measure stands. */
static void roles_fill(const struct model *m, enum entity_type type, uint64_t *roles)
{
    uint64_t hr = hr_kinds();
    for (uint32_t i = 0; i < model_measures(m); i++) {
        roles[i] = concerns(&m->measures[i], type, hr) ? roles_of(&m->measures[i], type, hr) : 0;
    }
}

/* Counts what each list is to hold; returns the sum. */
static size_t lists_count(struct dispatch *d, const uint64_t *roles, uint32_t measures)
{
    size_t all = 0;
    for (uint32_t i = 0; i < measures; i++) {
        for (uint64_t left = roles[i]; left != 0; left &= left - 1, all++) {
            list_of(d, (unsigned)__builtin_ctzll(left))->count++;
        }
    }
    return all;
}

/* Gives each list, which is counted, its part of the memory and fills it. */
static void lists_fill(struct dispatch *d, const uint64_t *roles, uint32_t measures)
{
    uint8_t *at = d->memory;
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        struct measure_list *l = list_of(d, role);
        l->at = at;
        at += l->count;
        l->count = 0;
    }
    for (uint32_t i = 0; i < measures; i++) {
        for (uint64_t left = roles[i]; left != 0; left &= left - 1) {
            struct measure_list *l = list_of(d, (unsigned)__builtin_ctzll(left));
            l->at[l->count++] = (uint8_t)i;
        }
    }
}

/* The tracks (bits) on which customers with events of the ledger are counted. */
static uint32_t counted_of(const struct dispatch *d)
{
    uint32_t counted = 0;
    for (uint32_t i = 0; i < d->watch_count; i++) {
        counted |= d->watches[i].measure->aggregation->members ? d->watches[i].tracks : 0;
    }
    return counted;
}

/* Counts the horizons of measures over ledgers; lists them when there is memory. */
static uint32_t watches_fill(struct dispatch *d, const struct model *m, enum entity_type type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < model_measures(m); i++) {
        const struct measure *x = &m->measures[i];
        for (uint32_t h = 0; x->aggregation->track && type == ENTITY_CUSTOMER && h < x->horizon_count; h++, count++) {
            uint16_t tracks = (uint16_t)(1u << x->tracks[h] | (x->aggregation->by_ledger ? 1u << x->by_tracks[h] : 0));
            if (d->watches) {
                d->watches[count] = (struct track_watch){x, tracks, (uint8_t)h};
                d->tracks |= tracks;
            }
        }
    }
    return count;
}

/* Groups the tracks that somebody watches by how they roll. */
static void windows_fill(struct dispatch *d, const struct model *m)
{
    for (uint32_t left = d->tracks; left != 0; left &= left - 1) {
        const struct horizon *h = &m->tracks[__builtin_ctz(left)].horizon;
        uint32_t i = 0;
        while (i < d->window_count && (d->windows[i].horizon.panes != h->panes || d->windows[i].horizon.pane_ms != h->pane_ms)) {
            i++;
        }
        if (i == d->window_count) {
            d->windows[d->window_count++] = (struct track_window){.horizon = *h};
        }
        d->windows[i].tracks |= left & -left;
    }
}

static int reactions_fill(struct dispatch *d, const struct model *m)
{
    int rc = 0;
    for (unsigned k = 0; k < KIND_COUNT && rc == 0; k++) {
        rc = kind_reactions_create(m, (enum event_kind)k, d->apply[k].at, d->apply[k].count, &d->reactions[k]);
    }
    return rc;
}

int dispatch_create(const struct model *m, enum entity_type type, struct dispatch **ret_d)
{
    CHECK_PRE(model_measures(m) <= MEASURES_MAX && m->track_count <= TRACKS_MAX);
    struct dispatch *d = calloc(1, sizeof *d);
    if (!d) {
        return CUBE_ENOMEM;
    }
    uint64_t roles[MEASURES_MAX];
    roles_fill(m, type, roles);
    d->memory = malloc(lists_count(d, roles, model_measures(m)) + 1);
    d->watches = calloc(watches_fill(d, m, type) + 1, sizeof *d->watches);
    if (!d->memory || !d->watches) {
        dispatch_destroy(d);
        return CUBE_ENOMEM;
    }
    lists_fill(d, roles, model_measures(m));
    if (reactions_fill(d, m) != 0) {
        dispatch_destroy(d);
        return CUBE_ENOMEM;
    }
    d->watch_count = watches_fill(d, m, type);
    windows_fill(d, m);
    if (type == ENTITY_CUSTOMER) {
        kinds_fill(d, m);
        order_plan_fill(m, &d->orders);
        ledger_plan_fill(m, counted_of(d), &d->ledgers);
        d->purchase_facts = purchase_facts(d, m);
    }
    *ret_d = d;
    return 0;
}

void dispatch_destroy(struct dispatch *d)
{
    if (d) {
        for (unsigned k = 0; k < KIND_COUNT; k++) {
            if (d->apply[k].count > 0) {
                kind_reactions_close(&d->reactions[k]);
            }
        }
        free(d->memory);
        free(d->watches);
        free(d);
    }
}
