#include "sim/sim_client.h"

#include <string.h>

#include "base/digits.h"

#define PATIENCE_STEPS 40 /* of a transaction, while partitions are taken back */
#define REVOKE_ROUNDS 4
#define JOIN_AGAIN_TURNS 6 /* in which it is seen, in the mean, that the group gives an input to nobody */

static bool strikes(struct sim_client *c, int thousandths)
{
    return thousandths > 0 && random_between(c->random, 0, 999) < thousandths;
}

/* ---- the log port ----------------------------------------------------------------------------------- */

static int port_partition_count(void *self, enum topic_role role, int32_t *ret_count)
{
    *ret_count = ((struct sim_client *)self)->kafka->counts[role];
    return 0;
}

static void restore_goes_on(struct sim_client *c)
{
    if (c->restores) {
        c->restores(c->arg);
    }
}

static int port_committed_offsets(void *self, const struct log_partition *p, uint32_t count, int64_t *ret_next)
{
    struct sim_client *c = self;
    if (strikes(c, c->faults->busy) || c->kafka->group_is_away) {
        return CUBE_EAGAIN;
    }
    restore_goes_on(c);
    for (uint32_t i = 0; i < count; i++) {
        if (sim_offsets_unstable(c->kafka, p[i].role, p[i].partition) && !PLANTED(UNSTABLE_OFFSETS)) {
            return CUBE_EAGAIN;
        }
        ret_next[i] = c->kafka->parts[p[i].role][p[i].partition].committed;
    }
    restore_goes_on(c);
    return 0;
}

static struct record record_of(const struct sim_record *r, enum topic_role role, int32_t partition)
{
    return (struct record){.role = role, .partition = partition, .offset = r->offset, .timestamp_ms = r->ts_ms, .key = r->key,
                           .key_len = r->key_len, .value = r->value, .value_len = r->value_len};
}

/* The end is the high watermark: a commit that the group's offsets show may have its marker missing here. The
 * real reader waits for that; this one asks to be called again. */
static int port_read_changelog(void *self, enum topic_role role, int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r),
                               void *arg)
{
    struct sim_client *c = self;
    restore_goes_on(c);
    int64_t low = c->kafka->parts[role][partition].low;
    bool complete = sim_stable_offset(c->kafka, role, partition) == sim_end_offset(c->kafka, role, partition);
    if ((!complete && !PLANTED(CHANGELOG_SHORT)) || strikes(c, c->faults->busy)) {
        return CUBE_EAGAIN;
    }
    if (from >= 0 && (from < low || from >= sim_end_offset(c->kafka, role, partition))) {
        return CUBE_ERANGE;
    }
    struct sim_reader reader = sim_reader(c->kafka, role, partition, from < 0 ? low : from);
    const struct sim_record *r;
    int rc = 0;
    while (!rc && (r = sim_read(&reader))) {
        struct record record = record_of(r, role, partition);
        rc = each(arg, &record);
    }
    return rc;
}

static int port_start(void *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to)
{
    (void)again_to;
    struct sim_client *c = self;
    restore_goes_on(c);
    c->positions[role][partition] = (struct sim_position){.started = true, .next = from < 0 ? c->kafka->parts[role][partition].low : from};
    return 0;
}

static void port_hold(void *self, enum topic_role role, int32_t partition, bool held)
{
    ((struct sim_client *)self)->positions[role][partition].held = held;
}

/* Member, incarnation, number. */
static void mark_write(const struct sim_client *c, char mark[CARRY_MARK_MAX])
{
    const uint64_t parts[] = {(uint64_t)c->member, c->incarnation, c->held.number};
    for (int i = 0; i < 3; i++) {
        mark += digits_write(parts[i], mark);
        *mark++ = i < 2 ? '.' : 0;
    }
}

static int port_commit(void *self, struct epoch *e)
{
    struct sim_client *c = self;
    char mark[CARRY_MARK_MAX];
    sim_check(!c->ended, "no epoch of a worker that cannot go on");
    sim_check(e->offset_count > 0, "a transaction without offsets is not fenced");
    sim_check(!c->carrying || c->orphan, "a second epoch was handed over");
    if (!c->generation || c->carrying) {
        c->refused = true;
        return 0;
    }
    c->held = *e;
    c->lender = e;
    *e = (struct epoch){.number = c->held.number};
    c->txn_generation = c->generation;
    mark_write(c, mark);
    carry_open(&c->carry, &c->producer, c->config, &c->held, mark);
    c->carrying = true;
    return 0;
}

static uint32_t no_headers(const struct record *r, struct header *ret_h)
{
    (void)r, (void)ret_h;
    return 0;
}

static int64_t port_lag(void *self, enum topic_role role, int32_t partition)
{
    (void)self, (void)role, (void)partition;
    return -1;
}

static enum inputs_given port_inputs_given(void *self)
{
    const struct sim_client *c = self;
    return c->untold > 0 ? INPUTS_UNTOLD : sim_withheld(c->kafka) == INPUT_ROLES ? INPUTS_GIVEN : INPUTS_LACK;
}

/* ---- transactions ----------------------------------------------------------------------------------- */

static void carry_finish(struct sim_client *c)
{
    enum commit_outcome outcome = c->carry.outcome;
    sim_check(c->carry.error == 0, "an epoch could not be carried");
    c->carrying = false;
    if (c->orphan) {
        c->orphan = c->given_up = false;
        epoch_close(&c->held);
        return;
    }
    *c->lender = c->held;
    c->held = (struct epoch){0};
    sim_say("  %d: epoch %llu is %s", c->member, (unsigned long long)c->lender->number,
            outcome == COMMIT_DONE ? "done" : outcome == COMMIT_LOST ? "lost" : "fenced");
    c->events.committed(c->events.arg, outcome, 1000);
}

bool sim_client_carry(struct sim_client *c)
{
    bool some = c->refused;
    if (c->stands_until_ms > c->now_ms) {
        return true;
    }
    if (c->refused) {
        c->refused = false;
        c->events.committed(c->events.arg, COMMIT_LOST, 0);
    }
    if (!c->carrying) {
        int rc = c->producer.ready(c); /* made, or renewed, while idle: the next commit need not wait */
        (void)rc;
        return some;
    }
    if (carry_step(&c->carry) == CARRY_ENDED) {
        carry_finish(c);
    }
    return true;
}

bool sim_client_busy(const struct sim_client *c)
{
    return c->carrying || c->refused;
}

/* The worker is told that an epoch is lost which the thread may still be carrying: with given_up it cannot
 * commit any more. */
static void orphan_make(struct sim_client *c)
{
    sim_say("  %d: its transaction is not waited for", c->member);
    c->given_up = c->orphan = true;
    c->events.committed(c->events.arg, COMMIT_LOST, 1000);
}

static void transaction_await(struct sim_client *c, int steps)
{
    if (c->refused) {
        sim_client_carry(c);
    }
    for (int i = 0; i < steps && c->carrying && !c->orphan; i++) {
        sim_marker_arrives(c->kafka, c->random);
        sim_client_carry(c);
    }
    if (c->carrying && !c->orphan) {
        orphan_make(c);
    }
}

/* ---- membership ------------------------------------------------------------------------------------- */

static void revoke(struct sim_client *c, bool is_lost)
{
    sim_say("  %d: %s its partitions", c->member, is_lost ? "lost" : "gives back");
    memset(c->positions, 0, sizeof c->positions);
    transaction_await(c, is_lost ? 0 : (int)random_between(c->random, 0, PATIENCE_STEPS));
    if (c->owned_count > 0) {
        c->events.revoked(c->events.arg, c->owned, c->owned_count);
    }
    c->owned_count = 0;
    c->generation = 0;
}

static void assign(struct sim_client *c)
{
    c->owned_count = sim_assignment(c->kafka, c->member, c->owned);
    c->generation = c->kafka->generation;
    c->untold = sim_untold(c->kafka, c->member);
    sim_say("  %d: owns %u partitions in generation %u", c->member, c->owned_count, c->generation);
    if (c->owned_count > 0) {
        c->events.assigned(c->events.arg, c->owned, c->owned_count);
    }
}

/* Who hears nothing of the group for a session must take it that others have its partitions. */
static bool unanswered(struct sim_client *c)
{
    if (!c->generation || c->now_ms - c->heard_ms <= SIM_SESSION_MS) {
        return false;
    }
    revoke(c, true);
    return true;
}

static bool membership_serve(struct sim_client *c)
{
    struct sim_member *m = &c->kafka->members[c->member];
    c->untold -= c->untold > 0;
    c->answered = !c->kafka->group_is_away;
    if (!c->answered) {
        return unanswered(c);
    }
    c->heard_ms = c->now_ms;
    if (!c->joined || (m->state == SIM_AWAY && m->incarnation == c->incarnation)) {
        if (c->generation) {
            revoke(c, true);
        }
        bool lost = strikes(c, c->faults->request_lost);
        if (!lost || random_between(c->random, 0, 1)) {
            sim_join(c->kafka, c->member, c->incarnation, c->now_ms);
        }
        c->joined = !lost; /* without an answer it asks once more */
        return true;
    }
    if (m->incarnation != c->incarnation) {
        c->fenced = true;
        return false;
    }
    sim_heartbeat(c->kafka, c->member, c->incarnation, c->now_ms);
    c->heartbeats++;
    if (m->state == SIM_REVOKING) {
        if (c->generation) {
            revoke(c, false);
        }
        sim_revoked(c->kafka, c->member);
        return true;
    }
    if (m->state == SIM_STABLE && c->generation != c->kafka->generation) {
        if (c->generation) {
            revoke(c, true);
        }
        assign(c);
        return true;
    }
    if (m->state == SIM_STABLE && port_inputs_given(c) == INPUTS_LACK && random_between(c->random, 0, JOIN_AGAIN_TURNS - 1) == 0) {
        sim_join_again(c->kafka, c->member);
        return true;
    }
    return false;
}

/* ---- delivery --------------------------------------------------------------------------------------- */

static bool partition_deliver(struct sim_client *c, enum topic_role role, int32_t partition, uint32_t most)
{
    struct sim_position *p = &c->positions[role][partition];
    const struct sim_partition *of = &c->kafka->parts[role][partition];
    bool some = false;
    if (!p->started || (p->end_told && p->next >= of->count)) {
        return false;
    }
    if (p->next < of->low && PLANTED(LOSS_PASSED_OVER)) {
        p->next = of->low;
    }
    if (p->next < of->low) {
        c->failed = CUBE_ERANGE; /* records were deleted before they were read */
        return false;
    }
    struct sim_reader reader = sim_reader(c->kafka, role, partition, p->next);
    const struct sim_record *r;
    while (!p->held && most-- > 0 && (r = sim_read(&reader))) {
        struct record record = record_of(r, role, partition);
        p->end_told = false;
        some = true;
        if (c->delivers) {
            c->delivers(c->arg, &record);
        }
        c->events.records(c->events.arg, &record, 1);
    }
    p->next = reader.at - of->records;
    if (p->started && !p->held && !p->end_told && p->next >= of->count) {
        p->end_told = true;
        some = true;
        c->events.at_end(c->events.arg, role, partition, p->next);
    }
    return some;
}

bool sim_client_turn(struct sim_client *c, uint32_t most)
{
    if (membership_serve(c)) {
        return true;
    }
    bool some = false;
    for (uint32_t i = 0; i < c->owned_count; i++) {
        some = partition_deliver(c, c->owned[i].role, c->owned[i].partition, most) || some;
    }
    return some;
}

void sim_client_open(struct sim_client *c, struct sim_kafka *k, const struct config *config, const struct sim_faults *f,
                     struct random *r, int member, uint32_t incarnation, int64_t now_ms)
{
    *c = (struct sim_client){
        .log = {c, port_partition_count, port_committed_offsets, port_read_changelog, NULL, port_start, port_hold, port_commit, no_headers, port_lag,
                .inputs_given = port_inputs_given},
        .kafka = k, .config = config, .faults = f, .random = r, .member = member, .incarnation = incarnation, .now_ms = now_ms};
    sim_producer_port(c);
}

void sim_client_close(struct sim_client *c)
{
    if (c->carrying) {
        epoch_close(&c->held);
    }
    c->carrying = false;
}
