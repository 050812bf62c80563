/* Alert rules: who is told when. */
#include <inttypes.h>

#include "config/condition_compile.h"
#include "config/duration.h"
#include "config/keys.h"
#include "config/value.h"
#include "port/status.h"
#include "scope/scope_value.h"

static bool alert_is_enabled(struct whole *w, const struct yaml *all, const struct yaml *map);
static void alert_compile(struct whole *w, const struct yaml *map, struct alert_rule *r,
                          struct alert_note *note);
static void alert_scopes_compile(struct whole *w, const struct yaml *node, struct alert_scopes *s);
static void labels_compile(struct whole *w, const struct yaml *node, struct alert_rule *r);
static void annotations_compile(struct whole *w, const struct yaml *node, struct alert_rule *r);

void alerts_compile(struct whole *w, const struct yaml *node)
{
    struct model *model = &w->config.model;
    if (!node || node->type == YAML_NULL || !value_is(&w->problems, node, YAML_LIST, "alerts")) {
        return;
    }
    w->alerts = memory_alloc(&w->memory, (node->count + 1) * sizeof(*w->alerts));
    w->alert_notes = memory_alloc(&w->memory, (node->count + 1) * sizeof(*w->alert_notes));
    model->alerts = w->alerts;
    YAML_EACH(map, node)
    {
        if (model->alert_count == ALERTS_MAX) {
            problem_error(&w->problems, map, "more than %d alerts", ALERTS_MAX);
            return;
        }
        if (!value_is(&w->problems, map, YAML_MAP, "an alert")) {
            continue;
        }
        struct alert_rule *r = &w->alerts[model->alert_count];
        *r = (struct alert_rule){
            .measure = UINT16_MAX, .axis = AXIS_NONE, .scopes = {.all = true}, .severity = text_of("ticket")};
        if (alert_is_enabled(w, node, map)) {
            alert_compile(w, map, r, &w->alert_notes[model->alert_count]);
            model->alert_count += r->name.at != NULL;
        }
    }
}

static bool has_condition(const struct yaml *map)
{
    bool has = false;
    for (uint32_t i = 0; condition_name_at(i); i++) {
        has = has || yaml_get(map, condition_name_at(i));
    }
    return has;
}

/* The i-th alert of a list that is more than a name. */
static const char *alert_at(const void *context, uint32_t i)
{
    YAML_EACH(map, (const struct yaml *)context)
    {
        const struct yaml *name = yaml_get(map, "name");
        if (name && name->type == YAML_SCALAR && has_condition(map) && i-- == 0) {
            return name->text;
        }
    }
    return NULL;
}

/* What is switched off is passed over, so that it may speak of what is not there. */
static bool alert_is_enabled(struct whole *w, const struct yaml *all, const struct yaml *map)
{
    const struct yaml *node = yaml_get(map, "enabled"), *name = yaml_get(map, "name");
    bool enabled = true;
    if (node) {
        (void)value_bool(&w->problems, node, "enabled", &enabled);
    }
    if (!enabled && !has_condition(map) && name && name->type == YAML_SCALAR) {
        problem_warning(&w->problems, name, "there is no alert \"%s\" to switch off%s", name->text,
                      problem_hint(&w->problems, name->text, alert_at, all));
    }
    return enabled;
}

static bool name_is_new(struct whole *w, const struct yaml *node)
{
    for (uint32_t i = 0; i < w->config.model.alert_count; i++) {
        if (strcmp(w->alerts[i].name.at, node->text) == 0) {
            problem_error(&w->problems, node, "a second alert \"%s\" (first in line %u)", node->text,
                          w->alert_notes[i].node->line);
            return false;
        }
    }
    return true;
}

static void name_judge(struct whole *w, const struct yaml *node)
{
    static const char *const own[] = {DEAD_SHARE_ALERT, OVERFLOW_ALERT, CHECKPOINT_ALERT};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcmp(node->text, own[i]) == 0) {
            problem_warning(&w->problems, node, "cubed has an alert %s itself: both go by this name, and cubed_alerts counts them together", own[i]);
        }
    }
}

static void alert_compile(struct whole *w, const struct yaml *map, struct alert_rule *r,
                          struct alert_note *note)
{
    struct problems *p = &w->problems;
    const struct yaml *name = yaml_get(map, "name"), *severity = yaml_get(map, "severity");
    const struct yaml *hold = yaml_get(map, "for"), *keep = yaml_get(map, "keep_firing_for");
    const char *text;
    note->node = map;
    keys_read(w, "alerts[]", map);
    if (!name) {
        problem_error(p, map, "an alert needs a name");
        return;
    }
    if (!value_name(p, name, "the name of an alert", "_.-", 64, &text) || !name_is_new(w, name)) {
        return;
    }
    name_judge(w, name);
    r->name = text_of(text);
    if (severity && value_name(p, severity, "severity", "_.-", 64, &text)) {
        r->severity = text_of(text);
    }
    if (hold) {
        (void)value_duration(p, hold, "for", 0, 366 * DAY_MS, &r->for_ms);
    }
    if (keep) {
        (void)value_duration(p, keep, "keep_firing_for", 0, 366 * DAY_MS, &r->keep_firing_for_ms);
    }
    alert_scopes_compile(w, yaml_get(map, "scopes"), &r->scopes);
    labels_compile(w, yaml_get(map, "labels"), r);
    annotations_compile(w, yaml_get(map, "annotations"), r);
    condition_of_alert_compile(w, map, r);
}

static int scope_index(const struct scope_plan *plan, const struct scope_kind *kind)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        if (plan->kinds[i].count == kind->count &&
            memcmp(plan->kinds[i].dims, kind->dims, kind->count) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void alert_kind_add(struct whole *w, const struct yaml *node, struct alert_scopes *s)
{
    struct scope_kind kind;
    if (!scope_kind_read(w, node, &kind)) {
        return;
    }
    int index = scope_index(&w->config.model.scopes, &kind);
    if (index < 0) {
        problem_error(&w->problems, node, "this kind of scope is not among `scopes`");
    } else if (s->kinds >> index & 1) {
        problem_warning(&w->problems, node, "this kind of scope stands twice");
    } else {
        s->kinds |= 1u << index;
    }
}

/* As its scope is called. Room comes first: a jump for lack of memory would lose the key. */
static struct text key_of(struct whole *w, const struct scope_kind *kind, struct text value)
{
    struct buf key = {0};
    char *at = memory_alloc(&w->memory, dimension_names[kind->dims[0]].len + 2 + (size_t)value.len * SCOPE_VALUE_GROWTH);
    if (scope_key_append(kind, &value, &key) != 0) {
        buf_close(&key);
        longjmp(w->memory.out, 1);
    }
    memcpy(at, key.at, key.len);
    struct text text = {at, (uint32_t)key.len};
    buf_close(&key);
    return text;
}

static void alert_key_add(struct whole *w, const struct scope_kind *kind, const struct yaml *node, struct text *keys, uint32_t *count)
{
    const char *value;
    if (!value_text(&w->problems, node, "a scope", &value)) {
        return;
    }
    struct text key = key_of(w, kind, text_of(value));
    for (uint32_t i = 0; i < *count; i++) {
        if (text_equal(keys[i], key)) {
            problem_warning(&w->problems, node, "\"%s\" stands twice", value);
            return;
        }
    }
    keys[(*count)++] = key;
}

static void alert_keys_compile(struct whole *w, const struct yaml *map, struct alert_scopes *s)
{
    const struct yaml *values = map->first;
    struct scope_kind kind;
    if (map->count != 1) {
        problem_error(&w->problems, map,
                      "scopes names one dimension and its values: {region: [north, south]}");
        return;
    }
    if (!scope_kind_read(w, values->key, &kind)) {
        return;
    }
    if (scope_index(&w->config.model.scopes, &kind) < 0) {
        problem_error(&w->problems, values->key, "this kind of scope is not among `scopes`");
        return;
    }
    if (strcmp(values->key->text, "organisation") == 0) {
        problem_error(&w->problems, values->key, "this can never fire: there is one organisation; scopes: [organisation] means it");
        return;
    }
    bool list = values->type == YAML_LIST;
    struct text *keys = memory_alloc(&w->memory, (values->count + 1) * sizeof(*keys));
    if (!list) {
        alert_key_add(w, &kind, values, keys, &s->key_count);
    }
    YAML_EACH(member, list ? values : NULL)
    {
        alert_key_add(w, &kind, member, keys, &s->key_count);
    }
    s->keys = keys;
    if (list && values->count == 0) {
        problem_error(&w->problems, values, "an empty list of scopes never fires");
    }
}

static void alert_scopes_compile(struct whole *w, const struct yaml *node, struct alert_scopes *s)
{
    if (!node) {
        return;
    }
    s->all = false;
    if (node->type == YAML_MAP) {
        alert_keys_compile(w, node, s);
    } else if (value_is(&w->problems, node, YAML_LIST, "scopes")) {
        YAML_EACH(member, node)
        {
            alert_kind_add(w, member, s);
        }
        if (node->count == 0) {
            problem_error(&w->problems, node, "an empty list of scopes never fires");
        }
    }
}

static bool label_name_is_good(const char *name)
{
    for (const char *c = name; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
        if (!letter && (c == name || *c < '0' || *c > '9')) {
            return false;
        }
    }
    return *name != 0;
}

static uint32_t label_pairs(struct whole *w, const struct yaml *node, const char *what, struct label *all)
{
    uint32_t count = 0;
    YAML_EACH(value, node)
    {
        const char *text;
        if (!label_name_is_good(value->key->text)) {
            problem_error(&w->problems, value->key,
                          "the name \"%s\" in %s: letters, digits and _ only, no digit first",
                          value->key->text, what);
        } else if (!value_text(&w->problems, value, value->key->text, &text)) {
            continue;
        } else if (!*text && strcmp(what, "labels") == 0) {
            problem_warning(&w->problems, value, "a label without a value is none: Alertmanager drops it");
        } else {
            all[count++] = (struct label){.name = text_of(value->key->text), .value = text_of(text)};
        }
    }
    return count;
}

static void labels_compile(struct whole *w, const struct yaml *node, struct alert_rule *r)
{
    static const char *const reserved[] = {"alertname", "scope", "measure", "severity", "axis", "octant"};
    if (!node || !value_is(&w->problems, node, YAML_MAP, "labels")) {
        return;
    }
    struct label *all = memory_alloc(&w->memory, (node->count + 1) * sizeof(*all));
    r->label_count = label_pairs(w, node, "labels", all);
    r->labels = all;
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        const struct yaml *taken = yaml_get(node, reserved[i]);
        if (taken) {
            problem_error(&w->problems, taken->key, "the label \"%s\" is set by cubed", reserved[i]);
        }
    }
}

static const char *template_at(const void *context, uint32_t i)
{
    static const char *const names[] = {"scope", "value", "n", "measure", "octant", "from", "to", NULL};
    (void)context;
    return names[i];
}

static bool template_known(const char *name)
{
    for (uint32_t i = 0; template_at(NULL, i); i++) {
        if (strcmp(name, template_at(NULL, i)) == 0) {
            return true;
        }
    }
    return false;
}

static void template_check(struct whole *w, const struct yaml *node)
{
    const char *at = node->text;
    while ((at = strstr(at, "{{")) != NULL) {
        const char *end = strstr(at, "}}");
        if (!end) {
            problem_error(&w->problems, node, "\"{{\" without \"}}\"");
            return;
        }
        at += 2 + strspn(at + 2, " ");
        size_t len = (size_t)(end - at);
        while (len > 0 && at[len - 1] == ' ') {
            len--;
        }
        char *name = memory_copy(&w->memory, at < end ? at : "", at < end ? len : 0);
        if (!template_known(name)) {
            problem_error(&w->problems, node, "unknown name {{%s}}%s", name,
                          problem_hint(&w->problems, name, template_at, NULL));
        }
        at = end + 2;
    }
}

static void annotations_compile(struct whole *w, const struct yaml *node, struct alert_rule *r)
{
    if (!node || !value_is(&w->problems, node, YAML_MAP, "annotations")) {
        return;
    }
    struct label *all = memory_alloc(&w->memory, (node->count + 1) * sizeof(*all));
    r->annotation_count = label_pairs(w, node, "annotations", all);
    r->annotations = all;
    YAML_EACH(value, node)
    {
        if (value->type == YAML_SCALAR) {
            template_check(w, value);
        }
    }
}
