/* The worker with local copies of its changelogs: a restart reads what they lack, and whatever is wrong with them costs time
 * only. */
#include "support/unit.h"

#include "support/copied_world.h"

/* Half a story, something happens to the copies and the process, the rest of the story; the outcome is as ever.
 * Returns how many copies were refused. */
static uint32_t restarted(struct copied_world *c, uint64_t seed, void (*happens)(struct copied_world *c))
{
    char *want[TOPICS_COMPARED];
    wanted_take(seed, 80, want);
    copied_open(c, WRITTEN);
    story(&c->world.log, seed, 80);
    turns_of(&c->world, 40, 100, 1);
    c->read = c->copy.given = 0;
    happens(c);
    process_crash(&c->world);
    play(&c->world, FAULT_NONE, 0);
    outputs_equal(&c->world.log, want, seed, -1, -1);
    texts_free(want);
    return c->copy.refused;
}

static void nothing(struct copied_world *c)
{
    (void)c;
}

static uint32_t changelog_records(const struct fake_log *f)
{
    uint32_t n = 0;
    for (int i = 0; i < 3 * FAKE_PARTITIONS_MAX; i++) {
        n += f->parts[ROLE_CHANGELOG_CUSTOMERS + i / FAKE_PARTITIONS_MAX][i % FAKE_PARTITIONS_MAX].count;
    }
    return n;
}

static void worker_restart_reads_the_last_commit_records_only(void **state)
{
    (void)state;
    struct copied_world c;
    assert_int_equal(restarted(&c, 11, nothing), 0);
    assert_true(c.read == 5 && c.copy.given > 50); /* two of customers, one of employees, two of scopes */
    assert_true(changelog_records(&c.world.log) > 100);
    copied_close(&c);
}

static void every_copy(struct copied_world *c, void (*change)(struct fake_part_copy *p))
{
    for (int i = 0; i < 3 * FAKE_PARTITIONS_MAX; i++) {
        struct fake_part_copy *p = &c->copy.parts[i / FAKE_PARTITIONS_MAX][i % FAKE_PARTITIONS_MAX];
        if (p->place.at >= 0) {
            change(p);
        }
    }
}

static void foreign(struct fake_part_copy *p)
{
    p->place.lineage++;
}

static void from_the_future(struct fake_part_copy *p)
{
    p->place.seq++;
}

static void beyond_the_end(struct fake_part_copy *p)
{
    p->place.at += 1000000;
}

static void damaged(struct fake_part_copy *p)
{
    p->records[p->count - 1].value[0] = 99;
}

static void all_foreign(struct copied_world *c)
{
    every_copy(c, foreign);
}

static void all_from_the_future(struct copied_world *c)
{
    every_copy(c, from_the_future);
}

static void all_beyond_the_end(struct copied_world *c)
{
    every_copy(c, beyond_the_end);
}

static void all_damaged(struct copied_world *c)
{
    every_copy(c, damaged);
}

static void worker_refuses_copies_that_the_changelog_does_not_go_on_from(void **state)
{
    (void)state;
    static void (*const wrongs[])(struct copied_world *c) = {all_foreign, all_from_the_future, all_beyond_the_end, all_damaged};
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        struct copied_world c;
        assert_int_equal(restarted(&c, 12, wrongs[i]), 5);
        assert_true(c.read > 100);
        c.read = 0;
        process_crash(&c.world); /* and what was read then is in the copies */
        play(&c.world, FAULT_NONE, 0);
        assert_int_equal(c.copy.refused, 5);
        assert_int_equal(c.read, 5);
        copied_close(&c);
    }
}

/* An input made anew: the group has no offsets of it. */
static void worker_keeps_copies_when_an_input_is_refused(void **state)
{
    (void)state;
    struct copied_world c;
    copied_open(&c, WRITTEN);
    story(&c.world.log, 16, 80);
    play(&c.world, FAULT_NONE, 0);
    struct fake_partition *cpi = &c.world.log.parts[ROLE_CPI][0];
    int64_t committed = cpi->committed;
    cpi->committed = -1;
    c.read = 0;
    process_crash(&c.world);
    turns(&c.world, 3, 100);
    assert_int_equal(c.world.error, CUBE_ELAYOUT);
    assert_string_equal(c.world.told, "offsets_differ");
    assert_int_equal(c.copy.refused, 0);
    assert_true(c.read <= 5);
    c.world.error = 0;
    cpi->committed = committed;
    c.read = 0;
    process_crash(&c.world);
    play(&c.world, FAULT_NONE, 0);
    assert_int_equal(c.read, 5);
    copied_close(&c);
}

/* Another process had the partitions meanwhile, without copies. */
static void another_process(struct copied_world *c)
{
    c->world.checkpoint = NULL;
    fake_log_connect(&c->world.log, (struct log_events){0});
    process_crash(&c->world);
    turns_of(&c->world, 15, 100, 1);
    c->world.checkpoint = &c->copy.port;
    c->read = 0;
}

static void worker_reads_behind_its_copies_what_another_process_did(void **state)
{
    (void)state;
    struct copied_world c;
    assert_int_equal(restarted(&c, 13, another_process), 0);
    uint32_t first = c.read;
    assert_true(first > 20);
    c.read = 0;
    process_crash(&c.world);
    play(&c.world, FAULT_NONE, 0);
    assert_int_equal(c.read, 5); /* it was appended */
    copied_close(&c);
}

static void untold(struct copied_world *c)
{
    c->world.log.untold = true;
    turns_of(&c->world, 10, 100, 1);
}

static void worker_reads_from_the_last_place_that_was_told(void **state)
{
    (void)state;
    struct copied_world c;
    assert_int_equal(restarted(&c, 14, untold), 0);
    assert_true(c.read > 5);
    copied_close(&c);
}

static void worker_with_copies_goes_on_exactly_after_every_fault(void **state)
{
    (void)state;
    char *want[TOPICS_COMPARED];
    wanted_take(15, 60, want);
    for (int fault = FAULT_NONE; fault < FAULT_COUNT; fault++) {
        for (int at = 0; at < 40; at++) {
            struct copied_world c;
            copied_open(&c, at % 2 ? WRITTEN : QUIET);
            c.world.log.compacted = at % 3 == 0;
            story(&c.world.log, 15, 60);
            play(&c.world, (enum fault)fault, at);
            process_crash(&c.world);
            play(&c.world, FAULT_NONE, 0);
            outputs_equal(&c.world.log, want, 15, fault, at);
            assert_int_equal(c.copy.refused, 0);
            copied_close(&c);
        }
    }
    texts_free(want);
}

/* ---- whether a restore gets on ---------------------------------------------------------------------- */

/* Looks at the worker behind every record that a copy gives it, as the loop's thread may at any time. */
struct watched {
    struct copied_world world;
    int (*read)(void *self, enum topic_role role, int32_t partition, int (*each)(void *arg, const struct record *r), void *arg,
                struct checkpoint_place *ret_place);
    int (*each)(void *arg, const struct record *r);
    void *arg;
    uint64_t steps;
    uint32_t records, jobs;
};

static struct watched *watched;

static int each_is_a_step(void *arg, const struct record *r)
{
    (void)arg;
    int rc = watched->each(watched->arg, r);
    assert_true(worker_restore_steps(watched->world.world.worker) > watched->steps);
    watched->steps = worker_restore_steps(watched->world.world.worker);
    watched->records++;
    return rc;
}

static int read_watched(void *self, enum topic_role role, int32_t partition, int (*each)(void *arg, const struct record *r), void *arg,
                        struct checkpoint_place *ret_place)
{
    watched->each = each;
    watched->arg = arg;
    return watched->read(self, role, partition, each_is_a_step, NULL, ret_place);
}

static void run_watched(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg)
{
    struct watched *w = self;
    for (uint32_t i = 0; i < count; i++) {
        each(arg, i);
        assert_true(worker_restore_steps(w->world.world.worker) > w->steps); /* also of one that had nothing to read */
        w->steps = worker_restore_steps(w->world.world.worker);
        w->jobs++;
    }
}

static void worker_counts_steps_within_each_job_of_a_restore_and_at_its_end(void **state)
{
    (void)state;
    struct watched w = {0};
    struct jobs jobs = {.self = &w, .width = 2, .run = run_watched};
    copied_open(&w.world, WRITTEN);
    watched = &w;
    w.read = w.world.copy.port.read;
    w.world.copy.port.read = read_watched;
    story(&w.world.world.log, 18, 80);
    play(&w.world.world, FAULT_NONE, 0);
    process_crash(&w.world.world);
    worker_jobs(w.world.world.worker, &jobs);
    w.steps = w.records = 0;
    turns(&w.world.world, 1, 100);
    assert_true(w.records > 50);
    assert_int_equal(w.jobs, 3 * 5); /* copy, changelog and what follows, of five tasks */
    assert_true(w.steps > w.records + w.world.read + w.jobs); /* and what was kept of the records of scopes */
    turns(&w.world.world, 5, 100);
    assert_int_equal(worker_restore_steps(w.world.world.worker), w.steps);
    copied_close(&w.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_restart_reads_the_last_commit_records_only),
        cmocka_unit_test(worker_refuses_copies_that_the_changelog_does_not_go_on_from),
        cmocka_unit_test(worker_keeps_copies_when_an_input_is_refused),
        cmocka_unit_test(worker_reads_behind_its_copies_what_another_process_did),
        cmocka_unit_test(worker_reads_from_the_last_place_that_was_told),
        cmocka_unit_test(worker_with_copies_goes_on_exactly_after_every_fault),
        cmocka_unit_test(worker_counts_steps_within_each_job_of_a_restore_and_at_its_end),
    };
    return RUN_TESTS(tests);
}
