/* Copies made smaller, on a thread, while more is put. */
#include "support/unit.h"

#include "os/checkpoint_live.h"
#include "os/checkpoint_rewrite.h"
#include "support/checkpoint_setup.h"

static uv_sem_t begun, go;

static int rewriting_setup(void **state)
{
    setup(state);
    assert_int_equal(uv_sem_init(&begun, 0), 0);
    assert_int_equal(uv_sem_init(&go, 0), 0);
    return 0;
}

static int rewriting_teardown(void **state)
{
    teardown(state);
    uv_sem_destroy(&begun);
    uv_sem_destroy(&go);
    return 0;
}

/* The thread waits before its first sync, that of the new file. */
static void on_sync_wait(void *arg)
{
    struct checkpoint_world *world = arg;
    world->disk.on_sync = NULL;
    uv_sem_post(&begun);
    uv_sem_wait(&go);
}

static void rewriting_hold(void)
{
    w.disk.arg = &w;
    w.disk.on_sync = on_sync_wait;
    while (!file("old")) {
        world_commits(&w, 1);
    }
    uv_sem_wait(&begun);
}

static void checkpoint_rewrite_keeps_the_last_record_of_each_key_and_no_tombstones(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    for (int i = 0; i < 60; i++) {
        world_commits(&w, 1);
        world_settle(&w);
    }
    assert_true(world_status(&w).rewrites >= 2);
    assert_null(file("old"));
    assert_null(file("tmp"));
    world_stop(&w);
    uint64_t seq = w.seq;
    assert_true(file("base")->len < 800);
    world_start(&w);
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq);
    assert_int_equal(w.lines_len, 0);
}

static void checkpoint_put_goes_on_while_it_is_rewritten(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    rewriting_hold();
    world_commits(&w, 40);
    uv_sem_post(&go);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 1);
    world_commits(&w, 1);
    uint64_t seq = w.seq;
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq);
}

static void checkpoint_close_lets_the_rewriting_end(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    rewriting_hold();
    uint64_t seq = w.seq;
    world_close(&w);
    uv_sem_post(&go);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 1);
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq);
}

static void checkpoint_read_waits_for_the_rewriting(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    rewriting_hold();
    world_commits(&w, 3);
    uint64_t seq = w.seq;
    world_close(&w);
    uv_sem_post(&go);
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq);
    assert_int_equal(world_status(&w).rewrites, 1);
    world_commits(&w, 30);
    world_settle(&w);
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq + 30);
}

static void checkpoint_survives_a_process_killed_while_it_rewrites(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    rewriting_hold();
    world_commits(&w, 3);
    uv_sem_post(&go);
    world_kill(&w);
    world_start(&w);
    assert_int_equal(world_read(&w), 0);
    world_commits(&w, 30);
    world_settle(&w);
    assert_true(world_status(&w).rewrites >= 1);
    uint64_t seq = w.seq;
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq);
}

static uint64_t nothing_kept(void *arg)
{
    (void)arg;
    return 0;
}

static uint64_t least_kept(void *arg)
{
    (void)arg;
    return UINT64_MAX / 2 - 7; /* some rest of each file is lost */
}

static void checkpoint_that_was_rewritten_survives_a_loss_of_power(void **state)
{
    (void)state;
    uint64_t (*const kept[])(void *) = {nothing_kept, least_kept};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(world_read(&w), i ? 0 : CUBE_ENOTFOUND);
        uint64_t rewrites = world_status(&w).rewrites;
        while (world_status(&w).rewrites == rewrites) {
            world_commits(&w, 1);
            world_settle(&w);
        }
        uint64_t seq = w.seq;
        world_commits(&w, 3);
        world_kill(&w);
        disk_power_lost(&w.disk, kept[i], NULL);
        world_start(&w);
        assert_int_equal(world_read(&w), 0);
        assert_true(w.place.seq >= seq - 1);
        world_close(&w);
    }
}

static void checkpoint_rewrite_keeps_what_it_replaces_until_the_directory_is_synced(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    disk_fail(&w.disk, DISK_SYNC, 2, false);
    while (world_status(&w).rewrites == 0) {
        world_commits(&w, 1);
        world_settle(&w);
    }
    assert_true(w.disk.hit);
    assert_non_null(file("old"));
    world_commits(&w, 2);
    uint64_t seq = w.seq;
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, seq);
}

static void checkpoint_read_takes_a_base_whole_or_not_at_all(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    while (world_status(&w).rewrites == 0) {
        world_commits(&w, 1);
        world_settle(&w);
    }
    world_commits(&w, 2); /* into .new, which must not count without its base */
    world_stop(&w);
    size_t len = file("base")->len, new_len = file("new")->len;
    uint8_t *base = malloc(len), *new = malloc(new_len);
    memcpy(base, file("base")->at, len);
    memcpy(new, file("new")->at, new_len);
    for (size_t at = 0; at < 2 * len; at++) {
        disk_put(&w.disk, "d/scopes-3.new", new, new_len);
        disk_put(&w.disk, "d/scopes-3.base", base, at % 2 ? at / 2 : len);
        if (at % 2 == 0) {
            file("base")->at[at / 2] ^= 0x10;
        }
        world_start(&w);
        assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
        world_stop(&w);
    }
    free(base);
    free(new);
    world_start(&w);
}

static void checkpoint_that_cannot_be_rewritten_takes_no_more_in_the_end(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    disk_fail(&w.disk, DISK_SYNC, 1, true);
    for (int i = 0; i < 1000; i++) {
        world_commits(&w, 1);
        world_settle(&w);
    }
    struct checkpoint_status s = world_status(&w);
    assert_int_equal(s.troubles[CHECKPOINT_REWRITE], 3);
    assert_true(s.stopped == 1 && s.rewrites == 0 && s.bytes < 20000);
    assert_null(file("tmp"));
    w.disk.fails_at = 0;
    restart();
    assert_int_equal(world_read(&w), 0); /* an older copy, still good */
    world_commits(&w, 1);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 1);
}

static int ill_note(void *arg, const struct checkpoint_ill *i)
{
    assert_string_equal(i->copy, "scopes-3");
    assert_int_equal(i->now_ms, w.disk.now_ms);
    *(struct checkpoint_ill *)arg = *i;
    return 7;
}

/* What is said of the one copy there is; false: nothing. */
static bool is_ill(struct checkpoint_ill *ret_i)
{
    int rc = checkpoint_files_ill_each(w.files, ill_note, ret_i);
    assert_int_equal(world_status(&w).ill, rc == 7);
    return rc == 7;
}

static void checkpoint_is_ill_from_the_first_failing_rewriting_until_one_succeeds(void **state)
{
    (void)state;
    struct checkpoint_ill i;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_false(is_ill(&i));
    disk_fail(&w.disk, DISK_SYNC, 1, false);
    for (int64_t since_ms = 0; world_status(&w).rewrites == 0; disk_wait(&w.disk, 10)) {
        world_commits(&w, 1);
        world_settle(&w);
        bool ill = is_ill(&i);
        assert_true(ill == (w.disk.hit && world_status(&w).rewrites == 0));
        assert_true(!ill || (!i.stopped && (!since_ms || i.since_ms == since_ms)));
        since_ms = ill ? i.since_ms : since_ms;
        assert_true(world_status(&w).rewrites == 0 || since_ms);
    }
    disk_fail(&w.disk, DISK_SYNC, 1, true);
    world_commits(&w, 1000);
    world_settle(&w);
    assert_true(is_ill(&i));
    world_close(&w); /* given away: not ours to complain of */
    assert_false(is_ill(&i));
}

static bool takes(void)
{
    return w.port.takes(w.port.self, WORLD_ROLE, WORLD_PARTITION);
}

static void checkpoint_is_ill_while_it_takes_no_more(void **state)
{
    (void)state;
    struct checkpoint_ill i;
    assert_false(takes());
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_true(takes());
    disk_fail(&w.disk, DISK_WRITE, 1, true);
    while (!w.disk.hit) {
        world_put_sized(&w, 1, 9, 70000);
    }
    int64_t since_ms = w.disk.now_ms;
    disk_wait(&w.disk, 5000);
    world_commits(&w, 1);
    assert_true(is_ill(&i) && i.stopped && i.since_ms == since_ms && !takes());
    world_close(&w);
    disk_fail(&w.disk, DISK_LOCK, 1, true);
    world_stop(&w);
    world_start(&w);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_true(is_ill(&i) && i.stopped && i.since_ms == since_ms + 5000 && !takes());
    disk_fail(&w.disk, DISK_CALLS, 0, false);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_true(!is_ill(&i) && takes());
}

static void checkpoint_is_rewritten_when_its_oldest_record_is_too_old(void **state)
{
    (void)state;
    w.rewrite_over = 1 << 20;
    restart();
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 5);
    disk_wait(&w.disk, WORLD_MAX_AGE_MS);
    world_commits(&w, 1);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 0);
    disk_wait(&w.disk, 1);
    world_commits(&w, 2);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 1);
    world_commits(&w, 5);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 1);
}

static void checkpoint_of_a_first_restore_is_not_rewritten_at_once(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    for (uint32_t i = 0; i < 1000; i++) {
        world_put(&w, (int)(i % WORLD_KEYS), i + 1);
    }
    world_mark(&w);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 0);
}

static int live_take(struct checkpoint_live *l, uint32_t keys, uint32_t records)
{
    int rc = 0;
    for (uint32_t i = 0; i < records && !rc; i++) {
        uint32_t key = i % keys;
        struct record r = {.key = (const uint8_t *)&key, .key_len = sizeof key, .value = i % 5 ? (const uint8_t *)"" : NULL};
        rc = checkpoint_live_add(l, &r);
    }
    return rc ? rc : checkpoint_live_end(l);
}

static void checkpoint_live_finds_the_last_of_each_key_in_shares(void **state)
{
    (void)state;
    enum { KEYS = 777, RECORDS = 3000 };
    struct checkpoint_live l;
    checkpoint_live_init(&l, 512);
    checkpoint_live_pass(&l, 0, 1);
    assert_int_equal(live_take(&l, KEYS, RECORDS), CUBE_ELIMIT);
    for (uint32_t share = 0; share < 4; share++) {
        checkpoint_live_pass(&l, share, 4);
        assert_int_equal(live_take(&l, KEYS, RECORDS), 0);
    }
    for (uint32_t i = 0; i < RECORDS; i++) {
        assert_int_equal(checkpoint_live_is(&l, i), i + KEYS >= RECORDS && i % 5);
    }
    assert_false(checkpoint_live_is(&l, RECORDS));
    checkpoint_live_close(&l);
}

#define ROW(t) cmocka_unit_test_setup_teardown(t, rewriting_setup, rewriting_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_rewrite_keeps_the_last_record_of_each_key_and_no_tombstones),
        ROW(checkpoint_put_goes_on_while_it_is_rewritten),
        ROW(checkpoint_close_lets_the_rewriting_end),
        ROW(checkpoint_read_waits_for_the_rewriting),
        ROW(checkpoint_survives_a_process_killed_while_it_rewrites),
        ROW(checkpoint_that_was_rewritten_survives_a_loss_of_power),
        ROW(checkpoint_rewrite_keeps_what_it_replaces_until_the_directory_is_synced),
        ROW(checkpoint_read_takes_a_base_whole_or_not_at_all),
        ROW(checkpoint_that_cannot_be_rewritten_takes_no_more_in_the_end),
        ROW(checkpoint_is_ill_from_the_first_failing_rewriting_until_one_succeeds),
        ROW(checkpoint_is_ill_while_it_takes_no_more),
        ROW(checkpoint_is_rewritten_when_its_oldest_record_is_too_old),
        ROW(checkpoint_of_a_first_restore_is_not_rewritten_at_once),
        cmocka_unit_test(checkpoint_live_finds_the_last_of_each_key_in_shares),
    };
    return RUN_TESTS(tests);
}
