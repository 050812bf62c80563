#include "cli/test_junit.h"

#include <stdarg.h>
#include <string.h>

#include "proto/utf8.h"

enum { NUMBERS_MAX = 200 };

static int text_put(struct buf *b, const char *text)
{
    return buf_append(b, text, strlen(text));
}

/* Texts without anything of a file in them. */
__attribute__((format(printf, 2, 3))) static int numbers_put(struct buf *b, const char *format, ...)
{
    char text[NUMBERS_MAX];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return buf_append(b, text, (size_t)n);
}

static const char *entity_of(char c)
{
    switch (c) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    default: return (unsigned char)c < 0x20 && c != '\n' && c != '\t' ? "?" : NULL;
    }
}

/* U+FFFE and U+FFFF are no characters of XML. */
static bool is_character(const uint8_t *at, size_t len)
{
    return len > 0 && !(len == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe);
}

/* The name of a file may be no UTF-8. */
static int xml_text(struct buf *b, const char *text)
{
    size_t left = strlen(text);
    int rc = 0;
    for (const char *at = text; left > 0 && !rc;) {
        const char *entity = entity_of(*at);
        size_t len = utf8_sequence((const uint8_t *)at, left);
        bool good = is_character((const uint8_t *)at, len);
        rc = entity ? text_put(b, entity) : good ? buf_append(b, at, len) : text_put(b, "\xef\xbf\xbd");
        len = len ? len : 1;
        at += len;
        left -= len;
    }
    return rc;
}

static int xml_attribute(struct buf *b, const char *name, const char *value)
{
    int rc = text_put(b, " ");
    rc = rc ? rc : text_put(b, name);
    rc = rc ? rc : text_put(b, "=\"");
    rc = rc ? rc : xml_text(b, value);
    return rc ? rc : text_put(b, "\"");
}

static int failure_put(struct buf *b, const char *path, const struct test_failure *f)
{
    int rc = xml_text(b, path);
    rc = rc ? rc : numbers_put(b, ":%u:%u: ", f->place.line, f->place.column);
    rc = rc ? rc : xml_text(b, f->whom);
    rc = rc ? rc : text_put(b, ": ");
    rc = rc ? rc : xml_text(b, f->path);
    rc = rc ? rc : text_put(b, ": expected ");
    rc = rc ? rc : xml_text(b, f->expected);
    rc = rc ? rc : text_put(b, ", got ");
    return rc ? rc : xml_text(b, f->got);
}

/* A case has one failure at most: readers of the form take no more. */
static int failures_put(struct buf *b, const char *path, const struct test_outcome *o)
{
    int rc = text_put(b, ">\n      <failure");
    rc = rc ? rc : xml_attribute(b, "message", o->failures[0].path);
    rc = rc ? rc : text_put(b, ">");
    for (uint32_t i = 0; i < o->count && !rc; i++) {
        rc = text_put(b, i == 0 ? "" : "\n");
        rc = rc ? rc : failure_put(b, path, &o->failures[i]);
    }
    return rc ? rc : text_put(b, "</failure>\n    </testcase>\n");
}

int test_junit_case(struct test_junit *j, const char *path, const struct test_case *c, const struct test_outcome *o, double seconds)
{
    struct buf *b = &j->cases;
    j->file.tests++;
    j->file.failures += o->count > 0;
    j->file.seconds += seconds;
    int rc = text_put(b, "    <testcase");
    rc = rc ? rc : xml_attribute(b, "classname", path);
    rc = rc ? rc : xml_attribute(b, "name", c->name);
    rc = rc ? rc : numbers_put(b, " time=\"%.3f\"", seconds);
    return rc ? rc : o->count ? failures_put(b, path, o) : text_put(b, "/>\n");
}

static int counts_put(struct buf *b, const struct test_count *c)
{
    return numbers_put(b, " tests=\"%u\" failures=\"%u\" errors=\"%u\" time=\"%.3f\">\n", c->tests, c->failures, c->errors, c->seconds);
}

int test_junit_file_end(struct test_junit *j, const char *path)
{
    struct buf *b = &j->suites;
    j->all.tests += j->file.tests;
    j->all.failures += j->file.failures;
    j->all.errors += j->file.errors;
    j->all.seconds += j->file.seconds;
    int rc = text_put(b, "  <testsuite");
    rc = rc ? rc : xml_attribute(b, "name", path);
    rc = rc ? rc : counts_put(b, &j->file);
    rc = rc || !j->cases.len ? rc : buf_append(b, j->cases.at, j->cases.len);
    buf_clear(&j->cases);
    j->file = (struct test_count){0};
    return rc ? rc : text_put(b, "  </testsuite>\n");
}

/* A suite of one case with an error: a report without a suite would count as one in which nothing failed. */
int test_junit_unusable(struct test_junit *j, const char *path)
{
    struct buf *b = &j->cases;
    j->file.tests = j->file.errors = 1;
    int rc = text_put(b, "    <testcase");
    rc = rc ? rc : xml_attribute(b, "classname", path);
    rc = rc ? rc : text_put(b, " name=\"the file\" time=\"0.000\">\n      <error message=\"cannot be used\"/>\n    </testcase>\n");
    return rc ? rc : test_junit_file_end(j, path);
}

void test_junit_write(const struct test_junit *j, FILE *out)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(out, "<testsuites name=\"cubed test\" tests=\"%u\" failures=\"%u\" errors=\"%u\" time=\"%.3f\">\n", j->all.tests,
            j->all.failures, j->all.errors, j->all.seconds);
    if (j->suites.len) {
        fwrite(j->suites.at, 1, j->suites.len, out);
    }
    fputs("</testsuites>\n", out);
}

void test_junit_close(struct test_junit *j)
{
    buf_close(&j->suites);
    buf_close(&j->cases);
}
