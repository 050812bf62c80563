#include "config/problem.h"

#include <stdarg.h>
#include <stdlib.h>

#include "proto/utf8.h"

#define LIST_FIRST 16
#define EDIT_LENGTH_MAX 64
#define NAMES_LENGTH_MAX 240
#define TEXT_LENGTH_MAX 1000
#define LINE_WIDTH_MAX 240 /* of a longer line what stands around the caret is shown */
#define LINE_BYTES_MAX (4 * LINE_WIDTH_MAX)

static void problem_add(struct problems *p, const struct yaml *at, bool warning, const char *text);
static void line_of_text(const char *text, FILE *out);
static int problem_compare(const void *a, const void *b);
static const char *line_find(const struct problem *p, const struct problem *before, const char *at);
static void line_print(const struct problem *p, const char *at, FILE *out);
static uint32_t least(uint32_t a, uint32_t b);

void problem_error(struct problems *p, const struct yaml *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    problem_add(p, at, false, memory_vformat(p->memory, format, args));
    va_end(args);
}

void problem_warning(struct problems *p, const struct yaml *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    problem_add(p, at, true, memory_vformat(p->memory, format, args));
    va_end(args);
}

void problem_error_veiled(struct problems *p, const struct yaml *at, const char *text)
{
    uint32_t before = p->count;
    problem_add(p, at, false, memory_copy(p->memory, text, strlen(text)));
    if (p->count > before) {
        p->list[before].veiled = true;
    }
}

void problem_error_at(struct problems *p, const struct yaml_source *source, uint32_t line, uint32_t column,
                      const char *text)
{
    const struct yaml at = {.source = source, .line = line, .column = column};
    problem_add(p, &at, false, memory_copy(p->memory, text, strlen(text)));
}

void problems_print(struct problems *p, FILE *out)
{
    const char *at = NULL;
    if (p->count > 0) {
        qsort(p->list, p->count, sizeof(p->list[0]), problem_compare);
    }
    for (uint32_t i = 0; i < p->count; i++) {
        const struct problem *one = &p->list[i];
        fprintf(out, "%s:%u:%u: %s: ", one->source->name, one->line, one->column, one->warning ? "warning" : "error");
        line_of_text(one->text, out);
        at = line_find(one, i > 0 ? one - 1 : NULL, at);
        if (!one->veiled) {
            line_print(one, at, out);
        }
    }
    uint32_t left = p->errors + p->warnings - p->count;
    if (left > 0) {
        fprintf(out, "%u more problems are not shown\n", left);
    }
}

const char *name_nearest(const char *typed, name_at_fn *next, const void *context)
{
    uint32_t best = hint_distance(typed);
    const char *near = NULL;
    const char *name;
    for (uint32_t i = 0; (name = next(context, i)) != NULL; i++) {
        uint32_t distance = edit_distance(typed, name);
        if (distance < best || (distance == best && !near)) {
            best = distance;
            near = name;
        }
    }
    return near;
}

uint32_t hint_distance(const char *typed)
{
    uint32_t len = (uint32_t)strlen(typed);
    return len < 2 ? 0 : len / 3 + 1 < len ? len / 3 + 1
                                           : len - 1;
}

/* "; there are a, b, c", unless that would be long. */
static const char *names_told(struct problems *p, name_at_fn *next, const void *context)
{
    char all[NAMES_LENGTH_MAX];
    size_t len = 0;
    const char *name, *first = next(context, 0) && next(context, 1) ? "; there are " : "; there is ";
    for (uint32_t i = 0; (name = next(context, i)) != NULL; i++) {
        len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", i > 0 ? ", " : first, name);
        if (len >= sizeof all) {
            return "";
        }
    }
    return memory_copy(p->memory, all, len);
}

const char *problem_hint(struct problems *p, const char *typed, name_at_fn *next, const void *context)
{
    const char *near = name_nearest(typed, next, context);
    return near ? memory_format(p->memory, "; did you mean \"%s\"?", near) : names_told(p, next, context);
}

uint32_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > EDIT_LENGTH_MAX || m > EDIT_LENGTH_MAX) {
        return UINT32_MAX;
    }
    uint32_t rows[3][EDIT_LENGTH_MAX + 1];
    for (uint32_t j = 0; j <= m; j++) {
        rows[0][j] = j;
    }
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (uint32_t j = 1; j <= m; j++) {
            now[j] = least(least(before[j] + 1, now[j - 1] + 1), before[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                now[j] = least(now[j], earlier[j - 2] + 1);
            }
        }
    }
    return rows[n % 3][m];
}

static void problem_add(struct problems *p, const struct yaml *at, bool warning, const char *text)
{
    *(warning ? &p->warnings : &p->errors) += 1;
    if (p->count == PROBLEMS_MAX) {
        return;
    }
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : LIST_FIRST;
        struct problem *more = memory_alloc(p->memory, p->capacity * sizeof *more);
        if (p->count > 0) {
            memcpy(more, p->list, p->count * sizeof *more);
        }
        p->list = more;
    }
    p->list[p->count] = (struct problem){.source = at->source,
                                         .line = at->line,
                                         .column = at->column,
                                         .order = p->count,
                                         .warning = warning,
                                         .text = text};
    p->count++;
}

/* On one line, whatever a quoted value holds. */
static void line_of_text(const char *text, FILE *out)
{
    for (const char *at = text; *at; at++) {
        if (at - text >= TEXT_LENGTH_MAX && ((unsigned char)*at & 0xC0) != 0x80) {
            fputs("...", out);
            break;
        }
        if (*at == '\n') {
            fputs("\\n", out);
        } else if ((unsigned char)*at < ' ' || *at == 0x7f) {
            fprintf(out, "\\x%02x", (unsigned char)*at);
        } else {
            fputc(*at, out);
        }
    }
    fputc('\n', out);
}

static int problem_compare(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    int names = strcmp(x->source->name, y->source->name);
    if (names != 0) {
        return names;
    }
    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    if (x->column != y->column) {
        return x->column < y->column ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

/* The character in column `to`, when `at` is in column 1; the end when there are not so many. */
static const char *line_skip(const char *at, const char *end, uint32_t to, uint32_t *ret_column)
{
    uint32_t column = 1;
    while (at < end && column < to) {
        at++;
        column += at == end || ((unsigned char)*at & 0xC0) != 0x80;
    }
    if (ret_column) {
        *ret_column = column;
    }
    return at;
}

/* Bytes of the next character, 0: its first one is not for a terminal. */
static size_t char_shown(const char *at, const char *end)
{
    size_t n = utf8_sequence((const uint8_t *)at, (size_t)(end - at));
    unsigned char c = (unsigned char)*at;
    bool control = (c < ' ' && c != '\t') || c == 0x7f || (n == 2 && c == 0xC2 && (unsigned char)at[1] < 0xA0);
    return control ? 0 : n;
}

static void line_show(const char *at, const char *end, FILE *out)
{
    fputs("  ", out);
    while (at < end) {
        size_t n = char_shown(at, end);
        if (n > 0) {
            fwrite(at, 1, n, out);
        } else {
            fprintf(out, "\\x%02x", (unsigned char)*at);
        }
        at += n > 0 ? n : 1;
    }
    fputs("\n  ", out);
}

/* Where its line begins. Problems come in the order of lines: it is looked for behind that of the one before, which is at `at`. */
static const char *line_find(const struct problem *p, const struct problem *before, const char *at)
{
    const char *end = p->source->text + p->source->len;
    bool goes_on = before && before->source == p->source;
    at = goes_on ? at : p->source->text;
    for (uint32_t line = goes_on ? before->line : 1; line < p->line && at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return at;
}

/* The line, and below it a caret in the column: as much padding as what stands above is wide, and tabs kept. */
static void line_print(const struct problem *p, const char *at, FILE *out)
{
    const char *end = p->source->text + p->source->len;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    end = newline ? newline : end;
    end -= end > at && end[-1] == '\r';
    uint32_t column = 1;
    if (end - at > LINE_WIDTH_MAX) {
        at = line_skip(at, end, p->column > LINE_WIDTH_MAX / 2 ? p->column - LINE_WIDTH_MAX / 2 : 1, &column);
        end = line_skip(at, end, LINE_WIDTH_MAX + 1, NULL);
        end = end - at > LINE_BYTES_MAX ? at + LINE_BYTES_MAX : end; /* bytes that begin no character have no column */
    }
    line_show(at, end, out);
    while (at < end && column < p->column) {
        size_t n = char_shown(at, end);
        fputs(*at == '\t' ? "\t" : n > 0 ? " " : "    ", out);
        column += ((unsigned char)*at & 0xC0) != 0x80;
        at += n > 0 ? n : 1;
    }
    fputs("^\n", out);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}
