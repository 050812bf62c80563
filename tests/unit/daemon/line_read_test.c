#include "cli/line_read.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit.h"

static FILE *stream_of(char *bytes, size_t len)
{
    FILE *in = fmemopen(bytes, len, "r");
    assert_non_null(in);
    return in;
}

static void expect(FILE *in, const char *line)
{
    uint8_t *to = malloc(LINE_KEPT_MAX);
    size_t len;
    assert_true(line_read(in, to, &len));
    assert_int_equal(len, strlen(line));
    assert_memory_equal(to, line, len);
    free(to);
}

static void expect_end(FILE *in)
{
    uint8_t *to = malloc(LINE_KEPT_MAX);
    size_t len;
    assert_false(line_read(in, to, &len));
    free(to);
    fclose(in);
}

static void line_read_gives_lines_without_what_is_blank_at_their_ends(void **state)
{
    (void)state;
    char bytes[] = " a\tb \t\r\n\n \r\nlast";
    FILE *in = stream_of(bytes, sizeof bytes - 1);
    expect(in, " a\tb");
    expect(in, "");
    expect(in, "");
    expect(in, "last");
    expect_end(in);
}

/* A folder can be opened, and not be read. */
static void line_read_ends_where_nothing_can_be_read(void **state)
{
    (void)state;
    expect_end(fopen("/", "r"));
}

static void length_is(size_t record, size_t blank, size_t more, size_t expected)
{
    size_t len = record + blank + more;
    char *bytes = malloc(len + 3);
    uint8_t *to = malloc(LINE_KEPT_MAX);
    memset(bytes, 'x', record);
    memset(bytes + record, ' ', blank);
    memset(bytes + record + blank, 'y', more);
    memcpy(bytes + len, "\nz", 2);
    FILE *in = stream_of(bytes, len + 2);
    assert_true(line_read(in, to, &len));
    assert_int_equal(len, expected);
    expect(in, "z"); /* the rest is passed over */
    expect_end(in);
    free(to);
    free(bytes);
}

static void line_read_keeps_so_much_of_a_line_that_its_length_is_refused(void **state)
{
    (void)state;
    length_is(RECORD_BYTES_MAX, 0, 0, RECORD_BYTES_MAX);
    length_is(RECORD_BYTES_MAX, 100, 0, RECORD_BYTES_MAX);
    length_is(RECORD_BYTES_MAX + 1, 0, 0, RECORD_BYTES_MAX + 1);
    length_is(RECORD_BYTES_MAX + 2, 0, 0, RECORD_BYTES_MAX + 1);
    length_is(3 * RECORD_BYTES_MAX, 0, 0, RECORD_BYTES_MAX + 1);
    length_is(10, 2 * RECORD_BYTES_MAX, 0, 10);
    length_is(10, 2 * RECORD_BYTES_MAX, 1, RECORD_BYTES_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_read_gives_lines_without_what_is_blank_at_their_ends),
        cmocka_unit_test(line_read_ends_where_nothing_can_be_read),
        cmocka_unit_test(line_read_keeps_so_much_of_a_line_that_its_length_is_refused),
    };
    return RUN_TESTS(tests);
}
