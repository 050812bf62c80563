#include "kafka/kafka_log.h"

#include <stdlib.h>

#include "kafka/kafka_clock.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_log_parts.h"

#define STOP_PATIENCE_MS 5000 /* a broker that is away must not hold up the end of the process */

#define TICK_MS 1000
#define REVOKE_PATIENCE_MS 5000 /* a transaction under way may take so long when partitions are taken back */

void kafka_log_wake(void *arg)
{
    struct kafka_log *self = arg;
    if (!atomic_load(&self->told.silent)) {
        uv_async_send(&self->wake);
    }
}

void kafka_log_fail(struct kafka_log *self, int code, const char *text)
{
    if (!self->failed && self->options.failed) {
        self->failed = true;
        self->options.failed(self->options.arg, code, text);
    }
}

static void on_failed(void *arg, int code, const char *text)
{
    kafka_log_fail(arg, code, text);
}

static void partitions_revoke(struct kafka_log *self, bool lost)
{
    kafka_fetch_suspend(&self->fetch);
    kafka_fetch_retain(&self->again, NULL, 0);
    kafka_fetch_ahead_close(&self->restore.fetch);
    kafka_log_await(self, lost ? 0 : REVOKE_PATIENCE_MS);
    if (!self->stopped && !kafka_txn_busy(self->txn)) {
        atomic_store(&self->txn->give_up, false);
    }
    if (self->owned_count > 0) {
        self->events.revoked(self->events.arg, self->owned, self->owned_count);
    }
    free(self->owned);
    self->owned = NULL;
    self->owned_count = 0;
}

static void partitions_assign(struct kafka_log *self)
{
    self->owned_count = self->member.count;
    self->owned = self->member.partitions;
    self->member.partitions = NULL;
    kafka_fetch_retain(&self->fetch, self->owned, self->owned_count);
    kafka_given_anew(&self->given);
    if (self->owned_count > 0) {
        self->events.assigned(self->events.arg, self->owned, self->owned_count);
    }
}

/* Settled before the user is told of an assignment, because a restore may take long, and after it was told
 * of a revocation, because settling gives the partitions away. */
static void membership_serve(struct kafka_log *self)
{
    if (!self->member.rk || !atomic_load(&self->member.ready)) {
        return;
    }
    enum member_change change = kafka_member_poll(&self->member);
    if (change == MEMBER_ASSIGNED) {
        if (self->owned) {
            partitions_revoke(self, true);
        }
        kafka_member_settle(&self->member);
        partitions_assign(self);
    } else if (change != MEMBER_SAME) {
        partitions_revoke(self, change == MEMBER_LOST);
        kafka_member_settle(&self->member);
    }
    if (atomic_load(&self->member.ready)) {
        kafka_log_wake(self);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct kafka_log *self = handle->data;
    if (--self->handles == 0 && self->stopped) {
        self->stopped(self->stopped_arg);
    }
}

static void clients_close(struct kafka_log *self)
{
    kafka_txn_close(self->txn);
    kafka_doubt_close(&self->doubt);
    kafka_given_close(&self->given);
    rd_kafka_t *clients[] = {kafka_fetch_close(&self->fetch), kafka_fetch_close(&self->again), kafka_fetch_close(&self->restore.fetch),
                             kafka_offsets_close(&self->offsets), kafka_member_close(&self->member)};
    bool left = self->member.left_behind || self->restore_left || self->txn_left;
    if (!kafka_clients_end(clients, sizeof(clients) / sizeof(*clients)) || left) {
        self->abandoned = true;
        kafka_told_say(&self->told, 4, "client_abandoned", "a client of librdkafka does not end: it is left to the end of the process");
    }
}

static void handles_close(struct kafka_log *self)
{
    uv_close((uv_handle_t *)&self->wake, on_closed);
    uv_close((uv_handle_t *)&self->tick, on_closed);
}

/* True when the log is being closed and nothing may be touched any more. */
static bool stop_serve(struct kafka_log *self)
{
    if (!self->stopped || (!self->abandoned && !kafka_txn_ended(self->txn))) {
        return false;
    }
    if (!uv_is_closing((uv_handle_t *)&self->wake)) {
        if (!self->abandoned) {
            clients_close(self);
        }
        if (self->abandoned) {
            atomic_store(&self->told.silent, true); /* the loop goes, a thread may not have */
        }
        kafka_told_deliver(&self->told, &self->events);
        handles_close(self);
    }
    return true;
}

static void fenced_serve(struct kafka_log *self)
{
    if (self->member.broken) {
        kafka_log_fail(self, CUBE_EKAFKA, "librdkafka gave the membership of the group up");
    }
    if (atomic_load(&self->member.fenced) && !self->fenced_told && !kafka_txn_busy(self->txn)) {
        self->fenced_told = true;
        kafka_log_fail(self, CUBE_EFENCED, err_text(CUBE_EFENCED));
    }
}

/* Somebody has our place in the group, so nothing is ours. A process of our name ends us, which it is for certain when it has made a
 * producer; after a ghost of our own we join again. */
static void doubt_serve(struct kafka_log *self)
{
    char text[KAFKA_TEXT_MAX] = "";
    if (!atomic_load(&self->member.doubted) || atomic_load(&self->member.fenced)) {
        return;
    }
    if (self->owned) {
        partitions_revoke(self, true);
        kafka_member_lose(&self->member);
    }
    kafka_group_coordinator(&self->doubt.group, atomic_load(&self->member.coordinator) - 1);
    enum doubt_verdict v = kafka_doubt_look(&self->doubt, self->offsets.marks, self->config, self->member.session_ms);
    if (v == DOUBT_PROCESS || atomic_load(&self->txn->producer.fenced)) {
        atomic_store(&self->member.fenced, true);
    } else if (v == DOUBT_GHOST) {
        kafka_told_say(&self->told, 4, "place_free", "our place in the group was taken by an earlier request of our own: it is joined again");
        int rc = kafka_member_again(&self->member, text);
        if (rc) {
            kafka_log_fail(self, rc, text);
        }
    }
}

static void turn(struct kafka_log *self)
{
    kafka_told_deliver(&self->told, &self->events);
    kafka_log_result(self);
    if (stop_serve(self)) {
        return;
    }
    if (self->stopped) {
        return; /* nothing new comes in while the last transaction ends */
    }
    membership_serve(self);
    fenced_serve(self);
    kafka_log_given_turn(self);
    bool more = kafka_fetch_turn(&self->again, &self->events);
    if (kafka_fetch_turn(&self->fetch, &self->events) || more) {
        kafka_log_wake(self);
    }
}

static void on_wake(uv_async_t *wake)
{
    turn(wake->data);
}

/* An idle consumer that is only polled when woken is thrown out of the group. */
static void on_tick(uv_timer_t *tick)
{
    struct kafka_log *self = tick->data;
    uint64_t waited_ms = self->stopped ? kafka_now_ms() - self->stop_ms : 0;
    if (waited_ms > STOP_PATIENCE_MS) {
        kafka_txn_quit(self->txn, true);
        self->abandoned = waited_ms > 2 * STOP_PATIENCE_MS && !kafka_txn_ended(self->txn);
    }
    atomic_store(&self->member.ready, true);
    rd_kafka_message_t *m = self->stopped ? NULL : rd_kafka_consumer_poll(self->fetch.rk, 0);
    if (m) {
        rd_kafka_message_destroy(m);
    }
    if (!self->stopped) {
        uint32_t patience = (uint32_t)((self->member.session_ms + DOUBT_EXTRA_MS) / TICK_MS);
        kafka_fetch_losses(&self->fetch, patience);
        kafka_fetch_losses(&self->again, patience);
        doubt_serve(self);
        kafka_log_given_serve(self);
        kafka_log_restore_serve(self);
        kafka_log_again_serve(self);
        kafka_log_txn_serve(self);
    }
    turn(self);
}

static void parts_name(struct kafka_log *self)
{
    const struct config *c = self->config;
    self->member = (struct kafka_member){.config = c, .told = &self->told, .wake = kafka_log_wake, .arg = self,
                                          .progressed = self->options.progressed, .progressed_arg = self->options.arg};
    self->fetch = (struct kafka_fetch){.client = CLIENT_FETCHER, .config = c, .told = &self->told, .wake = kafka_log_wake,
                                       .failed = on_failed, .arg = self};
    self->again = self->restore.fetch = self->fetch;
    self->again.client = CLIENT_AGAIN;
    self->again.reached = kafka_log_again_reached;
    self->restore.fetch.client = CLIENT_RESTORE;
    self->offsets.config = c;
    self->offsets.told = &self->told;
    self->given.group = (struct kafka_group){.answered = kafka_log_wake, .arg = self};
}

static int parts_init(struct kafka_log *self)
{
    char text[KAFKA_TEXT_MAX] = "";
    int rc = kafka_version_check(self->config, text);
    if (rc == 1) {
        kafka_told_say(&self->told, 4, "librdkafka_version", "%s", text);
        rc = 0;
    }
    rc = rc ? rc : kafka_member_init(&self->member, text);
    rc = rc ? rc : kafka_fetch_init(&self->fetch, text);
    self->offsets.stable = self->fetch.rk;
    rc = rc ? rc : kafka_offsets_init(&self->offsets, text);
    if (rc) {
        kafka_told_say(&self->told, 3, "kafka_refused", "%s", text);
        kafka_told_deliver(&self->told, &self->events);
        clients_close(self);
    }
    return rc;
}

static int handles_open(struct kafka_log *self)
{
    if (uv_async_init(self->loop, &self->wake, on_wake)) {
        return CUBE_ENOMEM;
    }
    uv_timer_init(self->loop, &self->tick);
    self->wake.data = self->tick.data = self;
    self->handles = 2;
    kafka_told_wake(&self->told, kafka_log_wake, self);
    return 0;
}

static int locks_open(struct kafka_log *self)
{
    if (pthread_mutex_init(&self->restore.lock, NULL)) {
        return CUBE_ENOMEM;
    }
    int rc = kafka_told_init(&self->told);
    if (rc) {
        pthread_mutex_destroy(&self->restore.lock);
    }
    return rc;
}

static void locks_close(struct kafka_log *self)
{
    kafka_told_close(&self->told);
    pthread_mutex_destroy(&self->restore.lock);
}

int kafka_log_create(uv_loop_t *loop, const struct config *c, const struct log_events *ev, const struct kafka_log_options *o,
                     struct log *ret_log, struct kafka_log **ret_self)
{
    struct kafka_log *self = calloc(1, sizeof(*self));
    if (!self) {
        return CUBE_ENOMEM;
    }
    self->loop = loop;
    self->config = c;
    self->events = *ev;
    self->options = o ? *o : (struct kafka_log_options){0};
    int rc = locks_open(self);
    if (rc) {
        free(self);
        return rc;
    }
    parts_name(self);
    rc = kafka_log_txn_make(self);
    rc = rc ? rc : parts_init(self);
    if (rc) {
        locks_close(self);
        free(self->txn);
        free(self);
        return rc;
    }
    kafka_log_port(self, ret_log);
    *ret_self = self;
    return 0;
}

int kafka_log_start(struct kafka_log *self)
{
    char text[KAFKA_TEXT_MAX];
    int rc = handles_open(self);
    if (rc) {
        return rc;
    }
    self->started = true;
    uv_timer_start(&self->tick, on_tick, TICK_MS, TICK_MS);
    rc = kafka_txn_start(self->txn);
    rc = rc ? rc : kafka_fetch_init(&self->restore.fetch, text);
    rc = rc ? rc : kafka_fetch_init(&self->again, text);
    rc = rc ? rc : kafka_member_join(&self->member, text);
    if (rc) {
        kafka_told_say(&self->told, 3, "kafka_refused", "%s", rc == CUBE_EKAFKA ? text : err_text(rc));
    }
    kafka_log_wake(self);
    return rc;
}

void kafka_log_stop(struct kafka_log *self, void (*cb)(void *arg), void *arg)
{
    bool again = self->stopped != NULL;
    if (!again) {
        self->stopped = cb;
        self->stopped_arg = arg;
        self->stop_ms = kafka_now_ms();
        kafka_fetch_suspend(&self->fetch);
        kafka_fetch_suspend(&self->again);
    }
    if (self->txn->running) {
        kafka_txn_quit(self->txn, again);
    }
    kafka_log_wake(self);
}

void kafka_log_destroy(struct kafka_log *self)
{
    if (!self || self->abandoned) {
        return;
    }
    clients_close(self);
    if (self->abandoned) {
        return;
    }
    locks_close(self);
    free(self->owned);
    free(self->txn);
    free(self);
}

bool kafka_log_broker_up(struct kafka_log *self)
{
    return kafka_member_broker_up(&self->member);
}

void kafka_log_counts_read(struct kafka_log *self, struct kafka_log_counts *ret_c)
{
    ret_c->retried = atomic_load(&self->txn->retried);
    ret_c->renewed = atomic_load(&self->txn->renewed);
    uint64_t since_ms = atomic_load(&self->txn->vain_ms);
    ret_c->vain_ms = since_ms ? (int64_t)(kafka_now_ms() - since_ms) : 0;
}
