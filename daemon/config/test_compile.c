/* From a test file to a struct test_file: its configuration and its tests. */
#include <errno.h>
#include <stdlib.h>

#include "config/config_read.h"
#include "config/test_parts.h"
#include "config/value.h"
#include "proto/event_decode.h"

#define DEFAULT_START "2026-01-01T00:00:00Z"

static void config_of(struct test_reading *r, const struct yaml *root, FILE *errors);
static void cases_compile(struct test_reading *r, const struct yaml *tests);
static void case_compile(struct test_reading *r, const struct yaml *map, struct test_case *ret_case);

int test_file_load(const char *path, FILE *errors, struct test_file **ret_f)
{
    char *at = NULL;
    size_t len = 0;
    int rc = config_file_read(path, errors, &at, &len);
    rc = rc ? rc : test_file_parse(at, len, path, errors, ret_f);
    free(at);
    return rc;
}

/* The most likely slip: a counter within { } that stands in no quotes. */
static void quotes_hint(struct test_reading *r, const struct yaml_source *source)
{
    const char *at = source->text, *end = at + source->len;
    uint32_t wrong = r->problems.count > 0 ? r->problems.list[0].line : 0;
    for (uint32_t line = 1; line < wrong && at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    size_t len = strcspn(at, "\n");
    const char *counter = memmem(at, len, "{i", 2);
    if (counter) {
        problem_error_at(&r->problems, source, wrong, (uint32_t)(counter - at) + 1, "within { } a text with {i} needs quotes: \"c{i}\"");
    }
}

static int reading_run(struct test_reading *r, const char *yaml, size_t len, const char *name, FILE *errors)
{
    struct yaml_source *source = memory_alloc(&r->memory, sizeof *source);
    struct yaml *root;
    *source = (struct yaml_source){.name = memory_copy(&r->memory, name, strlen(name)), .text = memory_copy(&r->memory, yaml, len), .len = len};
    r->file.path = source->name;
    if (yaml_parse(&r->memory, source, &r->problems, &root) != 0) {
        quotes_hint(r, source);
        return CUBE_ECONFIG;
    }
    if (root->type != YAML_MAP) {
        problem_error(&r->problems, root, "a test file is a map with tests, not %s", yaml_type_text(root));
        return CUBE_ECONFIG;
    }
    (void)test_keys_known(r, "", root);
    config_of(r, root, errors);
    if (!r->config) {
        return CUBE_ECONFIG;
    }
    r->file.config = r->config;
    if (!yaml_get(root, "tests")) {
        problem_error(&r->problems, root, "there are no tests: name some");
    } else {
        cases_compile(r, yaml_get(root, "tests"));
    }
    return r->problems.errors > 0 ? CUBE_ECONFIG : 0;
}

int test_file_parse(const char *yaml, size_t len, const char *name, FILE *errors, struct test_file **ret_f)
{
    struct test_reading *r = calloc(1, sizeof *r);
    if (!r) {
        return CUBE_ENOMEM;
    }
    r->problems.memory = &r->memory;
    if (setjmp(r->memory.out) != 0) {
        test_file_destroy(&r->file);
        return CUBE_ENOMEM;
    }
    int rc = reading_run(r, yaml, len, name, errors);
    problems_print(&r->problems, errors);
    if (rc != 0) {
        test_file_destroy(&r->file);
        return rc;
    }
    *ret_f = &r->file;
    return 0;
}

void test_file_destroy(struct test_file *f)
{
    struct test_reading *r = (struct test_reading *)(void *)f;
    if (!r) {
        return;
    }
    if (r->config) {
        config_destroy(r->config);
    }
    yaml_release(&r->memory);
    buf_close(&r->text);
    memory_close(&r->memory);
    free(r);
}

/* A path in a test file is relative to the folder of the file. */
static const char *path_of(struct test_reading *r, const char *named)
{
    const char *slash = strrchr(r->file.path, '/');
    if (named[0] == '/') {
        return named;
    }
    return memory_format(&r->memory, "%.*s%s", slash ? (int)(slash - r->file.path + 1) : 2, slash ? r->file.path : "./", named);
}

static void config_named(struct test_reading *r, const struct yaml *node, FILE *errors)
{
    const char *named;
    if (!value_text(&r->problems, node, "config", &named)) {
        return;
    }
    const char *path = path_of(r, named);
    int rc = config_load(path, NULL, errors, &r->config);
    if (rc == CUBE_ENOMEM) {
        longjmp(r->memory.out, 1);
    }
    if (rc != 0) {
        problem_error(&r->problems, node, "the configuration %s cannot be used", path);
    }
}

/* Without one, the built-in pack is tried. */
static void config_of(struct test_reading *r, const struct yaml *root, FILE *errors)
{
    struct yaml *config = yaml_get(root, "config"), *with = yaml_get(root, "with");
    if (config && with) {
        problem_error(&r->problems, with->key, "there is a config already: the configuration is named or written here, not both");
        return;
    }
    if (config) {
        config_named(r, config, errors);
        return;
    }
    struct yaml none = {.type = YAML_MAP, .line = 1, .column = 1, .source = root->source};
    if (with && with->type != YAML_NULL && !value_is(&r->problems, with, YAML_MAP, "with")) {
        return;
    }
    int rc = config_from_node(with ? with : &none, r->file.path, errors, &r->config);
    if (rc == CUBE_ENOMEM) {
        longjmp(r->memory.out, 1);
    }
    if (rc != 0) {
        problem_error(&r->problems, with ? with : root, "the configuration cannot be used");
    }
}

static void cases_compile(struct test_reading *r, const struct yaml *tests)
{
    if (!value_is(&r->problems, tests, YAML_LIST, "tests")) {
        return;
    }
    struct test_case *cases = memory_alloc(&r->memory, (tests->count + 1) * sizeof *cases);
    r->file.cases = cases;
    YAML_EACH(map, tests)
    {
        if (value_is(&r->problems, map, YAML_MAP, "a test")) {
            case_compile(r, map, &cases[r->file.case_count++]);
        }
    }
    if (tests->count == 0) {
        problem_error(&r->problems, tests, "there are no tests: name some");
    }
}

bool test_instant(struct test_reading *r, const struct yaml *node, const char *what, int64_t start_ms, int64_t *ret_ms)
{
    const char *text;
    int64_t ms;
    if (!value_text(&r->problems, node, what, &text)) {
        return false;
    }
    if (duration_parse(text, &ms) == 0 && ms <= EVENT_TS_MAX - start_ms) {
        *ret_ms = start_ms + ms;
        return true;
    }
    if (time_parse(text, &ms) == 0 && ms >= 0 && ms <= EVENT_TS_MAX) {
        *ret_ms = ms;
        return true;
    }
    problem_error(&r->problems, node, "%s must be a duration since the start like 90m, or a time like %s, not \"%s\"", what, DEFAULT_START, text);
    return false;
}

static int64_t start_of(struct test_reading *r, const struct yaml *node)
{
    int64_t start_ms = 0;
    int rc = time_parse(DEFAULT_START, &start_ms);
    if (rc == 0 && node && (node->type != YAML_SCALAR || time_parse(node->text, &start_ms) != 0 || start_ms < 0 || start_ms > EVENT_TS_MAX)) {
        problem_error(&r->problems, node, "start must be a time like %s", DEFAULT_START);
        start_ms = 0;
    }
    return start_ms;
}

static void case_compile(struct test_reading *r, const struct yaml *map, struct test_case *ret_case)
{
    const struct yaml *name = yaml_get(map, "name"), *partitions = yaml_get(map, "partitions"), *expect = yaml_get(map, "expect");
    int64_t count = 1;
    (void)test_keys_known(r, "tests[]", map);
    *ret_case = (struct test_case){.name = "", .place = test_place_of(map)};
    if (!name) {
        problem_error(&r->problems, map, "a test needs a name");
    } else if (value_text(&r->problems, name, "name", &ret_case->name) && !*ret_case->name) {
        problem_error(&r->problems, name, "a test needs a name");
    }
    if (partitions) {
        (void)value_int(&r->problems, partitions, "partitions", 1, TEST_PARTITIONS_MAX, &count);
    }
    ret_case->partitions = (int32_t)count;
    int64_t start_ms = start_of(r, yaml_get(map, "start"));
    test_events_compile(r, yaml_get(map, "events"), start_ms, ret_case);
    if (!expect) {
        problem_error(&r->problems, map, "a test needs expect: without it nothing is tried");
        return;
    }
    test_expects_compile(r, expect, start_ms, ret_case);
}
