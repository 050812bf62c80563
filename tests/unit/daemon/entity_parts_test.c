#include "task/entity_parts.h"

#include <stdlib.h>

#include "support/unit.h"

enum { LOG_MAX = 64 };

/* What stands in the changelog: records in the order they were written. */
struct changelog {
    struct {
        uint8_t mark;
        char key[16];
        uint32_t key_len;
        struct buf value;
        bool tombstone;
    } records[LOG_MAX];
    uint32_t count;
};

static int put(void *arg, uint8_t mark, struct text key, const uint8_t *value, size_t len)
{
    struct changelog *l = arg;
    assert_true(l->count < LOG_MAX && key.len <= sizeof l->records[0].key);
    l->records[l->count].mark = mark;
    l->records[l->count].key_len = key.len;
    memcpy(l->records[l->count].key, key.at, key.len);
    l->records[l->count].tombstone = !value;
    assert_int_equal(value ? buf_append(&l->records[l->count].value, value, len) : 0, 0);
    l->count++;
    return 0;
}

static void changelog_close(struct changelog *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        buf_close(&l->records[i].value);
    }
}

static void value_fill(struct buf *b, size_t len, unsigned seed)
{
    buf_clear(b);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(1 + (i * 31 + seed) % 255);
        assert_int_equal(buf_append(b, &byte, 1), 0);
    }
}

/* The value that comes out of the join or, last, as a whole one; absent when neither. */
struct outcome {
    struct buf value;
    bool there;
};

static int joined(void *arg, struct text key, const uint8_t *value, size_t len)
{
    struct outcome *o = arg;
    assert_true(text_equal(key, TEXT_LITERAL("c1")));
    buf_clear(&o->value);
    o->there = true;
    return buf_append(&o->value, value, len);
}

static int record_restore(struct entity_parts *p, const struct changelog *l, uint32_t i, struct outcome *o)
{
    struct text key = {l->records[i].key, l->records[i].key_len};
    const uint8_t *value = l->records[i].tombstone ? NULL : l->records[i].value.at;
    uint32_t number = 0;
    if (l->records[i].mark == PART_KEY_MARK) {
        assert_int_equal(entity_parts_key(key, &number, &key), 0);
    }
    int rc = entity_parts_take(p, number, key, value, l->records[i].value.len);
    if (rc == 0) { /* whole or a tombstone */
        o->there = value != NULL;
        return value ? joined(o, key, value, l->records[i].value.len) : 0;
    }
    return rc < 0 ? rc : 0;
}

/* Restores what compaction may leave: the records from first on, or every record. */
static int restore(const struct changelog *l, uint32_t without, struct outcome *ret_o)
{
    struct entity_parts *p;
    assert_int_equal(entity_parts_create(&p), 0);
    int rc = 0;
    for (uint32_t i = 0; i < l->count && !rc; i++) {
        rc = i == without ? 0 : record_restore(p, l, i, ret_o);
    }
    rc = rc ? rc : entity_parts_join(p, joined, ret_o);
    entity_parts_destroy(p);
    return rc;
}

static void entity_parts_join_gives_back_the_last_value_that_was_written(void **state)
{
    (void)state;
    struct entity_parts *p;
    struct changelog l = {0};
    struct buf value = {0};
    struct outcome o = {0};
    assert_int_equal(entity_parts_create(&p), 0);
    for (unsigned version = 1; version <= 3; version++) {
        value_fill(&value, ENTITY_PART_BYTES * version + version, version);
        assert_int_equal(entity_parts_write(p, TEXT_LITERAL("c1"), &value, put, &l), 0);
    }
    assert_int_equal(l.count, 2 + 3 + 4);
    assert_int_equal(restore(&l, UINT32_MAX, &o), 0);
    assert_true(o.there);
    assert_int_equal(o.value.len, value.len);
    assert_memory_equal(o.value.at, value.at, value.len);
    entity_parts_destroy(p);
    changelog_close(&l);
    buf_close(&value);
    buf_close(&o.value);
}

static void entity_parts_join_leaves_a_value_that_became_whole_alone(void **state)
{
    (void)state;
    struct entity_parts *p;
    struct changelog l = {0};
    struct buf value = {0};
    struct outcome o = {0};
    assert_int_equal(entity_parts_create(&p), 0);
    value_fill(&value, ENTITY_PART_BYTES + 1, 7);
    assert_int_equal(entity_parts_write(p, TEXT_LITERAL("c1"), &value, put, &l), 0);
    put(&l, 0, TEXT_LITERAL("c1"), (const uint8_t *)"\x01whole", 6);
    assert_int_equal(restore(&l, UINT32_MAX, &o), 0);
    assert_int_equal(o.value.len, 6);
    assert_memory_equal(o.value.at, "\x01whole", 6);
    entity_parts_destroy(p);
    changelog_close(&l);
    buf_close(&value);
    buf_close(&o.value);
}

static void entity_parts_erase_leaves_nothing_behind(void **state)
{
    (void)state;
    struct entity_parts *p;
    struct changelog l = {0};
    struct buf value = {0};
    struct outcome o = {0};
    assert_int_equal(entity_parts_create(&p), 0);
    value_fill(&value, ENTITY_PART_BYTES * 2 + 1, 9);
    assert_int_equal(entity_parts_write(p, TEXT_LITERAL("c1"), &value, put, &l), 0);
    assert_int_equal(entity_parts_erase(p, TEXT_LITERAL("c1"), put, &l), 0);
    assert_int_equal(l.count, 3 + 2);
    assert_true(l.records[3].tombstone && l.records[4].tombstone);
    put(&l, 0, TEXT_LITERAL("c1"), NULL, 0);
    assert_int_equal(restore(&l, UINT32_MAX, &o), 0);
    assert_false(o.there);
    assert_int_equal(entity_parts_erase(p, TEXT_LITERAL("c2"), put, &l), 0);
    assert_int_equal(l.count, 3 + 2 + 1);
    entity_parts_destroy(p);
    changelog_close(&l);
    buf_close(&value);
}

static void entity_parts_join_refuses_a_missing_part(void **state)
{
    (void)state;
    struct entity_parts *p;
    struct changelog l = {0};
    struct buf value = {0};
    struct outcome o = {0};
    assert_int_equal(entity_parts_create(&p), 0);
    value_fill(&value, ENTITY_PART_BYTES * 2 + 1, 3);
    assert_int_equal(entity_parts_write(p, TEXT_LITERAL("c1"), &value, put, &l), 0);
    assert_int_equal(restore(&l, 0, &o), CUBE_EFORMAT);
    entity_parts_destroy(p);
    changelog_close(&l);
    buf_close(&value);
    buf_close(&o.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entity_parts_join_gives_back_the_last_value_that_was_written),
        cmocka_unit_test(entity_parts_join_leaves_a_value_that_became_whole_alone),
        cmocka_unit_test(entity_parts_erase_leaves_nothing_behind),
        cmocka_unit_test(entity_parts_join_refuses_a_missing_part),
    };
    return RUN_TESTS(tests);
}
