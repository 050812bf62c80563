/* The producer port: what carrying an epoch into a transaction needs of Kafka. Implemented by daemon/kafka
 * (librdkafka, on the transaction thread) and by the simulator. All calls may block; one at a time. */
#ifndef CUBE_PORT_PRODUCER_H
#define CUBE_PORT_PRODUCER_H

#include <stdbool.h>
#include <stdint.h>

#include "port/epoch.h"

/* What a step of a transaction came to. */
enum txn_verdict {
    TXN_OK,
    TXN_ABORT,     /* abort, then the same epoch again */
    TXN_UNKNOWN,   /* renew the producer, ask the group's offsets */
    TXN_LOST,      /* abort: the partitions are no longer ours */
    TXN_FENCED,    /* by another producer, or our own transaction timed out on the broker: renew, unless we were replaced */
    TXN_TOO_LARGE  /* a message was refused for its size: abort; of abort: put the substitute in place */
};

struct producer_port {
    void *self;

    /* Makes the client, and with it fences off and resolves what an earlier one of the same name left open. Waits
     * for the group to have taken us in and, after `renew`, to have answered us since: a process that was
     * replaced must not fence its successor. 0: there is one. CUBE_EAGAIN: not now. CUBE_ECONFIG: never. */
    int (*ready)(void *self);

    /* Throws the client away, whatever state it is in; the next `ready` makes another one. Nothing refers to
     * the bytes of an epoch afterwards. */
    void (*renew)(void *self, const char *why);

    enum txn_verdict (*begin)(void *self);
    /* Hands over all messages; borrows the epoch's bytes until the transaction has ended. Letters go without what is cut, and more is
     * cut of those larger than the client takes. Where messages to changelogs came to lie is filled in by the time the
     * transaction has ended; -1: nobody was told. */
    enum txn_verdict (*produce)(void *self, struct epoch *e);
    /* The offsets, each with `mark` as its metadata, under the group's generation at hand-over. */
    enum txn_verdict (*offsets)(void *self, const struct epoch *e, const char *mark);
    enum txn_verdict (*commit)(void *self);
    /* TXN_OK: aborted. TXN_TOO_LARGE: aborted, and a message was to blame, whatever step it showed in. TXN_FENCED.
     * TXN_UNKNOWN: renew. */
    enum txn_verdict (*abort)(void *self);

    /* The last transaction's requests were each answered and its end was sent once: a doubled EndTxn could end a
     * later transaction (KAFKA-17754). */
    bool (*clean)(void *self);

    /* After abort said TXN_TOO_LARGE: the message that was refused. */
    uint32_t (*too_large)(void *self);

    /* 1: the epoch that carried this mark has landed; 0: it has not; CUBE_EAGAIN: nothing can be said now. */
    int (*landed)(void *self, const struct epoch *e, const char *mark);

    /* Another process has taken our place in the group, or another thread of our own that of this one. */
    bool (*replaced)(void *self);

    /* Ownership is going, or the process is: no further attempt. */
    bool (*given_up)(void *self);

    /* Anything a person should know, as log_events.told. */
    void (*told)(void *self, int severity, const char *event, const char *text);
};

#endif
