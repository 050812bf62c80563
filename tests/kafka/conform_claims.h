/* All claims, by name; conform_test.py reads this list. */
#ifndef CUBE_TESTS_CONFORM_CLAIMS_H
#define CUBE_TESTS_CONFORM_CLAIMS_H

#include "conform_steps.h"

#define CLAIMS(X)                                                         \
    X(committed_records_come_in_order_and_the_end_counts_the_marker)      \
    X(aborted_records_are_never_shown)                                    \
    X(an_open_transaction_hides_what_stands_behind_it)                    \
    X(an_open_transaction_that_is_aborted_uncovers_what_stands_behind_it) \
    X(offsets_come_with_the_commit_and_not_with_an_abort)                 \
    X(offsets_are_pending_while_their_transaction_is_open)                \
    X(the_mark_tells_whether_an_epoch_has_landed)                         \
    X(a_second_producer_of_the_same_id_fences_the_first)                  \
    X(a_second_producer_resolves_offsets_that_the_first_left_pending)     \
    X(an_epoch_goes_on_after_an_abort)                                    \
    X(a_transaction_of_nothing_ends_without_being_asked_for)              \
    X(a_changelog_is_read_with_its_tombstones_from_the_start)             \
    X(a_changelog_is_read_from_where_a_message_is_told_to_lie)            \
    X(an_empty_changelog_is_read_at_once)                                 \
    X(a_changelog_is_not_read_to_the_end_while_a_transaction_is_open)     \
    X(records_of_no_transaction_are_shown_beside_others)                  \
    X(a_held_partition_tells_nothing_and_loses_nothing)                   \
    X(an_offset_that_retention_took_away_is_told_and_not_passed_over)     \
    X(the_first_start_begins_where_retention_has_left_something)          \
    X(compaction_leaves_the_last_record_of_each_key_where_it_was)         \
    X(compaction_leaves_a_tombstone_for_its_time)                         \
    X(compaction_takes_a_tombstone_whose_time_is_over)                    \
    X(a_transaction_that_stands_open_too_long_is_aborted)                 \
    X(what_comes_too_late_for_a_transaction_that_ran_out_is_refused)      \
    X(offsets_of_a_transaction_that_ran_out_are_not_set)                  \
    X(who_lets_a_transaction_run_out_may_begin_anew)                      \
    X(a_successor_gets_the_place_and_who_had_it_hears_of_it)              \
    X(offsets_from_a_place_that_is_taken_are_refused)                     \
    X(offsets_that_were_sent_before_the_place_was_taken_come_in)          \
    X(offsets_of_an_older_generation_are_refused)                         \
    X(offsets_that_were_sent_in_an_older_generation_come_in)

/* Those for which something must be lost: on a real broker somebody has to do it (struct conform_world: lose). */
#define LOSSES(X)                                                                           \
    X(a_commit_that_does_not_reach_its_coordinator_is_unknown_and_has_not_landed)           \
    X(a_commit_whose_answer_is_lost_is_unknown_and_has_landed)                              \
    X(an_abort_that_does_not_reach_its_coordinator_is_unknown)                              \
    X(nobody_becomes_a_producer_while_the_coordinator_of_transactions_is_away)              \
    X(offsets_do_not_reach_a_coordinator_of_the_group_that_is_away)                         \
    X(a_member_keeps_its_partitions_over_a_short_loss_of_the_coordinator)                   \
    X(a_member_that_hears_nothing_for_a_session_gives_its_partitions_up_and_gets_them_back) \
    X(a_marker_that_is_missing_in_one_partition_holds_up_that_one_only)                     \
    X(an_abort_whose_marker_is_missing_in_one_partition_holds_up_that_one_only)             \
    X(nobody_becomes_a_producer_while_markers_are_missing)                                  \
    X(a_second_copy_of_a_commit_commits_the_next_transaction_in_the_middle)                 \
    X(a_second_copy_of_an_abort_aborts_the_next_transaction_in_the_middle)                  \
    X(a_transaction_gets_in_when_the_markers_of_the_last_are_there)                         \
    X(what_goes_to_a_partition_that_a_second_copy_of_a_commit_has_ended_is_refused)         \
    X(what_goes_to_a_partition_that_a_second_copy_of_an_abort_has_ended_is_refused)         \
    X(what_goes_to_a_partition_on_its_way_to_which_a_marker_is_shares_its_end)              \
    X(a_second_copy_does_not_reach_who_was_renewed)

/* The same, but what is lost is lost for all claims that run on that broker. */
#define ALONE(X)                                                   \
    X(offsets_are_pending_until_their_marker_is_there)             \
    X(what_is_open_and_what_has_landed_outlive_their_coordinators)

#define X(name) conform_claim name;
CLAIMS(X)
LOSSES(X)
ALONE(X)
#undef X

#endif
