/* What the worker notes in local copies beside the records of changelogs, at a clean stop and on the way. */
#include "support/unit.h"

#include "support/copied_world.h"
#include "task/entity_inner.h"

/* Told to stop at any moment; what it has taken is committed, and what the changelog lacks of that is noted. */
static void process_leave(struct world *w)
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
}

static void process_stop(struct world *w)
{
    process_leave(w);
    process_crash(w);
}

static uint64_t dirty_of(struct world *w)
{
    struct status s;
    worker_status(w->worker, &s);
    return s.dirty;
}

static void worker_goes_on_exactly_from_what_a_clean_stop_noted(void **state)
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
        assert_true(c.copy.refused == 0 && (at < 10 || c.copy.given_notes > 4));
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

/* The last record of a copy that is a note, or the head of them. */
static struct fake_copied *last_of(struct fake_part_copy *p, bool head)
{
    for (uint32_t i = p->marked; i > 0; i--) {
        struct fake_copied *c = &p->records[i - 1];
        bool is_head = c->key_len == 6 && memcmp(c->key, "!noted", 6) == 0;
        if (head ? is_head : fake_is_note(c)) {
            return c;
        }
    }
    return NULL;
}

static void head_newer(struct fake_part_copy *p)
{
    last_of(p, true)->value[0] = 99;
}

static void head_cut(struct fake_part_copy *p)
{
    last_of(p, true)->value_len--;
}

static void head_missing(struct fake_part_copy *p)
{
    for (struct fake_copied *head; (head = last_of(p, true)) != NULL;) {
        head->key[0] = 'z'; /* of a version to come */
    }
}

static void note_cut(struct fake_part_copy *p)
{
    last_of(p, false)->value_len = 3;
}

static void note_beyond(struct fake_part_copy *p)
{
    last_of(p, false)->value[2] = 127;
}

static void note_in_anothers_place(struct fake_part_copy *p)
{
    struct fake_copied *last = last_of(p, false);
    uint8_t place = last->value[2];
    last->value[0] = 1;
    struct fake_copied *other = last_of(p, false);
    last->value[0] = 0;
    other->value[2] = place;
}

/* What does not fit together costs the copy, and nothing else. */
static void worker_does_without_notes_that_do_not_fit(void **state)
{
    (void)state;
    char *want[TOPICS_COMPARED];
    static void (*const wrongs[])(struct fake_part_copy *p) = {head_newer, head_cut, head_missing, note_cut, note_beyond, note_in_anothers_place};
    wanted_take(18, 80, want);
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct copied_world c;
        copied_open(&c, QUIET);
        story(&c.world.log, 18, 80);
        turns_of(&c.world, 40, 100, 1);
        process_stop(&c.world);
        for (int k = 0; k < 3; k++) {
            wrongs[i](&c.copy.parts[k / 2][k % 2]); /* two of customers, one of employees */
        }
        play(&c.world, FAULT_NONE, 0);
        outputs_equal(&c.world.log, want, 18, -1, (int)i);
        assert_int_equal(c.copy.refused, 3);
        copied_close(&c);
    }
    texts_free(want);
}

/* What others wrote since takes the place of notes; the rest of them is as good as before. */
static void worker_takes_notes_that_somebody_has_committed_behind(void **state)
{
    (void)state;
    char *want[TOPICS_COMPARED];
    wanted_take(19, 80, want);
    for (int redo = 0; redo < 2; redo++) {
        struct copied_world c;
        copied_open(&c, QUIET);
        c.world.config->changelog_redo = redo ? 20 : 1000000;
        story(&c.world.log, 19, 80);
        turns_of(&c.world, 30, 100, 1);
        c.world.checkpoint = NULL; /* of the process after the next */
        process_stop(&c.world);
        turns_of(&c.world, 40, 100, 5); /* read again, and more */
        c.world.checkpoint = &c.copy.port;
        process_crash(&c.world);
        play(&c.world, FAULT_NONE, 0);
        outputs_equal(&c.world.log, want, 19, -1, redo);
        assert_true(c.copy.given_notes > 3 && c.copy.refused == 0);
        copied_close(&c);
    }
    texts_free(want);
}

static uint32_t notes_of(const struct fake_copy *f)
{
    uint32_t n = 0;
    for (int i = 0; i < 3; i++) {
        const struct fake_part_copy *p = &f->parts[i / 2][i % 2];
        for (uint32_t r = 0; r < p->marked; r++) {
            n += fake_is_note(&p->records[r]);
        }
    }
    return n;
}

static void worker_whose_last_commit_is_lost_notes_nothing_of_it(void **state)
{
    (void)state;
    struct copied_world c;
    copied_open(&c, QUIET);
    story(&c.world.log, 20, 80);
    turns_of(&c.world, 40, 100, 1);
    uint32_t before = notes_of(&c.copy);
    c.world.now_ms += 100;
    fake_log_deliver(&c.world.log, 2);
    worker_leave(c.world.worker);
    worker_turn(c.world.worker, c.world.now_ms);
    assert_true(worker_has_left(c.world.worker) && c.world.log.pending && c.world.log.pending->note_count > 0);
    fake_log_lose(&c.world.log);
    assert_int_equal(notes_of(&c.copy), before);
    copied_close(&c);
}

static void worker_with_written_records_notes_nobody(void **state)
{
    (void)state;
    struct copied_world c;
    copied_open(&c, WRITTEN);
    story(&c.world.log, 21, 80);
    turns_of(&c.world, 40, 100, 1);
    process_stop(&c.world);
    play(&c.world, FAULT_NONE, 0);
    assert_true(dirty_of(&c.world) == 0 && c.copy.given > 10 && c.copy.given_notes == 0);
    copied_close(&c);
}

/* From where the restarted process reads its inputs, in records before what is committed, all together. */
static int64_t read_again(struct world *w)
{
    int64_t again = 0;
    process_crash(w);
    worker_turn(w->worker, w->now_ms);
    for (int i = 0; i < 5; i++) { /* of interactions, cpi, and of hr */
        const struct fake_partition *p = &w->log.parts[i < 4 ? (int)ROLE_INTERACTIONS + i / 2 : (int)ROLE_HR][i < 4 ? i % 2 : 0];
        assert_true(p->started || p->committed <= 0);
        again += p->started && p->committed > 0 ? p->committed - p->position : 0;
    }
    return again;
}

static int64_t read_again_by(int64_t notes_every_ms)
{
    struct copied_world c;
    copied_open(&c, QUIET);
    c.world.config->notes_every_ms = notes_every_ms;
    story(&c.world.log, 22, 300);
    turns_of(&c.world, 200, 100, 1);
    int64_t again = read_again(&c.world);
    copied_close(&c);
    return again;
}

/* Where nothing is noted on the way a killed process begins where the oldest record that is still to be written does. Where it is, there are the
 * events that wait for their order and the ids of a minute. */
static void worker_reads_again_only_what_came_since_the_last_notes(void **state)
{
    (void)state;
    int64_t noted = read_again_by(1), not_noted = read_again_by(INT32_MAX);
    assert_in_range(noted, 1, not_noted / 2);
}

/* ---- copies that take no more ------------------------------------------------------------------------ */

static struct entity_task *customers_of(const struct world *w, uint32_t i)
{
    struct entity_task **tasks;
    assert_true(worker_entity_tasks(w->worker, &tasks) > i && tasks[i]);
    return tasks[i];
}

/* As the disk is full or lets be written again; a process that begins finds its copies as they were written. */
static void disk_is(struct copied_world *c, bool full)
{
    c->copy.full = full;
    for (int i = 0; i < 3 * FAKE_PARTITIONS_MAX && !full; i++) {
        c->copy.parts[i / FAKE_PARTITIONS_MAX][i % FAKE_PARTITIONS_MAX].open = false;
    }
}

static void worker_notes_nothing_for_a_copy_that_takes_no_more(void **state)
{
    (void)state;
    struct copied_world c;
    copied_open(&c, QUIET);
    c.world.config->notes_every_ms = 1;
    story(&c.world.log, 23, 300);
    turns_of(&c.world, 60, 100, 1);
    assert_true(c.copy.put_notes > 10);
    disk_is(&c, true);
    turns_of(&c.world, 60, 100, 1); /* in which each task has committed */
    uint32_t noted = c.copy.put_notes;
    turns_of(&c.world, 60, 100, 1);
    process_leave(&c.world);
    assert_int_equal(c.copy.put_notes, noted);
    assert_true(dirty_of(&c.world) > 10); /* somebody is to be written yet */
    for (uint32_t i = 0; i < 2; i++) {
        const struct entity_task *t = customers_of(&c.world, i);
        assert_true(!t->notes.redo && entity_engine_unnoted_next(t->engine) == 0);
    }
    disk_is(&c, false);
    process_crash(&c.world);
    turns_of(&c.world, 10, 100, 1);
    assert_true(c.copy.put_notes > noted);
    copied_close(&c);
}

/* What was noted before counts as far as the copy holds it, and no further. */
static void worker_goes_on_exactly_from_notes_of_before_a_disk_was_full(void **state)
{
    (void)state;
    char *want[TOPICS_COMPARED];
    wanted_take(24, 80, want);
    for (int at = 5; at < 50; at += 4) {
        struct copied_world c;
        copied_open(&c, QUIET);
        c.world.config->changelog_redo = at % 3 ? 1000000 : 20;
        c.world.config->notes_every_ms = at % 2 ? 1 : 300;
        story(&c.world.log, 24, 80);
        turns_of(&c.world, at, 100, 1);
        disk_is(&c, true);
        turns_of(&c.world, 1 + at % 17, 100, 1);
        disk_is(&c, at % 5 == 0); /* the next one may find it full as well */
        process_crash(&c.world);
        turns_of(&c.world, 5, 100, 1);
        disk_is(&c, false);
        process_stop(&c.world);
        turns_of(&c.world, 5, 100, 1);
        process_crash(&c.world);
        play(&c.world, FAULT_NONE, 0);
        outputs_equal(&c.world.log, want, 24, -1, at);
        assert_int_equal(c.copy.refused, 0);
        copied_close(&c);
    }
    texts_free(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_goes_on_exactly_from_what_a_clean_stop_noted),
        cmocka_unit_test(worker_keeps_what_is_dirty_dirty_over_a_clean_stop),
        cmocka_unit_test(worker_does_without_notes_that_do_not_fit),
        cmocka_unit_test(worker_takes_notes_that_somebody_has_committed_behind),
        cmocka_unit_test(worker_whose_last_commit_is_lost_notes_nothing_of_it),
        cmocka_unit_test(worker_with_written_records_notes_nobody),
        cmocka_unit_test(worker_notes_nothing_for_a_copy_that_takes_no_more),
        cmocka_unit_test(worker_goes_on_exactly_from_notes_of_before_a_disk_was_full),
        cmocka_unit_test(worker_reads_again_only_what_came_since_the_last_notes),
    };
    return RUN_TESTS(tests);
}
