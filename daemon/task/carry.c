#include "task/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/planted.h"
#define PAUSE_MIN_MS 5
#define PAUSE_MAX_MS 500

void carry_open(struct carry *c, const struct producer_port *port, const struct config *config,
                struct epoch *e, const char *mark)
{
    *c = (struct carry){.port = port, .config = config, .epoch = e, .state = CARRY_READY, .outcome = COMMIT_LOST};
    memcpy(c->mark, mark, strnlen(mark, sizeof c->mark - 1));
}

void carry_close(struct carry *c)
{
    free(c->cut);
    c->cut = NULL;
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

static void tell(struct carry *c, int severity, const char *event, const char *topic, const char *what, uint32_t bytes)
{
    char text[256];
    snprintf(text, sizeof text, "%s refuses a record of %u bytes: %s", topic, bytes, what);
    c->port->told(c->port->self, severity, event, text);
}

static uint64_t bytes_of(const struct epoch *e, const struct epoch_message *m)
{
    uint64_t bytes = (uint64_t)m->key_len + m->value_len;
    for (uint32_t i = 0; i < m->header_count; i++) {
        struct header h = epoch_header(e, m, i);
        bytes += (uint64_t)h.name.len + h.value.len;
    }
    return bytes;
}

/* Whatever is no smaller than what was refused would be refused next: each attempt costs a transaction. */
static void cut_from(struct carry *c, const struct epoch_message *refused)
{
    uint64_t least = bytes_of(c->epoch, refused);
    for (uint32_t i = 0; i < c->epoch->message_count; i++) {
        const struct epoch_message *m = &c->epoch->messages[i];
        if (m->role == refused->role && bytes_of(c->epoch, m) >= least) {
            c->cut[i / 8] |= (uint8_t)(1u << i % 8);
        }
    }
}

/* What the broker refuses for its size and is only kept for people goes without its value; anything else
 * would be a loss, so the log stops. */
static bool substitute(struct carry *c)
{
    bool whole;
    uint32_t i = c->port->too_large(c->port->self, &whole);
    const struct epoch_message *m = &c->epoch->messages[i];
    const char *topic = c->config->topics[m->role];
    if ((m->role != ROLE_LATE && m->role != ROLE_DEAD_LETTERS) || !whole) {
        tell(c, 3, "message_too_large", topic, "raise its max.message.bytes", m->value_len);
        c->error = CUBE_ELIMIT;
        return false;
    }
    c->cut = c->cut ? c->cut : calloc(c->epoch->message_count / 8 + 1, 1);
    if (!c->cut) {
        c->error = CUBE_ENOMEM;
        return false;
    }
    cut_from(c, m);
    c->pause_ms = 0; /* this attempt got further than the last */
    tell(c, 4, "value_cut", topic, "it goes without its value", m->value_len);
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
        return step(c, p->produce(p->self, c->epoch, c->cut), PLANTED(OFFSETS_LEFT_OUT) ? CARRY_COMMIT : CARRY_OFFSETS);
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
