/* Finer scopes inside coarser ones: an event counts in one scope of each kind at most, so what they count adds up to
 * no more than what the scope around them counts; and where as many are counted, their sums are the same. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify_scopes.h"

struct figure {
    int64_t n, hits;
    double value;
};

/* A measure and horizon whose n and hits add up; value_adds: its value does, too. */
struct additive {
    uint16_t measure;
    uint8_t horizon;
    bool value_adds;
};

struct family {
    struct verify_scopes *v;
    const struct scope_plan *plan;
    struct additive *additives;
    uint32_t additive_count;
    struct intern *keys;
    struct member {
        uint32_t kind;
        int32_t task;
        bool partial; /* not all finer scopes stand at its tick */
        bool some;
    } *members;
    struct figure *figures, *sums; /* additive_count per member */
    uint32_t capacity;
    struct buf outer;
};

/* Flows that count events; per-entity figures and distinct ones have rules of their own. */
static bool adds_up(const struct measure *m, bool *ret_value)
{
    static const char *const names[] = {"count", "sum", "rate", "ratio", "within", "duration", "first_time", "nps", "top_box", "mean", "quotient"};
    *ret_value = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !m->is_private && !m->aggregation->per_entity; i++) {
        if (strcmp(m->aggregation->name, names[i]) == 0) {
            *ret_value = i < 3;
            return true;
        }
    }
    return false;
}

static int additives_list(struct family *f, const struct model *m)
{
    f->additives = calloc((size_t)m->measure_count * HORIZONS_MAX + 1, sizeof *f->additives);
    for (uint32_t i = 0; f->additives && i < m->measure_count; i++) {
        bool value;
        for (uint32_t h = 0; adds_up(&m->measures[i], &value) && h < m->measures[i].horizon_count; h++) {
            f->additives[f->additive_count++] = (struct additive){(uint16_t)i, (uint8_t)h, value};
        }
    }
    return f->additives ? 0 : CUBE_ENOMEM;
}

static void family_close(struct family *f)
{
    intern_destroy(f->keys);
    free(f->additives);
    free(f->members);
    free(f->figures);
    free(f->sums);
    buf_close(&f->outer);
}

/* ---- who there is ----------------------------------------------------------------------------------- */

static int family_grow(struct family *f, uint32_t id)
{
    if (id < f->capacity) {
        return 0;
    }
    uint32_t n = f->capacity ? 2 * f->capacity : 64;
    struct member *members = realloc(f->members, n * sizeof *members);
    f->members = members ? members : f->members;
    struct figure *figures = members ? realloc(f->figures, (size_t)n * (f->additive_count + 1) * sizeof *figures) : NULL;
    f->figures = figures ? figures : f->figures;
    if (!figures) {
        return CUBE_ENOMEM;
    }
    f->capacity = n;
    return 0;
}

static struct figure figure_of(const struct additive *a, const struct scope_view *view)
{
    for (uint32_t i = 0; i < view->measure_count; i++) {
        if (view->measures[i].measure->index == a->measure) {
            const struct result *r = &view->measures[i].horizons[a->horizon];
            return (struct figure){r->n, r->present >> RESULT_HITS & 1 ? r->field[RESULT_HITS].i : 0, r->has_value ? r->value : 0};
        }
    }
    return (struct figure){0};
}

static int member_add(struct family *f, int32_t task, uint32_t scope)
{
    struct scope_engine *e = scope_task_engine(f->v->tasks[task].task);
    struct scope_view view;
    uint32_t id;
    if (scope_engine_view(e, scope, f->v->done_ms[task], &view) != 0) {
        return 0; /* no tick has looked at it yet */
    }
    int rc = intern_add(f->keys, view.key, &id);
    rc = rc ? rc : family_grow(f, id);
    if (rc) {
        return rc;
    }
    f->members[id] = (struct member){.kind = view.kind, .task = task};
    for (uint32_t i = 0; i < f->additive_count; i++) {
        f->figures[(size_t)id * f->additive_count + i] = figure_of(&f->additives[i], &view);
    }
    return 0;
}

static int members_take(struct family *f)
{
    int rc = 0;
    for (int32_t q = 0; q < f->v->world->layout.scopes; q++) {
        bool stands = f->v->tasks[q].restored && f->v->done_ms[q] != TIME_NONE;
        uint32_t n = stands ? scope_engine_count(scope_task_engine(f->v->tasks[q].task)) : 0;
        for (uint32_t i = 0; i < n && !rc; i++) {
            rc = member_add(f, q, i);
        }
    }
    return rc;
}

/* ---- adding up -------------------------------------------------------------------------------------- */

static void violated(struct family *f, const struct member *m, struct text key, const struct additive *a, const char *name, uint32_t fine,
                     double expected, double found)
{
    const struct measure *measure = &f->v->world->config->model.measures[a->measure];
    const struct scope_kind *kind = &f->plan->kinds[fine];
    char e[VERIFY_TEXT_MAX], g[VERIFY_TEXT_MAX];
    struct verify_place at = {ROLE_CHANGELOG_SCOPES, m->task, -1, key};
    snprintf(e, sizeof e, "%s of %s, %s: %.17g", name, measure->name.at, measure->horizons[a->horizon].name, expected);
    snprintf(g, sizeof g, "%.17g in all its scopes by %s%s", found, dimension_names[kind->dims[0]].at, kind->count > 1 ? ", ..." : "");
    verify_violated(f->v->report, VERIFY_CHILDREN, &at, e, g);
}

static void figure_check(struct family *f, uint32_t id, uint32_t i, uint32_t fine)
{
    const struct member *m = &f->members[id];
    const struct additive *a = &f->additives[i];
    const struct figure *own = &f->figures[(size_t)id * f->additive_count + i], *sum = &f->sums[(size_t)id * f->additive_count + i];
    struct text key = intern_text(f->keys, id);
    f->v->report->checked[VERIFY_CHILDREN]++;
    if (sum->n > own->n) {
        violated(f, m, key, a, "n at most that", fine, (double)own->n, (double)sum->n);
    } else if (sum->hits > own->hits) {
        violated(f, m, key, a, "hits at most those", fine, (double)own->hits, (double)sum->hits);
    } else if (own->n - sum->n < own->hits - sum->hits) {
        violated(f, m, key, a, "misses at most those", fine, (double)(own->n - own->hits), (double)(sum->n - sum->hits));
    } else if (sum->n == own->n && a->value_adds && !m->partial && fabs(sum->value - own->value) > 1e-6 + 1e-9 * fabs(own->value)) {
        violated(f, m, key, a, "value", fine, own->value, sum->value);
    }
}

/* Adds a fine scope to the coarse one it lies inside. */
static int member_sum(struct family *f, uint32_t id, uint32_t coarse)
{
    const struct member *m = &f->members[id];
    buf_clear(&f->outer);
    int rc = scope_key_outer(&f->plan->kinds[m->kind], intern_text(f->keys, id), &f->plan->kinds[coarse], &f->outer);
    if (rc) {
        return rc == CUBE_ENOMEM ? rc : 0;
    }
    uint32_t outer = intern_find(f->keys, (struct text){(const char *)f->outer.at, (uint32_t)f->outer.len});
    if (outer == INTERN_NONE) {
        return 0;
    }
    struct member *o = &f->members[outer];
    if (f->v->done_ms[m->task] != f->v->done_ms[o->task]) {
        o->partial = true;
        f->v->report->unchecked[VERIFY_CHILDREN]++;
        return 0;
    }
    o->some = true;
    for (uint32_t i = 0; i < f->additive_count; i++) {
        struct figure *sum = &f->sums[(size_t)outer * f->additive_count + i];
        const struct figure *own = &f->figures[(size_t)id * f->additive_count + i];
        *sum = (struct figure){sum->n + own->n, sum->hits + own->hits, sum->value + own->value};
    }
    return 0;
}

static int kinds_check(struct family *f, uint32_t coarse, uint32_t fine)
{
    uint32_t n = intern_count(f->keys);
    int rc = 0;
    memset(f->sums, 0, (size_t)n * f->additive_count * sizeof *f->sums);
    for (uint32_t i = 0; i < n; i++) {
        f->members[i].some = f->members[i].partial = false;
    }
    for (uint32_t i = 0; i < n && !rc; i++) {
        rc = f->members[i].kind == fine ? member_sum(f, i, coarse) : 0;
    }
    for (uint32_t i = 0; i < n && !rc; i++) {
        for (uint32_t k = 0; f->members[i].some && k < f->additive_count; k++) {
            figure_check(f, i, k, fine);
        }
    }
    return rc;
}

static int all_kinds_check(struct family *f)
{
    int rc = 0;
    f->sums = calloc((size_t)intern_count(f->keys) * f->additive_count + 1, sizeof *f->sums);
    for (uint32_t coarse = 0; f->sums && coarse < f->plan->count; coarse++) {
        for (uint32_t fine = 0; fine < f->plan->count && !rc; fine++) {
            bool inside = fine != coarse && scope_kind_inside(&f->plan->kinds[fine], &f->plan->kinds[coarse]);
            rc = inside ? kinds_check(f, coarse, fine) : 0;
        }
    }
    return f->sums ? rc : CUBE_ENOMEM;
}

int verify_scopes_children(struct verify_scopes *v)
{
    const struct model *m = &v->world->config->model;
    struct family f = {.v = v, .plan = &m->scopes};
    int rc = intern_create(VERIFY_KEYS_MAX, 0, &f.keys);
    rc = rc ? rc : additives_list(&f, m);
    rc = rc ? rc : members_take(&f);
    rc = rc ? rc : all_kinds_check(&f);
    family_close(&f);
    return rc;
}
