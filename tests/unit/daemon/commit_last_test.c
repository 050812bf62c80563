#include "support/unit.h"

#include <string.h>

#include "support/failmalloc.h"
#include "task/commit_last.h"

struct told {
    int layouts, records;
    char last[256];
};

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    struct told *t = arg;
    (void)severity;
    t->layouts += strcmp(event, "layout_differs") == 0;
    t->records += strcmp(event, "changelog_refused") == 0;
    strncpy(t->last, text, sizeof t->last - 1);
}

static struct config config;

static struct task_env env_of(struct told *told)
{
    config.topics[ROLE_CHANGELOG_SCOPES] = (char *)"changelog";
    return (struct task_env){.config = &config, .layout = {1, 1, 1, 7}, .told = on_told, .told_arg = told};
}

static struct commit_peer peer = {3, 1, 1, 0};

/* Appends a commit record; the last `less` bytes of it are not there. */
static struct record record_of(uint64_t seq, int32_t scopes, size_t less, struct buf *b)
{
    struct commit_record c = {.seq = seq, .lineage = 1, .layout = {1, 1, scopes, 7}, .input_count = 1, .peer_count = 1, .peers = &peer};
    buf_clear(b);
    int rc = commit_record_encode(&c, b);
    return (struct record){.role = ROLE_CHANGELOG_SCOPES, .offset = (int64_t)seq, .value = rc ? NULL : b->at, .value_len = b->len - less};
}

static void commit_last_read_gives_the_last_that_was_kept(void **state)
{
    (void)state;
    struct told told = {0};
    struct task_env env = env_of(&told);
    struct commit_last c = {0};
    struct buf b = {0};
    assert_int_equal(commit_last_read(&c, &env, true), 0);
    assert_false(c.has);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct record r = record_of(seq, 1, 0, &b);
        assert_int_equal(commit_last_keep(&c, &env, &r), 0);
    }
    memset(b.at, 0xff, b.len); /* what was kept is a copy */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(commit_last_read(&c, &env, true), 0);
        assert_true(c.has && c.record.seq == 3 && c.record.peer_count == 1 && c.record.peers[0].seq == 3);
    }
    struct record next = record_of(4, 1, 0, &b);
    assert_int_equal(commit_last_keep(&c, &env, &next), 0);
    assert_int_equal(commit_last_read(&c, &env, true), 0);
    assert_int_equal(c.record.seq, 4);
    commit_last_close(&c);
    buf_close(&b);
}

static void commit_last_read_tells_of_a_damaged_one_that_is_the_last(void **state)
{
    (void)state;
    struct told told = {0};
    struct task_env env = env_of(&told);
    struct commit_last c = {0};
    struct buf b = {0};
    struct record r = record_of(5, 1, 3, &b);
    assert_int_equal(commit_last_keep(&c, &env, &r), 0);
    assert_int_equal(commit_last_read(&c, &env, false), CUBE_ETRUNCATED);
    assert_int_equal(told.records, 0);
    assert_int_equal(commit_last_read(&c, &env, true), CUBE_ETRUNCATED);
    assert_int_equal(told.records, 1);
    assert_non_null(strstr(told.last, "changelog[0]: the record at offset 5 "));
    r = record_of(6, 1, 0, &b);
    assert_int_equal(commit_last_keep(&c, &env, &r), 0);
    assert_int_equal(commit_last_read(&c, &env, true), 0);
    assert_int_equal(c.record.seq, 6);
    commit_last_close(&c);
    buf_close(&b);
}

static void commit_last_keep_refuses_another_layout_and_version(void **state)
{
    (void)state;
    struct told told = {0};
    struct task_env env = env_of(&told);
    struct commit_last c = {0};
    struct buf b = {0};
    struct record r = record_of(1, 2, 0, &b);
    assert_int_equal(commit_last_keep(&c, &env, &r), CUBE_ELAYOUT);
    assert_int_equal(told.layouts, 1);
    r = record_of(1, 1, 0, &b);
    b.at[0]++;
    assert_int_equal(commit_last_keep(&c, &env, &r), CUBE_EVERSION);
    assert_false(c.has);
    commit_last_close(&c);
    buf_close(&b);
}

static int commit_last_story(void *arg)
{
    struct told told = {0};
    struct task_env env = env_of(&told);
    struct commit_last c = {0};
    struct buf b = {0};
    (void)arg;
    struct record r = record_of(1, 1, 0, &b);
    int rc = r.value ? commit_last_keep(&c, &env, &r) : CUBE_ENOMEM;
    rc = rc ? rc : commit_last_read(&c, &env, true);
    commit_last_close(&c);
    buf_close(&b);
    return rc;
}

static void commit_last_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(commit_last_story, NULL) >= 3);
}

static void commit_last_keep_tells_a_process_once_that_the_layout_is_another(void **state)
{
    (void)state;
    bool is_told = false;
    struct told told = {0};
    struct task_env env = env_of(&told);
    struct commit_last c = {0};
    struct buf b = {0};
    env.layout_is_told = &is_told;
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct record r = record_of(seq, 2, 0, &b);
        assert_int_equal(commit_last_keep(&c, &env, &r), CUBE_ELAYOUT);
    }
    assert_int_equal(told.layouts, 1);
    commit_last_close(&c);
    buf_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_last_keep_tells_a_process_once_that_the_layout_is_another),
        cmocka_unit_test(commit_last_read_gives_the_last_that_was_kept),
        cmocka_unit_test(commit_last_read_tells_of_a_damaged_one_that_is_the_last),
        cmocka_unit_test(commit_last_keep_refuses_another_layout_and_version),
        cmocka_unit_test(commit_last_says_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
