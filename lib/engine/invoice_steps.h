/* What was told of an invoice while something from before it may come: a bill or a payment that comes late is applied in its turn, and
 * payments after it cost what they would have cost (domain 4.3). Each is a step; what stood before the first one is kept with them, unless that
 * is nothing. All are facts of type FACT_INVOICE_STEP. */
#ifndef CUBE_ENGINE_INVOICE_STEPS_H
#define CUBE_ENGINE_INVOICE_STEPS_H

#include "engine/applying.h"
#include "engine/facts.h"

/* The most steps of one invoice: with more, the earliest are what stood before. */
#define INVOICE_STEPS_MAX 63u

/* What a fact tells: the low bits of its arg. Above them is the place of the step in the order of events; 0: of what stood before. Further ones
 * stand at the end. */
enum invoice_step_fact {
    INVOICE_STEP_BILL, /* t: of the event; value: amount. Of what stood before, t: due; value: amount unpaid */
    INVOICE_STEP_DUE,  /* of each bill. t: of the event; value: due */
    INVOICE_STEP_PAID, /* t: of the event; value: amount. Of what stood before, t: of the last payment; value: amount paid */
    INVOICE_STEP_FACTS
};

/* The key of each is the hash of the invoice. A fact of a record may have this arg; it may be of a newer version. */
bool invoice_step_arg_is_valid(uint8_t arg);
bool invoice_step_arg_is_newer(uint8_t arg);

/* How an invoice stands. */
struct invoice_state {
    int64_t unpaid, due_ms; /* 0: nothing is unpaid; due_ms has no meaning then */
    int64_t paid, paid_ms;  /* likewise; the last payment */
};

struct invoice_step {
    int64_t ts_ms, amount;
    int64_t due_ms; /* of a bill */
    bool pays;
};

/* Payments that cost something else than before, for what is applied before them now: in micro units. */
struct invoice_costs {
    unsigned count;
    struct invoice_cost {
        int64_t ts_ms;
        cube_i128 less, more;
    } at[INVOICE_STEPS_MAX];
};

/* The fact is of a step from before an instant. */
static inline bool invoice_step_is_old(const struct fact *f, int64_t before_ms)
{
    return fact_type(f) == FACT_INVOICE_STEP && fact_t(f) < before_ms && fact_arg(f) >> 2 != 0;
}

/* Forgets the steps of an invoice when all are from before an instant. */
void invoice_steps_forget(struct entity *x, uint64_t key, int64_t before_ms);

/* Applies a step to *state, and keeps it: one of before before_ms may be forgotten. Of a straggler *state is what stands after all later ones, and
 * their costs are told in ret_costs, which is filled by this call. Returns what paying late costs, to the nearest micro unit, in *ret_cost.
 * CUBE_ENOMEM: nothing changed. */
int invoice_steps_apply(struct applying *a, uint64_t key, const struct invoice_step *s, int64_t before_ms, struct invoice_state *state,
                        cube_i128 *ret_cost, struct invoice_costs *ret_costs) CUBE_MUST_CHECK;

#endif
