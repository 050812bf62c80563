#include "task/carry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "port/letter.h"
#include "task/planted.h"

#define PAUSE_MIN_MS 5
#define PAUSE_MAX_MS 500

void carry_open(struct carry *c, const struct producer_port *port, const struct config *config,
                struct epoch *e, const char *mark)
{
    *c = (struct carry){.port = port, .config = config, .epoch = e, .state = CARRY_READY, .outcome = COMMIT_LOST};
    memcpy(c->mark, mark, strnlen(mark, sizeof c->mark - 1));
}

static enum carry_state end(struct carry *c, enum commit_outcome outcome)
{
    c->outcome = outcome;
    return c->state = CARRY_ENDED;
}

static enum carry_state go(struct carry *c, enum carry_state state)
{
    return c->state = state;
}

static bool given_up(const struct carry *c)
{
    return c->port->given_up(c->port->self) && !PLANTED(REVOKED_GOES_ON);
}

static enum carry_state again(struct carry *c)
{
    c->attempts_again++;
    c->pause_ms = c->pause_ms == 0 ? PAUSE_MIN_MS : c->pause_ms * 2 < PAUSE_MAX_MS ? c->pause_ms * 2 : PAUSE_MAX_MS;
    return go(c, CARRY_PAUSE);
}

static enum carry_state outcome_unknown(struct carry *c, const char *why)
{
    c->port->renew(c->port->self, why);
    if (PLANTED(UNKNOWN_IS_DONE)) {
        return end(c, COMMIT_DONE);
    }
    c->unknown = true;
    return again(c);
}

static void tell(struct carry *c, int severity, const char *event, const struct epoch_message *m, uint64_t bytes, const char *what)
{
    char text[LETTER_TEXT_MAX + 320];
    snprintf(text, sizeof text, "%s refuses a record of %" PRIu64 " bytes: %s", c->config->topics[m->role], bytes, what);
    c->port->told(c->port->self, severity, event, text);
}

/* Whatever is no smaller than what was refused would be refused next: each attempt costs a transaction. False: nothing of that can be cut. */
static bool cut_from(struct carry *c, const struct epoch_message *refused, uint64_t least)
{
    bool cut = false;
    for (uint32_t i = 0; i < c->epoch->message_count; i++) {
        struct epoch_message *m = &c->epoch->messages[i];
        bool is_cut = m->role == refused->role && letter_bytes(c->epoch, m) >= least && letter_cut(c->epoch, m);
        cut |= is_cut && m == refused;
    }
    return cut;
}

/* What the broker refuses for its size and is only kept for people goes without a part of it; anything else
 * would be a loss, so the log stops. */
static bool substitute(struct carry *c)
{
    char text[LETTER_TEXT_MAX];
    const struct epoch_message *m = &c->epoch->messages[c->port->too_large(c->port->self)];
    uint64_t bytes = letter_bytes(c->epoch, m);
    if (!cut_from(c, m, bytes)) {
        tell(c, 3, "message_too_large", m, bytes, "raise its max.message.bytes, and message.max.bytes of `kafka` where that is less");
        c->error = CUBE_ELIMIT;
        return false;
    }
    c->pause_ms = 0; /* this attempt got further than the last */
    letter_text(c->epoch, m, text);
    tell(c, 4, "letter_cut", m, bytes, text);
    return true;
}

/* Whoever fenced us has our place in the group; unless it was the broker, of a transaction that stood open too long, or a process that
 * we have replaced and that had not noticed. So the group decides: another producer is made when it still knows us. */
static enum carry_state fenced(struct carry *c)
{
    if (c->port->replaced(c->port->self) || PLANTED(FENCED_LEAVES)) {
        return end(c, COMMIT_FENCED);
    }
    return outcome_unknown(c, "it was fenced; by whom, the group says");
}

/* A step that did not succeed: what is left to do. */
static enum carry_state failed(struct carry *c, enum txn_verdict v)
{
    switch (v) {
    case TXN_ABORT:
    case TXN_LOST:
    case TXN_TOO_LARGE:
        c->verdict = v;
        return PLANTED(ABORT_LEFT_OUT) && v == TXN_ABORT ? again(c) : go(c, CARRY_ABORT);
    case TXN_FENCED:
        return fenced(c);
    default:
        return outcome_unknown(c, "the outcome of a transaction is unknown");
    }
}

/* An EndTxn that is still under way ends whatever transaction of its epoch it meets: a commit or an abort, the next one as well. */
static void renew_unless_clean(struct carry *c, bool left_out)
{
    if (!c->port->clean(c->port->self) && !left_out) {
        c->port->renew(c->port->self, "a request of the last transaction was doubled or not answered");
    }
}

/* An abort that fails makes the outcome unknown. */
static enum carry_state aborted(struct carry *c, enum txn_verdict v)
{
    if (v != TXN_OK && v != TXN_TOO_LARGE) {
        return failed(c, v == TXN_FENCED ? v : TXN_UNKNOWN);
    }
    renew_unless_clean(c, PLANTED(ABORTED_NOT_RENEWED));
    if (c->verdict == TXN_LOST) {
        return end(c, COMMIT_LOST);
    }
    return v == TXN_TOO_LARGE && !substitute(c) ? end(c, COMMIT_LOST) : again(c);
}

static enum carry_state committed(struct carry *c)
{
    renew_unless_clean(c, PLANTED(RENEWAL_LEFT_OUT));
    return end(c, COMMIT_DONE);
}

static enum carry_state step_ready(struct carry *c)
{
    if (c->port->replaced(c->port->self)) {
        return end(c, COMMIT_FENCED);
    }
    int rc = c->port->ready(c->port->self);
    if (rc == CUBE_ECONFIG) {
        c->error = rc;
        return end(c, COMMIT_LOST);
    }
    return rc ? again(c) : go(c, c->unknown && !PLANTED(LANDED_NOT_ASKED) ? CARRY_LANDED : CARRY_BEGIN);
}

static enum carry_state step_landed(struct carry *c)
{
    int rc = c->port->landed(c->port->self, c->epoch, c->mark);
    if (rc == 1) {
        return end(c, COMMIT_DONE);
    }
    c->unknown = rc < 0;
    return rc < 0 ? again(c) : go(c, CARRY_BEGIN);
}

/* Told to be lost already, maybe: nothing may land that nobody waits for. */
static enum carry_state step_commit(struct carry *c)
{
    if (given_up(c)) {
        return failed(c, TXN_LOST);
    }
    enum txn_verdict v = c->port->commit(c->port->self);
    return v == TXN_OK ? committed(c) : failed(c, v);
}

static enum carry_state step(struct carry *c, enum txn_verdict v, enum carry_state next)
{
    return v == TXN_OK ? go(c, next) : failed(c, v);
}

enum carry_state carry_step(struct carry *c)
{
    const struct producer_port *p = c->port;
    switch (c->state) {
    case CARRY_PAUSE:
        if (given_up(c)) {
            return end(c, COMMIT_LOST);
        }
        return go(c, CARRY_READY);
    case CARRY_READY:
        return given_up(c) ? end(c, COMMIT_LOST) : step_ready(c);
    case CARRY_LANDED:
        return step_landed(c);
    case CARRY_BEGIN:
        return step(c, p->begin(p->self), CARRY_PRODUCE);
    case CARRY_PRODUCE:
        return step(c, p->produce(p->self, c->epoch), PLANTED(OFFSETS_LEFT_OUT) ? CARRY_COMMIT : CARRY_OFFSETS);
    case CARRY_OFFSETS:
        return step(c, p->offsets(p->self, c->epoch, c->mark), CARRY_COMMIT);
    case CARRY_COMMIT:
        return step_commit(c);
    case CARRY_ABORT:
        return aborted(c, p->abort(p->self));
    case CARRY_ENDED:
        break;
    }
    return CARRY_ENDED;
}
