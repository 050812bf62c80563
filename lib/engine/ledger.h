/* Money of a customer: lifetime totals and rolling totals per track (domain 4.3). */
#ifndef CUBE_ENGINE_LEDGER_H
#define CUBE_ENGINE_LEDGER_H

#include "engine/applying.h"
#include "engine/facts.h"

/* Slots of customer_part.totals. */
enum { TOTAL_REVENUE, TOTAL_COST = 2, TOTAL_EFFORT = 4 };

/* Events of this kind change ledgers. */
bool ledger_has(enum event_kind kind);

/* A cost said in minutes: copies the event and adds its amount, minutes times the rate of its category, rounded half away
 * from zero. False when there is nothing to add; then *ret_e is untouched. Its texts stay borrowed from e. */
bool ledger_price(const struct model *m, const struct event *e, struct event *ret_e);

/* Adds what the event says to the totals, categories and tracks, and keeps its invoice. CUBE_ENOMEM. */
int ledger_apply(struct applying *a) CUBE_MUST_CHECK;

/* Margin of the lifetime. */
cube_i128 ledger_margin(const struct entity *x);

/* Customer lifetime value as a multiple of the present value, by the named form. */
double clv_multiple(const struct clv_plan *plan, double retention);

#endif
