/* The seed that lies beside copies. */
#include "support/unit.h"

#include "os/checkpoint_seed.h"
#include "support/checkpoint_setup.h"

#define PATH "d/seed"

static uint64_t seed_of_process(uint64_t drawn)
{
    struct checkpoint_files_options o = {.directory = "d", .identity = w.identity, .max_age_ms = WORLD_MAX_AGE_MS, .loop = &w.loop,
                                         .log = &w.log, .calls = &w.disk.calls, .seed = drawn};
    assert_int_equal(checkpoint_files_create(&o, &w.files), 0);
    w.port = checkpoint_files_port(w.files);
    uint64_t seed = w.port.seed(w.port.self);
    assert_true(w.port.seed(w.port.self) == seed);
    return seed;
}

static uint64_t seed_of(uint64_t drawn)
{
    uint64_t seed = seed_of_process(drawn);
    world_stop(&w);
    return seed;
}

static void checkpoint_seed_is_that_of_the_first_process(void **state)
{
    (void)state;
    assert_true(seed_of(7) == 7 && seed_of(8) == 7 && seed_of(9) == 7);
    assert_int_equal(w.lines_len, 0);
}

static void checkpoint_seed_that_is_damaged_is_drawn_anew_and_told(void **state)
{
    (void)state;
    assert_true(seed_of(7) == 7);
    for (size_t i = 0; i < disk_find(&w.disk, PATH)->len; i++) {
        disk_find(&w.disk, PATH)->at[i] ^= 1;
        assert_true(seed_of(100 + i) == 100 + i && seed_of(1) == 100 + i);
    }
    for (size_t len = 0; len < disk_find(&w.disk, PATH)->len; len++) {
        disk_find(&w.disk, PATH)->len = len;
        assert_true(seed_of(200 + len) == 200 + len && seed_of(1) == 200 + len);
    }
    assert_non_null(strstr(w.lines, "warning checkpoint damaged"));
}

/* Whatever fails, there is a seed, and the next process that can read and write has one that stays. */
static void checkpoint_seed_is_drawn_when_calls_fail(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 12; n++) {
        for (int on = 0; on < 2; on++) {
            disk_fail(&w.disk, DISK_CALLS, n, on);
            uint64_t seed = seed_of_process(1000 + n);
            world_kill(&w);
            uint64_t kept = seed_of(2000 + n);
            assert_true(seed == 1000 + n || seed == kept);
            assert_true(seed_of(5) == kept);
            assert_null(disk_find(&w.disk, "d/seed.tmp"));
            if (n % 2) {
                assert_int_equal(w.disk.calls.unlink(&w.disk, PATH), 0);
            }
        }
    }
}

static void checkpoint_seed_of_a_directory_that_somebody_else_has_is_let_alone(void **state)
{
    (void)state;
    static struct checkpoint_world other; /* on the same disk */
    assert_true(seed_of_process(7) == 7);
    world_init(&other);
    struct checkpoint_files_options o = {.directory = "d", .identity = "", .loop = &other.loop, .log = &other.log, .calls = &w.disk.calls, .seed = 8};
    struct checkpoint_files *files;
    assert_int_equal(checkpoint_files_create(&o, &files), 0);
    struct checkpoint port = checkpoint_files_port(files);
    assert_true(port.seed(port.self) == 8);
    world_stop(&w);
    assert_true(port.seed(port.self) == 8); /* what was hashed stays hashed */
    checkpoint_files_destroy(files);
    world_free(&other);
    assert_true(seed_of(9) == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checkpoint_seed_is_that_of_the_first_process, disk_setup, teardown),
        cmocka_unit_test_setup_teardown(checkpoint_seed_that_is_damaged_is_drawn_anew_and_told, disk_setup, teardown),
        cmocka_unit_test_setup_teardown(checkpoint_seed_is_drawn_when_calls_fail, disk_setup, teardown),
        cmocka_unit_test_setup_teardown(checkpoint_seed_of_a_directory_that_somebody_else_has_is_let_alone, disk_setup, teardown),
    };
    return RUN_TESTS(tests);
}
