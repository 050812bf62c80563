/* Worlds that are wrong on purpose, each in one way: a suite that cannot fail proves nothing. */
#include <string.h>

#include "conform.h"

static struct log straight_log;
static struct producer_port straight_first;
static int64_t known;

/* What was committed when somebody asked last stays true while a transaction is open. */
static int pending_passed_over(void *self, const struct log_partition *p, uint32_t count, int64_t *ret_next)
{
    int rc = straight_log.committed_offsets(self, p, count, ret_next);
    known = rc ? known : *ret_next;
    *ret_next = known;
    return 0;
}

static int first_start_everywhere(void *self, enum topic_role role, int32_t partition, int64_t from)
{
    (void)from;
    return straight_log.start(self, role, partition, -1);
}

static void never_held(void *self, enum topic_role role, int32_t partition, bool held)
{
    (void)self, (void)role, (void)partition, (void)held;
}

static int landed_anyway(void *self, const struct epoch *e, const char *mark)
{
    int rc = straight_first.landed(self, e, mark);
    return rc == 0 ? 1 : rc;
}

static enum txn_verdict fenced_is_done(void *self)
{
    enum txn_verdict v = straight_first.commit(self);
    return v == TXN_FENCED ? TXN_OK : v;
}

static enum txn_verdict unknown_is_done(void *self)
{
    enum txn_verdict v = straight_first.commit(self);
    return v == TXN_UNKNOWN ? TXN_OK : v;
}

static int guessed(void *self, const struct epoch *e, const char *mark)
{
    int rc = straight_first.landed(self, e, mark);
    return rc == CUBE_EAGAIN ? 0 : rc;
}

static bool nothing_lost(void *self, enum conform_loss what)
{
    (void)self, (void)what;
    return true;
}

static int empty_changelog(void *self, enum topic_role role, int32_t partition, int64_t from,
                           int (*each)(void *arg, const struct record *r), void *arg)
{
    (void)self, (void)role, (void)partition, (void)from, (void)each, (void)arg;
    return 0;
}

bool conform_bend(struct conform_world *w, const char *how)
{
    straight_log = w->log;
    straight_first = w->producers[FIRST];
    known = -1;
    if (strcmp(how, "pending") == 0) {
        w->log.committed_offsets = pending_passed_over;
    } else if (strcmp(how, "start") == 0) {
        w->log.start = first_start_everywhere;
    } else if (strcmp(how, "hold") == 0) {
        w->log.hold = never_held;
    } else if (strcmp(how, "landed") == 0) {
        w->producers[FIRST].landed = landed_anyway;
    } else if (strcmp(how, "fenced") == 0) {
        w->producers[FIRST].commit = fenced_is_done;
    } else if (strcmp(how, "changelog") == 0) {
        w->log.read_changelog = empty_changelog;
    } else if (strcmp(how, "abort") == 0) {
        w->producers[FIRST].abort = straight_first.commit;
    } else if (strcmp(how, "unknown") == 0) {
        w->producers[FIRST].commit = unknown_is_done;
    } else if (strcmp(how, "guessed") == 0) {
        w->producers[FIRST].landed = guessed;
    } else if (strcmp(how, "lost") == 0) {
        w->lose = nothing_lost;
    } else {
        return false;
    }
    return true;
}
