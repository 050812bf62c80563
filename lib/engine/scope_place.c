/* Which scopes are kept: at most limits.scopes beside the organisation; the rows of all others go to one scope per
 * kind, its overflow, so that what is inside a scope still adds up to it. */
#include <stdlib.h>

#include "base/check.h"
#include "engine/scope_state.h"

static const struct scope_kind *kind_of(const struct scope_engine *e, uint32_t kind)
{
    return &e->model->scopes.kinds[kind];
}

static int overflow_key(struct scope_engine *e, uint32_t kind, struct text *ret_key)
{
    buf_clear(&e->place_key);
    int rc = scope_key_overflow(kind_of(e, kind), &e->place_key);
    *ret_key = (struct text){(const char *)e->place_key.at, (uint32_t)e->place_key.len};
    return rc;
}

int scope_is_overflow(struct scope_engine *e, struct text key, uint32_t kind)
{
    struct text of_kind;
    int rc = overflow_key(e, kind, &of_kind);
    return rc ? rc : text_equal(key, of_kind);
}

int scope_overflow(struct scope_engine *e, uint32_t kind, uint32_t *ret_scope)
{
    struct text key;
    if (e->overflows[kind]) {
        *ret_scope = e->overflows[kind] - 1;
        return 0;
    }
    int rc = overflow_key(e, kind, &key);
    return rc ? rc : scope_engine_scope(e, key, kind, ret_scope);
}

int scope_place_open(struct scope_engine *e, struct scope *s)
{
    int is = scope_is_overflow(e, s->key, s->kind);
    if (is < 0) {
        return is;
    }
    if (is) {
        s->place = PLACE_OVERFLOW;
        e->overflows[s->kind] = s->id + 1;
        return 0;
    }
    s->place = PLACE_OPEN;
    e->open_count++;
    return 0;
}

void scope_place_keep(struct scope_engine *e, struct scope *s)
{
    CHECK_PRE(s->place == PLACE_OPEN && e->open_count > 0);
    s->place = PLACE_KEPT;
    e->open_count--;
    e->kept_count++;
}

int scope_place_restored(struct scope_engine *e, struct scope *s)
{
    int rc = scope_place_open(e, s);
    if (!rc && s->place == PLACE_OPEN) {
        scope_place_keep(e, s);
    }
    return rc;
}

/* ---- at a tick -------------------------------------------------------------------------------------- */

static void collect(struct scope_engine *e, uint32_t scope, uint32_t *open, uint32_t *count)
{
    struct scope *s = e->scopes[scope];
    if (s->place == PLACE_OPEN && !s->in_work) {
        s->in_work = true;
        open[(*count)++] = scope;
    }
}

static void collect_set(struct scope_engine *e, uint32_t set, uint32_t *open, uint32_t *n)
{
    uint32_t alone = set ^ SET_ALONE, count = 1;
    const uint32_t *scopes = set & SET_ALONE ? &alone : scope_sets_at(&e->sets, set, &count);
    for (uint32_t i = 0; i < count; i++) {
        collect(e, scopes[i], open, n);
    }
}

static int by_key(const void *a, const void *b, void *engine)
{
    const struct scope_engine *e = engine;
    return text_compare(e->scopes[*(const uint32_t *)a]->key, e->scopes[*(const uint32_t *)b]->key);
}

/* The scopes of the rows whose places are open. */
static uint32_t open_list(struct scope_engine *e, const struct tick_rows *rows, uint32_t *open)
{
    struct row_run run;
    size_t pos = 0;
    uint32_t n = 0;
    while (tick_rows_run(rows, &pos, &run)) {
        for (uint32_t i = 0; i < run.count; i++) {
            row_run_at(&run, i, &run.name);
            collect_set(e, run.name.set, open, &n);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        e->scopes[open[i]]->in_work = false;
    }
    return n;
}

int scope_places_decide(struct scope_engine *e, const struct tick_rows *rows)
{
    if (e->open_count == 0 || (uint64_t)e->kept_count + e->open_count <= e->model->limits.scopes) {
        return 0; /* each is kept when its row is applied */
    }
    uint32_t *open = malloc(e->open_count * sizeof *open);
    if (!open) {
        return CUBE_ENOMEM;
    }
    uint32_t n = open_list(e, rows, open);
    if (n > 1) {
        qsort_r(open, n, sizeof *open, by_key, e);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct scope *s = e->scopes[open[i]];
        if (e->kept_count < e->model->limits.scopes) {
            scope_place_keep(e, s);
        } else {
            s->place = PLACE_REFUSED;
            e->open_count--;
        }
    }
    free(open);
    return 0;
}
