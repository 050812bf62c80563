/* conform fake|BOOTSTRAP [WORD [BEND]]: tries every claim whose name holds the word, with BEND in a world that is wrong in
 * that way; TAP on the standard output. */
#include "conform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MAX 64
#define TRIES 20

struct seen {
    int64_t offset;
    char value[16]; /* "" for a tombstone */
};

static struct conform_world *w;
static struct seen seen[SEEN_MAX];
static int seen_count;
static int64_t end_told; /* the last end of partials that was told; -1 none */
static struct epoch epochs[PRODUCERS];
static bool good;

static void holds(bool is, const char *claim, int line)
{
    if (!is) {
        printf("# line %d: %s\n", line, claim);
        good = false;
    }
}
#define HOLDS(e) holds((e), #e, __LINE__)

/* ---- what the log tells ------------------------------------------------------------------------------ */

static void see(const struct record *r)
{
    if (seen_count < SEEN_MAX) {
        struct seen *s = &seen[seen_count++];
        s->offset = r->offset;
        snprintf(s->value, sizeof s->value, "%.*s", (int)r->value_len, r->value ? (const char *)r->value : "");
    }
}

static void on_records(void *arg, const struct record *r, uint32_t count)
{
    (void)arg;
    for (uint32_t i = 0; i < count; i++) {
        see(&r[i]);
    }
}

static void on_end(void *arg, enum topic_role role, int32_t partition, int64_t next)
{
    (void)arg, (void)partition;
    end_told = role == ROLE_PARTIALS ? next : end_told;
}

static int on_changelog(void *arg, const struct record *r)
{
    (void)arg;
    see(r);
    return 0;
}

static bool saw(int count, const char *const *values)
{
    for (int i = 0; i < TRIES && seen_count < count; i++) {
        w->settle(w->self);
    }
    bool same = seen_count == count;
    for (int i = 0; i < count && same; i++) {
        same = strcmp(seen[i].value, values[i]) == 0;
    }
    for (int i = 0; i < seen_count && !same; i++) {
        printf("# saw %s at %lld\n", seen[i].value, (long long)seen[i].offset);
    }
    return same;
}
/* What is to come is waited for. */
#define COMES(e)                               \
    do {                                       \
        for (int i = 0; i < TRIES && !(e); i++) { \
            w->settle(w->self);                \
        }                                      \
        HOLDS(e);                              \
    } while (0)
#define SAW(...) saw((int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[]){__VA_ARGS__})

/* ---- steps ------------------------------------------------------------------------------------------ */

static enum txn_verdict begin(enum conform_producer p)
{
    int rc;
    for (int i = 0; i < 50 && (rc = w->producers[p].ready(w->producers[p].self)) == CUBE_EAGAIN; i++) {
        w->settle(w->self);
    }
    return rc ? TXN_UNKNOWN : w->producers[p].begin(w->producers[p].self);
}

/* One record to partition 0; value NULL: a tombstone. */
static enum txn_verdict put(enum conform_producer p, enum topic_role role, const char *value)
{
    struct epoch *e = &epochs[p]; /* lent until the transaction has ended */
    epoch_clear(e);
    int rc = epoch_add(e, role, 0, 1000, (const uint8_t *)"k", 1, (const uint8_t *)value, value ? strlen(value) : 0, NULL, 0);
    enum txn_verdict v = rc ? TXN_UNKNOWN : w->producers[p].produce(w->producers[p].self, e, NULL);
    w->settle(w->self);
    return v;
}

static enum txn_verdict offsets(enum conform_producer p, int64_t next, const char *mark)
{
    struct epoch e = {0};
    enum txn_verdict v = epoch_offset_set(&e, ROLE_INTERACTIONS, 0, next) ? TXN_UNKNOWN : w->producers[p].offsets(w->producers[p].self, &e, mark);
    epoch_close(&e);
    return v;
}

static enum txn_verdict end(enum conform_producer p, bool commit)
{
    void *self = w->producers[p].self;
    enum txn_verdict v = commit ? w->producers[p].commit(self) : w->producers[p].abort(self);
    w->settle(w->self);
    return v;
}

static bool carried(enum conform_producer p, enum topic_role role, const char *value)
{
    return begin(p) == TXN_OK && put(p, role, value) == TXN_OK && end(p, true) == TXN_OK;
}

/* What the broker says now. */
static int committed(int64_t *ret_next)
{
    struct log_partition p = {ROLE_INTERACTIONS, 0};
    return w->log.committed_offsets(w->log.self, &p, 1, ret_next);
}

/* CUBE_EAGAIN may mean a broker that is busy with anything: asked until it is something else. */
static bool has_committed(int64_t want)
{
    int64_t next = -2;
    int rc = committed(&next);
    for (int i = 0; i < TRIES && rc == CUBE_EAGAIN; i++) {
        w->settle(w->self);
        rc = committed(&next);
    }
    return rc == 0 && next == want;
}

static int landed(const char *mark)
{
    struct epoch e = {0};
    int rc = epoch_offset_set(&e, ROLE_INTERACTIONS, 0, 1);
    rc = rc ? rc : w->producers[FIRST].landed(w->producers[FIRST].self, &e, mark);
    epoch_close(&e);
    return rc;
}

static bool has_landed(const char *mark, int want)
{
    int rc = landed(mark);
    for (int i = 0; i < TRIES && rc == CUBE_EAGAIN; i++) {
        w->settle(w->self);
        rc = landed(mark);
    }
    return rc == want;
}

static int changelog_read_from(int64_t from)
{
    int rc = CUBE_EAGAIN;
    for (int i = 0; i < TRIES && rc == CUBE_EAGAIN; i++) {
        seen_count = 0;
        rc = w->log.read_changelog(w->log.self, ROLE_CHANGELOG_SCOPES, 0, from, on_changelog, NULL);
        w->settle(w->self);
    }
    return rc;
}

static bool changelog_read(void)
{
    return changelog_read_from(-1) == 0;
}

static void start(enum topic_role role, int64_t from)
{
    HOLDS(w->log.start(w->log.self, role, 0, from) == 0);
    w->settle(w->self);
}

/* ---- claims ----------------------------------------------------------------------------------------- */

static void committed_records_come_in_order_and_the_end_counts_the_marker(void)
{
    start(ROLE_PARTIALS, -1);
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK && put(FIRST, ROLE_PARTIALS, "b") == TXN_OK);
    HOLDS(end(FIRST, true) == TXN_OK);
    HOLDS(carried(FIRST, ROLE_PARTIALS, "c"));
    HOLDS(SAW("a", "b", "c"));
    HOLDS(seen[0].offset == 0 && seen[1].offset == 1 && seen[2].offset == 3);
    COMES(end_told == 5);
    HOLDS(w->producers[FIRST].clean(w->producers[FIRST].self));
}

static void aborted_records_are_never_shown(void)
{
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK && put(FIRST, ROLE_PARTIALS, "b") == TXN_OK);
    HOLDS(end(FIRST, false) == TXN_OK);
    HOLDS(carried(FIRST, ROLE_PARTIALS, "c"));
    start(ROLE_PARTIALS, -1);
    HOLDS(SAW("c") && seen[0].offset == 3);
}

static void an_open_transaction_hides_what_stands_behind_it(void)
{
    start(ROLE_PARTIALS, -1);
    HOLDS(begin(OTHER) == TXN_OK && put(OTHER, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(carried(FIRST, ROLE_PARTIALS, "b"));
    HOLDS(seen_count == 0);
    HOLDS(end(OTHER, true) == TXN_OK);
    HOLDS(SAW("a", "b"));
}

static void an_open_transaction_that_is_aborted_uncovers_what_stands_behind_it(void)
{
    start(ROLE_PARTIALS, -1);
    HOLDS(begin(OTHER) == TXN_OK && put(OTHER, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(carried(FIRST, ROLE_PARTIALS, "b"));
    HOLDS(seen_count == 0);
    HOLDS(end(OTHER, false) == TXN_OK);
    HOLDS(SAW("b"));
}

static void offsets_come_with_the_commit_and_not_with_an_abort(void)
{
    HOLDS(has_committed(-1));
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK && offsets(FIRST, 4, "m-1") == TXN_OK);
    HOLDS(end(FIRST, false) == TXN_OK);
    HOLDS(has_committed(-1));
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK && offsets(FIRST, 5, "m-2") == TXN_OK);
    HOLDS(end(FIRST, true) == TXN_OK);
    HOLDS(has_committed(5));
}

static void offsets_are_pending_while_their_transaction_is_open(void)
{
    int64_t next;
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK && offsets(FIRST, 3, "m-1") == TXN_OK);
    HOLDS(committed(&next) == CUBE_EAGAIN);
    HOLDS(landed("m-1") == CUBE_EAGAIN);
    HOLDS(end(FIRST, true) == TXN_OK);
    HOLDS(has_committed(3));
}

static void the_mark_tells_whether_an_epoch_has_landed(void)
{
    HOLDS(has_landed("m-1", 0));
    HOLDS(begin(FIRST) == TXN_OK && offsets(FIRST, 1, "m-1") == TXN_OK && end(FIRST, false) == TXN_OK);
    HOLDS(has_landed("m-1", 0));
    HOLDS(begin(FIRST) == TXN_OK && offsets(FIRST, 1, "m-2") == TXN_OK && end(FIRST, true) == TXN_OK);
    HOLDS(has_landed("m-1", 0) && has_landed("m-2", 1));
    HOLDS(begin(FIRST) == TXN_OK && offsets(FIRST, 2, "m-3") == TXN_OK && end(FIRST, true) == TXN_OK);
    HOLDS(has_landed("m-2", 0) && has_landed("m-3", 1));
}

static void a_second_producer_of_the_same_id_fences_the_first(void)
{
    start(ROLE_PARTIALS, -1);
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK);
    HOLDS(begin(AGAIN) == TXN_OK);
    HOLDS(end(FIRST, true) == TXN_FENCED);
    HOLDS(put(AGAIN, ROLE_PARTIALS, "b") == TXN_OK && end(AGAIN, true) == TXN_OK);
    HOLDS(SAW("b"));
}

static void a_second_producer_resolves_offsets_that_the_first_left_pending(void)
{
    int64_t next;
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK && offsets(FIRST, 3, "m-1") == TXN_OK);
    HOLDS(committed(&next) == CUBE_EAGAIN);
    HOLDS(begin(AGAIN) == TXN_OK);
    w->settle(w->self);
    HOLDS(has_committed(-1));
    HOLDS(has_landed("m-1", 0));
    HOLDS(put(AGAIN, ROLE_PARTIALS, "b") == TXN_OK && end(AGAIN, true) == TXN_OK);
}

static void an_epoch_goes_on_after_an_abort(void)
{
    start(ROLE_PARTIALS, -1);
    for (int i = 0; i < 3; i++) {
        HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "a") == TXN_OK && offsets(FIRST, 1, "m") == TXN_OK && end(FIRST, false) == TXN_OK);
    }
    HOLDS(begin(FIRST) == TXN_OK && put(FIRST, ROLE_PARTIALS, "b") == TXN_OK && offsets(FIRST, 1, "m") == TXN_OK && end(FIRST, true) == TXN_OK);
    HOLDS(SAW("b") && has_landed("m", 1));
}

static void a_changelog_is_read_with_its_tombstones_from_the_start(void)
{
    HOLDS(carried(FIRST, ROLE_CHANGELOG_SCOPES, "a"));
    HOLDS(carried(FIRST, ROLE_CHANGELOG_SCOPES, "b"));
    HOLDS(carried(FIRST, ROLE_CHANGELOG_SCOPES, NULL));
    HOLDS(changelog_read());
    HOLDS(SAW("a", "b", ""));
}

static void a_changelog_is_read_from_where_a_message_is_told_to_lie(void)
{
    HOLDS(carried(FIRST, ROLE_CHANGELOG_SCOPES, "a"));
    HOLDS(carried(FIRST, ROLE_CHANGELOG_SCOPES, "b"));
    int64_t at = epochs[FIRST].messages[0].landed;
    HOLDS(carried(FIRST, ROLE_CHANGELOG_SCOPES, "c"));
    HOLDS(at == 2 && changelog_read_from(at) == 0);
    HOLDS(SAW("b", "c"));
    HOLDS(changelog_read_from(at + 3) == 0 && seen_count == 0); /* the last marker */
    HOLDS(changelog_read_from(at + 4) == CUBE_ERANGE);
}

static void an_empty_changelog_is_read_at_once(void)
{
    HOLDS(changelog_read());
    HOLDS(seen_count == 0);
}

/* The end is the high watermark, open transactions included. */
static void a_changelog_is_not_read_to_the_end_while_a_transaction_is_open(void)
{
    HOLDS(carried(FIRST, ROLE_CHANGELOG_SCOPES, "a"));
    HOLDS(begin(OTHER) == TXN_OK && put(OTHER, ROLE_CHANGELOG_SCOPES, "b") == TXN_OK);
    w->commit_other_meanwhile(w->self);
    HOLDS(changelog_read() && SAW("a", "b"));
}

static void records_of_no_transaction_are_shown_beside_others(void)
{
    w->append(w->self, ROLE_INTERACTIONS, "k", "a");
    w->append(w->self, ROLE_INTERACTIONS, "k", "b");
    start(ROLE_INTERACTIONS, 1);
    HOLDS(SAW("b") && seen[0].offset == 1);
}

static void a_held_partition_tells_nothing_and_loses_nothing(void)
{
    start(ROLE_INTERACTIONS, -1);
    w->log.hold(w->log.self, ROLE_INTERACTIONS, 0, true);
    w->append(w->self, ROLE_INTERACTIONS, "k", "a");
    w->append(w->self, ROLE_INTERACTIONS, "k", "b");
    w->settle(w->self);
    HOLDS(seen_count == 0);
    w->log.hold(w->log.self, ROLE_INTERACTIONS, 0, false);
    w->settle(w->self);
    HOLDS(SAW("a", "b"));
}

static void an_offset_that_retention_took_away_is_told_and_not_passed_over(void)
{
    w->append(w->self, ROLE_INTERACTIONS, "k", "a");
    w->append(w->self, ROLE_INTERACTIONS, "k", "b");
    w->append(w->self, ROLE_INTERACTIONS, "k", "c");
    w->retain(w->self, ROLE_INTERACTIONS, 2);
    start(ROLE_INTERACTIONS, 1);
    COMES(w->failed == CUBE_ERANGE);
    HOLDS(seen_count == 0);
}

static void the_first_start_begins_where_retention_has_left_something(void)
{
    w->append(w->self, ROLE_INTERACTIONS, "k", "a");
    w->append(w->self, ROLE_INTERACTIONS, "k", "b");
    w->append(w->self, ROLE_INTERACTIONS, "k", "c");
    w->retain(w->self, ROLE_INTERACTIONS, 2);
    start(ROLE_INTERACTIONS, -1);
    HOLDS(SAW("c") && seen[0].offset == 2 && w->failed == 0);
}

/* ---- all of them ------------------------------------------------------------------------------------ */

#define CLAIMS(X)                                                           \
    X(committed_records_come_in_order_and_the_end_counts_the_marker)        \
    X(aborted_records_are_never_shown)                                      \
    X(an_open_transaction_hides_what_stands_behind_it)                      \
    X(an_open_transaction_that_is_aborted_uncovers_what_stands_behind_it)   \
    X(offsets_come_with_the_commit_and_not_with_an_abort)                   \
    X(offsets_are_pending_while_their_transaction_is_open)                  \
    X(the_mark_tells_whether_an_epoch_has_landed)                           \
    X(a_second_producer_of_the_same_id_fences_the_first)                    \
    X(a_second_producer_resolves_offsets_that_the_first_left_pending)       \
    X(an_epoch_goes_on_after_an_abort)                                      \
    X(a_changelog_is_read_with_its_tombstones_from_the_start)               \
    X(a_changelog_is_read_from_where_a_message_is_told_to_lie)              \
    X(an_empty_changelog_is_read_at_once)                                   \
    X(a_changelog_is_not_read_to_the_end_while_a_transaction_is_open)       \
    X(records_of_no_transaction_are_shown_beside_others)                    \
    X(a_held_partition_tells_nothing_and_loses_nothing)                     \
    X(an_offset_that_retention_took_away_is_told_and_not_passed_over)       \
    X(the_first_start_begins_where_retention_has_left_something)

static const struct {
    const char *name;
    void (*try)(void);
} claims[] = {
#define X(name) {#name, name},
    CLAIMS(X)
#undef X
};

static bool try_one(size_t i, const char *where, const char *bend)
{
    char name[32];
    struct log_events ev = {.records = on_records, .at_end = on_end};
    snprintf(name, sizeof name, "conform%zu", i);
    good = true;
    seen_count = 0;
    end_told = -1;
    w = (strcmp(where, "fake") == 0 ? conform_fake_open : conform_real_open)(where, name, &ev);
    HOLDS(w != NULL);
    HOLDS(!w || !bend || conform_bend(w, bend));
    if (w) {
        claims[i].try();
        w->close(w->self);
    }
    for (int p = 0; p < PRODUCERS; p++) {
        epoch_close(&epochs[p]);
    }
    printf("%sok - %s\n", good ? "" : "not ", claims[i].name);
    fflush(stdout);
    return good;
}

int main(int argc, char **argv)
{
    bool all = true;
    if (argc < 2) {
        fputs("usage: conform fake|BOOTSTRAP [WORD [BEND]]\n", stderr);
        return 64;
    }
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        if (argc < 3 || strstr(claims[i].name, argv[2])) {
            all = try_one(i, argv[1], argc > 3 ? argv[3] : NULL) && all;
        }
    }
    return all ? 0 : 1;
}
