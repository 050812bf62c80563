/* From a file to a struct config. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "config/config_read.h"
#include "config/keys.h"
#include "engine/dispatch.h"
#include "proto/name_index.h"

#define CONFIG_BYTES_MAX (8u << 20)

/* What a configuration is made from: a text, or a map of another document. */
struct origin {
    const char *name, *text;
    size_t len;
    const struct yaml *root; /* NULL: the text */
};

static int parse(const struct origin *o, const char *instance, config_judge_fn *judge, FILE *errors, struct config_problems *ret_problems,
                 struct config **ret_c);
static int config_compile(struct whole *w, const struct origin *o, const char *instance);
static void dispatches_compile(struct whole *w);
static void decoder_compile(struct whole *w);
static int stream_read(FILE *file, char **ret_at, size_t *ret_len);
static void whole_destroy(struct whole *w);

int config_load(const char *path, const char *instance, FILE *errors, struct config **ret_c)
{
    return config_load_judged(path, instance, NULL, errors, NULL, ret_c);
}

int config_load_judged(const char *path, const char *instance, config_judge_fn *judge, FILE *errors, struct config_problems *ret_problems,
                       struct config **ret_c)
{
    char *at = NULL;
    size_t len = 0;
    struct config_problems found = {.errors = 1}; /* what keeps it from being read is one */
    int rc = config_file_read(path, errors, &at, &len);
    struct origin o = {.name = strcmp(path, "-") == 0 ? "stdin" : path, .text = at, .len = len};
    rc = rc ? rc : parse(&o, instance, judge, errors, &found, ret_c);
    free(at);
    if (ret_problems) {
        *ret_problems = found;
    }
    return rc;
}

int config_file_read(const char *path, FILE *errors, char **ret_at, size_t *ret_len)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (!file) {
        fprintf(errors, "%s: error: cannot be opened: %s\n", path, strerror(errno));
        return CUBE_ENOTFOUND;
    }
    int rc = stream_read(file, ret_at, ret_len), error = errno;
    if (!standard) {
        fclose(file);
    }
    if (rc == CUBE_EIO) {
        fprintf(errors, "%s: error: cannot be read: %s\n", path, strerror(error));
    } else if (rc == CUBE_ELIMIT) {
        fprintf(errors, "%s: error: larger than a configuration may be\n", path);
    }
    rc = rc == CUBE_EIO || rc == CUBE_ELIMIT ? CUBE_ENOTFOUND : rc;
    return rc;
}

int config_parse(const char *yaml, size_t len, const char *name, const char *instance, FILE *errors,
                 struct config **ret_c)
{
    return parse(&(struct origin){.name = name, .text = yaml, .len = len}, instance, NULL, errors, &(struct config_problems){0}, ret_c);
}

int config_from_node(const struct yaml *root, const char *name, FILE *errors, struct config **ret_c)
{
    return parse(&(struct origin){.name = name, .root = root}, NULL, NULL, errors, &(struct config_problems){0}, ret_c);
}

static int parse(const struct origin *o, const char *instance, config_judge_fn *judge, FILE *errors, struct config_problems *ret_problems,
                 struct config **ret_c)
{
    struct whole *w = calloc(1, sizeof(*w));
    if (!w) {
        return CUBE_ENOMEM;
    }
    if (setjmp(w->memory.out) != 0) {
        fprintf(errors, "%s: error: no memory, or no threads, are left to read it\n", o->name);
        whole_destroy(w);
        return CUBE_ENOMEM;
    }
    w->problems.memory = &w->memory;
    w->judge = judge;
    int rc = config_compile(w, o, instance);
    problems_print(&w->problems, errors);
    *ret_problems = (struct config_problems){w->problems.errors, w->problems.warnings};
    if (rc != 0) {
        whole_destroy(w);
        return rc;
    }
    w->config.path = memory_copy(&w->memory, o->name, strlen(o->name));
    w->config.memory = &w->memory;
    *ret_c = &w->config;
    return 0;
}

void config_destroy(struct config *c)
{
    whole_destroy((struct whole *)(void *)c);
}

static void whole_destroy(struct whole *w)
{
    if (!w) {
        return;
    }
    for (int t = 0; t < 2; t++) {
        dispatch_destroy(w->config.model.dispatches[t]);
    }
    yaml_release(&w->memory);
    memory_close(&w->memory);
    free(w);
}

static int stream_read(FILE *file, char **ret_at, size_t *ret_len)
{
    size_t len = 0, size = 65536;
    char *at = malloc(size);
    while (at) {
        len += fread(at + len, 1, size - len, file);
        if (len < size) {
            break;
        }
        size *= 2;
        char *more = size > CONFIG_BYTES_MAX ? NULL : realloc(at, size);
        if (!more) {
            free(at);
            return size > CONFIG_BYTES_MAX ? CUBE_ELIMIT : CUBE_ENOMEM;
        }
        at = more;
    }
    if (!at || ferror(file)) {
        free(at);
        return at ? CUBE_EIO : CUBE_ENOMEM;
    }
    *ret_at = at;
    *ret_len = len;
    return 0;
}

/* The pack must be known before the documents are merged. */
static void pack_choose(struct whole *w, const struct yaml *root)
{
    const struct yaml *pack = yaml_get(root, "pack");
    bool none = pack && pack->type == YAML_SCALAR && strcmp(pack->text, "none") == 0;
    w->pack = none ? PACK_NONE : PACK_CUSTOMER_CUBE;
}

static void all_compile(struct whole *w, const struct yaml *root, const char *instance)
{
    sections_compile(w, root);
    names_compile(w, root, instance);
    kafka_compile(w, yaml_get(root, "kafka"));
    scopes_compile(w, yaml_get(root, "scopes"));
    zone_compile(w, yaml_get(root, "time_zone"));
    calendars_compile(w, yaml_get(root, "calendars"));
    points_compile(w, yaml_get(root, "points"));
    measures_compile(w, yaml_get(root, "measures"));
    w->measures_sound = w->problems.errors == 0;
    if (!yaml_get(root, "measures") || yaml_get(root, "measures")->type == YAML_LIST) {
        /* else each of these would miss its measure */
        hypotheses_compile(w, yaml_get(root, "hypotheses"));
        alerts_compile(w, yaml_get(root, "alerts"));
    }
    measures_finish(w);
    retention_finish(w, yaml_get(yaml_get(root, "money"), "retention"));
    if (w->config.model.measure_count == 0 && w->problems.errors == 0) {
        problem_error(&w->problems, root, "there are no measures: name some, or leave pack: customer-cube");
    }
}

static int document_read(struct whole *w, const struct origin *o, struct yaml **ret_root)
{
    struct yaml_source *source = memory_alloc(&w->memory, sizeof(*source));
    if (o->root) {
        *ret_root = yaml_copy(&w->memory, o->root);
        return 0;
    }
    *source = (struct yaml_source){.name = memory_copy(&w->memory, o->name, strlen(o->name)),
                                   .text = memory_copy(&w->memory, o->text, o->len),
                                   .len = o->len};
    return yaml_parse(&w->memory, source, &w->problems, ret_root);
}

static int config_compile(struct whole *w, const struct origin *o, const char *instance)
{
    struct yaml *root, *pack;
    struct yaml_source *pack_source = memory_alloc(&w->memory, sizeof(*pack_source));
    *pack_source = (struct yaml_source){
        .name = "pack customer-cube", .text = pack_customer_cube, .len = strlen(pack_customer_cube)};
    w->pack_source = pack_source;
    int rc = document_read(w, o, &root);
    if (rc == 0 && root->type != YAML_MAP && root->type != YAML_NULL) {
        problem_error(&w->problems, root, "a configuration is a map of keys, not %s", yaml_type_text(root));
        rc = CUBE_ECONFIG;
    }
    rc = rc ? rc : yaml_parse(&w->memory, pack_source, &w->problems, &pack);
    if (rc != 0) {
        return rc;
    }
    keys_default(w);
    pack_choose(w, root);
    all_compile(w, pack_merge(w, root, pack), instance);
    if (w->problems.errors > 0) {
        return CUBE_ECONFIG;
    }
    digest_compile(w);
    dispatches_compile(w);
    decoder_compile(w);
    return 0;
}

/* Once for all tasks: a process may have hundreds, and each begins anew whenever it is assigned. */
static void dispatches_compile(struct whole *w)
{
    struct model *m = &w->config.model;
    if (dispatch_create(m, ENTITY_CUSTOMER, &m->dispatches[ENTITY_CUSTOMER]) != 0 ||
        dispatch_create(m, ENTITY_EMPLOYEE, &m->dispatches[ENTITY_EMPLOYEE]) != 0) {
        longjmp(w->memory.out, 1);
    }
}

/* Likewise, for whoever decodes events. */
static void decoder_compile(struct whole *w)
{
    struct name_index *names = memory_alloc(&w->memory, sizeof *names);
    name_index_init(names);
    w->config.names = names;
}

/* The canonical text is the effective configuration, less what decides no position. */
void digest_compile(struct whole *w)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        longjmp(w->memory.out, 1);
    }
    int rc = effective_print(w, true, out);
    const struct points_plan *points = &w->config.model.points;
    if (points->pane_ms != points_window_pane_ms(points)) { /* kept records count in it */
        fprintf(out, "pane of points: %" PRId64 "\n", points->pane_ms);
    }
    if (fclose(out) != 0 || rc != 0) {
        free(text);
        longjmp(w->memory.out, 1);
    }
    uint64_t hash = hash64(text, len);
    free(text);
    w->config.model.digest = text_of(memory_format(&w->memory, "%08x", (unsigned)(hash >> 32)));
}
