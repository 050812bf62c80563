/* What a task keeps at a clean stop: it comes back whole, once, or not at all. */
#include "support/unit.h"

#include "support/checkpoint_setup.h"
#include "support/failmalloc.h"

/* A process that has a copy. */
static int copied_setup(void **state)
{
    setup(state);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    world_commits(&w, 3);
    return 0;
}

static void read_again(void)
{
    restart();
    assert_int_equal(world_read(&w), 0);
    w.got_records = 0;
}

static struct disk_node *kept_file(void)
{
    return file("kept");
}

enum { KEPT_RECORDS = 40, KEPT_BYTES = 5000 };

static void keep(void)
{
    static uint8_t value[KEPT_BYTES];
    for (int i = 0; i < KEPT_RECORDS; i++) {
        const uint8_t key[2] = {'k', (uint8_t)('0' + i % WORLD_KEYS)};
        value[0] = (uint8_t)('1' + i % WORLD_KEYS);
        w.port.keep(w.port.self, WORLD_ROLE, WORLD_PARTITION, key, 2, value, sizeof value);
    }
    w.port.keep_end(w.port.self, WORLD_ROLE, WORLD_PARTITION, &(struct checkpoint_place){-1, WORLD_LINEAGE, w.seq});
}

static int kept(struct checkpoint_place *ret_place)
{
    return w.port.kept(w.port.self, WORLD_ROLE, WORLD_PARTITION, ret_place);
}

static int taken(void)
{
    w.got_records = 0;
    return w.port.read_kept(w.port.self, WORLD_ROLE, WORLD_PARTITION, world_each, &w);
}

static void checkpoint_kept_is_given_once(void **state)
{
    (void)state;
    struct checkpoint_place p;
    assert_int_equal(kept(&p), CUBE_ENOTFOUND);
    keep();
    read_again();
    assert_int_equal(kept(&p), 0);
    assert_true(p.at == -1 && p.lineage == WORLD_LINEAGE && p.seq == 3);
    assert_int_equal(taken(), 0);
    assert_int_equal(w.got_records, KEPT_RECORDS);
    for (int i = 0; i < WORLD_KEYS; i++) {
        assert_int_equal(w.got.values[i], i + 1);
    }
    assert_int_equal(kept(&p), CUBE_ENOTFOUND);
    assert_null(kept_file());
    assert_int_equal(w.lines_len, 0);
}

static void checkpoint_kept_may_be_nothing_at_all(void **state)
{
    (void)state;
    struct checkpoint_place p;
    w.port.keep_end(w.port.self, WORLD_ROLE, WORLD_PARTITION, &(struct checkpoint_place){-1, WORLD_LINEAGE, 3});
    read_again();
    assert_int_equal(kept(&p), 0);
    assert_int_equal(taken(), 0);
    assert_int_equal(w.got_records, 0);
}

static void checkpoint_kept_replaces_what_was_kept_before(void **state)
{
    (void)state;
    struct checkpoint_place p;
    keep();
    world_commits(&w, 1);
    keep();
    read_again();
    assert_int_equal(kept(&p), 0);
    assert_int_equal(p.seq, 4);
    assert_int_equal(taken(), 0);
    assert_int_equal(w.got_records, KEPT_RECORDS);
}

static void checkpoint_kept_is_forgotten_without_being_read(void **state)
{
    (void)state;
    struct checkpoint_place p;
    keep();
    read_again();
    assert_int_equal(w.port.read_kept(w.port.self, WORLD_ROLE, WORLD_PARTITION, NULL, NULL), 0);
    assert_int_equal(kept(&p), CUBE_ENOTFOUND);
    keep();
    w.port.reset(w.port.self, WORLD_ROLE, WORLD_PARTITION); /* its copy is refused */
    assert_null(kept_file());
}

static void checkpoint_kept_that_was_not_ended_is_nothing(void **state)
{
    (void)state;
    static const uint8_t value[100000];
    struct checkpoint_place p;
    w.port.keep(w.port.self, WORLD_ROLE, WORLD_PARTITION, (const uint8_t *)"k1", 2, value, sizeof value);
    assert_non_null(kept_file());
    read_again();
    assert_null(kept_file());
    w.port.keep(w.port.self, WORLD_ROLE, WORLD_PARTITION, (const uint8_t *)"k1", 2, value, sizeof value);
    world_kill(&w);
    world_start(&w);
    assert_int_equal(world_read(&w), 0);
    assert_int_equal(kept(&p), CUBE_ENOTFOUND);
}

static void checkpoint_kept_of_a_torn_or_damaged_file_is_nothing(void **state)
{
    (void)state;
    struct checkpoint_place p;
    keep();
    world_close(&w);
    size_t len = kept_file()->len;
    uint8_t *whole = malloc(len);
    memcpy(whole, kept_file()->at, len);
    assert_int_equal(world_read(&w), 0);
    for (size_t at = 0; at < len; at += at < 400 || len - at < 200 ? 1 : 997) {
        disk_put(&w.disk, "d/scopes-3.kept", whole, at);
        assert_int_equal(kept(&p), CUBE_ENOTFOUND);
        disk_put(&w.disk, "d/scopes-3.kept", whole, len);
        kept_file()->at[at] ^= 0x01;
        assert_int_equal(kept(&p), CUBE_ENOTFOUND);
    }
    disk_put(&w.disk, "d/scopes-3.kept", whole, len);
    assert_int_equal(kept(&p), 0);
    assert_true(world_troubles(&w, CHECKPOINT_DAMAGED) > 100);
    free(whole);
}

static void checkpoint_kept_of_another_application_is_nothing(void **state)
{
    (void)state;
    struct checkpoint_place p;
    keep();
    world_close(&w);
    struct disk_node node = *kept_file();
    uint8_t *whole = malloc(node.len);
    memcpy(whole, node.at, node.len);
    world_stop(&w);
    w.identity = "cluster z\napplication y";
    w.seq = 0;
    world_start(&w);
    assert_int_equal(world_read(&w), CUBE_ENOTFOUND);
    assert_null(kept_file()); /* gone with the copy */
    disk_put(&w.disk, "d/scopes-3.kept", whole, node.len);
    assert_int_equal(kept(&p), CUBE_ENOTFOUND);
    assert_int_equal(world_troubles(&w, CHECKPOINT_FOREIGN), 2);
    free(whole);
}

/* Whatever call fails while something is kept, it is there whole or not at all, and the copy is as it was. */
static void checkpoint_kept_on_a_disk_that_fails_is_all_or_nothing(void **state)
{
    (void)state;
    unsigned long n = 0, none = 0;
    do {
        struct checkpoint_place p;
        w.disk.fails = DISK_CALLS;
        w.disk.fails_at = ++n;
        w.disk.with = ENOSPC;
        w.disk.hit = false;
        keep();
        w.disk.fails_at = 0;
        read_again();
        int rc = kept(&p);
        none += rc != 0;
        assert_true(rc == 0 || (rc == CUBE_ENOTFOUND && !kept_file()));
        assert_int_equal(rc ? 0 : taken(), 0);
        assert_int_equal(w.got_records, rc ? 0 : KEPT_RECORDS);
    } while (w.disk.hit);
    assert_true(none > 3 && world_troubles(&w, CHECKPOINT_WRITE) == 0); /* counted by the process that had them */
}

static int keep_and_take(void *arg)
{
    struct checkpoint_place p;
    (void)arg;
    keep();
    int rc = kept(&p) ? 1 : taken();
    return rc == 0 && w.got_records == KEPT_RECORDS ? 0 : CUBE_ENOMEM;
}

static void checkpoint_kept_gets_along_without_memory(void **state)
{
    (void)state;
    bool hit = true;
    for (unsigned long n = 1; hit; n++) {
        failmalloc_set(n);
        int rc = keep_and_take(NULL);
        hit = failmalloc_hit();
        failmalloc_off();
        assert_true(rc == 0 || hit);
        world_close(&w);
        assert_int_equal(world_read(&w), 0);
    }
}

#define ROW(t) cmocka_unit_test_setup_teardown(t, copied_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_kept_is_given_once),
        ROW(checkpoint_kept_may_be_nothing_at_all),
        ROW(checkpoint_kept_replaces_what_was_kept_before),
        ROW(checkpoint_kept_is_forgotten_without_being_read),
        ROW(checkpoint_kept_that_was_not_ended_is_nothing),
        ROW(checkpoint_kept_of_a_torn_or_damaged_file_is_nothing),
        ROW(checkpoint_kept_of_another_application_is_nothing),
        ROW(checkpoint_kept_on_a_disk_that_fails_is_all_or_nothing),
        ROW(checkpoint_kept_gets_along_without_memory),
    };
    return RUN_TESTS(tests);
}
