/* money.retention: a number, observed, or by segment; and what observing it takes. */
#include <stdlib.h>

#include "config/duration.h"
#include "config/value.h"
#include "config/whole.h"
#include "measure/agg_churn.h"

static const char observed[] = "observed";

static bool is_observed(const struct yaml *node)
{
    return node->type == YAML_SCALAR && strcmp(node->text, observed) == 0;
}

/* A number, or the word that it is observed. */
static void share_compile(struct whole *w, const struct yaml *node, const char *name)
{
    struct clv_plan *clv = &w->config.model.clv;
    if (is_observed(node)) {
        clv->observed = true;
        return;
    }
    char *end = NULL;
    bool word = node->type == YAML_SCALAR && (strtod(node->text, &end), *end != 0);
    if (word) {
        problem_error(&w->problems, node, "%s must be a number or observed, not \"%s\"", name, node->text);
        return;
    }
    (void)value_double(&w->problems, node, name, 0, 1, &clv->retention);
}

static uint32_t segments_read(struct whole *w, const struct yaml *map, struct text *names, double *shares)
{
    uint32_t count = 0;
    YAML_EACH(share, map)
    {
        if (value_double(&w->problems, share, "the retention of a segment", 0, 1, &shares[count])) {
            names[count++] = text_of(share->key->text);
        }
    }
    return count;
}

static void segments_compile(struct whole *w, const struct yaml *segments)
{
    struct clv_plan *clv = &w->config.model.clv;
    if (segments && value_is(&w->problems, segments, YAML_MAP, "money.retention.segment")) {
        struct text *names = memory_alloc(&w->memory, (segments->count + 1) * sizeof(*names));
        double *shares = memory_alloc(&w->memory, (segments->count + 1) * sizeof(*shares));
        clv->segment_count = segments_read(w, segments, names, shares);
        clv->segments = names;
        clv->segment_retention = shares;
        w->retention_by_segment = true;
    }
}

static const char *key_at(const void *context, uint32_t i)
{
    static const char *const keys[] = {"segment", "default", NULL};
    (void)context;
    return keys[i];
}

static void map_compile(struct whole *w, const struct yaml *node)
{
    YAML_EACH(value, node)
    {
        if (strcmp(value->key->text, "segment") != 0 && strcmp(value->key->text, "default") != 0) {
            problem_error(&w->problems, value->key, "unknown key \"%s\" in money.retention%s",
                          value->key->text, problem_hint(&w->problems, value->key->text, key_at, NULL));
        }
    }
    const struct yaml *otherwise = yaml_get(node, "default");
    w->config.model.clv.observed = !otherwise;
    if (otherwise) {
        share_compile(w, otherwise, "money.retention.default");
    }
    segments_compile(w, yaml_get(node, "segment"));
}

/* Of customers who never leave the value would be without bound when nothing is discounted. */
static void bound_check(struct whole *w, const struct yaml *node)
{
    const struct clv_plan *clv = &w->config.model.clv;
    bool stays = clv->observed || clv->retention >= 1;
    for (uint32_t i = 0; i < clv->segment_count; i++) {
        stays |= clv->segment_retention[i] >= 1;
    }
    if (stays && clv->discount_rate <= 0) {
        problem_error(&w->problems, node, "without a money.discount_rate customers of whom none leaves would be worth more than any number");
    }
}

void retention_compile(struct whole *w, const struct yaml *node)
{
    w->config.model.clv.retention = RETENTION_UNSEEN;
    if (!node) {
        return;
    }
    if (node->type == YAML_MAP) {
        map_compile(w, node);
    } else {
        share_compile(w, node, "money.retention");
    }
    bound_check(w, node);
}

void retention_print(const struct whole *w, FILE *out)
{
    const struct clv_plan *clv = &w->config.model.clv;
    if (w->retention_by_segment) {
        fputs("{segment: {", out);
        for (uint32_t i = 0; i < clv->segment_count; i++) {
            fputs(i == 0 ? "" : ", ", out);
            print_quoted(out, clv->segments[i]);
            fputs(": ", out);
            print_number(out, clv->segment_retention[i]);
        }
        fputs("}, default: ", out);
    }
    if (clv->observed) {
        fputs(observed, out);
    } else {
        print_number(out, clv->retention);
    }
    fputs(w->retention_by_segment ? "}" : "", out);
}

static uint32_t segment_kind(const struct scope_plan *plan)
{
    uint32_t k = 0;
    while (k < plan->count && !(plan->kinds[k].count == 1 && plan->kinds[k].dims[0] == DIM_SEGMENT)) {
        k++;
    }
    return k;
}

void retention_finish(struct whole *w, const struct yaml *node)
{
    struct model *model = &w->config.model;
    const int64_t year = 365 * DAY_MS;
    if (!model->clv.observed || !w->measures) {
        return; /* without measures there is no configuration */
    }
    uint32_t kind = segment_kind(&model->scopes);
    if (model->measure_count == MEASURES_MAX || kind == SCOPE_KINDS_MAX) {
        problem_error(&w->problems, node, "observed retention takes the place of a measure and of a kind of scope, and there is none left");
        model->clv.observed = false;
        return;
    }
    if (kind == model->scopes.count) {
        model->scopes.kinds[kind] = (struct scope_kind){1, {DIM_SEGMENT}};
    }
    model->segment_kind = (uint8_t)kind;
    struct measure *m = &w->measures[model->measure_count];
    *m = (struct measure){.name = TEXT_LITERAL("retention"), .index = (uint16_t)model->measure_count, .axis = AXIS_NONE,
                          .class = CLASS_KPI, .aggregation = &agg_churn, .horizon_count = 1, .is_inner = true};
    m->pane_ms = pane_default_ms(year);
    m->longest_ms = year;
    m->horizons[0] = (struct horizon){.window_ms = year, .pane_ms = m->pane_ms, .panes = year / m->pane_ms, .name = "365d"};
}
