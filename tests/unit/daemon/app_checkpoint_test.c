#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "app_checkpoint.h"

static void directory_is(const char *configured, const char *of_systemd, const char *want)
{
    struct config c = {.checkpoint_dir = configured};
    char path[64];
    assert_int_equal(app_checkpoint_directory(&c, of_systemd, path, sizeof path), 0);
    assert_string_equal(path, want);
}

static void app_checkpoint_directory_is_what_is_configured_or_what_systemd_gives(void **state)
{
    (void)state;
    directory_is("auto", NULL, "");
    directory_is("auto", "/var/lib/cubed/acme", "/var/lib/cubed/acme");
    directory_is("auto", "/var/lib/cubed/acme:/var/lib/other", "/var/lib/cubed/acme");
    directory_is("none", "/var/lib/cubed/acme", "");
    directory_is("/data/a:b", "/var/lib/cubed/acme", "/data/a:b");
}

static void app_checkpoint_directory_may_be_too_long(void **state)
{
    (void)state;
    struct config c = {.checkpoint_dir = "/0123456"};
    char path[9];
    assert_int_equal(app_checkpoint_directory(&c, NULL, path, sizeof path), 0);
    assert_int_equal(app_checkpoint_directory(&c, NULL, path, sizeof path - 1), CUBE_ELIMIT);
}

static void app_checkpoint_does_without_a_directory_of_systemd_that_is_too_long(void **state)
{
    (void)state;
    static const char *const names[ROLE_COUNT] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"};
    struct config c = {.checkpoint_dir = "auto", .name = "acme"};
    struct checkpoint_files *copies;
    struct checkpoint_status s;
    struct logger log;
    char path[CHECKPOINT_DIR_MAX + 2];
    memset(path, 'd', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = 0;
    memcpy(c.topics, names, sizeof names);
    log_init(&log, LEVEL_ERROR);
    for (int i = 0; i < 2; i++, path[CHECKPOINT_DIR_MAX] = 0) {
        assert_int_equal(setenv("STATE_DIRECTORY", path, 1), 0);
        assert_int_equal(app_checkpoint_open(&c, NULL, &log, &copies), 0);
        checkpoint_files_status(copies, &s);
        assert_int_equal(s.on, i);
        checkpoint_files_destroy(copies);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(app_checkpoint_directory_is_what_is_configured_or_what_systemd_gives),
                                       cmocka_unit_test(app_checkpoint_directory_may_be_too_long),
                                       cmocka_unit_test(app_checkpoint_does_without_a_directory_of_systemd_that_is_too_long)};
    return RUN_TESTS(tests);
}
