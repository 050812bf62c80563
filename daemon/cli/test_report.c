#include "cli/test_report.h"

#include <string.h>

#include "cli/value_json.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

/* ---- XML of JUnit --------------------------------------------------------------------------------------- */

static void xml_text(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        switch (*at) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc((unsigned char)*at < 0x20 && *at != '\n' && *at != '\t' ? '?' : *at, out);
        }
    }
}

static void xml_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    xml_text(out, value);
    fputc('"', out);
}

/* ---- one failure ---------------------------------------------------------------------------------------- */

static void failure_print(FILE *out, const struct test_report *r, const struct test_failure *f)
{
    fprintf(out, "%s:%u:%u: %s: %s: expected %s, got %s\n", r->path, f->place.line, f->place.column, f->whom, f->path, f->expected, f->got);
}

static void junit_failure(const struct test_report *r, const struct test_failure *f)
{
    xml_text(r->junit, r->path);
    fprintf(r->junit, ":%u:%u: ", f->place.line, f->place.column);
    xml_text(r->junit, f->whom);
    fputs(": ", r->junit);
    xml_text(r->junit, f->path);
    fputs(": expected ", r->junit);
    xml_text(r->junit, f->expected);
    fputs(", got ", r->junit);
    xml_text(r->junit, f->got);
}

/* A case has one failure at most: readers of the form take no more. */
static void junit_case(const struct test_report *r, const struct test_case *c, const struct test_outcome *o)
{
    fputs("    <testcase", r->junit);
    xml_attribute(r->junit, "classname", r->path);
    xml_attribute(r->junit, "name", c->name);
    if (o->count == 0) {
        fputs("/>\n", r->junit);
        return;
    }
    fputs(">\n      <failure", r->junit);
    xml_attribute(r->junit, "message", o->failures[0].path);
    fputc('>', r->junit);
    for (uint32_t i = 0; i < o->count; i++) {
        fputs(i == 0 ? "" : "\n", r->junit);
        junit_failure(r, &o->failures[i]);
    }
    fputs("</failure>\n    </testcase>\n", r->junit);
}

/* ---- the forms ------------------------------------------------------------------------------------------ */

static void text_case(const struct test_report *r, const struct test_case *c, const struct test_outcome *o)
{
    const char *colour = r->colour ? o->count ? RED : GREEN : "";
    fprintf(r->out, "  %s%s%s  %s\n", colour, o->count ? "FAILED" : "ok    ", r->colour ? PLAIN : "", c->name);
    for (uint32_t i = 0; i < o->count; i++) {
        fputs("    ", r->out);
        failure_print(r->out, r, &o->failures[i]);
    }
}

/* A number sign in a name would begin a directive; backslashes are what takes its meaning away. */
static void tap_case(const struct test_report *r, const struct test_case *c, const struct test_outcome *o)
{
    fprintf(r->out, "%s %u - ", o->count ? "not ok" : "ok", r->passed + r->failed);
    for (const char *at = c->name; *at; at++) {
        fputs(*at == '#' || *at == '\\' ? "\\" : "", r->out);
        fputc(*at == '\n' ? ' ' : *at, r->out);
    }
    fputc('\n', r->out);
    for (uint32_t i = 0; i < o->count; i++) {
        fputs("# ", r->out);
        failure_print(r->out, r, &o->failures[i]);
    }
}

/* Takes the value; NULL: no memory. */
static int json_print(const struct test_report *r, json_t *all)
{
    struct buf text = {0};
    int rc = all ? value_json_text(all, &text) : CUBE_ENOMEM;
    if (rc == 0) {
        fprintf(r->out, "%.*s\n", (int)text.len, (const char *)text.at);
    }
    buf_close(&text);
    json_decref(all);
    return rc;
}

static int json_case(const struct test_report *r, const struct test_case *c, const struct test_outcome *o)
{
    json_t *failures = json_array();
    for (uint32_t i = 0; i < o->count; i++) {
        const struct test_failure *f = &o->failures[i];
        json_t *one = json_pack("{s:i, s:i, s:s, s:s, s:s, s:s}", "line", (int)f->place.line, "column", (int)f->place.column, "of", f->whom,
                                "path", f->path, "expected", f->expected, "got", f->got);
        if (!one || json_array_append_new(failures, one) != 0) {
            json_decref(failures);
            return CUBE_ENOMEM;
        }
    }
    return json_print(r, json_pack("{s:s, s:s, s:i, s:b, s:o}", "file", r->path, "test", c->name, "line", (int)c->place.line, "passed", o->count == 0,
                                   "failures", failures));
}

int test_report_case(struct test_report *r, const struct test_case *c, const struct test_outcome *o)
{
    *(o->count ? &r->failed : &r->passed) += 1;
    if (r->junit) {
        junit_case(r, c, o);
    }
    if (r->form == TEST_FORM_JSON) {
        return json_case(r, c, o);
    }
    (r->form == TEST_FORM_TAP ? tap_case : text_case)(r, c, o);
    return 0;
}

/* A suite of one case with an error: a report without a suite would count as one in which nothing failed. */
static void junit_unusable(const struct test_report *r, const char *path)
{
    fputs("  <testsuite", r->junit);
    xml_attribute(r->junit, "name", path);
    fputs(" tests=\"1\" errors=\"1\">\n    <testcase", r->junit);
    xml_attribute(r->junit, "classname", path);
    fputs(" name=\"the file\">\n      <error message=\"cannot be used\"/>\n    </testcase>\n  </testsuite>\n", r->junit);
}

static int json_unusable(const struct test_report *r, const char *path)
{
    return json_print(r, json_pack("{s:s, s:b, s:s}", "file", path, "passed", 0, "error", "cannot be used"));
}

int test_report_unusable(struct test_report *r, const char *path)
{
    r->failed++;
    if (r->junit) {
        junit_unusable(r, path);
    }
    switch (r->form) {
    case TEST_FORM_TAP: fprintf(r->out, "not ok %u - %s cannot be used\n", r->passed + r->failed, path); return 0;
    case TEST_FORM_TEXT: fprintf(r->out, "%s cannot be used\n", path); return 0;
    case TEST_FORM_JSON: return json_unusable(r, path);
    }
    return 0;
}

/* ---- around them ---------------------------------------------------------------------------------------- */

void test_report_begin(struct test_report *r)
{
    if (r->form == TEST_FORM_TAP) {
        fputs("TAP version 14\n", r->out);
    }
    if (r->junit) {
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"cubed test\">\n", r->junit);
    }
}

void test_report_file(struct test_report *r, const struct test_file *f)
{
    r->path = f->path;
    if (r->form == TEST_FORM_TEXT) {
        fprintf(r->out, "%s\n", f->path);
    }
    if (r->junit) {
        fputs("  <testsuite", r->junit);
        xml_attribute(r->junit, "name", f->path);
        fprintf(r->junit, " tests=\"%u\">\n", f->case_count);
    }
}

void test_report_file_end(struct test_report *r)
{
    if (r->junit) {
        fputs("  </testsuite>\n", r->junit);
    }
}

void test_report_end(struct test_report *r)
{
    if (r->form == TEST_FORM_TAP) {
        fprintf(r->out, "1..%u\n", r->passed + r->failed);
    } else if (r->form == TEST_FORM_TEXT) {
        fprintf(r->out, "%u passed, %u failed\n", r->passed, r->failed);
    }
    if (r->junit) {
        fputs("</testsuites>\n", r->junit);
    }
}
