/* The producer port over the simulated Kafka. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim_client.h"

#define REQUEST_MESSAGES 16
#define MARKERS_MAX 20
#define ASKED_MAX 60
#define LATE_BETWEEN 4 /* of so many chances one is taken */
#define ABORTS_TIMES 5 /* as often an abort is doubled as a commit: there are fewer */

static bool strikes(struct sim_client *c, int thousandths)
{
    return thousandths > 0 && random_between(c->random, 0, 999) < thousandths;
}

static enum txn_verdict verdict(struct sim_client *c, enum sim_answer a)
{
    switch (a) {
    case SIM_OK:
        return TXN_OK;
    case SIM_FENCED:
        return TXN_FENCED;
    case SIM_GENERATION:
        return TXN_LOST;
    case SIM_REFUSED:
        return TXN_ABORT;
    case SIM_BUSY: /* for longer than a client asks again */
    case SIM_STATE:
        break;
    }
    (void)c;
    return TXN_UNKNOWN;
}

static int port_ready(void *self)
{
    struct sim_client *c = self;
    if (c->producer_epoch) {
        return 0;
    }
    bool known = c->generation && c->answered && (!c->renewed || c->heartbeats > 0);
    if (!known || c->fenced || strikes(c, c->faults->busy) || c->kafka->is_away[c->member]) {
        return CUBE_EAGAIN;
    }
    if (strikes(c, c->faults->request_lost)) {
        int32_t unanswered;
        (void)(random_between(c->random, 0, 1) ? sim_producer_init(c->kafka, c->member, &unanswered) : SIM_BUSY);
        return CUBE_EAGAIN;
    }
    return sim_producer_init(c->kafka, c->member, &c->producer_epoch) == SIM_OK ? 0 : CUBE_EAGAIN;
}

static void port_renew(void *self, const char *why)
{
    struct sim_client *c = self;
    sim_say("  %d: renews its producer: %s", c->member, why);
    c->producer_epoch = 0;
    c->unsent = NULL;
    c->heartbeats = 0;
    c->renewed++;
}

static enum txn_verdict port_begin(void *self)
{
    struct sim_client *c = self;
    c->doubled = c->asked = false;
    c->added = 0;
    c->unsent = NULL;
    return TXN_OK;
}

/* A request that is lost, or whose answer is: whoever sent it cannot tell. */
static bool lost(struct sim_client *c, bool *ret_arrives)
{
    bool away = c->kafka->is_away[c->member];
    bool is_lost = strikes(c, c->faults->request_lost) || away;
    *ret_arrives = !is_lost || (random_between(c->random, 0, 1) == 1 && !away);
    c->doubled = c->doubled || is_lost;
    return is_lost;
}

/* A request that was under way may arrive between two of a transaction as well as between two steps, and come to its end there. */
static void late_arrives(struct sim_client *c)
{
    if (c->kafka->late_count > 0 && random_between(c->random, 0, LATE_BETWEEN - 1) == 0 && sim_end_arrives(c->kafka, c->random)) {
        sim_say("a delayed EndTxn arrives");
        for (int64_t n = random_between(c->random, 0, MARKERS_MAX); n > 0 && sim_marker_arrives(c->kafka, c->random); n--) {
        }
    }
}

/* Before the end of a transaction a client may find that a request failed, or not know. */
static enum txn_verdict failed_or_unknown(struct sim_client *c)
{
    return random_between(c->random, 0, 1) ? TXN_ABORT : TXN_UNKNOWN;
}

/* What the coordinator cannot take in while the last transaction is being ended a client asks for again and again. */
static bool busy_goes_on(struct sim_client *c, enum sim_answer a, int *asked)
{
    return a == SIM_BUSY && ++*asked <= ASKED_MAX && sim_marker_arrives(c->kafka, c->random);
}

/* Of a request that is lost the first message may have arrived, and where it came to lie is not told. */
static enum txn_verdict request_send(struct sim_client *c, enum sim_answer *ret_a)
{
    struct epoch *e = c->unsent;
    bool arrives;
    late_arrives(c);
    bool is_lost = lost(c, &arrives);
    uint32_t at = c->sent, left = e->message_count - at, n = is_lost ? 1 : left < REQUEST_MESSAGES ? left : REQUEST_MESSAGES;
    *ret_a = SIM_OK;
    c->asked = true;
    if (arrives) {
        *ret_a = sim_produce(c->kafka, c->member, c->producer_epoch, c->now_ms, e, &c->sent, at + n, &c->added);
    }
    if (is_lost || *ret_a != SIM_OK) {
        e->messages[is_lost ? at : c->sent].landed = -1;
    }
    return is_lost ? failed_or_unknown(c) : *ret_a == SIM_BUSY ? TXN_OK : verdict(c, *ret_a);
}

/* Sends what is left of the messages, and if it is waited for until they are in. */
static enum txn_verdict rest_send(struct sim_client *c, bool awaited)
{
    enum txn_verdict v = TXN_OK;
    enum sim_answer a = SIM_OK;
    int asked = 0;
    while (c->unsent && c->sent < c->unsent->message_count && v == TXN_OK && (a != SIM_BUSY || (awaited && busy_goes_on(c, a, &asked)))) {
        v = request_send(c, &a);
    }
    if (v != TXN_OK || a != SIM_BUSY) {
        c->unsent = NULL;
    }
    return v == TXN_OK && awaited ? verdict(c, a) : v;
}

static enum txn_verdict port_produce(void *self, struct epoch *e)
{
    struct sim_client *c = self;
    c->unsent = e;
    c->sent = 0;
    return rest_send(c, false);
}

static enum sim_answer offsets_send(struct sim_client *c, const struct epoch *e, const char *mark)
{
    uint32_t generation = PLANTED(REVOKED_GOES_ON) ? c->kafka->generation : c->txn_generation;
    enum sim_answer a;
    int asked = 0;
    do {
        a = sim_offsets(c->kafka, c->member, c->producer_epoch, c->now_ms, e, mark, generation, c->incarnation);
    } while (busy_goes_on(c, a, &asked));
    return a;
}

static enum txn_verdict port_offsets(void *self, const struct epoch *e, const char *mark)
{
    struct sim_client *c = self;
    bool arrives;
    late_arrives(c);
    bool is_lost = lost(c, &arrives) || c->kafka->group_is_away;
    arrives = arrives && !c->kafka->group_is_away;
    c->doubled = c->doubled || is_lost;
    c->asked = true;
    enum sim_answer a = arrives ? offsets_send(c, e, mark) : SIM_OK;
    return is_lost && a == SIM_OK ? failed_or_unknown(c) : verdict(c, a);
}

/* The client sends EndTxn again when an answer does not come; the first one may still be under way, and arrive
 * when the next transaction is open. */
static enum txn_verdict end(struct sim_client *c, bool commit)
{
    bool arrives;
    if (!c->asked) {
        return TXN_OK; /* there is nothing to end */
    }
    if (strikes(c, c->faults->end_doubled * (commit ? 1 : ABORTS_TIMES))) {
        sim_say("  %d: EndTxn is doubled%s", c->member, commit ? "" : ", of an abort");
        sim_end_later(c->kafka, c->member, c->producer_epoch, commit);
        c->doubled = true;
    }
    bool is_lost = lost(c, &arrives);
    enum sim_answer a = arrives ? sim_txn_end(c->kafka, c->member, c->producer_epoch, commit) : SIM_OK;
    return is_lost ? TXN_UNKNOWN : verdict(c, a);
}

static enum txn_verdict port_commit(void *self)
{
    enum txn_verdict v = rest_send(self, true);
    v = v == TXN_OK ? end(self, true) : v;
    return v == TXN_LOST ? TXN_UNKNOWN : v;
}

static enum txn_verdict port_abort(void *self)
{
    ((struct sim_client *)self)->unsent = NULL;
    enum txn_verdict v = end(self, false);
    return v == TXN_OK || v == TXN_FENCED ? v : TXN_UNKNOWN;
}

static bool port_clean(void *self)
{
    return !((struct sim_client *)self)->doubled;
}

static uint32_t port_too_large(void *self)
{
    (void)self;
    return 0;
}

static int port_landed(void *self, const struct epoch *e, const char *mark)
{
    struct sim_client *c = self;
    if (strikes(c, c->faults->busy) || c->kafka->group_is_away) {
        return PLANTED(LANDED_GUESSED) ? 0 : CUBE_EAGAIN;
    }
    int landed = 0;
    for (uint32_t i = 0; i < e->offset_count; i++) {
        const struct epoch_offset *o = &e->offsets[i];
        if (sim_offsets_unstable(c->kafka, o->role, o->partition)) {
            return CUBE_EAGAIN;
        }
        landed = landed || strcmp(c->kafka->parts[o->role][o->partition].mark, mark) == 0;
    }
    return landed;
}

static bool port_replaced(void *self)
{
    return ((struct sim_client *)self)->fenced;
}

static bool port_given_up(void *self)
{
    return ((struct sim_client *)self)->given_up;
}

static void port_told(void *self, int severity, const char *event, const char *text)
{
    (void)severity;
    sim_say("  %d: %s: %s", ((struct sim_client *)self)->member, event, text);
}

void sim_producer_port(struct sim_client *c)
{
    c->producer = (struct producer_port){c, port_ready, port_renew, port_begin, port_produce, port_offsets, port_commit, port_abort, port_clean,
                                         port_too_large, port_landed, port_replaced, port_given_up, port_told};
}
