/* Runs the configurations of tests/config: what is refused is refused for exactly the reasons written in it.
 */
#include "unit/daemon/config_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

#define TOLD_MAX 65536
#define NAME_MAX_BYTES 512

static void folder_of(const char *name, char out[NAME_MAX_BYTES])
{
    const char *here = __FILE__, *end = strstr(here, "unit/daemon/");
    assert_non_null(end);
    snprintf(out, NAME_MAX_BYTES, "%.*sconfig/%s", (int)(end - here), here, name);
}

/* The lines "NAME:LINE:COL: ..." of what was told, as "LINE:COL: ...". */
static void told_lines(char *told, const char *path, char out[TOLD_MAX])
{
    size_t len = 0, prefix = strlen(path) + 1;
    out[0] = 0;
    for (char *line = strtok(told, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, path, prefix - 1) == 0 && line[prefix - 1] == ':') {
            len += (size_t)snprintf(out + len, TOLD_MAX - len, "%s\n", line + prefix);
        }
    }
}

static void expected_lines(const char *path, char out[TOLD_MAX])
{
    char line[4096];
    size_t len = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[0] = 0;
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "# expect ", 9) == 0) {
            len += (size_t)snprintf(out + len, TOLD_MAX - len, "%s", line + 9);
        }
    }
    fclose(file);
}

static int load(const char *path, char **ret_told, struct config **ret_c)
{
    size_t len;
    FILE *errors = open_memstream(ret_told, &len);
    assert_non_null(errors);
    int rc = config_load(path, NULL, errors, ret_c);
    assert_int_equal(fclose(errors), 0);
    return rc;
}

static void refused(const char *path)
{
    static char told[TOLD_MAX], expected[TOLD_MAX];
    char *text;
    struct config *c = NULL;
    print_message("%s\n", path);
    assert_int_equal(load(path, &text, &c), CUBE_ECONFIG);
    assert_null(c);
    told_lines(text, path, told);
    expected_lines(path, expected);
    assert_string_equal(told, expected);
    free(text);
}

static char *effective_of(const struct config *c)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_int_equal(config_print_effective(c, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Accepted; and what --effective prints is accepted, means the same and prints the same. */
static void accepted(const char *path)
{
    char *told, *again_told;
    struct config *c, *again;
    print_message("%s\n", path);
    assert_int_equal(load(path, &told, &c), 0);
    assert_null(strstr(told, " error: "));
    char *effective = effective_of(c);
    size_t len;
    FILE *errors = open_memstream(&again_told, &len);
    assert_non_null(errors);
    assert_int_equal(config_parse(effective, strlen(effective), "effective", NULL, errors, &again), 0);
    assert_int_equal(fclose(errors), 0);
    assert_string_equal(again->model.digest.at, c->model.digest.at);
    char *effective_again = effective_of(again);
    assert_string_equal(effective_again, effective);
    config_destroy(c);
    config_destroy(again);
    free(effective_again);
    free(effective);
    free(again_told);
    free(told);
}

static unsigned each_file(const char *name, void (*check)(const char *path))
{
    char folder[NAME_MAX_BYTES], path[2 * NAME_MAX_BYTES];
    unsigned count = 0;
    folder_of(name, folder);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot && strcmp(dot, ".yaml") == 0) {
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            check(path);
            count++;
        }
    }
    closedir(dir);
    return count;
}

static void config_load_tells_every_problem_with_its_place(void **state)
{
    (void)state;
    assert_true(each_file("bad", refused) >= 20);
}

static void config_load_accepts_and_its_effective_form_means_the_same(void **state)
{
    (void)state;
    assert_true(each_file("good", accepted) >= 2);
}

static void config_parse_calls_the_scopes_of_an_alert_as_their_keys_do(void **state)
{
    (void)state;
    struct config *c = config_of("scopes: [region, segment]\nmeasures: [{name: m, aggregation: count, from: {kind: purchase}, window: 30d}]\n"
                                 "alerts: [{name: A, measure: m, threshold: {above: 1}, scopes: {region: [a, \"a,segment=b\"]}}]\n");
    const struct alert_scopes *s = &alert_of(c, "A")->scopes;
    assert_int_equal(s->key_count, 2);
    assert_true(text_equal(s->keys[0], text_of("region=a")));
    assert_true(text_equal(s->keys[1], text_of("region=a%2Csegment=b")));
    config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_load_tells_every_problem_with_its_place),
        cmocka_unit_test(config_parse_calls_the_scopes_of_an_alert_as_their_keys_do),
        cmocka_unit_test(config_load_accepts_and_its_effective_form_means_the_same),
    };
    return RUN_TESTS(tests);
}
