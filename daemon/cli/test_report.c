#include "cli/test_report.h"

#include <string.h>

#include "cli/value_json.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

/* ---- one failure ---------------------------------------------------------------------------------------- */

/* On one line, whatever a name holds. */
static void line_put(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        fputc(*at == '\n' || *at == '\r' ? ' ' : *at, out);
    }
}

static void failure_print(const struct test_report *r, const struct test_failure *f)
{
    line_put(r->out, r->path);
    fprintf(r->out, ":%u:%u: ", f->place.line, f->place.column);
    line_put(r->out, f->whom);
    fputs(": ", r->out);
    line_put(r->out, f->path);
    fputs(": expected ", r->out);
    line_put(r->out, f->expected);
    fputs(", got ", r->out);
    line_put(r->out, f->got);
    fputc('\n', r->out);
}

/* ---- the forms ------------------------------------------------------------------------------------------ */

static void text_case(const struct test_report *r, const struct test_case *c, const struct test_outcome *o)
{
    const char *colour = r->colour ? o->count ? RED : GREEN : "";
    fprintf(r->out, "  %s%s%s  %s\n", colour, o->count ? "FAILED" : "ok    ", r->colour ? PLAIN : "", c->name);
    for (uint32_t i = 0; i < o->count; i++) {
        fputs("    ", r->out);
        failure_print(r, &o->failures[i]);
    }
}

/* A number sign in a name would begin a directive; backslashes are what takes its meaning away. */
static void tap_name(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        fputs(*at == '#' || *at == '\\' ? "\\" : "", out);
        fputc(*at == '\n' || *at == '\r' ? ' ' : *at, out);
    }
}

static void tap_case(const struct test_report *r, const struct test_case *c, const struct test_outcome *o)
{
    fprintf(r->out, "%s %u - ", o->count ? "not ok" : "ok", r->passed + r->failed);
    tap_name(r->out, c->name);
    fputc('\n', r->out);
    for (uint32_t i = 0; i < o->count; i++) {
        fputs("# ", r->out);
        failure_print(r, &o->failures[i]);
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
    return json_print(r, json_pack("{s:o, s:s, s:i, s:b, s:o}", "file", value_json_path(r->path), "test", c->name, "line", (int)c->place.line,
                                   "passed", o->count == 0, "failures", failures));
}

int test_report_case(struct test_report *r, const struct test_case *c, const struct test_outcome *o, double seconds)
{
    *(o->count ? &r->failed : &r->passed) += 1;
    int rc = r->junit ? test_junit_case(r->junit, r->path, c, o, seconds) : 0;
    if (rc || r->form == TEST_FORM_JSON) {
        return rc ? rc : json_case(r, c, o);
    }
    (r->form == TEST_FORM_TAP ? tap_case : text_case)(r, c, o);
    return 0;
}

static int json_unusable(const struct test_report *r, const char *path)
{
    return json_print(r, json_pack("{s:o, s:b, s:s}", "file", value_json_path(path), "passed", 0, "error", "cannot be used"));
}

int test_report_unusable(struct test_report *r, const char *path)
{
    r->failed++;
    int rc = r->junit ? test_junit_unusable(r->junit, path) : 0;
    switch (r->form) {
    case TEST_FORM_TAP:
        fprintf(r->out, "not ok %u - ", r->passed + r->failed);
        tap_name(r->out, path);
        fputs(" cannot be used\n", r->out);
        break;
    case TEST_FORM_TEXT: fprintf(r->out, "%s cannot be used\n", path); break;
    case TEST_FORM_JSON: rc = rc ? rc : json_unusable(r, path); break;
    }
    return rc;
}

/* ---- around them ---------------------------------------------------------------------------------------- */

void test_report_begin(struct test_report *r)
{
    if (r->form == TEST_FORM_TAP) {
        fputs("TAP version 14\n", r->out);
    }
}

void test_report_file(struct test_report *r, const struct test_file *f)
{
    r->path = f->path;
    if (r->form == TEST_FORM_TEXT) {
        fprintf(r->out, "%s\n", f->path);
    }
}

int test_report_file_end(struct test_report *r)
{
    return r->junit ? test_junit_file_end(r->junit, r->path) : 0;
}

void test_report_end(struct test_report *r)
{
    if (r->form == TEST_FORM_TAP) {
        fprintf(r->out, "1..%u\n", r->passed + r->failed);
    } else if (r->form == TEST_FORM_TEXT) {
        fprintf(r->out, "%u passed, %u failed\n", r->passed, r->failed);
    }
}
