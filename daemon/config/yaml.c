#include "config/yaml.h"

#include <libfyaml.h>
#include <stdio.h>

#include "config/problem.h"
#include "proto/utf8.h"

struct anchor {
    const char *name;
    const struct yaml *node;
    struct anchor *older;
};

struct reading {
    struct config_memory *memory;
    const struct yaml_source *source;
    struct problems *problems;
    struct fy_parser *parser;
    struct anchor *anchors;
    uint32_t nodes;
    bool failed;
};

static struct yaml *read_document(struct reading *r);
static struct yaml *read_node(struct reading *r, struct fy_event *event, int depth);
static struct yaml *node_new(struct reading *r, struct fy_event *event, enum yaml_type type);
static void collect_syntax_errors(struct reading *r, struct fy_diag *diag);
static void open_parser(struct reading *r);
static void close_parser(struct reading *r);
static struct fy_event *next_event(struct reading *r);
static void event_done(struct reading *r);

/* The parser never ends on some bytes that are no UTF-8. */
static bool source_is_text(const struct yaml_source *source, struct problems *p)
{
    const char *at = source->text, *end = at + source->len;
    for (uint32_t line = 1; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *behind = newline ? newline + 1 : end;
        bool zero = memchr(at, 0, (size_t)(behind - at));
        if (zero || !utf8_text_valid((const uint8_t *)at, (size_t)(behind - at))) {
            problem_error_at(p, source, line, 1, zero ? "a byte of this line is zero" : "this line is no UTF-8 text");
            return false;
        }
        at = behind;
    }
    return true;
}

int yaml_parse(struct config_memory *m, const struct yaml_source *source, struct problems *p, struct yaml **ret_root)
{
    struct reading r = {.memory = m, .source = source, .problems = p};
    uint32_t errors = p->errors;
    if (!source_is_text(source, p)) {
        return CUBE_ECONFIG;
    }
    open_parser(&r);
    struct yaml *root = r.parser ? read_document(&r) : NULL;
    close_parser(&r);
    if (p->errors != errors) {
        return CUBE_ECONFIG;
    }
    if (r.failed) {
        problem_error_at(p, source, 1, 1, "this is not readable as YAML");
        return CUBE_ECONFIG;
    }
    if (!root) {
        root = memory_alloc(m, sizeof(*root));
        *root = (struct yaml){.type = YAML_NULL, .text = "", .line = 1, .column = 1, .source = source};
    }
    *ret_root = root;
    return 0;
}

static void open_parser(struct reading *r)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.colorize = false;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (!diag) {
        longjmp(r->memory->out, 1);
    }
    fy_diag_set_collect_errors(diag, true);
    r->memory->diag = diag;
    const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = diag};
    r->parser = fy_parser_create(&cfg);
    if (!r->parser) {
        close_parser(r);
        longjmp(r->memory->out, 1);
    }
    r->memory->parser = r->parser;
    r->failed = fy_parser_set_string(r->parser, r->source->text, r->source->len) != 0;
}

static void close_parser(struct reading *r)
{
    event_done(r);
    if (r->memory->parser) {
        collect_syntax_errors(r, r->memory->diag);
    }
    yaml_release(r->memory);
}

/* libfyaml counts lines and columns from 0 in marks, from 1 in what it collects. */
static void collect_syntax_errors(struct reading *r, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *e;
    while ((e = fy_diag_errors_iterate(diag, &at)) != NULL) {
        if (e->type != FYET_ERROR || e->line <= 0) {
            continue;
        }
        size_t len = strcspn(e->msg, "\n");
        char *text = memory_copy(r->memory, e->msg, len);
        problem_error_at(r->problems, r->source, (uint32_t)e->line, (uint32_t)e->column, text);
    }
}

void yaml_release(struct config_memory *m)
{
    if (m->event) {
        fy_parser_event_free(m->parser, m->event);
    }
    if (m->parser) {
        fy_parser_destroy(m->parser);
    }
    if (m->diag) {
        fy_diag_destroy(m->diag);
    }
    m->event = m->parser = m->diag = NULL;
}

static struct yaml *read_document(struct reading *r)
{
    struct yaml *root = NULL;
    struct fy_event *event;
    while ((event = next_event(r)) != NULL) {
        enum fy_event_type type = event->type;
        if (type == FYET_SCALAR || type == FYET_MAPPING_START || type == FYET_SEQUENCE_START ||
            type == FYET_ALIAS) {
            struct yaml *node = read_node(r, event, 0);
            if (root && node) {
                problem_error(r->problems, node, "a configuration is one document; a second one begins here");
                r->failed = true;
            }
            root = root ? root : node;
        }
        event_done(r);
        if (type == FYET_STREAM_END) {
            return root;
        }
    }
    r->failed = true;
    return root;
}

static const char *token_text(struct reading *r, struct fy_token *token)
{
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    return memory_copy(r->memory, text, text ? len : 0);
}

/* NULL: the node has none. */
static const char *anchor_name(struct reading *r, struct fy_event *event)
{
    struct fy_token *token = fy_event_get_anchor_token(event);
    return token ? token_text(r, token) : NULL;
}

static void anchor_keep(struct reading *r, const char *name, const struct yaml *node)
{
    if (name) {
        struct anchor *a = memory_alloc(r->memory, sizeof(*a));
        *a = (struct anchor){.name = name, .node = node, .older = r->anchors};
        r->anchors = a;
    }
}

static uint32_t tree_size(const struct yaml *node)
{
    uint32_t n = 1;
    YAML_EACH(member, node)
    {
        n += tree_size(member);
    }
    return n;
}

static struct yaml *read_alias(struct reading *r, struct fy_event *event)
{
    const char *name = token_text(r, event->alias.anchor);
    struct yaml *here = node_new(r, event, YAML_NULL);
    for (const struct anchor *a = r->anchors; a; a = a->older) {
        if (strcmp(a->name, name) == 0) {
            r->nodes += tree_size(a->node);
            if (r->nodes > YAML_NODES_MAX) {
                break;
            }
            return yaml_copy(r->memory, a->node);
        }
    }
    problem_error(r->problems, here, r->nodes > YAML_NODES_MAX ? "the configuration is too large" : "no anchor \"%s\" stands above", name);
    return here;
}

static struct yaml *read_scalar(struct reading *r, struct fy_event *event)
{
    struct yaml *node = node_new(r, event, YAML_SCALAR);
    node->text = token_text(r, event->scalar.value);
    enum fy_scalar_style style = event->scalar.value ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;
    node->quoted = style != FYSS_PLAIN && style != FYSS_ANY;
    if (!node->quoted && (node->text[0] == 0 || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0)) {
        node->type = YAML_NULL;
    }
    return node;
}

static struct fy_event *next_event(struct reading *r)
{
    struct fy_event *event = r->failed ? NULL : fy_parser_parse(r->parser);
    r->failed = r->failed || !event;
    r->memory->event = event;
    return event;
}

/* One event is held at a time, so that running out of memory loses none. */
static void event_done(struct reading *r)
{
    if (r->memory->event) {
        fy_parser_event_free(r->parser, r->memory->event);
        r->memory->event = NULL;
    }
}

/* The library does not say where a value stands of which nothing is written. */
static void place_nothing(struct yaml *node, const struct yaml *beside)
{
    if (node->type == YAML_NULL && node->text[0] == 0) {
        node->line = beside->line;
        node->column = beside->column;
    }
}

static void read_list(struct reading *r, struct yaml *list, int depth)
{
    struct fy_event *event;
    while ((event = next_event(r)) != NULL) {
        bool end = event->type == FYET_SEQUENCE_END;
        struct yaml *member = end ? NULL : read_node(r, event, depth + 1);
        event_done(r);
        if (!member) {
            return;
        }
        place_nothing(member, list->last ? list->last : list);
        yaml_append(list, member);
    }
}

static struct yaml *read_value(struct reading *r, int depth)
{
    struct fy_event *event = next_event(r);
    if (!event) {
        return NULL;
    }
    struct yaml *value = read_node(r, event, depth);
    event_done(r);
    return value;
}

static void read_map(struct reading *r, struct yaml *map, int depth)
{
    struct fy_event *event;
    while ((event = next_event(r)) != NULL) {
        bool end = event->type == FYET_MAPPING_END;
        struct yaml *key = end ? NULL : read_node(r, event, depth + 1);
        event_done(r);
        struct yaml *value = key ? read_value(r, depth + 1) : NULL;
        if (!value) {
            return;
        }
        if (key->type == YAML_LIST || key->type == YAML_MAP) {
            problem_error(r->problems, key, "a key must be a single value, not %s", yaml_type_text(key));
        } else if (!key->quoted && strcmp(key->text, "<<") == 0) {
            problem_error(r->problems, key, "maps are not merged (<<): write the keys out, or name a whole map by an alias");
        } else if (yaml_get(map, key->text)) {
            const struct yaml *first = yaml_get(map, key->text)->key;
            problem_error(r->problems, key, "\"%s\" stands twice (first in line %u)", key->text, first->line);
        } else {
            value->key = key;
            place_nothing(value, key);
            yaml_append(map, value);
        }
    }
}

/* Nothing here is of a type that has to be said. */
static void tag_refuse(struct reading *r, struct fy_event *event)
{
    static const char standard[] = "tag:yaml.org,2002:";
    struct fy_token *token = fy_event_get_tag_token(event);
    if (token) {
        const char *tag = token_text(r, token);
        bool known = strncmp(tag, standard, sizeof standard - 1) == 0;
        problem_error(r->problems, node_new(r, event, YAML_NULL), "a tag (%s%s) says nothing here; a number in quotes is a text", known ? "!!" : "",
                      tag + (known ? sizeof standard - 1 : 0));
    }
}

/* Gives the event back before it reads members. Returns NULL when the reading must stop; then the cause has been
 * told or the parser tells it. */
static struct yaml *read_node(struct reading *r, struct fy_event *event, int depth)
{
    struct yaml *node = NULL;
    if (event->type == FYET_ALIAS) {
        return read_alias(r, event);
    }
    tag_refuse(r, event);
    if (event->type == FYET_SCALAR) {
        node = read_scalar(r, event);
        anchor_keep(r, anchor_name(r, event), node);
        return node;
    }
    const char *anchor = anchor_name(r, event);
    node = node_new(r, event, event->type == FYET_MAPPING_START ? YAML_MAP : YAML_LIST);
    if (depth >= YAML_DEPTH_MAX || r->nodes > YAML_NODES_MAX) {
        problem_error(r->problems, node, depth >= YAML_DEPTH_MAX ? "nested too deep" : "the configuration is too large");
        r->failed = true;
        return NULL;
    }
    event_done(r);
    if (node->type == YAML_MAP) {
        read_map(r, node, depth);
    } else {
        read_list(r, node, depth);
    }
    anchor_keep(r, anchor, node);
    return r->failed ? NULL : node;
}

static struct yaml *node_new(struct reading *r, struct fy_event *event, enum yaml_type type)
{
    struct yaml *node = memory_alloc(r->memory, sizeof(*node));
    const struct fy_mark *mark = fy_event_start_mark(event);
    *node = (struct yaml){.type = type, .text = "", .line = 1, .column = 1, .source = r->source};
    if (mark) {
        node->line = (uint32_t)mark->line + 1;
        node->column = (uint32_t)mark->column + 1;
    }
    r->nodes++;
    return node;
}
