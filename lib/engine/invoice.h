/* Invoices of a customer: what is unpaid, what is overdue, and what paying late has cost (domain 4.3). */
#ifndef CUBE_ENGINE_INVOICE_H
#define CUBE_ENGINE_INVOICE_H

#include "engine/applying.h"
#include "engine/facts.h"
#include "engine/invoice_steps.h"
#include "score/running.h"

/* An event of kind invoice or payment, by the order of events: also where it comes late (engine/invoice_steps.h).
 * An invoice issued again: amount and due are replaced and what was paid stays paid. A due instant outside 1970 .. 10889 counts as the nearer
 * end. A payment lowers what is unpaid of its invoice, never below 0; more than that, and one that is earlier than its invoice, is nothing.
 * *ret_cost: what paying this part late has cost, to the nearest micro unit; untouched: nothing. ret_costs: which later payments cost something
 * else now. CUBE_ENOMEM. */
int invoice_apply(struct applying *a, cube_i128 *ret_cost, struct invoice_costs *ret_costs) CUBE_MUST_CHECK;

/* Fact i, of type FACT_INVOICE, is due: from now on it runs. */
void invoice_due(struct applying *a, uint32_t i);

/* What runs is told to scopes as it is at a->now_ms; at an earlier instant than it was told already never. Nothing is kept
 * when nothing runs. CUBE_ENOMEM. */
int invoice_tell(struct applying *a) CUBE_MUST_CHECK;

/* When it was last told. */
int64_t invoice_told_ms(const struct entity *x);

/* What runs on the customer's overdue invoices; *ret_count, unless NULL: how many those are. */
struct running invoice_running(const struct entity *x, int64_t *ret_count);

#endif
