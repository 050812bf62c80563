/* Worlds that are wrong on purpose, each in one way: a suite that cannot fail proves nothing. */
#include <stddef.h>
#include <string.h>

#include "conform.h"

static struct conform_world *bent;
static struct log straight_log;
static struct producer_port straight_first, straight_other;
static bool (*straight_back)(void *self);
static int64_t known;

/* What was committed when somebody asked last stays true while a transaction is open. */
static int pending_passed_over(void *self, const struct log_partition *p, uint32_t count, int64_t *ret_next)
{
    int rc = straight_log.committed_offsets(self, p, count, ret_next);
    known = rc ? known : *ret_next;
    *ret_next = known;
    return 0;
}

static int first_start_everywhere(void *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to)
{
    (void)from;
    return straight_log.start(self, role, partition, -1, again_to);
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

static void never(void *self, enum conform_producer p)
{
    (void)self, (void)p;
}

static void never_compacted(void *self, bool tombstones)
{
    (void)self, (void)tombstones;
}

static void nobody_joins(void *self, enum conform_newcomer who)
{
    (void)self, (void)who;
}

static enum txn_verdict aborts_commit(void *self)
{
    return straight_first.commit(self);
}

static enum txn_verdict offsets_anyhow(void *self, const struct epoch *e, const char *mark)
{
    enum txn_verdict v = straight_first.offsets(self, e, mark);
    return v == TXN_LOST || v == TXN_FENCED ? TXN_OK : v;
}

static int empty_changelog(void *self, enum topic_role role, int32_t partition, int64_t from,
                           int (*each)(void *arg, const struct record *r), void *arg)
{
    (void)self, (void)role, (void)partition, (void)from, (void)each, (void)arg;
    return 0;
}

/* Whatever one producer sends lands at once. */
static enum txn_verdict lands_at_once(void *self, struct epoch *e)
{
    enum txn_verdict v = straight_other.produce(self, e);
    return v == TXN_OK ? straight_other.commit(self) : v;
}

static enum txn_verdict sent_twice(void *self, struct epoch *e)
{
    enum txn_verdict v = straight_first.produce(self, e);
    return v == TXN_OK ? straight_first.produce(self, e) : v;
}

static int first_start_at_0(void *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to)
{
    return straight_log.start(self, role, partition, from < 0 ? 0 : from, again_to);
}

static int always_busy(void *self, enum topic_role role, int32_t partition, int64_t from,
                       int (*each)(void *arg, const struct record *r), void *arg)
{
    (void)self, (void)role, (void)partition, (void)from, (void)each, (void)arg;
    return CUBE_EAGAIN;
}

static bool back_and_put_out(void *self)
{
    bent->revoked++;
    return straight_back(self);
}

typedef void function(void);

#define BEND(field, by) {#by, offsetof(struct conform_world, field), (function *)(by)}

static const struct {
    const char *name;
    size_t place; /* of a function pointer */
    function *by;
} bends[] = {
    BEND(log.committed_offsets, pending_passed_over),
    BEND(log.start, first_start_everywhere),
    BEND(log.start, first_start_at_0),
    BEND(log.hold, never_held),
    BEND(log.read_changelog, empty_changelog),
    BEND(log.read_changelog, always_busy),
    BEND(producers[FIRST].landed, landed_anyway),
    BEND(producers[FIRST].landed, guessed),
    BEND(producers[FIRST].commit, fenced_is_done),
    BEND(producers[FIRST].commit, unknown_is_done),
    BEND(producers[FIRST].abort, aborts_commit),
    BEND(producers[FIRST].offsets, offsets_anyhow),
    BEND(producers[FIRST].produce, sent_twice),
    BEND(producers[OTHER].produce, lands_at_once),
    BEND(lose, nothing_lost),
    BEND(back, back_and_put_out),
    BEND(compact, never_compacted),
    BEND(hurry, never),
    BEND(join, nobody_joins),
};

bool conform_bend(struct conform_world *w, const char *how)
{
    bent = w;
    straight_log = w->log;
    straight_first = w->producers[FIRST];
    straight_other = w->producers[OTHER];
    straight_back = w->back;
    known = -1;
    for (size_t i = 0; i < sizeof bends / sizeof bends[0]; i++) {
        if (strcmp(how, bends[i].name) == 0) {
            memcpy((char *)w + bends[i].place, &bends[i].by, sizeof bends[i].by);
            return true;
        }
    }
    return false;
}
