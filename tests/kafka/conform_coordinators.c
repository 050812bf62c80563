/* Claims about coordinators that are lost: what cannot be done meanwhile, what nobody can tell, and what is there when they
 * are back. */
#include "conform_claims.h"

static void lose(struct conform *c, enum conform_loss what)
{
    HOLDS(c->w->lose(c->w->self, what));
}

static void back(struct conform *c)
{
    HOLDS(c->w->back(c->w->self));
}

/* Whoever cannot tell what became of a transaction throws its producer away; the next one ends what is still open. */
static void begins_anew(struct conform *c)
{
    txn_renew(c, FIRST);
    back(c);
    HOLDS(txn_begin(c, FIRST) == TXN_OK);
}

/* The transaction that has begun takes one record and is committed. */
static void lands(struct conform *c, const char *value)
{
    HOLDS(txn_put(c, FIRST, ROLE_PARTIALS, value) == TXN_OK && txn_end(c, FIRST, true) == TXN_OK);
}

void a_commit_that_does_not_reach_its_coordinator_is_unknown_and_has_not_landed(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1"));
    lose(c, LOST_TRANSACTIONS);
    HOLDS(txn_end(c, FIRST, true) == TXN_UNKNOWN);
    HOLDS(landed_now(c, "m-1") == CUBE_EAGAIN && c->seen_count == 0);
    begins_anew(c);
    HOLDS(has_landed(c, "m-1", 0) && has_committed(c, -1));
    lands(c, "b");
    HOLDS(SAW("b"));
}

void a_commit_whose_answer_is_lost_is_unknown_and_has_landed(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1"));
    lose(c, LOST_ANSWERS);
    HOLDS(txn_end(c, FIRST, true) == TXN_UNKNOWN);
    HOLDS(!c->w->producers[FIRST].clean(c->w->producers[FIRST].self));
    begins_anew(c);
    HOLDS(has_landed(c, "m-1", 1) && has_committed(c, 1));
    lands(c, "b");
    HOLDS(SAW("a", "b"));
}

void an_abort_that_does_not_reach_its_coordinator_is_unknown(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1"));
    lose(c, LOST_TRANSACTIONS);
    HOLDS(txn_end(c, FIRST, false) == TXN_UNKNOWN);
    HOLDS(landed_now(c, "m-1") == CUBE_EAGAIN);
    begins_anew(c);
    HOLDS(has_landed(c, "m-1", 0));
    lands(c, "b");
    HOLDS(SAW("b"));
}

/* What is open stays open, and hides what stands behind it. */
void nobody_becomes_a_producer_while_the_coordinator_of_transactions_is_away(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1"));
    lose(c, LOST_TRANSACTIONS);
    for (int i = 0; i < 3; i++) {
        HOLDS(c->w->producers[AGAIN].ready(c->w->producers[AGAIN].self) == CUBE_EAGAIN);
    }
    HOLDS(landed_now(c, "m-1") == CUBE_EAGAIN && c->seen_count == 0);
    txn_renew(c, AGAIN);
    back(c);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(SAW("a") && has_landed(c, "m-1", 1));
}

void offsets_do_not_reach_a_coordinator_of_the_group_that_is_away(struct conform *c)
{
    int64_t next;
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK);
    lose(c, LOST_GROUP);
    HOLDS(offset_now(c, &next) == CUBE_EAGAIN && landed_now(c, "m-1") == CUBE_EAGAIN);
    enum txn_verdict v = txn_offsets(c, FIRST, 1, "m-1");
    HOLDS(v == TXN_UNKNOWN || (v == TXN_ABORT && txn_end(c, FIRST, false) == TXN_OK)); /* the other coordinator is there */
    begins_anew(c);
    HOLDS(has_landed(c, "m-1", 0) && has_committed(c, -1));
    c->w->settle(c->w->self); /* should that have taken a session, the member hears of it now */
    COMES(c->w->assigned == 1 + c->w->revoked);
    log_start(c, ROLE_PARTIALS, -1);
    lands(c, "b");
    HOLDS(SAW("b"));
}

void a_member_keeps_its_partitions_over_a_short_loss_of_the_coordinator(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    lose(c, LOST_GROUP);
    for (int i = 0; i < 3; i++) {
        c->w->settle(c->w->self);
    }
    back(c);
    c->w->settle(c->w->self);
    HOLDS(c->w->revoked == 0 && c->w->assigned == 1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1") && txn_end(c, FIRST, true) == TXN_OK); /* in the generation that it had */
    HOLDS(SAW("a") && has_landed(c, "m-1", 1));
}

void a_member_that_hears_nothing_for_a_session_gives_its_partitions_up_and_gets_them_back(struct conform *c)
{
    lose(c, LOST_GROUP);
    COMES(c->w->revoked == 1);
    HOLDS(c->w->assigned == 1);
    back(c);
    COMES(c->w->assigned == 2);
    HOLDS(c->w->revoked == 1 && has_committed(c, -1));
}

/* Who comes after a coordinator knows what that one knew. A member may have had to join again by then. */
void what_is_open_and_what_has_landed_outlive_their_coordinators(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1") && txn_end(c, FIRST, true) == TXN_OK && SAW("a"));
    HOLDS(txn_filled(c, FIRST, "b", 2, "m-2"));
    lose(c, LOST_BROKER);
    back(c);
    HOLDS(landed_now(c, "m-2") == CUBE_EAGAIN && c->seen_count == 1);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_landed(c, "m-2", 1) && has_committed(c, 2));
    COMES(c->w->assigned == 1 + c->w->revoked);
    c->seen_count = 0;
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(SAW("a", "b"));
}
