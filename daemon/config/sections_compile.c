/* The sections of simple keys, and the few values in them that need a look of their own. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config/duration.h"
#include "config/keys.h"
#include "config/value.h"

static void later_check(struct whole *w, const struct yaml *root);
static void topics_check(struct whole *w, const struct yaml *root);
static void listen_check(struct whole *w, const struct yaml *http);
static void commit_check(struct whole *w, const struct yaml *commit);
static void checkpoint_check(struct whole *w, const struct yaml *checkpoint);
static void axis_read(struct whole *w, const struct yaml *node, struct axis_plan *axis);
static void axes_check(struct whole *w, const struct yaml *cube);

static const char *const sections[] = {"topics", "time", "dedup", "commit", "changelog", "checkpoint", "limits", "http",
                                       "privacy", "publish", "money", "points_options", "cube"};

/* 10 is more often meant for ten percent than for a thousand, with which no customer has a future. */
static void discount_check(struct whole *w, const struct yaml *node)
{
    double rate = w->config.model.clv.discount_rate;
    if (node && rate > 1) {
        problem_warning(&w->problems, node, "this is %g percent a year; ten percent is 0.1", 100 * rate);
    }
}

void sections_compile(struct whole *w, const struct yaml *root)
{
    keys_read(w, "", root);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        const struct yaml *section = yaml_get(root, sections[i]);
        if (section && section->type != YAML_NULL && value_is(&w->problems, section, YAML_MAP, sections[i])) {
            keys_read(w, sections[i], section);
        }
    }
    listen_check(w, yaml_get(root, "http"));
    commit_check(w, yaml_get(root, "commit"));
    checkpoint_check(w, yaml_get(root, "checkpoint"));
    rates_compile(w, yaml_get(yaml_get(root, "money"), "minute_rate"));
    retention_compile(w, yaml_get(yaml_get(root, "money"), "retention"));
    discount_check(w, yaml_get(yaml_get(root, "money"), "discount_rate"));
    axes_compile(w, yaml_get(root, "cube"));
    later_check(w, root);
}

void names_compile(struct whole *w, const struct yaml *root, const char *instance)
{
    struct config *c = &w->config;
    if (instance) {
        struct yaml given = *root; /* the command line has no place in the file: its first line stands for it */
        given.type = YAML_SCALAR;
        given.text = memory_copy(&w->memory, instance, strlen(instance));
        (void)value_name(&w->problems, &given, "the instance of the command line", "._-", 64, &c->instance);
    }
    c->topics[ROLE_PARTIALS] = w->partials ? w->partials : memory_format(&w->memory, "%s-partials", c->name);
    const char *prefix = w->changelog ? w->changelog : memory_format(&w->memory, "%s-changelog", c->name);
    c->topics[ROLE_CHANGELOG_CUSTOMERS] = memory_format(&w->memory, "%s-customers", prefix);
    c->topics[ROLE_CHANGELOG_EMPLOYEES] = memory_format(&w->memory, "%s-employees", prefix);
    c->topics[ROLE_CHANGELOG_SCOPES] = memory_format(&w->memory, "%s-scopes", prefix);
    w->partials = c->topics[ROLE_PARTIALS];
    w->changelog = prefix;
    topics_check(w, root);
    c->model.alerts_url = text_of(memory_format(&w->memory, "http://%s/#/scope/", c->http_listen));
}

/* What the contract has and this version does not do must not be taken for done. */
static void later_check(struct whole *w, const struct yaml *root)
{
    if (w->pseudonymise) {
        problem_error(&w->problems, yaml_get(yaml_get(root, "privacy"), "pseudonymise"),
                      "pseudonymise is not available in this version of cubed");
    }
    if (w->config.model.time.decide_incomplete) {
        problem_error(&w->problems, yaml_get(yaml_get(root, "time"), "decide_incomplete"),
                      "decide_incomplete is not available in this version of cubed");
    }
}

/* Where the later of two keys stands, of which one may not be written; neither is: the section. */
static const struct yaml *later_key(const struct yaml *section, const char *a, const char *b)
{
    const struct yaml *later = NULL;
    YAML_EACH(value, section)
    {
        later = strcmp(value->key->text, a) == 0 || strcmp(value->key->text, b) == 0 ? value->key : later;
    }
    return later ? later : section;
}

/* Three changelogs have one prefix. */
static const char *topic_key(int role)
{
    size_t place = offsetof(struct whole, config.topics) + (size_t)role * sizeof(const char *);
    place = role == ROLE_PARTIALS ? offsetof(struct whole, partials) : place;
    for (uint32_t i = 0; i < key_row_count; i++) {
        if (strcmp(key_rows[i].section, "topics") == 0 && key_rows[i].offset == place) {
            return key_rows[i].key;
        }
    }
    return "changelog";
}

static void topics_check(struct whole *w, const struct yaml *root)
{
    const struct yaml *topics = yaml_get(root, "topics");
    for (int i = 0; i < ROLE_COUNT; i++) {
        for (int j = 0; j < i; j++) {
            if (strcmp(w->config.topics[i], w->config.topics[j]) == 0) {
                problem_error(&w->problems, later_key(topics ? topics : root, topic_key(i), topic_key(j)), "two topics have the same name \"%s\"",
                              w->config.topics[i]);
            }
        }
    }
}

static bool is_loopback(const char *address)
{
    struct in_addr ip;
    bool v4 = inet_pton(AF_INET, address, &ip) == 1 && strncmp(address, "127.", 4) == 0;
    return v4 || strcmp(address, "localhost") == 0 || strcmp(address, "[::1]") == 0;
}

/* Names are not looked up: an address would follow from who answers. */
static bool is_numeric(const char *address)
{
    struct in6_addr ip;
    char inner[INET6_ADDRSTRLEN];
    size_t len = strlen(address);
    if (address[0] != '[' || len < 3 || address[len - 1] != ']' || len - 2 >= sizeof inner) {
        return inet_pton(AF_INET, address, &ip) == 1;
    }
    memcpy(inner, address + 1, len - 2);
    inner[len - 2] = 0;
    return inet_pton(AF_INET6, inner, &ip) == 1;
}

static void listen_check(struct whole *w, const struct yaml *http)
{
    const struct yaml *node = yaml_get(http, "listen");
    const char *listen = w->config.http_listen, *colon = strrchr(listen, ':');
    if (!node || node->type != YAML_SCALAR) {
        return;
    }
    char *end = NULL;
    long port = colon && colon[1] >= '0' && colon[1] <= '9' ? strtol(colon + 1, &end, 10) : -1;
    if (port < 0 || port > 65535 || *end != 0) {
        problem_error(&w->problems, node, "http.listen must be ADDRESS:PORT, not \"%s\"", listen);
        return;
    }
    const char *address = memory_copy(&w->memory, listen, (size_t)(colon - listen));
    if (!is_loopback(address) && !is_numeric(address)) {
        problem_error(&w->problems, node, "http.listen must be a numeric address or localhost and a port, not \"%s\"", listen);
    } else if (!is_loopback(address)) {
        problem_warning(&w->problems, node,
                        "others reach http.listen %s: the daemon starts with a token only (credential http-token), and asks all for it as "
                        "\"Authorization: Bearer\"",
                        listen);
    }
}

static void commit_check(struct whole *w, const struct yaml *commit)
{
    if (commit && w->config.commit_min_ms > w->config.commit_max_ms) {
        problem_error(&w->problems, later_key(commit, "min_interval", "max_interval"), "commit.min_interval is longer than commit.max_interval");
    }
}

/* A relative path would depend on where the daemon was started. */
static void checkpoint_check(struct whole *w, const struct yaml *checkpoint)
{
    const char *dir = w->config.checkpoint_dir;
    if (*dir != '/' && strcmp(dir, "auto") != 0 && strcmp(dir, "none") != 0) {
        problem_error(&w->problems, yaml_get(checkpoint, "dir"), "checkpoint.dir must be auto, none or an absolute path, not \"%s\"", dir);
    } else if (strlen(dir) > CHECKPOINT_DIR_MAX) {
        problem_error(&w->problems, yaml_get(checkpoint, "dir"), "checkpoint.dir has %zu bytes: names of files stand behind it, so it may have %d",
                      strlen(dir), CHECKPOINT_DIR_MAX);
    }
}

static const char *axis_name_at(const void *context, uint32_t i)
{
    (void)context;
    return i < AXIS_COUNT ? axis_names[i].at : NULL;
}

void axes_compile(struct whole *w, const struct yaml *cube)
{
    struct axis_plan *axes = w->config.model.cube.axes;
    axes[AXIS_X] = axes[AXIS_V] = axes[AXIS_E];
    const struct yaml *map = yaml_get(cube, "axes");
    if (map && map->type != YAML_NULL && value_is(&w->problems, map, YAML_MAP, "cube.axes")) {
        YAML_EACH(node, map)
        {
            int axis = 0;
            while (axis < AXIS_COUNT && !text_equal(axis_names[axis], text_of(node->key->text))) {
                axis++;
            }
            if (axis == AXIS_COUNT) {
                problem_error(&w->problems, node->key, "unknown axis \"%s\"%s",
                              node->key->text,
                              problem_hint(&w->problems, node->key->text, axis_name_at, NULL));
            } else if (value_is(&w->problems, node, YAML_MAP, node->key->text)) {
                axis_read(w, node, &axes[axis]);
            }
        }
    }
    if (cube) {
        axes_check(w, cube);
    }
}

static const char *axis_key_at(const void *context, uint32_t i)
{
    static const char *const keys[] = {"threshold", "hysteresis", "dwell",
                                       "min_coverage", "stale_after", NULL};
    (void)context;
    return keys[i];
}

static void axis_read(struct whole *w, const struct yaml *node, struct axis_plan *axis)
{
    struct problems *p = &w->problems;
    YAML_EACH(value, node)
    {
        const char *key = value->key->text;
        if (strcmp(key, "threshold") == 0) {
            (void)value_double(p, value, key, 0, 100, &axis->threshold);
        } else if (strcmp(key, "hysteresis") == 0) {
            (void)value_double(p, value, key, 0, 50, &axis->hysteresis);
        } else if (strcmp(key, "dwell") == 0) {
            (void)value_duration(p, value, key, 0, 366 * DAY_MS, &axis->dwell_ms);
        } else if (strcmp(key, "min_coverage") == 0) {
            (void)value_double(p, value, key, 0, 1, &axis->min_coverage);
        } else if (strcmp(key, "stale_after") == 0) {
            (void)value_duration(p, value, key, 1000, 3660 * DAY_MS, &axis->stale_after_ms);
        } else {
            problem_error(p, value->key, "unknown key \"%s\" in cube.axes%s", key,
                          problem_hint(p, key, axis_key_at, NULL));
        }
    }
}

/* What stands for all axes is told of once. */
static void axes_check(struct whole *w, const struct yaml *cube)
{
    const struct yaml *common = later_key(cube, "threshold", "hysteresis"), *axes = yaml_get(cube, "axes");
    bool told = false;
    for (int i = 0; i < AXIS_COUNT; i++) {
        const struct axis_plan *axis = &w->config.model.cube.axes[i];
        const struct yaml *own = yaml_get(axes, axis_names[i].at), *at = own ? later_key(own, "threshold", "hysteresis") : NULL;
        bool fits = axis->threshold + axis->hysteresis <= 100 && axis->threshold - axis->hysteresis >= 0;
        at = at == own ? common : at;
        if (!fits && !(told && at == common)) {
            problem_error(&w->problems, at, "axis %s: threshold and hysteresis leave no room to change sides", axis_names[i].at);
        }
        told = told || (!fits && at == common);
    }
}
