#include "support/unit.h"

#include <float.h>
#include <signal.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/fixed.h"
#include "base/intern.h"
#include "base/digits.h"
#include "base/json_number.h"
#include "base/sliding.h"
#include "support/random.h"

/* ---- errors and checks ----------------------------------------------------------------------- */

static void err_name_and_text_know_every_code_and_no_other(void **state)
{
    (void)state;
    assert_string_equal(err_name(CUBE_ENOMEM), "CUBE_ENOMEM");
    assert_string_equal(err_text(CUBE_ELATE), "older than the lateness");
    assert_string_equal(err_name(CUBE_EUSAGE), "CUBE_EUSAGE");
    assert_string_equal(err_name(0), "CUBE_E?");
    assert_string_equal(err_name(-19), "CUBE_E?");
    assert_string_equal(err_text(-1000), "unknown error");
}

static void check_failed_aborts_with_one_line(void **state)
{
    (void)state;
    int ends[2], status = 0;
    char said[200] = {0};
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], 2);
        close(ends[0]);
        CHECK_PRE(said[0] == 'x');
        _exit(0);
    }
    close(ends[1]);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(said, "cubed: precondition violated: said[0] == 'x' ("));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    close(ends[0]);
}

/* ---- buf ------------------------------------------------------------------------------------- */

static void buf_append_grows_and_clear_keeps_the_memory(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(buf_append(&b, NULL, 0), 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(buf_append(&b, "0123456789", 10), 0);
    }
    assert_int_equal(b.len, 1000);
    assert_memory_equal(b.at + 990, "0123456789", 10);
    size_t capacity = b.capacity;
    buf_clear(&b);
    assert_true(b.len == 0 && b.capacity == capacity);
    assert_int_equal(buf_append(&b, "a", 1), 0);
    assert_int_equal(buf_reserve(&b, SIZE_MAX), CUBE_ENOMEM);
    buf_close(&b);
    assert_true(!b.at && !b.len && !b.capacity);
    buf_close(&b);
}

/* ---- intern ---------------------------------------------------------------------------------- */

static struct text numbered(char at[24], int i)
{
    return (struct text){at, (uint32_t)snprintf(at, 24, "value %d", i)};
}

static void intern_gives_dense_ids_and_texts_that_never_move(void **state)
{
    (void)state;
    enum { N = 5000 };
    static const char *first[N];
    struct intern *in;
    char at[24];
    uint32_t id;
    assert_int_equal(intern_create(N, 42, &in), 0);
    assert_int_equal(intern_find(in, TEXT_LITERAL("nobody")), INTERN_NONE);
    for (int i = 0; i < N; i++) {
        assert_int_equal(intern_add(in, numbered(at, i), &id), 0);
        assert_int_equal(id, i);
        first[i] = intern_text(in, id).at;
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(intern_find(in, numbered(at, i)), i);
        assert_int_equal(intern_add(in, numbered(at, i), &id), 0);
        assert_int_equal(id, i);
        assert_true(text_equal(intern_text(in, id), numbered(at, i)));
        assert_ptr_equal(intern_text(in, id).at, first[i]);
    }
    assert_int_equal(intern_count(in), N);
    assert_true(intern_bytes(in) > N * 10 && intern_bytes(in) < N * 100);
    intern_destroy(in);
}

static void intern_add_refuses_what_is_beyond_the_bound(void **state)
{
    (void)state;
    struct intern *in;
    uint32_t id = 77;
    assert_int_equal(intern_create(2, 1, &in), 0);
    assert_int_equal(intern_add(in, TEXT_LITERAL(""), &id), 0);
    assert_int_equal(intern_add(in, TEXT_LITERAL("a"), &id), 0);
    assert_int_equal(intern_add(in, TEXT_LITERAL("b"), &id), CUBE_ELIMIT);
    assert_int_equal(id, 1);
    assert_int_equal(intern_add(in, TEXT_LITERAL(""), &id), 0);
    assert_int_equal(id, 0);
    assert_int_equal(intern_find(in, TEXT_LITERAL("b")), INTERN_NONE);
    intern_destroy(in);
    intern_destroy(NULL);
}

static void intern_add_takes_texts_longer_than_a_chunk(void **state)
{
    (void)state;
    struct intern *in;
    uint32_t id;
    struct text big = {malloc(200000), 200000};
    memset((char *)big.at, 'x', big.len);
    assert_int_equal(intern_create(10, 1, &in), 0);
    assert_int_equal(intern_add(in, TEXT_LITERAL("small"), &id), 0);
    assert_int_equal(intern_add(in, big, &id), 0);
    assert_int_equal(intern_add(in, TEXT_LITERAL("other"), &id), 0);
    assert_true(text_equal(intern_text(in, 1), big) && intern_find(in, big) == 1);
    free((char *)big.at);
    intern_destroy(in);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void assert_digits(uint64_t v)
{
    char at[DIGITS_MAX + 1] = "", padded[DIGITS_MAX + 1] = "", expected[32];
    snprintf(expected, sizeof expected, "%llu", (unsigned long long)v);
    assert_int_equal(digits_write(v, at), strlen(expected));
    assert_string_equal(at, expected);
    assert_int_equal(digits_count(v), strlen(expected));
    digits_pad(v, DIGITS_MAX, padded);
    snprintf(expected, sizeof expected, "%020llu", (unsigned long long)v);
    assert_string_equal(padded, expected);
}

static void digits_write_as_printf_does(void **state)
{
    (void)state;
    struct random rnd = {4};
    for (unsigned i = 0; i < DIGITS_MAX; i++) {
        assert_digits(digits_powers[i]);
        assert_digits(digits_powers[i] - 1);
        assert_digits(digits_powers[i] + 1);
    }
    for (int i = 0; i < 100000; i++) {
        assert_digits(random_next(&rnd) >> random_between(&rnd, 0, 63));
    }
    assert_digits(UINT64_MAX);
    char at[3] = "";
    digits_pad(1987, 2, at);
    assert_string_equal(at, "87");
}

static void json_number_write_gives_the_shortest_text(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } rows[] = {{0, "0.0"}, {-0.0, "-0.0"}, {1, "1.0"}, {-17, "-17.0"}, {0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"},
                {0.1 + 0.2, "0.30000000000000004"}, {999999999999999, "999999999999999.0"}, {1e15, "1e+15"},
                {1234567890123456, "1234567890123456.0"}, {1e21, "1e+21"}, {1e-7, "1e-07"}, {5e-324, "5e-324"},
                {2.2250738585072014e-308, "2.2250738585072014e-308"}, {DBL_MAX, "1.7976931348623157e+308"},
                {0x1p-44, "5.684341886080802e-14"}, {129.9, "129.9"}, {-52.588432, "-52.588432"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[JSON_NUMBER_MAX];
        assert_int_equal(json_number_write(rows[i].v, at), strlen(rows[i].text));
        assert_string_equal(at, rows[i].text);
    }
}

static void json_number_write_reads_back_the_same(void **state)
{
    (void)state;
    struct random rnd = {3};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = random_next(&rnd);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (i < 2046) {
            v = ldexp(1, i - 1023); /* every power of two */
        }
        if (isfinite(v)) {
            char at[JSON_NUMBER_MAX], *end;
            size_t len = json_number_write(v, at);
            assert_true(strtod(at, &end) == v && end == at + len && len < JSON_NUMBER_MAX);
        }
    }
}

/* The fewest digits by trying one after the other, and no other digits of that length are nearer. */
static void assert_shortest(double v)
{
    char at[JSON_NUMBER_MAX], expected[JSON_NUMBER_MAX];
    json_number_write(v, at);
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(expected, sizeof expected, "%.*g", precision, v);
        if (strtod(expected, NULL) == v) {
            break;
        }
    }
    if (!strpbrk(expected, ".e")) {
        strcat(expected, ".0");
    }
    if (strcmp(at, expected) != 0) {
        fail_msg("%s instead of %s", at, expected);
    }
}

static void json_number_write_is_the_shortest_where_integers_find_it(void **state)
{
    (void)state;
    struct random rnd = {8};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    for (int i = 0; i < 100000; i++) {
        double any = (double)(random_next(&rnd) >> 11 | 1), few = (double)random_between(&rnd, 1, 9999999);
        assert_shortest(ldexp(any, -(int)random_between(&rnd, 1, 62)));
        assert_shortest(few / 1e6);
        assert_shortest(-few / (double)random_between(&rnd, 3, 999));
        assert_shortest((double)random_between(&rnd, -999999999999999, 999999999999999));
    }
}

/* A queue of numbers that rise by one, whose ends move at random: nothing is lost, and room follows the members. */
static void sliding_reserve_keeps_the_members_in_order(void **state)
{
    (void)state;
    struct random rnd = {9};
    int64_t *at = NULL;
    uint32_t first = 0, count = 0, capacity = 0;
    int64_t oldest = 0, next = 0;
    for (int i = 0; i < 100000; i++) {
        if (count > 0 && random_between(&rnd, 0, 99) < (i / 2000 % 2 ? 60 : 40)) {
            first++;
            count--;
            oldest++;
        } else {
            void *block = at;
            assert_int_equal(sliding_reserve(&block, &first, count, &capacity, sizeof *at, 4), 0);
            at = block;
            assert_true(first + count < capacity);
            at[first + count++] = next++;
        }
        assert_true(count == 0 || (at[first] == oldest && at[first + count - 1] == next - 1));
    }
    assert_true(capacity >= 4 && capacity <= 4096);
    free(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sliding_reserve_keeps_the_members_in_order),
        cmocka_unit_test(err_name_and_text_know_every_code_and_no_other),
        cmocka_unit_test(check_failed_aborts_with_one_line),
        cmocka_unit_test(buf_append_grows_and_clear_keeps_the_memory),
        cmocka_unit_test(intern_gives_dense_ids_and_texts_that_never_move),
        cmocka_unit_test(intern_add_refuses_what_is_beyond_the_bound),
        cmocka_unit_test(intern_add_takes_texts_longer_than_a_chunk),
        cmocka_unit_test(digits_write_as_printf_does),
        cmocka_unit_test(json_number_write_gives_the_shortest_text),
        cmocka_unit_test(json_number_write_reads_back_the_same),
        cmocka_unit_test(json_number_write_is_the_shortest_where_integers_find_it),
    };
    return RUN_TESTS(tests);
}
