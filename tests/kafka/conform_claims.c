/* Claims about logs, transactions, offsets and what retention takes away. */
#include "conform_claims.h"

void committed_records_come_in_order_and_the_end_counts_the_marker(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "b") == TXN_OK);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "c"));
    HOLDS(SAW("a", "b", "c"));
    HOLDS(c->seen[0].offset == 0 && c->seen[1].offset == 1 && c->seen[2].offset == 3);
    COMES(c->end_told == 5);
    HOLDS(c->w->producers[FIRST].clean(c->w->producers[FIRST].self));
}

void aborted_records_are_never_shown(struct conform *c)
{
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "b") == TXN_OK);
    HOLDS(txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "c"));
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(SAW("c") && c->seen[0].offset == 3);
}

void an_open_transaction_hides_what_stands_behind_it(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_begin(c, OTHER) == TXN_OK && txn_put(c, OTHER, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "b"));
    HOLDS(c->seen_count == 0);
    HOLDS(txn_end(c, OTHER, true) == TXN_OK);
    HOLDS(SAW("a", "b"));
}

void an_open_transaction_that_is_aborted_uncovers_what_stands_behind_it(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_begin(c, OTHER) == TXN_OK && txn_put(c, OTHER, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "b"));
    HOLDS(c->seen_count == 0);
    HOLDS(txn_end(c, OTHER, false) == TXN_OK);
    HOLDS(SAW("b"));
}

void offsets_come_with_the_commit_and_not_with_an_abort(struct conform *c)
{
    HOLDS(has_committed(c, -1));
    HOLDS(txn_filled(c, FIRST, "a", 4, "m-1"));
    HOLDS(txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(has_committed(c, -1));
    HOLDS(txn_filled(c, FIRST, "a", 5, "m-2"));
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_committed(c, 5));
}

void offsets_are_pending_while_their_transaction_is_open(struct conform *c)
{
    int64_t next;
    HOLDS(txn_filled(c, FIRST, "a", 3, "m-1"));
    HOLDS(offset_now(c, &next) == CUBE_EAGAIN);
    HOLDS(landed_now(c, "m-1") == CUBE_EAGAIN);
    HOLDS(txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_committed(c, 3));
}

void the_mark_tells_whether_an_epoch_has_landed(struct conform *c)
{
    HOLDS(has_landed(c, "m-1", 0));
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_offsets(c, FIRST, 1, "m-1") == TXN_OK && txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 0));
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_offsets(c, FIRST, 1, "m-2") == TXN_OK && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_landed(c, "m-1", 0) && has_landed(c, "m-2", 1));
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_offsets(c, FIRST, 2, "m-3") == TXN_OK && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(has_landed(c, "m-2", 0) && has_landed(c, "m-3", 1));
}

void a_second_producer_of_the_same_id_fences_the_first(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_put(c, FIRST, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(txn_begin(c, AGAIN) == TXN_OK);
    HOLDS(txn_end(c, FIRST, true) == TXN_FENCED);
    HOLDS(txn_put(c, AGAIN, ROLE_PARTIALS, "b") == TXN_OK && txn_end(c, AGAIN, true) == TXN_OK);
    HOLDS(SAW("b"));
}

void a_second_producer_resolves_offsets_that_the_first_left_pending(struct conform *c)
{
    int64_t next;
    HOLDS(txn_filled(c, FIRST, "a", 3, "m-1"));
    HOLDS(offset_now(c, &next) == CUBE_EAGAIN);
    HOLDS(txn_begin(c, AGAIN) == TXN_OK);
    c->w->settle(c->w->self);
    HOLDS(has_committed(c, -1));
    HOLDS(has_landed(c, "m-1", 0));
    HOLDS(txn_put(c, AGAIN, ROLE_PARTIALS, "b") == TXN_OK && txn_end(c, AGAIN, true) == TXN_OK);
}

void an_epoch_goes_on_after_an_abort(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    for (int i = 0; i < 3; i++) {
        HOLDS(txn_filled(c, FIRST, "a", 1, "m") && txn_end(c, FIRST, false) == TXN_OK);
    }
    HOLDS(txn_filled(c, FIRST, "b", 1, "m") && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(SAW("b") && has_landed(c, "m", 1));
}

/* Whatever became of the one before. */
void a_transaction_of_nothing_ends_without_being_asked_for(struct conform *c)
{
    log_start(c, ROLE_PARTIALS, -1);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "a"));
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_end(c, FIRST, false) == TXN_OK);
    HOLDS(txn_begin(c, FIRST) == TXN_OK && txn_end(c, FIRST, true) == TXN_OK);
    HOLDS(txn_carried(c, FIRST, ROLE_PARTIALS, "b") && SAW("a", "b") && c->seen[1].offset == 2);
}

void a_changelog_is_read_with_its_tombstones_from_the_start(struct conform *c)
{
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "a"));
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "b"));
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, NULL));
    HOLDS(changelog_read(c));
    HOLDS(SAW("a", "b", ""));
}

void a_changelog_is_read_from_where_a_message_is_told_to_lie(struct conform *c)
{
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "a"));
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "b"));
    int64_t at = c->epochs[FIRST].messages[0].landed;
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "c"));
    HOLDS(at == 2 && changelog_read_from(c, at) == 0);
    HOLDS(SAW("b", "c"));
    HOLDS(changelog_read_from(c, at + 3) == 0 && c->seen_count == 0); /* the last marker */
    HOLDS(changelog_read_from(c, at + 4) == CUBE_ERANGE);
}

void an_empty_changelog_is_read_at_once(struct conform *c)
{
    HOLDS(changelog_read(c));
    HOLDS(c->seen_count == 0);
}

/* The end is the high watermark, open transactions included. */
void a_changelog_is_not_read_to_the_end_while_a_transaction_is_open(struct conform *c)
{
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "a"));
    HOLDS(txn_begin(c, OTHER) == TXN_OK && txn_put(c, OTHER, ROLE_CHANGELOG_SCOPES, "b") == TXN_OK);
    c->w->commit_other_meanwhile(c->w->self);
    HOLDS(changelog_read(c) && SAW("a", "b"));
}

void records_of_no_transaction_are_shown_beside_others(struct conform *c)
{
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "a");
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "b");
    log_start(c, ROLE_INTERACTIONS, 1);
    HOLDS(SAW("b") && c->seen[0].offset == 1);
}

void a_held_partition_tells_nothing_and_loses_nothing(struct conform *c)
{
    log_start(c, ROLE_INTERACTIONS, -1);
    c->w->log.hold(c->w->log.self, ROLE_INTERACTIONS, 0, true);
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "a");
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "b");
    c->w->settle(c->w->self);
    HOLDS(c->seen_count == 0);
    c->w->log.hold(c->w->log.self, ROLE_INTERACTIONS, 0, false);
    c->w->settle(c->w->self);
    HOLDS(SAW("a", "b"));
}

void an_offset_that_retention_took_away_is_told_and_not_passed_over(struct conform *c)
{
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "a");
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "b");
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "c");
    c->w->retain(c->w->self, ROLE_INTERACTIONS, 2);
    log_start(c, ROLE_INTERACTIONS, 1);
    COMES(c->w->failed == CUBE_ERANGE);
    HOLDS(c->seen_count == 0);
}

void the_first_start_begins_where_retention_has_left_something(struct conform *c)
{
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "a");
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "b");
    c->w->append(c->w->self, ROLE_INTERACTIONS, "k", "c");
    c->w->retain(c->w->self, ROLE_INTERACTIONS, 2);
    log_start(c, ROLE_INTERACTIONS, -1);
    HOLDS(SAW("c") && c->seen[0].offset == 2 && c->w->failed == 0);
}

/* Goes on until so many records are left; those are read. */
static void compacted(struct conform *c, bool tombstones, int left)
{
    bool all = false;
    for (int i = 0; i < TRIES && !all; i++) {
        c->w->compact(c->w->self, tombstones);
        all = changelog_read(c) && c->seen_count <= left;
    }
    HOLDS(all);
}

void compaction_leaves_the_last_record_of_each_key_where_it_was(struct conform *c)
{
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "a") && txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "b"));
    c->w->append(c->w->self, ROLE_CHANGELOG_SCOPES, "x", "c");
    compacted(c, false, 2);
    HOLDS(SAW("b", "c") && c->seen[0].offset == 2 && c->seen[1].offset == 4);
    HOLDS(changelog_read_from(c, 0) == 0 && SAW("b", "c")); /* from an offset that is no more */
    HOLDS(changelog_read_from(c, 3) == 0 && SAW("c"));
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "d") && c->epochs[FIRST].messages[0].landed > 5);
    HOLDS(changelog_read_from(c, c->epochs[FIRST].messages[0].landed) == 0 && SAW("d")); /* the end is where it would be */
    HOLDS(changelog_read_from(c, c->epochs[FIRST].messages[0].landed + 2) == CUBE_ERANGE);
}

void compaction_leaves_a_tombstone_for_its_time(struct conform *c)
{
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "a") && txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, NULL));
    c->w->append(c->w->self, ROLE_CHANGELOG_SCOPES, "x", "c");
    compacted(c, false, 2);
    HOLDS(SAW("", "c") && c->seen[0].offset == 2);
}

void compaction_takes_a_tombstone_whose_time_is_over(struct conform *c)
{
    HOLDS(txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, "a") && txn_carried(c, FIRST, ROLE_CHANGELOG_SCOPES, NULL));
    c->w->append(c->w->self, ROLE_CHANGELOG_SCOPES, "x", "c");
    compacted(c, true, 1);
    HOLDS(SAW("c") && c->seen[0].offset == 4);
    HOLDS(changelog_read_from(c, 2) == 0 && SAW("c"));
}
