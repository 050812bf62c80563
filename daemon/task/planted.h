/* Mistakes that somebody would make, for the simulator to find: a check that cannot fail proves nothing. They are
 * compiled in with CUBED_PLANTED only (the preset for crash tests), and even then none is made unless the
 * simulator chooses one. */
#ifndef CUBE_TASK_PLANTED_H
#define CUBE_TASK_PLANTED_H

#include <stdbool.h>

/* X(symbol, what is done wrong) */
#define PLANTED_BUGS(X)                                                                                      \
    X(RENEWAL_LEFT_OUT, "the producer is not renewed after a doubled or unanswered request")                 \
    X(LANDED_NOT_ASKED, "after an unknown outcome the epoch is sent again without asking whether it landed") \
    X(UNKNOWN_IS_DONE, "an unknown outcome counts as done")                                                  \
    X(ABORT_LEFT_OUT, "a failed attempt is repeated inside the same transaction")                            \
    X(OFFSETS_LEFT_OUT, "the offsets are not part of the transaction")                                       \
    X(KEPT_AFTER_LOST, "memory is kept when a commit is lost")                                               \
    X(KEPT_AFTER_REVOKE, "memory is kept when partitions are taken back")                                    \
    X(OFFSETS_AHEAD, "offsets of a task that commits nothing run ahead of its commit record")                \
    X(COMMIT_IN_REPLAY, "an entity task commits while it replays")                                           \
    X(CLOCK_BACK, "commits are timed by a clock that may be set back")                                       \
    X(STATE_TOLD_EARLY, "a task tells that it is empty before it has looked")                                \
    X(REFUSED_EARLY, "dead letters of a task that replays go out with the commits of others")                \
    X(REFUSED_AGAIN, "a replay refuses records again")                                                       \
    X(STRAGGLER_AGAIN, "a replay applies again what is applied")                                             \
    X(IDS_FORGOTTEN, "a replay does not remember ids")                                                       \
    X(REDO_OFF_BY_ONE, "the first held event is not read again")                                             \
    X(REDO_WITHOUT_IDS, "inputs are not read again from the oldest remembered id")                           \
    X(REDO_LEFT_OUT, "inputs are not read again at all")                                                     \
    X(STAMP_AHEAD, "a record says that it holds more than it does")                                          \
    X(STAMP_BEHIND, "a record says that it holds what the commit before held")                               \
    X(GENERATION_LATE, "where to begin again is noted after the entities changed, not before")               \
    X(FIT_LEFT_OUT, "a task that comes back to an instant within a bucket of events does not make one end there")                   \
    X(CATCH_UP_ALOUD, "what is done once more is sent once more")                                            \
    X(TOMBSTONE_LEFT_OUT, "no tombstone is written for an erased customer")                                  \
    X(TOMBSTONE_IGNORED, "a tombstone in the changelog is passed over")                                      \
    X(QUEUE_NOT_STORED, "customers that wait for publication are not written down")                          \
    X(SEQ_STARTS_AGAIN, "bundles are numbered from the start after a restore")                               \
    X(COMMIT_SKIPPED, "a task that is put back leaves out the number of a commit")                           \
    X(LETTERS_FORGOTTEN, "how many of the last records were dead letters is not put back")                   \
    X(WATERMARK_FORGOTTEN, "how far a task has applied is not restored")                                     \
    X(CHANGELOG_SHORT, "the changelog is read to its last stable offset only")                               \
    X(UNSTABLE_OFFSETS, "offsets are taken while a transaction that sets them is open")                      \
    X(FENCED_LEAVES, "who is fenced leaves, though the group knows it")                                      \
    X(WATERMARK_OF_A_PART, "the watermark of a bundle holds before the last part is there")                  \
    X(SENDER_PASSED_OVER, "ticks do not wait for the employees")                                             \
    X(ROWS_AGAIN, "a replay takes rows again whose tick is done")                                            \
    X(SCOPE_REDO_LEFT_OUT, "bundles whose rows wait are not read again")                                     \
    X(PANE_STAYS, "a pane that left is not taken out of the changelog")                                     \
    X(SCOPE_TOMBSTONE_IGNORED, "a tombstone of a scope task does not take out what came before it")         \
    X(RETENTION_NOT_STORED, "what was observed of retention is not written down")                            \
    X(RETENTION_NOT_WAITED, "customers go on past a release before they are told")                           \
    X(RETENTION_READ_ONCE, "what customers were not handed yet is not read again")                           \
    X(STRAGGLER_LATER, "what a straggler changed is written as late as everything else")                     \
    X(STRAGGLER_AT_ONCE, "a straggler that comes while a task catches up does not wait until it has")        \
    X(LATE_BY_TASK, "late is judged by how far the task has applied, not by the input")                     \
    X(COUNTED_AGAIN, "a replay counts again what became of its records")                     \
    X(LANDED_GUESSED, "when the group cannot say whether an epoch landed, it counts as not landed")          \
    X(LOSS_PASSED_OVER, "records deleted before they were read are passed over")                             \
    X(COPY_UNCHECKED, "whose local copy of a changelog it is is not checked")                                \
    X(COPY_KEPT_REFUSED, "a local copy that was refused is appended to")                                     \
    X(COPY_OF_THE_LOST, "a commit that did not land is appended to the local copies")                        \
    X(COPY_TAIL_LEFT_OUT, "what a changelog has behind its local copy is not appended to that")              \
    X(OVERTAKEN_LEAVES, "a process that others overtook while it restored takes their offsets for wrong ones") \
    X(WORDS_LEFT_OUT, "words of entities' records are not written to the changelog")                         \
    X(NOTED_CLEAN, "what was noted in a local copy counts as written to the changelog")                      \
    X(NOTES_CUT, "what is too much for the notes of a commit is left out of them")                           \
    X(NOTES_FIRST, "notes go to a local copy in front of the words that they have")                          \
    X(NOTES_BEHIND, "others' commits since do not change from where notes need the inputs")                  \
    X(NOTES_BETWEEN, "who was not noted when others were becomes dirty in a generation that began behind it") \
    X(IDS_AHEAD, "ids are noted further than the notes go, and what is held is not read again")              \
    X(IDS_FOREIGN, "ids that were hashed by another seed are put back")                                      \
    X(IDS_LEFT_OUT, "an id of each part is not noted, and not missed")                                       \
    X(IDS_BEHIND, "others' commits since do not change from where ids are good")                             \
    X(NOTES_AHEAD, "notes count as complete while some of them are still to come")                           \
    X(NOTES_FOR_NOBODY, "what goes to a local copy that takes no more is noted all the same")                \
    X(REFUSED_RUN_SHORT, "a run of refused offsets that has grown is not written again")                      \
    X(ODD_KEEPS_ID, "a duplicate of another time than the first keeps its id from being forgotten")           \
    X(IDS_GO_EARLY, "a duplicate does not keep its id from being forgotten")                                 \
    X(REREAD_FROM_START, "inputs are read again from their start, not from where the commit record says")    \
    X(IDLE_IN_REPLAY, "an input that is read again counts as quiet and lets the watermark move")             \
    X(IDLE_UNREAD, "an input that is not read to its end counts as quiet")                                   \
    X(IDLE_IGNORED, "quiet inputs are waited for")                                                           \
    X(FUTURE_BY_CLOCK, "a replay asks the clock again what is ahead of it")                                  \
    X(TIMERS_NOT_SET, "a restored task runs no timers")                                                      \
    X(SEQ_USED_AGAIN, "who goes on after an abort, or a restart, uses the number of the last bundle again")  \
    X(REVOKED_GOES_ON, "what was taken back is committed still, with the generation there is by now")        \
    X(CHANGELOG_FIRST, "changelogs are read to their ends before the group's offsets are asked for")         \
    X(CLEAN_UNWRITTEN, "entities that a commit had no room for count as written")                            \
    X(ABORTED_NOT_RENEWED, "the producer is not renewed after an abort that was doubled or unanswered")      \
    X(SHARE_NOT_STORED, "whether a task alerts of its dead letters is not written down")                     \
    X(SHARE_OVERTAKES, "that alert does not wait behind one that waits for the end of a replay")            \
    X(SHARE_BY_REPLAY, "its instant is that of inputs that are still read again")                           \
    X(SHARE_STAYS, "a process that has had too many dead letters is never ready again")                      \
    X(READY_WITHOUT, "a process is ready while the group gives an input to nobody")                          \
    X(UNTOLD_IS_GIVEN, "what the group has not told yet counts as given out")

enum planted_bug {
    PLANTED_NONE,
#define X(symbol, text) PLANTED_##symbol,
    PLANTED_BUGS(X)
#undef X
        PLANTED_COUNT
};

struct planted_row {
    const char *name, *text;
};
extern const struct planted_row planted_rows[PLANTED_COUNT]; /* row 0 is none */

#ifdef CUBED_PLANTED
extern enum planted_bug planted_bug; /* the one that is made */
#define PLANTED(symbol) (planted_bug == PLANTED_##symbol)
#else
#define PLANTED(symbol) false
#endif

#endif
