#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/failmalloc.h"
#include "support/random.h"
#include "task/publish_queue.h"

#define KEYS 300
#define STEPS 30000

/* A list in order of turns; changelog[key]: what was stored last, or nothing. */
struct naive {
    struct {
        int key, value; /* value -1: a tombstone */
    } waiting[KEYS];
    int count;
    int changelog[KEYS]; /* -2: nothing */
    uint64_t turn[KEYS];
};

static struct waiting waiting_of(int key, int value, char text[2][16])
{
    snprintf(text[0], 16, "k%d", key);
    snprintf(text[1], 16, "v%d", value);
    return (struct waiting){.key = text_of(text[0]), .ts_ms = value, .value = value < 0 ? NULL : (const uint8_t *)text[1],
                            .value_len = value < 0 ? 0 : strlen(text[1])};
}

static int key_of(const struct waiting *w)
{
    char text[16]; /* the key's bytes end without a zero */
    assert_true(w->key.len < sizeof text);
    memcpy(text, w->key.at, w->key.len);
    text[w->key.len] = 0;
    return atoi(text + 1);
}

static void agrees(const struct waiting *w, int key, int value)
{
    char text[2][16];
    struct waiting want = waiting_of(key, value, text);
    assert_true(text_equal(w->key, want.key));
    assert_int_equal(w->ts_ms, value);
    assert_int_equal(w->value_len, want.value_len);
    assert_true(!w->value == !want.value);
    assert_true(!w->value || memcmp(w->value, want.value, want.value_len) == 0);
}

static int naive_find(const struct naive *n, int key)
{
    int i = 0;
    while (i < n->count && n->waiting[i].key != key) {
        i++;
    }
    return i;
}

static void step_put(struct publish_queue *q, struct naive *n, int key, int value)
{
    char text[2][16];
    struct waiting w = waiting_of(key, value, text);
    assert_int_equal(publish_queue_put(q, &w), 0);
    int i = naive_find(n, key);
    n->count += i == n->count;
    n->waiting[i].key = key;
    n->waiting[i].value = value;
}

static void step_publish(struct publish_queue *q, struct naive *n)
{
    struct waiting w;
    assert_int_equal(publish_queue_first(q, &w), n->count ? 0 : CUBE_ENOTFOUND);
    if (n->count) {
        int key = n->waiting[0].key;
        agrees(&w, key, n->waiting[0].value);
        assert_int_equal(w.stored, n->changelog[key] != -2);
        n->changelog[key] = -2;
        publish_queue_drop_first(q);
        memmove(n->waiting, n->waiting + 1, (size_t)--n->count * sizeof *n->waiting);
    }
}

static int store(void *arg, const struct waiting *w)
{
    struct naive *n = arg;
    int key = key_of(w), i = naive_find(n, key);
    assert_true(i < n->count);
    agrees(w, key, n->waiting[i].value);
    assert_true(n->waiting[i].value < 0 || n->changelog[key] != n->waiting[i].value); /* stored once only */
    n->changelog[key] = n->waiting[i].value;
    n->turn[key] = w->turn;
    return 0;
}

/* Another process reads the changelog, in any order, with leftovers of keys taken out. */
static struct publish_queue *reopen(struct publish_queue *q, const struct naive *n, struct random *r)
{
    publish_queue_destroy(q);
    assert_int_equal(publish_queue_create(random_next(r), &q), 0);
    int start = (int)random_between(r, 0, KEYS - 1);
    for (int i = 0; i < KEYS; i++) {
        int key = (start + i) % KEYS;
        char text[2][16];
        struct waiting w = waiting_of(key, n->changelog[key], text), old = waiting_of(key, 5, text);
        old.turn = 1;
        if (n->changelog[key] == -2 || random_between(r, 0, 3) == 0) {
            assert_int_equal(publish_queue_restore(q, &old), 0);
            publish_queue_restore_none(q, old.key);
        }
        if (n->changelog[key] != -2) {
            w = waiting_of(key, n->changelog[key], text);
            w.turn = n->turn[key];
            assert_int_equal(publish_queue_restore(q, &w), 0);
        }
    }
    publish_queue_restored(q);
    return q;
}

static void publish_queue_agrees_with_a_naive_list_also_after_restarts(void **state)
{
    (void)state;
    static struct naive n;
    struct random r = {31};
    struct publish_queue *q;
    print_message("seed 31\n");
    for (int i = 0; i < KEYS; i++) {
        n.changelog[i] = -2;
    }
    assert_int_equal(publish_queue_create(1, &q), 0);
    for (int step = 0; step < STEPS; step++) {
        int64_t what = random_between(&r, 0, 99);
        if (what < 60) {
            step_put(q, &n, (int)random_between(&r, 0, KEYS - 1), what < 5 ? -1 : step);
        } else if (what < 97) {
            step_publish(q, &n);
        } else {
            assert_int_equal(publish_queue_store(q, store, &n), 0);
            q = what == 99 ? reopen(q, &n, &r) : q;
        }
        assert_int_equal(publish_queue_count(q), n.count);
    }
    assert_true(n.count > 10);
    while (n.count) {
        step_publish(q, &n);
    }
    publish_queue_destroy(q);
}

static int refuse(void *arg, const struct waiting *w)
{
    (void)w;
    return --*(int *)arg < 0 ? CUBE_EIO : 0;
}

static void publish_queue_store_repeats_all_when_one_was_refused(void **state)
{
    (void)state;
    struct publish_queue *q;
    char text[2][16];
    struct waiting w;
    assert_int_equal(publish_queue_create(1, &q), 0);
    for (int i = 0; i < 3; i++) {
        w = waiting_of(i, i, text);
        assert_int_equal(publish_queue_put(q, &w), 0);
    }
    assert_int_equal(publish_queue_store(q, refuse, &(int){1}), CUBE_EIO);
    assert_int_equal(publish_queue_first(q, &w), 0);
    assert_false(w.stored);
    int left = 3;
    assert_int_equal(publish_queue_store(q, refuse, &left), 0);
    assert_int_equal(left, 0);
    assert_int_equal(publish_queue_first(q, &w), 0);
    assert_true(w.stored);
    publish_queue_destroy(q);
}

static int queue_story(void *arg)
{
    struct publish_queue *q;
    (void)arg;
    int rc = publish_queue_create(1, &q);
    if (rc) {
        return rc;
    }
    for (int i = 0; i < 300 && !rc; i++) {
        char text[2][16];
        struct waiting w = waiting_of(i, i, text);
        rc = publish_queue_put(q, &w);
        assert_int_equal(publish_queue_count(q), i + !rc);
    }
    publish_queue_destroy(q);
    return rc;
}

static int restore_story(void *arg)
{
    struct publish_queue *q;
    (void)arg;
    int rc = publish_queue_create(1, &q);
    for (int i = 0; i < 100 && !rc; i++) {
        char text[2][16];
        struct waiting w = waiting_of(i, i, text);
        rc = publish_queue_restore(q, &w);
        if (rc) {
            publish_queue_destroy(q);
            return rc;
        }
    }
    if (!rc) {
        publish_queue_destroy(q);
    }
    return rc;
}

static void publish_queue_changes_nothing_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(queue_story, NULL) > 300);
    assert_true(failmalloc_sweep(restore_story, NULL) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publish_queue_agrees_with_a_naive_list_also_after_restarts),
        cmocka_unit_test(publish_queue_store_repeats_all_when_one_was_refused),
        cmocka_unit_test(publish_queue_changes_nothing_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
