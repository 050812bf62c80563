/* Claims about markers that are missing in some partitions, and about an EndTxn that arrives in the next transaction. */
#include "conform_claims.h"

static void lose(struct conform *c, enum conform_loss what)
{
    HOLDS(c->w->lose(c->w->self, what));
}

static void back(struct conform *c)
{
    HOLDS(c->w->back(c->w->self));
    c->w->settle(c->w->self);
}

void a_marker_that_is_missing_in_one_partition_holds_up_that_one_only(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    lose(c, LOST_MARKERS);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1") && txn_put(c, FIRST, ROLE_CHANGELOG_SCOPES, "b") == TXN_OK);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 1) && has_committed(c, 1));
    HOLDS(changelog_read(c) && SAW("b"));
    back(c);
    HOLDS(SAW("b", "a"));
}

void an_abort_whose_marker_is_missing_in_one_partition_holds_up_that_one_only(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    lose(c, LOST_MARKERS);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1") && txn_put(c, FIRST, ROLE_CHANGELOG_SCOPES, "b") == TXN_OK);
    HOLDS(txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 0) && has_committed(c, -1));
    HOLDS(txn_begin(c, OTHER) == TXN_OK && txn_put(c, OTHER, ROLE_CHANGELOG_SCOPES, "c") == TXN_OK && txn_end(c, OTHER, true) == TXN_OK);
    HOLDS(changelog_read(c) && SAW("c"));
    c->w->append(c->w->self, ROLE_PARTIALS, "k", "d");
    c->w->settle(c->w->self);
    HOLDS(SAW("c"));
    back(c);
    HOLDS(SAW("c", "d"));
}

void offsets_are_pending_until_their_marker_is_there(struct conform *c)
{
    int64_t next;
    log_start(c, ROLE_PARTIALS, -1);
    lose(c, LOST_DECISIONS);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1") && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(SAW("a"));
    HOLDS(offset_now(c, &next) == CUBE_EAGAIN && landed_now(c, "m-1") == CUBE_EAGAIN);
    back(c);
    HOLDS(has_landed(c, "m-1", 1) && has_committed(c, 1));
}

void nobody_becomes_a_producer_while_markers_are_missing(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    lose(c, LOST_MARKERS);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "a"));
    for (int i = 0; i < 3; i++) {
        HOLDS(c->w->producers[AGAIN].ready(c->w->producers[AGAIN].self) == CUBE_EAGAIN);
    }
    HOLDS(c->seen_count == 0);
    back(c);
    HOLDS(txn_carried(c, AGAIN, ROLE_PARTIALS, "b"));
    HOLDS(SAW("a", "b"));
}

/* CONCURRENT_TRANSACTIONS: the client asks again by itself. */
void a_transaction_gets_in_when_the_markers_of_the_last_are_there(struct conform *c)
{
    const struct epoch *e = &c->epochs[FIRST];
    log_start(c, ROLE_PARTIALS, -1);
    lose(c, LOST_MARKERS);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "a"));
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "b") == TXN_OK);
    HOLDS(e->messages[0].landed < 0 && c->seen_count == 0);
    back(c);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(SAW("a", "b") && e->messages[0].landed == 2);
}

/* ---- an EndTxn that was sent twice (KAFKA-17754) ------------------------------------------------------ */

/* A transaction of one record has ended, a second copy of that request is still under way, and the next one has begun. */
static void doubled(struct conform *c, const char *last, bool commit, const char *next)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, last, 1, "m-1"));
    lose(c, LOST_END);
    HOLDS(txn_end(c, FIRST, commit) == TXN_OK);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, next) == TXN_OK);
}

void a_second_copy_of_a_commit_commits_the_next_transaction_in_the_middle(struct conform *c)
{
    doubled(c, "a", true, "b");
    HOLDS(SAW("a"));
    back(c);
    HOLDS(SAW("a", "b") && has_landed(c, "m-1", 1)); /* nobody has committed that */
    HOLDS(txn_offsets(c, FIRST, 2, "m-2") == TXN_OK && txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(SAW("a", "b") && has_landed(c, "m-2", 0));
}

void a_second_copy_of_an_abort_aborts_the_next_transaction_in_the_middle(struct conform *c)
{
    doubled(c, "a", false, "b");
    back(c);
    HOLDS(txn_offsets(c, FIRST, 2, "m-2") == TXN_OK && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_landed(c, "m-2", 1) && has_committed(c, 2));
    HOLDS(txn_carried(c, OTHER, ROLE_PARTIALS, "c") && SAW("c")); /* not b: what the offsets say is done is not there */
}

/* What is handed over last is refused at once, or when the whole is to end. */
static bool is_refused(struct conform *c, const char *value)
{
    enum txn_verdict v = txn_put(c, FIRST, ROLE_PARTIALS, value);
    return (v == TXN_OK ? txn_end(c, FIRST, true) : v) == TXN_ABORT;
}

void what_goes_to_a_partition_that_a_second_copy_of_a_commit_has_ended_is_refused(struct conform *c)
{
    doubled(c, "a", true, "b");
    back(c);
    HOLDS(SAW("a", "b"));
    HOLDS(is_refused(c, "c"));
    HOLDS(txn_end(c, FIRST, false) == TXN_UNKNOWN);
    txn_renew(c, FIRST);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "d") && SAW("a", "b", "d"));
}

void what_goes_to_a_partition_that_a_second_copy_of_an_abort_has_ended_is_refused(struct conform *c)
{
    doubled(c, "a", false, "b");
    back(c);
    HOLDS(is_refused(c, "c"));
    HOLDS(txn_end(c, FIRST, false) == TXN_OK);
    txn_renew(c, FIRST);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "d") && SAW("d"));
}

/* Until the marker is there the partition knows nothing of it. */
void what_goes_to_a_partition_on_its_way_to_which_a_marker_is_shares_its_end(struct conform *c)
{
    doubled(c, "a", true, "b");
    HOLDS(SAW("a"));
    lose(c, LOST_MARKERS); /* and the second copy arrives */
    c->w->settle(c->w->self);
    HOLDS(txn_put(c, FIRST, ROLE_PARTIALS, "c") == TXN_OK && c->seen_count == 1);
    back(c);
    HOLDS(SAW("a", "b", "c"));
}

void a_second_copy_does_not_reach_who_was_renewed(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_filled(c, FIRST, "a", 1, "m-1"));
    lose(c, LOST_END);
    HOLDS(txn_end(c, FIRST, false) == TXN_OK);
    txn_renew(c, FIRST);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "b") == TXN_OK);
    back(c);
    HOLDS(txn_offsets(c, FIRST, 2, "m-2") == TXN_OK && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(SAW("b") && has_landed(c, "m-2", 1));
}
