#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/fixed.h"
#include "config/config.h"
#include "config/duration.h"
#include "proto/decimal.h"

static bool is_scalar(struct problems *p, const struct yaml *node, const char *what, const char *wanted);
static int micro_read(const char *text, int64_t *ret_micro, bool *ret_exact);
static bool number_text(const char *text);
static void number_refused(struct problems *p, const struct yaml *node, const char *what, double min,
                           double max);

bool value_text(struct problems *p, const struct yaml *node, const char *what, const char **ret_text)
{
    if (!is_scalar(p, node, what, "a text")) {
        return false;
    }
    *ret_text = node->text;
    return true;
}

bool value_name(struct problems *p, const struct yaml *node, const char *what, const char *extra, size_t max,
                const char **ret_text)
{
    if (!is_scalar(p, node, what, "a name")) {
        return false;
    }
    size_t len = strlen(node->text);
    for (size_t i = 0; i < len; i++) {
        char c = node->text[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || !strchr(extra, c))) {
            problem_error(p, node,
                          *extra ? "%s \"%s\": letters, digits and \"%s\" only, a letter or digit first"
                                 : "%s \"%s\": letters and digits only",
                          what, node->text, extra);
            return false;
        }
    }
    if (len == 0 || len > max) {
        problem_error(p, node, "%s must have 1 to %zu characters", what, max);
        return false;
    }
    *ret_text = node->text;
    return true;
}

bool value_bool(struct problems *p, const struct yaml *node, const char *what, bool *ret_value)
{
    bool yes = node->type == YAML_SCALAR && !node->quoted && strcmp(node->text, "true") == 0;
    bool no = node->type == YAML_SCALAR && !node->quoted && strcmp(node->text, "false") == 0;
    if (!yes && !no) {
        problem_error(p, node, "%s must be true or false", what);
        return false;
    }
    *ret_value = yes;
    return true;
}

bool value_int(struct problems *p, const struct yaml *node, const char *what, int64_t min, int64_t max,
               int64_t *ret_value)
{
    if (!is_scalar(p, node, what, "a whole number")) {
        return false;
    }
    char *end;
    errno = 0;
    long long value = strtoll(node->text, &end, 10);
    if (node->quoted || end == node->text || *end != 0 || !number_text(node->text)) {
        problem_error(p, node, "%s must be a whole number, not \"%s\"", what, node->text);
        return false;
    }
    if (errno == ERANGE || value < min || value > max) {
        problem_error(p, node,
                      min == max ? "%s must be %" PRId64 : "%s must lie between %" PRId64 " and %" PRId64,
                      what, min, max);
        return false;
    }
    *ret_value = value;
    return true;
}

static const char *percent_hint(const char *text)
{
    return text[0] != 0 && text[strlen(text) - 1] == '%' ? "; a share of 80 percent is 0.8" : "";
}

bool value_double(struct problems *p, const struct yaml *node, const char *what, double min, double max,
                  double *ret_value)
{
    if (!is_scalar(p, node, what, "a number")) {
        return false;
    }
    char *end;
    double value = strtod(node->text, &end);
    if (node->quoted || end == node->text || *end != 0 || !number_text(node->text)) {
        problem_error(p, node, "%s must be a number, not \"%s\"%s", what, node->text, percent_hint(node->text));
        return false;
    }
    if (!isfinite(value) || value < min || value > max) {
        number_refused(p, node, what, min, max);
        return false;
    }
    *ret_value = value;
    return true;
}

static bool micro_value(struct problems *p, const struct yaml *node, const char *what, int64_t *ret_micro, bool *ret_exact)
{
    if (!is_scalar(p, node, what, "a number")) {
        return false;
    }
    int rc = node->quoted ? CUBE_EFORMAT : micro_read(node->text, ret_micro, ret_exact);
    if (rc != 0) {
        problem_error(p, node,
                      rc == CUBE_ERANGE ? "%s \"%s\" is beyond what fixed point holds"
                                        : "%s must be a number, not \"%s\"",
                      what, node->text);
    }
    return rc == 0;
}

bool value_micro(struct problems *p, const struct yaml *node, const char *what, int64_t *ret_micro)
{
    bool exact;
    return micro_value(p, node, what, ret_micro, &exact);
}

bool value_micro_exact(struct problems *p, const struct yaml *node, const char *what, int64_t *ret_micro)
{
    bool exact;
    if (!micro_value(p, node, what, ret_micro, &exact)) {
        return false;
    }
    if (!exact) {
        problem_warning(p, node, "%s \"%s\" is finer than any value: they have six decimals", what, node->text);
    }
    return true;
}

bool value_duration(struct problems *p, const struct yaml *node, const char *what, int64_t min_ms,
                    int64_t max_ms, int64_t *ret_ms)
{
    int64_t ms;
    if (!is_scalar(p, node, what, "a duration")) {
        return false;
    }
    int rc = duration_parse(node->text, &ms);
    if (rc == CUBE_EFORMAT) {
        problem_error(p, node, "%s must be a duration like 250ms, 30s, 5m, 1h or 7d, not \"%s\"", what,
                      node->text);
        return false;
    }
    if (rc != 0 || ms < min_ms || ms > max_ms) {
        char low[DURATION_TEXT_MAX], high[DURATION_TEXT_MAX];
        duration_text(min_ms, low);
        duration_text(max_ms, high);
        problem_error(p, node, "%s must lie between %s and %s, not %s", what, low, high, node->text);
        return false;
    }
    *ret_ms = ms;
    return true;
}

struct word_list {
    const char *words;
    char at[32];
};

static const char *word_next(const void *context, uint32_t i)
{
    struct word_list *list = (struct word_list *)context;
    return word_at(list->words, i, list->at);
}

/* The hint borrows the word it found, and word_at writes each to the same place: find it again. */
static const char *choice_hint(struct problems *p, const char *typed, const char *words)
{
    uint32_t best = UINT32_MAX, limit = hint_distance(typed);
    char at[32], near[32] = "";
    struct word_list list = {.words = words};
    for (uint32_t i = 0; word_next(&list, i); i++) {
        memcpy(at, list.at, sizeof(at));
        uint32_t distance = edit_distance(typed, at);
        if (distance < best) {
            best = distance;
            memcpy(near, at, sizeof(near));
        }
    }
    return best <= limit ? memory_format(p->memory, "; did you mean \"%s\"?", near) : "";
}

bool value_choice(struct problems *p, const struct yaml *node, const char *what, const char *words,
                  int *ret_index)
{
    char at[32];
    if (!is_scalar(p, node, what, "one word")) {
        return false;
    }
    for (uint32_t i = 0; word_at(words, i, at); i++) {
        if (strcmp(node->text, at) == 0) {
            *ret_index = (int)i;
            return true;
        }
    }
    char *list = memory_copy(p->memory, words, strlen(words));
    char *wide = memory_alloc(p->memory, strlen(list) * 2 + 1);
    size_t n = 0;
    for (const char *c = list; *c; c++) {
        wide[n++] = *c == '|' ? ',' : *c;
        if (*c == '|') {
            wide[n++] = ' ';
        }
    }
    problem_error(p, node, "%s must be one of %s, not \"%s\"%s", what, wide, node->text,
                  choice_hint(p, node->text, words));
    return false;
}

bool value_bytes(struct problems *p, const struct yaml *node, const char *what, int64_t min, int64_t max,
                 int64_t *ret_bytes)
{
    static const struct {
        const char *name;
        int64_t factor;
    } suffixes[] = {{"", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
    if (!is_scalar(p, node, what, "a number of bytes")) {
        return false;
    }
    char *end;
    errno = 0;
    long long value = strtoll(node->text, &end, 10);
    for (size_t i = 0; i < 4 && end != node->text && errno == 0; i++) {
        int64_t bytes;
        if (strcmp(end, suffixes[i].name) != 0) {
            continue;
        }
        if (__builtin_mul_overflow((int64_t)value, suffixes[i].factor, &bytes) || bytes < min ||
            bytes > max) {
            problem_error(p, node, "%s must lie between %" PRId64 " and %" PRId64 " bytes", what, min, max);
            return false;
        }
        *ret_bytes = bytes;
        return true;
    }
    problem_error(p, node, "%s must be a number of bytes like 4096, 64KiB, 16MiB or 2GiB, not \"%s\"", what,
                  node->text);
    return false;
}

bool value_bounds_apart(struct problems *p, const struct yaml *map)
{
    static const char *const pairs[][2] = {{"above", "min"}, {"below", "max"}};
    for (size_t i = 0; i < 2; i++) {
        const struct yaml *second = yaml_get(map, pairs[i][1]);
        if (second && yaml_get(map, pairs[i][0])) {
            problem_error(p, second->key, "%s and %s bound the same side: one of them", pairs[i][0], pairs[i][1]);
            return false;
        }
    }
    return true;
}

const char *word_at(const char *words, uint32_t i, char at[32])
{
    for (; i > 0; i--) {
        words = strchr(words, '|');
        if (!words) {
            return NULL;
        }
        words++;
    }
    size_t len = strcspn(words, "|");
    len = len < 31 ? len : 31;
    memcpy(at, words, len);
    at[len] = 0;
    return at;
}

bool value_is(struct problems *p, const struct yaml *node, enum yaml_type type, const char *what)
{
    const struct yaml wanted = {.type = type};
    if (node->type == type) {
        return true;
    }
    problem_error(p, node, "%s must be %s, not %s", what, yaml_type_text(&wanted), yaml_type_text(node));
    return false;
}

int micro_parse(const char *text, int64_t *ret_micro)
{
    bool exact;
    return micro_read(text, ret_micro, &exact);
}

void micro_text(int64_t micro, char out[32])
{
    uint64_t size = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
    int len =
        snprintf(out, 32, "%s%" PRIu64 ".%06" PRIu64, micro < 0 ? "-" : "", size / 1000000, size % 1000000);
    while (len > 0 && out[len - 1] == '0') {
        out[--len] = 0;
    }
    if (len > 0 && out[len - 1] == '.') {
        out[len - 1] = 0;
    }
}

/* The end of a number without its sign: digits, perhaps with a point before, between or behind them, perhaps an exponent. NULL: it is none. */
static const char *number_end(const char *at)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(at, digits), part = at[whole] == '.' ? strspn(at + whole + 1, digits) : 0;
    if (whole + part == 0) {
        return NULL;
    }
    at += whole + part + (at[whole] == '.');
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        return *at ? at + strspn(at, digits) : NULL;
    }
    return at;
}

static int micro_read(const char *text, int64_t *ret_micro, bool *ret_exact)
{
    const char *number = text + (*text == '+'), *end = number_end(text + (*text == '+' || *text == '-'));
    int64_t v;
    if (!end || *end) {
        return CUBE_EFORMAT;
    }
    if (decimal_scaled(text_of(number), DECIMAL_MICRO, &v, ret_exact) != 0 || v == INT64_MIN) {
        return CUBE_ERANGE;
    }
    *ret_micro = v;
    return 0;
}

static bool is_scalar(struct problems *p, const struct yaml *node, const char *what, const char *wanted)
{
    if (node->type == YAML_SCALAR) {
        return true;
    }
    problem_error(p, node, "%s must be %s, not %s", what, wanted, yaml_type_text(node));
    return false;
}

/* Keeps out what strtod takes beyond decimal numbers: hexadecimal, infinities, leading space. */
static bool number_text(const char *text)
{
    return text[0] != 0 && text[strspn(text, "+-0123456789.eE")] == 0;
}

static void number_refused(struct problems *p, const struct yaml *node, const char *what, double min,
                           double max)
{
    if (max >= 1e300) {
        problem_error(
            p, node, min <= -1e300 ? "%s must be a finite number" : "%s must be a finite number, at least %g",
            what, min);
        return;
    }
    problem_error(p, node, "%s must lie between %g and %g", what, min, max);
}
