/* Copies on real files. */
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/checkpoint_files.h"

#define ROLE ROLE_CHANGELOG_CUSTOMERS

struct machine {
    char directory[64];
    uv_loop_t loop;
    struct logger log;
    uint32_t lines;
};

static int64_t no_time(void *arg)
{
    (void)arg;
    return 0;
}

static void line_count(void *arg, const char *line, size_t len)
{
    (void)line;
    (void)len;
    ((struct machine *)arg)->lines++;
}

static int setup(void **state)
{
    static struct machine m;
    m = (struct machine){.directory = "/tmp/cubed-checkpoint-XXXXXX"};
    assert_non_null(mkdtemp(m.directory));
    uv_loop_init(&m.loop);
    m.log = (struct logger){.level = LEVEL_DEBUG, .now_ms = no_time, .write = line_count, .arg = &m};
    *state = &m;
    return 0;
}

static void path_of(const struct machine *m, const char *name, char ret_path[128])
{
    snprintf(ret_path, 128, "%s/%s", m->directory, name);
}

static int teardown(void **state)
{
    static const char *const names[] = {"lock", "customers-0.new", "customers-0.old", "customers-0.base", "customers-0.tmp", "aside"};
    struct machine *m = *state;
    uv_run(&m->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&m->loop), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        path_of(m, names[i], path);
        unlink(path);
    }
    assert_int_equal(rmdir(m->directory), 0);
    return 0;
}

static struct checkpoint_files *start(struct machine *m, const char *directory)
{
    struct checkpoint_files_options o = {.directory = directory, .identity = "x", .max_age_ms = 3600000, .loop = &m->loop, .log = &m->log,
                                         .rewrite_over = 10000};
    struct checkpoint_files *f;
    assert_int_equal(checkpoint_files_create(&o, &f), 0);
    return f;
}

static void stop(struct machine *m, struct checkpoint_files *f)
{
    checkpoint_files_destroy(f);
    uv_run(&m->loop, UV_RUN_DEFAULT);
}

static int each(void *arg, const struct record *r)
{
    int *sum = arg;
    *sum += r->value ? r->value[0] : 0;
    return 0;
}

static int read_sum(struct checkpoint_files *f, int *ret_sum, struct checkpoint_place *ret_place)
{
    struct checkpoint port = checkpoint_files_port(f);
    *ret_sum = 0;
    return port.read(f, ROLE, 0, each, ret_sum, ret_place);
}

static void commit(struct checkpoint_files *f, uint8_t key, uint8_t value, uint64_t seq)
{
    struct checkpoint port = checkpoint_files_port(f);
    uint8_t bytes[1000] = {value};
    port.put(f, ROLE, 0, &key, 1, bytes, sizeof bytes);
    port.mark(f, ROLE, 0, &(struct checkpoint_place){(int64_t)seq, 7, seq});
}

static uint64_t troubles(const struct checkpoint_files *f, enum checkpoint_trouble t)
{
    struct checkpoint_status s;
    checkpoint_files_status(f, &s);
    return s.troubles[t];
}

static void checkpoint_files_write_rewrite_and_read_real_files(void **state)
{
    struct machine *m = *state;
    struct checkpoint_place place;
    struct checkpoint_status s;
    int sum;
    struct checkpoint_files *f = start(m, m->directory);
    assert_int_equal(read_sum(f, &sum, &place), CUBE_ENOTFOUND);
    for (uint64_t seq = 1; seq <= 100; seq++) {
        commit(f, seq % 2, (uint8_t)seq, seq);
        uv_run(&m->loop, UV_RUN_DEFAULT);
    }
    checkpoint_files_status(f, &s);
    assert_true(s.rewrites >= 2);
    stop(m, f);
    f = start(m, m->directory);
    assert_int_equal(read_sum(f, &sum, &place), 0);
    assert_true(place.at == 100 && place.lineage == 7 && place.seq == 100);
    stop(m, f);
    assert_int_equal(m->lines, 0);
}

static void checkpoint_files_are_for_their_owner_only(void **state)
{
    struct machine *m = *state;
    struct checkpoint_place place;
    struct stat st;
    char path[128];
    int sum;
    struct checkpoint_files *f = start(m, m->directory);
    assert_int_equal(read_sum(f, &sum, &place), CUBE_ENOTFOUND);
    commit(f, 1, 1, 1);
    path_of(m, "customers-0.new", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    stop(m, f);
}

static void checkpoint_files_do_not_follow_a_link(void **state)
{
    struct machine *m = *state;
    struct checkpoint_place place;
    char path[128], aside[128];
    struct stat st;
    int sum;
    path_of(m, "aside", aside);
    path_of(m, "lock", path);
    assert_int_equal(symlink(aside, path), 0);
    struct checkpoint_files *f = start(m, m->directory);
    assert_int_equal(read_sum(f, &sum, &place), CUBE_ENOTFOUND);
    assert_int_equal(troubles(f, CHECKPOINT_DIRECTORY), 1);
    assert_int_equal(stat(aside, &st), -1);
    stop(m, f);
}

static void checkpoint_directory_has_one_owner_on_the_machine(void **state)
{
    struct machine *m = *state;
    struct checkpoint_place place;
    int sum;
    struct checkpoint_files *one = start(m, m->directory), *other = start(m, m->directory);
    assert_int_equal(read_sum(one, &sum, &place), CUBE_ENOTFOUND);
    commit(one, 1, 5, 1);
    assert_int_equal(read_sum(other, &sum, &place), CUBE_ENOTFOUND);
    commit(other, 1, 6, 1);
    assert_int_equal(troubles(other, CHECKPOINT_LOCKED), 1);
    stop(m, one);
    assert_int_equal(read_sum(other, &sum, &place), 0);
    assert_int_equal(sum, 5);
    stop(m, other);
}

static void checkpoint_directory_that_is_missing_is_told_once(void **state)
{
    struct machine *m = *state;
    struct checkpoint_place place;
    char path[128];
    int sum;
    path_of(m, "no/such", path);
    struct checkpoint_files *f = start(m, path);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(read_sum(f, &sum, &place), CUBE_ENOTFOUND);
        commit(f, 1, 1, 1);
    }
    assert_int_equal(troubles(f, CHECKPOINT_DIRECTORY), 5);
    assert_int_equal(m->lines, 1);
    stop(m, f);
}

static void checkpoint_files_remove_stale_copies_of_the_machine(void **state)
{
    struct machine *m = *state;
    struct checkpoint_place place;
    struct stat st;
    char path[128];
    int sum;
    path_of(m, "customers-1.new", path);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(futimens(fd, (const struct timespec[2]){{1000, 0}, {1000, 0}}), 0);
    close(fd);
    struct checkpoint_files *f = start(m, m->directory);
    assert_int_equal(read_sum(f, &sum, &place), CUBE_ENOTFOUND);
    checkpoint_files_port(f).mark(f, ROLE, 0, &(struct checkpoint_place){0, 1, 1});
    assert_int_equal(stat(path, &st), -1);
    path_of(m, "customers-0.new", path);
    assert_int_equal(stat(path, &st), 0);
    stop(m, f);
}

static void checkpoint_calls_return_negative_errors(void **state)
{
    (void)state;
    const struct checkpoint_calls *c = &checkpoint_calls_machine;
    char at[1];
    assert_int_equal(c->open(NULL, "/no/such/file", O_RDONLY), -ENOENT);
    assert_int_equal(c->read(NULL, -1, at, 1, 0), -EBADF);
    assert_int_equal(c->write(NULL, -1, at, 1, 0), -EBADF);
    assert_int_equal(c->size(NULL, -1), -EBADF);
    assert_int_equal(c->truncate(NULL, -1, 0), -EBADF);
    assert_int_equal(c->sync(NULL, -1), -EBADF);
    assert_int_equal(c->close(NULL, -1), -EBADF);
    assert_int_equal(c->lock(NULL, -1), -EBADF);
    assert_int_equal(c->rename(NULL, "/no/such/file", "/no/such/other"), -ENOENT);
    assert_int_equal(c->unlink(NULL, "/no/such/file"), -ENOENT);
}

#define ROW(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_files_write_rewrite_and_read_real_files),
        ROW(checkpoint_files_are_for_their_owner_only),
        ROW(checkpoint_files_do_not_follow_a_link),
        ROW(checkpoint_directory_has_one_owner_on_the_machine),
        ROW(checkpoint_directory_that_is_missing_is_told_once),
        ROW(checkpoint_files_remove_stale_copies_of_the_machine),
        cmocka_unit_test(checkpoint_calls_return_negative_errors),
    };
    return RUN_TESTS(tests);
}
