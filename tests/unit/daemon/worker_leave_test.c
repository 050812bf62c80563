/* The worker's clean stop: a last commit, and what no commit has is kept for the next process on this machine. */
#include "support/unit.h"

#include "support/copied_world.h"

/* Told to stop at any moment; what it has taken is committed, the rest is kept. */
static void process_stop(struct world *w)
{
    worker_leave(w->worker);
    for (int turn = 0; !worker_has_left(w->worker) || w->log.pending; turn++) {
        assert_true(turn < 100);
        w->now_ms += 10;
        fake_log_deliver(&w->log, 3); /* is not taken any more */
        worker_turn(w->worker, w->now_ms);
        if (w->log.pending) {
            fake_log_land(&w->log, true);
        }
    }
    assert_int_equal(w->error, 0);
    worker_keep(w->worker);
    process_crash(w);
}

static uint64_t dirty_of(struct world *w)
{
    struct status s;
    worker_status(w->worker, &s);
    return s.dirty;
}

static void worker_goes_on_exactly_from_what_a_clean_stop_kept(void **state)
{
    (void)state;
    char *want[TOPICS_COMPARED];
    wanted_take(16, 80, want);
    for (uint32_t at = 1; at < 60; at += 3) {
        struct copied_world c;
        copied_open(&c, QUIET);
        story(&c.world.log, 16, 80);
        turns_of(&c.world, (int)at, 100, 1);
        process_stop(&c.world);
        turns_of(&c.world, 6, 100, 1);
        process_stop(&c.world); /* with what was put back, and more */
        if (at % 2) {
            turns_of(&c.world, 7, 100, 1);
            process_crash(&c.world); /* and what was not in the changelog is done once more */
        }
        play(&c.world, FAULT_NONE, 0);
        outputs_equal(&c.world.log, want, 16, -1, (int)at);
        assert_true(c.copy.refused == 0 && c.copy.ends > 0 && (at < 10 || c.copy.given_kept > 4));
        copied_close(&c);
    }
    texts_free(want);
}

static void worker_keeps_what_is_dirty_dirty_over_a_clean_stop(void **state)
{
    (void)state;
    struct copied_world c;
    copied_open(&c, QUIET);
    story(&c.world.log, 17, 80);
    turns_of(&c.world, 60, 100, 1);
    process_stop(&c.world);
    struct status before, after;
    turns_of(&c.world, 3, 100, 0);
    process_stop(&c.world);
    turns_of(&c.world, 3, 100, 0);
    worker_status(c.world.worker, &before);
    process_stop(&c.world);
    turns_of(&c.world, 3, 100, 0);
    worker_status(c.world.worker, &after);
    assert_true(before.dirty > 10 && before.dirty == after.dirty && before.redo == after.redo && before.redo > 0);
    copied_close(&c);
}

static void each_kept(struct copied_world *c, void (*change)(struct fake_part_copy *p))
{
    for (int i = 0; i < 3 * FAKE_PARTITIONS_MAX; i++) {
        struct fake_part_copy *p = &c->copy.parts[i / FAKE_PARTITIONS_MAX][i % FAKE_PARTITIONS_MAX];
        if (p->kept_place.seq) {
            change(p);
        }
    }
}

static void kept_foreign(struct fake_part_copy *p)
{
    p->kept_place.lineage++;
}

static void kept_before(struct fake_part_copy *p)
{
    p->kept_place.seq--;
}

static void kept_damaged(struct fake_part_copy *p)
{
    p->kept[p->kept_count - 1].value[0] = 99;
}

static void kept_short(struct fake_part_copy *p)
{
    p->kept_count--;
    free(p->kept[p->kept_count].key);
    free(p->kept[p->kept_count].value);
}

static void kept_twice(struct fake_part_copy *p)
{
    const struct fake_copied *last = &p->kept[p->kept_count - 1];
    fake_add(&p->kept, &p->kept_count, &p->kept_capacity, (struct fake_copied){fake_bytes(last->key, last->key_len),
             fake_bytes(last->value, last->value_len), last->key_len, last->value_len});
}

/* What is not of exactly the last commit is dropped, and what cannot be read costs the copy. */
static void worker_takes_nothing_that_was_not_kept_behind_the_last_commit(void **state)
{
    (void)state;
    char *want[TOPICS_COMPARED];
    static void (*const wrongs[])(struct fake_part_copy *p) = {kept_foreign, kept_before, kept_damaged, kept_short, kept_twice};
    wanted_take(18, 80, want);
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct copied_world c;
        copied_open(&c, QUIET);
        story(&c.world.log, 18, 80);
        turns_of(&c.world, 40, 100, 1);
        process_stop(&c.world);
        each_kept(&c, wrongs[i]);
        play(&c.world, FAULT_NONE, 0);
        outputs_equal(&c.world.log, want, 18, -1, (int)i);
        assert_int_equal(c.copy.refused, i < 2 ? 0 : 3);
        assert_true((c.copy.given_kept == 0) == (i < 2));
        copied_close(&c);
    }
    texts_free(want);
}

static void worker_takes_nothing_kept_that_somebody_has_committed_behind(void **state)
{
    (void)state;
    struct copied_world c;
    char *want[TOPICS_COMPARED];
    wanted_take(19, 80, want);
    copied_open(&c, QUIET);
    story(&c.world.log, 19, 80);
    turns_of(&c.world, 8, 100, 1);
    c.world.checkpoint = NULL; /* of the process after the next */
    process_stop(&c.world);
    assert_int_equal(c.copy.ends, 3);
    turns_of(&c.world, 40, 100, 5); /* read again, and more */
    c.world.checkpoint = &c.copy.port;
    process_crash(&c.world);
    play(&c.world, FAULT_NONE, 0);
    outputs_equal(&c.world.log, want, 19, -1, -1);
    assert_true(c.copy.given_kept == 0 && c.copy.refused == 0);
    copied_close(&c);
    texts_free(want);
}

static void worker_whose_last_commit_is_lost_keeps_nothing(void **state)
{
    (void)state;
    struct copied_world c;
    copied_open(&c, QUIET);
    story(&c.world.log, 20, 80);
    turns_of(&c.world, 40, 100, 1);
    c.world.now_ms += 100;
    fake_log_deliver(&c.world.log, 2);
    worker_leave(c.world.worker);
    worker_turn(c.world.worker, c.world.now_ms);
    assert_true(worker_has_left(c.world.worker) && c.world.log.pending);
    worker_keep(c.world.worker); /* not heard of yet */
    fake_log_lose(&c.world.log);
    worker_keep(c.world.worker);
    assert_int_equal(c.copy.ends, 0);
    copied_close(&c);
}

static void worker_with_written_records_keeps_the_place_of_what_is_held(void **state)
{
    (void)state;
    struct copied_world c;
    copied_open(&c, WRITTEN);
    story(&c.world.log, 21, 80);
    turns_of(&c.world, 40, 100, 1);
    process_stop(&c.world);
    play(&c.world, FAULT_NONE, 0);
    assert_true(dirty_of(&c.world) == 0 && c.copy.ends == 3 && c.copy.given_kept == 3);
    copied_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_goes_on_exactly_from_what_a_clean_stop_kept),
        cmocka_unit_test(worker_keeps_what_is_dirty_dirty_over_a_clean_stop),
        cmocka_unit_test(worker_takes_nothing_that_was_not_kept_behind_the_last_commit),
        cmocka_unit_test(worker_takes_nothing_kept_that_somebody_has_committed_behind),
        cmocka_unit_test(worker_whose_last_commit_is_lost_keeps_nothing),
        cmocka_unit_test(worker_with_written_records_keeps_the_place_of_what_is_held),
    };
    return RUN_TESTS(tests);
}
