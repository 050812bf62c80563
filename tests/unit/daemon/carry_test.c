/* What follows upon what a producer says of each step. */
#include "task/carry.h"

#include <stdio.h>

#include "support/unit.h"

#define STEPS_MAX 64

struct world {
    struct carry carry;
    struct producer_port port;
    struct config config;
    struct epoch epoch;
    enum txn_verdict produced, ended, aborted; /* what each step comes to; ended: of the commit */
    bool replaced, doubled, unclean, whole; /* doubled: the next end of a transaction is, which leaves the producer unclean */
    uint32_t too_large;
    int landed, renewed;
    uint8_t cut_seen; /* of the last produce */
    char told[128];
};

static int on_ready(void *self)
{
    (void)self;
    return 0;
}

static void on_renew(void *self, const char *why)
{
    (void)why;
    struct world *w = self;
    w->renewed++;
    w->unclean = false;
}

/* An end that is still under way could end this one. */
static enum txn_verdict on_begin(void *self)
{
    assert_false(((struct world *)self)->unclean);
    return TXN_OK;
}

static enum txn_verdict verdict_take(enum txn_verdict *v)
{
    enum txn_verdict now = *v;
    *v = TXN_OK; /* the next time all is well */
    return now;
}

static enum txn_verdict on_produce(void *self, struct epoch *e, const uint8_t *cut)
{
    (void)e;
    struct world *w = self;
    w->cut_seen = cut ? cut[0] : 0;
    return verdict_take(&w->produced);
}

static enum txn_verdict on_offsets(void *self, const struct epoch *e, const char *mark)
{
    (void)self, (void)e;
    assert_string_equal(mark, "mark");
    return TXN_OK;
}

static void end_send(struct world *w)
{
    w->unclean = w->unclean || w->doubled;
    w->doubled = false;
}

static enum txn_verdict on_commit(void *self)
{
    end_send(self);
    return verdict_take(&((struct world *)self)->ended);
}

static enum txn_verdict on_abort(void *self)
{
    end_send(self);
    return verdict_take(&((struct world *)self)->aborted);
}

static bool on_clean(void *self)
{
    return !((struct world *)self)->unclean;
}

static uint32_t on_too_large(void *self, bool *ret_whole)
{
    const struct world *w = self;
    *ret_whole = w->whole;
    return w->too_large;
}

static int on_landed(void *self, const struct epoch *e, const char *mark)
{
    (void)e, (void)mark;
    return ((struct world *)self)->landed;
}

static bool on_replaced(void *self)
{
    return ((struct world *)self)->replaced;
}

static bool on_never(void *self)
{
    (void)self;
    return false;
}

static void on_told(void *self, int severity, const char *event, const char *text)
{
    (void)text;
    struct world *w = self;
    snprintf(w->told, sizeof w->told, "%d %s", severity, event);
}

static void message_add(struct world *w, enum topic_role role, size_t len)
{
    static const uint8_t bytes[1000];
    assert_int_equal(epoch_add(&w->epoch, role, 0, 1, NULL, 0, bytes, len, NULL, 0), 0);
}

static void world_open(struct world *w)
{
    *w = (struct world){.whole = true};
    for (int r = 0; r < ROLE_COUNT; r++) {
        w->config.topics[r] = "a-topic";
    }
    w->port = (struct producer_port){w, on_ready, on_renew, on_begin, on_produce, on_offsets, on_commit, on_abort, on_clean, on_too_large, on_landed,
                                     on_replaced, on_never, on_told};
    message_add(w, ROLE_STATE, 500);
    message_add(w, ROLE_DEAD_LETTERS, 10);
    message_add(w, ROLE_DEAD_LETTERS, 100);
    message_add(w, ROLE_LATE, 500);
    message_add(w, ROLE_DEAD_LETTERS, 300);
    carry_open(&w->carry, &w->port, &w->config, &w->epoch, "mark");
}

static void world_close(struct world *w)
{
    carry_close(&w->carry);
    epoch_close(&w->epoch);
}

static enum commit_outcome carried(struct world *w)
{
    int steps = 0;
    while (carry_step(&w->carry) != CARRY_ENDED && steps < STEPS_MAX) {
        steps++;
    }
    assert_true(steps < STEPS_MAX);
    return w->carry.outcome;
}

static void carry_step_cuts_a_dead_letter_too_large_and_those_that_are_no_smaller(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    w.produced = TXN_TOO_LARGE;
    w.aborted = TXN_TOO_LARGE;
    w.too_large = 2;
    assert_int_equal(carried(&w), COMMIT_DONE);
    assert_int_equal(w.cut_seen, 1 << 2 | 1 << 4);
    assert_int_equal(w.carry.attempts_again, 1);
    assert_string_equal(w.told, "4 value_cut");
    assert_int_equal(w.renewed, 0);
    world_close(&w);
}

static void carry_step_stops_at_what_may_not_be_cut(void **state)
{
    (void)state;
    static const struct {
        uint32_t message;
        bool whole;
    } rows[] = {{0, true}, {2, false}}; /* a state; a letter that goes without its value already */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        w.produced = TXN_TOO_LARGE;
        w.aborted = TXN_TOO_LARGE;
        w.too_large = rows[i].message;
        w.whole = rows[i].whole;
        assert_int_equal(carried(&w), COMMIT_LOST);
        assert_int_equal(w.carry.error, CUBE_ELIMIT);
        assert_string_equal(w.told, "3 message_too_large");
        world_close(&w);
    }
}

static void carry_step_renews_the_producer_after_an_abort_or_commit_that_was_not_clean(void **state)
{
    (void)state;
    for (int doubled = 0; doubled <= 1; doubled++) {
        for (int aborts = 0; aborts <= 1; aborts++) {
            struct world w;
            world_open(&w);
            w.produced = aborts ? TXN_ABORT : TXN_OK;
            w.doubled = doubled;
            assert_int_equal(carried(&w), COMMIT_DONE);
            assert_int_equal(w.renewed, doubled);
            assert_int_equal(w.carry.attempts_again, aborts);
            world_close(&w);
        }
    }
}

/* A letter is cut and the producer renewed by one and the same abort. */
static void carry_step_renews_after_an_unclean_abort_of_what_is_too_large(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    w.produced = TXN_TOO_LARGE;
    w.aborted = TXN_TOO_LARGE;
    w.too_large = 4;
    w.doubled = true;
    assert_int_equal(carried(&w), COMMIT_DONE);
    assert_int_equal(w.renewed, 1);
    assert_int_equal(w.cut_seen, 1 << 4);
    world_close(&w);
}

static void carry_step_asks_whether_an_unknown_attempt_has_landed(void **state)
{
    (void)state;
    for (int landed = 0; landed <= 1; landed++) {
        struct world w;
        world_open(&w);
        w.ended = TXN_UNKNOWN;
        w.landed = landed;
        assert_int_equal(carried(&w), COMMIT_DONE);
        assert_int_equal(w.renewed, 1);
        assert_int_equal(w.carry.unknown, landed); /* made again when it has not: and that one is known */
        world_close(&w);
    }
}

/* In whatever step: the group decides, not who made a producer last. */
static void carry_step_leaves_when_it_is_fenced_and_replaced_and_renews_when_it_is_only_fenced(void **state)
{
    (void)state;
    for (int step = 0; step < 3; step++) {
        for (int replaced = 0; replaced <= 1; replaced++) {
            struct world w;
            world_open(&w);
            *(step == 0 ? &w.produced : step == 1 ? &w.ended : &w.aborted) = TXN_FENCED;
            w.produced = step == 2 ? TXN_ABORT : w.produced;
            assert_int_equal(carry_step(&w.carry), CARRY_BEGIN);
            w.replaced = replaced;
            assert_int_equal(carried(&w), replaced ? COMMIT_FENCED : COMMIT_DONE);
            assert_int_equal(w.renewed, !replaced);
            world_close(&w);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carry_step_cuts_a_dead_letter_too_large_and_those_that_are_no_smaller),
        cmocka_unit_test(carry_step_stops_at_what_may_not_be_cut),
        cmocka_unit_test(carry_step_renews_the_producer_after_an_abort_or_commit_that_was_not_clean),
        cmocka_unit_test(carry_step_renews_after_an_unclean_abort_of_what_is_too_large),
        cmocka_unit_test(carry_step_asks_whether_an_unknown_attempt_has_landed),
        cmocka_unit_test(carry_step_leaves_when_it_is_fenced_and_replaced_and_renews_when_it_is_only_fenced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
