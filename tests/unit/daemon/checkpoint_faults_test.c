/* Copies on disks that fail and lose power: what is read later is what once was marked, or nothing. */
#include "support/unit.h"

#include <stdlib.h>

#include "support/checkpoint_setup.h"
#include "support/random.h"

/* Two processes that write, rewrite, read, drop and close; any call of theirs may fail. */
static void story(void)
{
    for (int i = 0; i < 2; i++) {
        disk_wait(&w.disk, 700);
        world_start(&w);
        (void)world_resume(&w);
        world_commits(&w, 12);
        world_settle(&w);
        world_put_sized(&w, 3, 9999, 70000);
        world_drop(&w);
        world_commits(&w, 12);
        world_settle(&w);
        world_close(&w);
        disk_wait(&w.disk, 700);
        (void)world_resume(&w);
        world_commits(&w, 3);
        world_stop(&w);
    }
}

/* What is there can be read and goes on. */
static void aftermath(void)
{
    disk_fail(&w.disk, DISK_CALLS, 0, false);
    world_start(&w);
    (void)world_resume(&w);
    world_commits(&w, 20);
    world_settle(&w);
    world_commits(&w, 1);
    uint64_t seq = w.seq;
    world_stop(&w);
    world_start(&w);
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq);
    world_stop(&w);
}

static void sweep(enum disk_call call, int with, bool on, unsigned long least)
{
    unsigned long n = 0;
    do {
        void *none = NULL;
        teardown(&none);
        disk_setup(&none);
        disk_fail(&w.disk, call, ++n, on);
        w.disk.with = with;
        w.disk.hit = false;
        story();
        bool told = w.lines_len > 0;
        bool quiet = call == DISK_UNLINK || call == DISK_CLOSE || call == DISK_SYNC || call == DISK_OPEN; /* may cost nothing */
        assert_true(told || quiet || call == DISK_CALLS || !w.disk.hit);
        if (!w.disk.hit) {
            break;
        }
        aftermath();
    } while (n < 100000);
    assert_true(n > least);
}

static void checkpoint_survives_a_full_disk_at_any_write(void **state)
{
    (void)state;
    sweep(DISK_WRITE, ENOSPC, false, 10);
    sweep(DISK_WRITE, ENOSPC, true, 10);
}

static void checkpoint_survives_a_failing_read(void **state)
{
    (void)state;
    sweep(DISK_READ, EIO, false, 20);
    sweep(DISK_READ, EIO, true, 20);
    sweep(DISK_SIZE, EIO, false, 10);
}

static void checkpoint_survives_a_failing_open(void **state)
{
    (void)state;
    sweep(DISK_OPEN, EACCES, false, 20);
    sweep(DISK_OPEN, EACCES, true, 20);
}

static void checkpoint_survives_a_failing_rename(void **state)
{
    (void)state;
    sweep(DISK_RENAME, EIO, false, 4);
    sweep(DISK_RENAME, EIO, true, 4);
}

static void checkpoint_survives_failing_sync_truncate_unlink_close_and_lock(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++) {
        sweep(DISK_SYNC, EIO, on, 4);
        sweep(DISK_TRUNCATE, EIO, on, 2);
        sweep(DISK_UNLINK, EIO, on, 4);
        sweep(DISK_CLOSE, EIO, on, 10);
        sweep(DISK_LOCK, EIO, on, 1);
    }
}

static void checkpoint_survives_any_call_failing_and_all_after_it(void **state)
{
    (void)state;
    sweep(DISK_CALLS, EIO, false, 100);
    sweep(DISK_CALLS, EIO, true, 100);
}

static void checkpoint_takes_short_writes(void **state)
{
    (void)state;
    w.disk.write_most = 7;
    story();
    assert_int_equal(w.lines_len, 0);
    aftermath();
}

static uint64_t next(void *arg)
{
    return random_next(arg);
}

/* A process is killed, or the power fails, at any call; then another one goes on. */
static void checkpoint_survives_kills_and_losses_of_power(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    struct random r = {given ? strtoull(given, NULL, 10) : 1};
    print_message("SEED=%llu\n", (unsigned long long)r.state);
    uint64_t found = 0;
    for (int round = 0; round < 60; round++) {
        teardown(state);
        disk_setup(state);
        for (int life = 0; life < 20; life++) {
            world_start(&w);
            found += world_resume(&w) == 0;
            disk_fail(&w.disk, DISK_CALLS, (unsigned long)random_between(&r, 1, 60), true);
            for (int i = 0; i < 20 && !disk_was_hit(&w.disk); i++) {
                world_commits(&w, (int)random_between(&r, 1, 4));
                disk_wait(&w.disk, random_between(&r, 0, 1500));
                if (random_between(&r, 0, 1)) {
                    world_settle(&w);
                }
            }
            world_kill(&w);
            w.disk.hit = false;
            if (random_between(&r, 0, 1)) {
                disk_power_lost(&w.disk, next, &r);
            }
        }
    }
    assert_true(found > 600);
}

#define ROW(t) cmocka_unit_test_setup_teardown(t, disk_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_survives_a_full_disk_at_any_write),
        ROW(checkpoint_survives_a_failing_read),
        ROW(checkpoint_survives_a_failing_open),
        ROW(checkpoint_survives_a_failing_rename),
        ROW(checkpoint_survives_failing_sync_truncate_unlink_close_and_lock),
        ROW(checkpoint_survives_any_call_failing_and_all_after_it),
        ROW(checkpoint_takes_short_writes),
        ROW(checkpoint_survives_kills_and_losses_of_power),
    };
    return RUN_TESTS(tests);
}
