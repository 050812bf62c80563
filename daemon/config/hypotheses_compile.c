/* Hypotheses: which CPI is expected to move which KPI. */
#include "config/keys.h"
#include "config/value.h"

#define HYPOTHESES_MAX 256

struct told {
    const struct yaml *node; /* of each hypothesis kept */
};

static bool hypothesis_compile(struct whole *w, const struct yaml *map, struct hypothesis *ret_h);
static struct hypothesis *place_of(struct whole *w, const struct yaml *map, const struct hypothesis *h,
                                   struct hypothesis *all, struct told *told);

void hypotheses_compile(struct whole *w, const struct yaml *node)
{
    struct model *model = &w->config.model;
    if (!node || node->type == YAML_NULL || !value_is(&w->problems, node, YAML_LIST, "hypotheses")) {
        return;
    }
    struct hypothesis *all = memory_alloc(&w->memory, (node->count + 1) * sizeof(*all));
    struct told *told = memory_alloc(&w->memory, (node->count + 1) * sizeof(*told));
    model->hypotheses = all;
    YAML_EACH(map, node)
    {
        struct hypothesis h = {0};
        if (model->hypothesis_count == HYPOTHESES_MAX) {
            problem_error(&w->problems, map, "more than %d hypotheses", HYPOTHESES_MAX);
            return;
        }
        if (value_is(&w->problems, map, YAML_MAP, "a hypothesis") && hypothesis_compile(w, map, &h)) {
            struct hypothesis *at = place_of(w, map, &h, all, told);
            *at = h;
            told[at - all].node = map;
        }
    }
}

/* The place of the same pair, which a file may take from the pack, or a new one. */
static struct hypothesis *place_of(struct whole *w, const struct yaml *map, const struct hypothesis *h,
                                   struct hypothesis *all, struct told *told)
{
    struct model *model = &w->config.model;
    for (uint32_t i = 0; i < model->hypothesis_count; i++) {
        if (all[i].cpi != h->cpi || all[i].kpi != h->kpi) {
            continue;
        }
        if (told[i].node->source == map->source) {
            problem_error(&w->problems, map, "a second hypothesis of these two (first in line %u)",
                          told[i].node->line);
        }
        return &all[i];
    }
    return &all[model->hypothesis_count++];
}

/* A measure of the class; a problem is told. */
static bool measure_of(struct whole *w, const struct yaml *map, const char *key, enum measure_class class,
                       uint16_t *ret_measure)
{
    const struct yaml *name = yaml_get(map, key);
    if (!name) {
        problem_error(&w->problems, map, "a hypothesis needs %s: the name of a measure", key);
        return false;
    }
    *ret_measure = measure_find(w, name);
    if (*ret_measure == UINT16_MAX) {
        return false;
    }
    if (w->measures[*ret_measure].class != class) {
        problem_error(&w->problems, name, "measure \"%s\" has not class %s", name->text, key);
        return false;
    }
    return true;
}

static bool hypothesis_compile(struct whole *w, const struct yaml *map, struct hypothesis *ret_h)
{
    const struct yaml *direction = yaml_get(map, "direction"), *lag = yaml_get(map, "lag");
    int word = 0;
    keys_read(w, "hypotheses[]", map);
    bool good = measure_of(w, map, "cpi", CLASS_CPI, &ret_h->cpi);
    good = measure_of(w, map, "kpi", CLASS_KPI, &ret_h->kpi) && good;
    if (!direction) {
        problem_error(&w->problems, map, "a hypothesis needs its direction: up or down");
        return false;
    }
    good = value_choice(&w->problems, direction, "direction", "down|up", &word) && good;
    ret_h->up = word == 1;
    if (lag) {
        good = value_duration(&w->problems, lag, "lag", 0, WINDOW_MAX_MS, &ret_h->lag_ms) && good;
    }
    return good;
}

void effective_hypotheses(const struct whole *w, FILE *out)
{
    const struct model *model = &w->config.model;
    fputs(model->hypothesis_count ? "hypotheses:\n" : "hypotheses: []\n", out);
    for (uint32_t i = 0; i < model->hypothesis_count; i++) {
        const struct hypothesis *h = &model->hypotheses[i];
        fprintf(out, "  - {cpi: \"%s\", kpi: \"%s\", direction: %s, lag: ", w->measures[h->cpi].name.at,
                w->measures[h->kpi].name.at, h->up ? "up" : "down");
        print_duration(out, h->lag_ms);
        fputs("}\n", out);
    }
}
