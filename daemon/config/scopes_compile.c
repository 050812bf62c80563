/* Kinds of scope: single dimensions and combinations. */
#include "config/value.h"
#include "config/whole.h"

static bool dimension_add(struct whole *w, const struct yaml *node, struct scope_kind *kind);
static bool kinds_equal(const struct scope_kind *a, const struct scope_kind *b);
static void scope_add(struct whole *w, const struct yaml *node, const struct scope_kind *kind);
static void scopes_default(struct whole *w);

void scopes_compile(struct whole *w, const struct yaml *node)
{
    struct scope_plan *plan = &w->config.model.scopes;
    plan->count = 1;
    if (!node || node->type == YAML_NULL) {
        scopes_default(w);
        return;
    }
    if (!value_is(&w->problems, node, YAML_LIST, "scopes")) {
        return;
    }
    YAML_EACH(member, node)
    {
        struct scope_kind kind;
        if (scope_kind_read(w, member, &kind)) {
            scope_add(w, member, &kind);
        }
    }
}

bool scope_kind_read(struct whole *w, const struct yaml *node, struct scope_kind *ret_kind)
{
    struct scope_kind kind = {0};
    bool good = true;
    if (node->type == YAML_SCALAR && strcmp(node->text, "organisation") == 0) {
        *ret_kind = kind;
        return true;
    }
    if (node->type != YAML_LIST) {
        good = dimension_add(w, node, &kind);
    } else if (node->count == 0) {
        problem_error(&w->problems, node, "a combination names at least one dimension");
        good = false;
    }
    YAML_EACH(member, node)
    {
        good = dimension_add(w, member, &kind) && good;
    }
    if (good) {
        *ret_kind = kind;
    }
    return good;
}

static const char *dimension_at(const void *context, uint32_t i)
{
    (void)context;
    return i < DIM_COUNT ? dimension_names[i].at : NULL;
}

static bool dimension_add(struct whole *w, const struct yaml *node, struct scope_kind *kind)
{
    const char *name;
    if (!value_text(&w->problems, node, "a scope", &name)) {
        return false;
    }
    enum dimension d = dimension_find(text_of(name));
    if (d == DIM_COUNT) {
        problem_error(&w->problems, node, "\"%s\" is no dimension%s", name,
                      problem_hint(&w->problems, name, dimension_at, NULL));
        return false;
    }
    for (uint8_t i = 0; i < kind->count; i++) {
        if (kind->dims[i] == d) {
            problem_error(&w->problems, node, "\"%s\" stands twice in one combination", name);
            return false;
        }
    }
    kind->dims[kind->count++] = (uint8_t)d;
    return true;
}

static void scope_add(struct whole *w, const struct yaml *node, const struct scope_kind *kind)
{
    struct scope_plan *plan = &w->config.model.scopes;
    if (kind->count == 0) {
        return; /* the organisation is always there */
    }
    for (uint32_t i = 1; i < plan->count; i++) {
        if (kinds_equal(&plan->kinds[i], kind)) {
            problem_error(&w->problems, node, "this kind of scope stands twice");
            return;
        }
    }
    if (plan->count == SCOPE_KINDS_MAX) {
        problem_error(&w->problems, node, "more than %d kinds of scope", SCOPE_KINDS_MAX - 1);
        return;
    }
    plan->kinds[plan->count++] = *kind;
}

static bool kinds_equal(const struct scope_kind *a, const struct scope_kind *b)
{
    uint32_t left = 0, right = 0;
    for (uint8_t i = 0; i < a->count; i++) {
        left |= 1u << a->dims[i];
    }
    for (uint8_t i = 0; i < b->count; i++) {
        right |= 1u << b->dims[i];
    }
    return left == right;
}

static void scopes_default(struct whole *w)
{
    static const struct scope_kind kinds[] = {{1, {DIM_DIVISION}},
                                              {1, {DIM_REGION}},
                                              {1, {DIM_SEGMENT}},
                                              {1, {DIM_DEPARTMENT}},
                                              {2, {DIM_REGION, DIM_SEGMENT}}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        scope_add(w, NULL, &kinds[i]);
    }
}
