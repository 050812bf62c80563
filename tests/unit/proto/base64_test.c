#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base64.h"
#include "support/failmalloc.h"
#include "support/random.h"

static const char *const vectors[][2] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},      {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

static void base64_gives_the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct buf b = {0};
        assert_int_equal(buf_append(&b, "<", 1), 0);
        assert_int_equal(base64_append(&b, (const uint8_t *)vectors[i][0], strlen(vectors[i][0])), 0);
        assert_int_equal(b.len, 1 + strlen(vectors[i][1]));
        assert_memory_equal(b.at + 1, vectors[i][1], b.len - 1);
        buf_clear(&b);
        assert_int_equal(base64_decode(text_of(vectors[i][1]), &b), 0);
        assert_int_equal(b.len, strlen(vectors[i][0]));
        assert_memory_equal(b.at, vectors[i][0], b.len);
        buf_close(&b);
    }
}

static void base64_decode_refuses_what_is_none_and_adds_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z", "Zg", "Zg=", "====", "Z===", "=Zg=", "Zm9v=", "Zm 9v", "Zm9-", "Zm9_", "Zm\n9", "Zg==Zg=="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf b = {0};
        assert_int_equal(buf_append(&b, "x", 1), 0);
        assert_int_equal(base64_decode(text_of(bad[i]), &b), CUBE_EFORMAT);
        assert_int_equal(b.len, 1);
        buf_close(&b);
    }
}

static void base64_gives_random_bytes_back(void **state)
{
    (void)state;
    struct random r = {9};
    print_message("seed 9\n");
    for (size_t n = 0; n < 200; n++) {
        uint8_t bytes[200];
        struct buf text = {0}, back = {0};
        for (size_t i = 0; i < n; i++) {
            bytes[i] = (uint8_t)random_next(&r);
        }
        assert_int_equal(base64_append(&text, bytes, n), 0);
        assert_int_equal(base64_decode((struct text){(const char *)text.at, (uint32_t)text.len}, &back), 0);
        assert_int_equal(back.len, n);
        assert_memory_equal(back.at, bytes, n);
        buf_close(&text);
        buf_close(&back);
    }
}

static int base64_story(void *arg)
{
    struct buf text = {0}, back = {0};
    (void)arg;
    int rc = base64_append(&text, (const uint8_t *)"some bytes", 10);
    rc = rc ? rc : base64_decode((struct text){(const char *)text.at, (uint32_t)text.len}, &back);
    buf_close(&text);
    buf_close(&back);
    return rc;
}

static void base64_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_int_equal(failmalloc_sweep(base64_story, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_gives_the_vectors_of_rfc_4648),
        cmocka_unit_test(base64_decode_refuses_what_is_none_and_adds_nothing),
        cmocka_unit_test(base64_gives_random_bytes_back),
        cmocka_unit_test(base64_says_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
