/* Copies of changelog partitions: what was marked comes back, whatever happened to the files. */
#include "support/unit.h"

#include "os/checkpoint_file.h"
#include "support/checkpoint_setup.h"

static void checkpoint_read_finds_nothing_at_first_and_tells_nothing(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_int_equal(w.lines_len, 0);
    struct checkpoint_status s = world_status(&w);
    assert_true(s.on && s.open == 1 && s.stopped == 0);
}

static void checkpoint_read_gives_what_was_marked_in_order(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_put(&w, 1, 10);
    world_put(&w, 2, 20);
    world_mark(&w);
    world_put(&w, 1, 11);
    world_put(&w, 2, 0);
    world_mark_at(&w, -1);
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.got_records, 1); /* what was overwritten or erased is passed over */
    assert_int_equal(w.place.seq, 2);
    assert_int_equal(w.place.at, 1); /* the last one known */
    assert_int_equal(w.got.values[1], 11);
    assert_int_equal(w.lines_len, 0);
}

static int each_is_told_late(void *arg, const struct record *r)
{
    uint64_t *steps = arg;
    (void)r;
    assert_true(*steps || checkpoint_files_steps(w.files) >= 3); /* which records are the last of their keys is known */
    *steps = checkpoint_files_steps(w.files);
    return 0;
}

static void checkpoint_read_gets_on_before_it_gives_anything(void **state)
{
    (void)state;
    uint64_t steps = 0;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 3);
    assert_int_equal(checkpoint_files_steps(w.files), 0);
    restart();
    assert_int_equal(w.port.read(w.port.self, WORLD_ROLE, WORLD_PARTITION, each_is_told_late, &steps, &w.place), 0);
    assert_true(steps > 3);
    assert_int_equal(checkpoint_files_steps(w.files), 6);
    world_commits(&w, 1);
    assert_int_equal(checkpoint_files_steps(w.files), 6); /* who writes is no restore */
}

static void checkpoint_read_goes_on_behind_what_was_read(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    for (int i = 1; i < 30; i++) {
        world_commits(&w, 3);
        restart();
        assert_int_equal(world_read(&w), 0);
        assert_int_equal(w.place.seq, 3 * i);
    }
}

static void checkpoint_close_forgets_what_was_not_marked(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 2);
    world_put(&w, 1, 99);
    world_close(&w);
    world_put(&w, 2, 98); /* not open: ignored */
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, 2);
}

static void checkpoint_drop_forgets_what_was_put_since_the_mark(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_put_sized(&w, 1, 9, 100000);
    world_drop(&w);
    world_commits(&w, 2);
    world_put(&w, 1, 99);
    world_drop(&w);
    world_commits(&w, 1);
    world_put_sized(&w, 1, 99, 100000); /* written already */
    world_put_sized(&w, 2, 99, 100000);
    world_drop(&w);
    world_drop(&w);
    world_commits(&w, 1);
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, 4);
    assert_int_equal(w.lines_len, 0); /* nothing of it stands behind the end */
}

static void checkpoint_mark_makes_one_batch_of_many_pieces(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 1);
    for (uint32_t i = 0; i < 50; i++) {
        world_put_sized(&w, (int)(i % WORLD_KEYS), i + 1, 30000);
    }
    assert_true(file("new")->len > 1000000);
    world_kill(&w);
    world_start(&w);
    assert_int_equal(world_read(&w), 0); /* the first write waits for the pieces, and takes the first commit along */
    assert_int_equal(w.place.seq, 1);
    w.lines_len = 0;
    world_commits(&w, 1);
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, 2);
    assert_int_equal(w.lines_len, 0); /* nothing of the pieces stands behind the end */
    for (uint32_t i = 0; i < 50; i++) {
        world_put_sized(&w, (int)(i % WORLD_KEYS), i + 1, 30000);
    }
    world_put_sized(&w, 1, 77, 3000000);
    world_mark(&w);
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, 3);
}

static void checkpoint_read_takes_a_valid_prefix_of_a_torn_file(void **state)
{
    (void)state;
    w.rewrite_over = 1 << 20;
    restart();
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 4);
    world_stop(&w);
    struct disk_node whole = *file("new");
    whole.at = malloc(whole.len);
    memcpy(whole.at, file("new")->at, whole.len);
    uint64_t last = 0;
    for (size_t len = 0; len <= whole.len; len++) {
        disk_put(&w.disk, "d/scopes-3.new", whole.at, len);
        w.seq = 4;
        world_start(&w);
        int rc = world_read(&w);
        assert_true(rc == 0 || last == 0);
        assert_true(w.seq == last || w.seq == last + 1);
        last = w.seq;
        world_commits(&w, 1); /* and it goes on from there */
        restart();
        assert_int_equal(world_read(&w), 0);
        assert_int_equal(w.place.seq, last + 1);
        world_stop(&w);
    }
    assert_int_equal(last, 4);
    assert_int_equal(w.lines_len, 0);
    free(whole.at);
    world_start(&w);
}

static void checkpoint_read_takes_nothing_behind_a_damaged_byte(void **state)
{
    (void)state;
    w.rewrite_over = 1 << 20;
    restart();
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 4);
    world_stop(&w);
    size_t len = file("new")->len;
    uint8_t *whole = malloc(len);
    memcpy(whole, file("new")->at, len);
    for (size_t at = 0; at < 2 * len; at++) {
        disk_put(&w.disk, "d/scopes-3.new", whole, len);
        file("new")->at[at / 2] ^= at % 2 ? 0xff : 0x01;
        w.seq = 4;
        world_start(&w);
        int rc = world_read(&w); /* compares with what stood at the seq it found */
        assert_true(rc == CUBE_ENOTFOUND || w.place.seq < 4);
        world_stop(&w);
    }
    free(whole);
    world_start(&w);
}

static void checkpoint_read_refuses_other_files(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 2);
    world_stop(&w);
    w.identity = "cluster z\napplication y";
    world_start(&w);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_int_equal(world_troubles(&w, CHECKPOINT_FOREIGN), 1);
    assert_non_null(strstr(w.lines, "warning checkpoint foreign copy=\"scopes-3\""));
    world_commits(&w, 2);
    world_stop(&w);
    memcpy(file("new")->at, "garbage, not a copy", 19);
    world_start(&w);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_int_equal(world_troubles(&w, CHECKPOINT_FOREIGN), 1);
}

static void checkpoint_read_refuses_another_version(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 2);
    world_stop(&w);
    file("new")->at[8]++;
    world_start(&w);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_int_equal(world_troubles(&w, CHECKPOINT_VERSION), 1);
    world_commits(&w, 1);
    restart();
    assert_int_equal(world_read(&w), 0);
}

static void checkpoint_read_refuses_what_is_too_old_or_of_the_future(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 2);
    world_close(&w);
    disk_wait(&w.disk, WORLD_MAX_AGE_MS);
    assert_int_equal(world_read(&w), 0);
    world_close(&w);
    disk_wait(&w.disk, 1);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_int_equal(world_troubles(&w, CHECKPOINT_TOO_OLD), 1);
    world_commits(&w, 2);
    world_close(&w);
    disk_wait(&w.disk, -60000);
    assert_int_equal(world_read(&w), 0);
    world_close(&w);
    disk_wait(&w.disk, -1);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_int_equal(world_troubles(&w, CHECKPOINT_TOO_OLD), 2);
}

static void checkpoint_read_needs_a_place_of_the_lineage(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_put(&w, 1, 1);
    world_mark_at(&w, -1);
    world_close(&w);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    w.port.mark(w.port.self, WORLD_ROLE, WORLD_PARTITION, &(struct checkpoint_place){7, WORLD_LINEAGE + 1, 1});
    w.port.mark(w.port.self, WORLD_ROLE, WORLD_PARTITION, &(struct checkpoint_place){-1, WORLD_LINEAGE, 2});
    world_close(&w);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
}

static void checkpoint_reset_begins_anew_and_tells_when_it_was_in_use(void **state)
{
    (void)state;
    w.port.reset(w.port.self, WORLD_ROLE, WORLD_PARTITION);
    assert_int_equal(world_troubles(&w, CHECKPOINT_REFUSED), 0);
    world_commits(&w, 2);
    w.port.reset(w.port.self, WORLD_ROLE, WORLD_PARTITION);
    assert_int_equal(world_troubles(&w, CHECKPOINT_REFUSED), 1);
    restart();
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 1);
    restart();
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, 1);
}

static void checkpoint_read_returns_what_each_returned(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 2);
    restart();
    w.refuse = CUBE_ELAYOUT;
    assert_int_equal(w.port.read(w.port.self, WORLD_ROLE, WORLD_PARTITION, world_each, &w, &w.place), CUBE_ELAYOUT);
    w.refuse = 0;
    world_put(&w, 1, 1); /* not open */
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(w.place.seq, 2);
}

#define ROW(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

/* Others are still restored then. */
static void checkpoint_is_not_rewritten_as_soon_as_it_was_read(void **state)
{
    (void)state;
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 1);
    restart();
    assert_int_equal(world_read(&w), 0);
    while (world_status(&w).bytes <= w.rewrite_over) {
        world_commits(&w, 1);
    }
    disk_wait(&w.disk, CHECKPOINT_REWRITE_REST_MS - 1);
    world_commits(&w, 1);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 0);
    disk_wait(&w.disk, 1);
    world_commits(&w, 1);
    world_settle(&w);
    assert_int_equal(world_status(&w).rewrites, 1);
    restart();
    assert_int_equal(world_read(&w), 0);
    for (int i = 0; i < 200; i++) {
        world_commits(&w, 1); /* it is not let grow for that */
        world_settle(&w);
    }
    assert_true(world_status(&w).rewrites > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_is_not_rewritten_as_soon_as_it_was_read),
        ROW(checkpoint_read_finds_nothing_at_first_and_tells_nothing),
        ROW(checkpoint_read_gives_what_was_marked_in_order),
        ROW(checkpoint_read_gets_on_before_it_gives_anything),
        ROW(checkpoint_read_goes_on_behind_what_was_read),
        ROW(checkpoint_close_forgets_what_was_not_marked),
        ROW(checkpoint_drop_forgets_what_was_put_since_the_mark),
        ROW(checkpoint_mark_makes_one_batch_of_many_pieces),
        ROW(checkpoint_read_takes_a_valid_prefix_of_a_torn_file),
        ROW(checkpoint_read_takes_nothing_behind_a_damaged_byte),
        ROW(checkpoint_read_refuses_other_files),
        ROW(checkpoint_read_refuses_another_version),
        ROW(checkpoint_read_refuses_what_is_too_old_or_of_the_future),
        ROW(checkpoint_read_needs_a_place_of_the_lineage),
        ROW(checkpoint_reset_begins_anew_and_tells_when_it_was_in_use),
        ROW(checkpoint_read_returns_what_each_returned),
    };
    return RUN_TESTS(tests);
}
