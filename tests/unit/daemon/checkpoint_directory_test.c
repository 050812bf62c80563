/* The directory of copies: one process, none that is of no more use, or none at all. */
#include "support/unit.h"

#include "support/checkpoint_setup.h"

static void checkpoint_directory_is_for_one_process(void **state)
{
    (void)state;
    static struct checkpoint_world other; /* on the same disk */
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 1);
    world_init(&other);
    struct disk *own = &other.disk;
    struct checkpoint_calls mine = own->calls;
    other.disk.calls = w.disk.calls;
    world_start(&other);
    assert_int_equal(world_read(&other), CUBE_ENOTFOUND);
    other.port.reset(other.port.self, WORLD_ROLE, WORLD_PARTITION);
    world_commits(&other, 1);
    assert_int_equal(world_troubles(&other, CHECKPOINT_LOCKED), 2);
    assert_int_equal(world_status(&other).stopped, 1);
    assert_non_null(strstr(other.lines, "warning checkpoint locked"));
    assert_null(strstr(strstr(other.lines, "locked") + 1, "warning")); /* once */
    world_stop(&w);
    w.seq = 1;
    other.seq = 1;
    other.history[1] = w.history[1];
    assert_int_equal(world_read(&other), 0); /* asked again each time */
    checkpoint_files_destroy(other.files);
    other.files = NULL;
    uv_run(&other.loop, UV_RUN_DEFAULT);
    other.disk.calls = mine;
    world_free(&other);
    world_start(&w);
}

static bool is_there(const char *path)
{
    return disk_find(&w.disk, path) != NULL;
}

static void checkpoint_files_remove_copies_that_nobody_takes_any_more(void **state)
{
    (void)state;
    static const char *const stale[] = {"d/customers-7.new", "d/customers-7.base", "d/customers-7.old", "d/customers-7.tmp",
                                        "d/customers-7.kept"};
    static const char *const others[] = {"d/customers-8.base", "d/customers-.new", "d/xxxxxxxxx-7.new", "d/customers-7x.new", "d/customers-8-new"};
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 1);
    world_close(&w);
    for (size_t i = 0; i < sizeof stale / sizeof *stale; i++) {
        disk_put(&w.disk, stale[i], (const uint8_t *)"x", 1);
    }
    for (size_t i = 0; i < 5; i++) {
        disk_put(&w.disk, others[i], (const uint8_t *)"x", 1);
    }
    disk_wait(&w.disk, WORLD_MAX_AGE_MS);
    assert_int_equal(world_read(&w), 0);
    world_mark(&w);
    assert_true(is_there(stale[0]));
    disk_wait(&w.disk, 3599999);
    world_mark(&w);
    assert_true(is_there(stale[0])); /* once an hour */
    disk_wait(&w.disk, 1);
    disk_put(&w.disk, "d/customers-9.new", (const uint8_t *)"x", 1);
    world_mark(&w);
    for (size_t i = 0; i < sizeof stale / sizeof *stale; i++) {
        assert_false(is_there(stale[i]));
    }
    for (size_t i = 0; i < 5; i++) {
        assert_true(is_there(others[i]));
    }
    assert_true(is_there("d/customers-9.new"));
    disk_wait(&w.disk, WORLD_MAX_AGE_MS + 3600000);
    w.port.reset(w.port.self, WORLD_ROLE, 5);
    w.port.mark(w.port.self, WORLD_ROLE, 5, &(struct checkpoint_place){1, 1, 1}); /* scopes-3 is in use, however old */
    assert_true(is_there("d/scopes-3.new"));
    assert_false(is_there("d/customers-9.new"));
}

static void checkpoint_without_a_directory_is_off(void **state)
{
    (void)state;
    struct checkpoint_files_options o = {.identity = "", .loop = &w.loop, .log = &w.log};
    struct checkpoint_files *off;
    assert_int_equal(checkpoint_files_create(&o, &off), 0);
    struct checkpoint port = checkpoint_files_port(off);
    assert_int_equal(port.read(off, WORLD_ROLE, 0, world_each, &w, &w.place), CUBE_ENOTFOUND);
    port.reset(off, WORLD_ROLE, 0);
    port.put(off, WORLD_ROLE, 0, (const uint8_t *)"k1", 2, NULL, 0);
    port.mark(off, WORLD_ROLE, 0, &(struct checkpoint_place){0, 1, 1});
    port.close(off, WORLD_ROLE, 0);
    struct checkpoint_status s;
    checkpoint_files_status(off, &s);
    assert_true(!s.on && s.open == 0);
    checkpoint_files_destroy(off);
    assert_int_equal(w.lines_len, 0);
}

static void checkpoint_files_create_refuses_texts_that_are_too_long(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    struct checkpoint_files *f;
    struct checkpoint_files_options o = {.directory = text, .identity = "", .loop = &w.loop, .log = &w.log};
    assert_int_equal(checkpoint_files_create(&o, &f), CUBE_ELIMIT);
    o.directory = "d";
    o.identity = text;
    assert_int_equal(checkpoint_files_create(&o, &f), CUBE_ELIMIT);
}

#define ROW(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_directory_is_for_one_process),
        ROW(checkpoint_files_remove_copies_that_nobody_takes_any_more),
        ROW(checkpoint_without_a_directory_is_off),
        ROW(checkpoint_files_create_refuses_texts_that_are_too_long),
    };
    return RUN_TESTS(tests);
}
