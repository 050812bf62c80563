/* What follows upon what a producer says of each step. */
#include "task/carry.h"

#include <stdio.h>
#include <string.h>

#include "port/letter.h"
#include "support/unit.h"

#define STEPS_MAX 64
#define MESSAGES 5

struct world {
    struct carry carry;
    struct producer_port port;
    struct config config;
    struct epoch epoch;
    enum txn_verdict produced, ended, aborted; /* what each step comes to; ended: of the commit */
    bool replaced, doubled, unclean; /* doubled: the next end of a transaction is, which leaves the producer unclean */
    uint32_t too_large;
    int landed, renewed;
    uint8_t cut_seen[MESSAGES]; /* of the last produce */
    char told[256];
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

static enum txn_verdict on_produce(void *self, struct epoch *e)
{
    struct world *w = self;
    for (int i = 0; i < MESSAGES; i++) {
        w->cut_seen[i] = e->messages[i].cut;
    }
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

static uint32_t on_too_large(void *self)
{
    return ((const struct world *)self)->too_large;
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
    struct world *w = self;
    snprintf(w->told, sizeof w->told, "%d %s %s", severity, event, text);
}

/* headers: bytes of the one it came with. */
static void message_add(struct world *w, enum topic_role role, size_t len, uint32_t headers)
{
    static const uint8_t bytes[1000];
    const struct header h[] = {{TEXT_LITERAL("h"), {(const char *)bytes, headers}}, {TEXT_LITERAL("cubed.reason"), TEXT_LITERAL("version")},
                               {TEXT_LITERAL("cubed.detail"), TEXT_LITERAL("v is 2")}, {TEXT_LITERAL("cubed.source.topic"), TEXT_LITERAL("hr")},
                               {TEXT_LITERAL("cubed.source.partition"), TEXT_LITERAL("3")},
                               {TEXT_LITERAL("cubed.source.offset"), TEXT_LITERAL("17")}};
    assert_int_equal(epoch_add(&w->epoch, role, 0, 1, NULL, 0, bytes, len, h, 6), 0);
}

static void world_open(struct world *w)
{
    *w = (struct world){0};
    for (int r = 0; r < ROLE_COUNT; r++) {
        w->config.topics[r] = "a-topic";
    }
    w->port = (struct producer_port){w, on_ready, on_renew, on_begin, on_produce, on_offsets, on_commit, on_abort, on_clean, on_too_large, on_landed,
                                     on_replaced, on_never, on_told};
    message_add(w, ROLE_STATE, 500, 0);
    message_add(w, ROLE_DEAD_LETTERS, 10, 0);
    message_add(w, ROLE_DEAD_LETTERS, 100, 0);
    message_add(w, ROLE_LATE, 500, 0);
    message_add(w, ROLE_DEAD_LETTERS, 300, 400);
    carry_open(&w->carry, &w->port, &w->config, &w->epoch, "mark");
}

static void world_close(struct world *w)
{
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
    assert_memory_equal(w.cut_seen, ((uint8_t[]){0, 0, CUT_VALUE, 0, CUT_HEADERS}), MESSAGES);
    assert_int_equal(w.carry.attempts_again, 1);
    assert_string_equal(w.told, "4 letter_cut a-topic refuses a record of 202 bytes: it goes without value: hr[3] offset 17");
    assert_int_equal(w.renewed, 0);
    world_close(&w);
}

/* Until its own headers are alone. */
static void carry_step_cuts_more_of_a_letter_that_is_refused_again(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    w.too_large = 4;
    for (int i = 0; i < 2; i++) {
        w.produced = w.aborted = TXN_TOO_LARGE;
        while (w.produced || w.aborted) {
            assert_int_not_equal(carry_step(&w.carry), CARRY_ENDED);
        }
    }
    assert_int_equal(carried(&w), COMMIT_DONE);
    assert_memory_equal(w.cut_seen, ((uint8_t[]){0, 0, 0, 0, CUT_VALUE | CUT_HEADERS}), MESSAGES);
    assert_string_equal(w.told, "4 letter_cut a-topic refuses a record of 401 bytes: it goes without value,headers: hr[3] offset 17");
    world_close(&w);
}

static void carry_step_stops_at_what_may_not_be_cut(void **state)
{
    (void)state;
    static const struct {
        uint32_t message;
        uint8_t cut;
    } rows[] = {{0, 0}, {2, CUT_VALUE | CUT_HEADERS}}; /* a state; a letter of which nothing goes but its own headers */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        w.produced = TXN_TOO_LARGE;
        w.aborted = TXN_TOO_LARGE;
        w.too_large = rows[i].message;
        w.epoch.messages[w.too_large].cut = rows[i].cut;
        assert_int_equal(carried(&w), COMMIT_LOST);
        assert_int_equal(w.carry.error, CUBE_ELIMIT);
        assert_ptr_equal(strstr(w.told, "3 message_too_large"), w.told);
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
    assert_int_equal(w.cut_seen[4], CUT_HEADERS);
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
        cmocka_unit_test(carry_step_cuts_more_of_a_letter_that_is_refused_again),
        cmocka_unit_test(carry_step_stops_at_what_may_not_be_cut),
        cmocka_unit_test(carry_step_renews_the_producer_after_an_abort_or_commit_that_was_not_clean),
        cmocka_unit_test(carry_step_renews_after_an_unclean_abort_of_what_is_too_large),
        cmocka_unit_test(carry_step_asks_whether_an_unknown_attempt_has_landed),
        cmocka_unit_test(carry_step_leaves_when_it_is_fenced_and_replaced_and_renews_when_it_is_only_fenced),
    };
    return RUN_TESTS(tests);
}
