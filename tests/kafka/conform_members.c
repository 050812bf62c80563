/* Claims about time that runs out, and about a second member. */
#include "conform_claims.h"

void a_transaction_that_stands_open_too_long_is_aborted(struct conform *c)
{
    c->w->hurry(c->w->self, FIRST);
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_begin(c, OTHER) == TXN_OK); /* that takes time which FIRST must not spend */
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(txn_put(c, OTHER, ROLE_PARTIALS, "b") == TXN_OK && txn_end(c, OTHER, true) == TXN_OK);
    HOLDS(c->seen_count == 0);
    HOLDS(SAW("b"));
    HOLDS(txn_end(c, FIRST, true) == TXN_FENCED);
    HOLDS(SAW("b"));
}

void what_comes_too_late_for_a_transaction_that_ran_out_is_refused(struct conform *c)
{
    c->w->hurry(c->w->self, FIRST);
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_begin(c, OTHER) == TXN_OK);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(txn_put(c, OTHER, ROLE_PARTIALS, "b") == TXN_OK && txn_end(c, OTHER, true) == TXN_OK && SAW("b"));
    HOLDS(txn_offsets(c, FIRST, 1, "m-1") == TXN_FENCED);
    HOLDS(txn_end(c, FIRST, false) == TXN_FENCED);
    HOLDS(has_landed(c, "m-1", 0) && SAW("b"));
}

void offsets_of_a_transaction_that_ran_out_are_not_set(struct conform *c)
{
    c->w->hurry(c->w->self, FIRST);
    HOLDS(txn_filled(c, FIRST, "a", 3, "m-1"));
    HOLDS(landed_now(c, "m-1") == CUBE_EAGAIN);
    HOLDS(has_landed(c, "m-1", 0) && has_committed(c, -1));
    HOLDS(txn_end(c, FIRST, true) == TXN_FENCED);
    HOLDS(has_landed(c, "m-1", 0) && has_committed(c, -1));
}

void who_lets_a_transaction_run_out_may_begin_anew(struct conform *c)
{
    c->w->hurry(c->w->self, FIRST);
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1") && has_landed(c, "m-1", 0));
    HOLDS(txn_end(c, FIRST, true) == TXN_FENCED);
    txn_renew(c, FIRST);
    HOLDS(txn_filled(c, FIRST, "b", 1, "m-2") && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(SAW("b") && has_landed(c, "m-2", 1));
}

void a_successor_gets_the_place_and_who_had_it_hears_of_it(struct conform *c)
{
    HOLDS(!c->w->replaced && !c->w->joined);
    c->w->join(c->w->self, SUCCESSOR);
    COMES(c->w->joined);
    COMES(c->w->replaced);
    HOLDS(c->w->assigned == 1);
}

void offsets_from_a_place_that_is_taken_are_refused(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    c->w->generation_keep(c->w->self);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK);
    c->w->join(c->w->self, SUCCESSOR);
    COMES(c->w->joined);
    HOLDS(txn_offsets(c, FIRST, 1, "m-1") == TXN_LOST);
    HOLDS(txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 0) && has_committed(c, -1) && c->seen_count == 0);
}

/* So who takes a place makes its producer before it asks for offsets: that ends what is still open. */
void offsets_that_were_sent_before_the_place_was_taken_come_in(struct conform *c)
{
    HOLDS(txn_filled(c, FIRST, "a", 3, "m-1"));
    c->w->join(c->w->self, SUCCESSOR);
    COMES(c->w->joined);
    HOLDS(landed_now(c, "m-1") == CUBE_EAGAIN);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 1) && has_committed(c, 3));
}

void offsets_of_an_older_generation_are_refused(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    c->w->generation_keep(c->w->self);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK);
    c->w->join(c->w->self, NEIGHBOUR);
    COMES(c->w->joined);
    HOLDS(c->w->revoked == 1 && !c->w->replaced);
    HOLDS(txn_offsets(c, FIRST, 1, "m-1") == TXN_LOST);
    HOLDS(txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 0) && has_committed(c, -1));
}

void offsets_that_were_sent_in_an_older_generation_come_in(struct conform *c)
{
    HOLDS(txn_filled(c, FIRST, "a", 3, "m-1"));
    c->w->join(c->w->self, NEIGHBOUR);
    COMES(c->w->joined);
    HOLDS(landed_now(c, "m-1") == CUBE_EAGAIN);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 1) && has_committed(c, 3));
}
