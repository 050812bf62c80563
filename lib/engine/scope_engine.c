#include "engine/scope_engine.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/check.h"
#include "engine/applying.h"
#include "engine/scope_gone.h"

#define SCOPES_FIRST 16
#define TABLES 15u /* in one block (tables_create) */
#define TABLE_ALIGN alignof(max_align_t)

const struct result scope_nothing[HORIZONS_MAX];

/* ---- create, destroy ---------------------------------------------------------------------------- */

static struct active_source active_find(const struct model *m, const struct horizon *h)
{
    const struct aggregation *active = aggregation_find("active");
    for (uint32_t i = 0; active && i < m->measure_count; i++) {
        const struct measure *x = &m->measures[i];
        bool counts = x->aggregation == active && applying_any_act(x); /* not only those who bought */
        for (uint16_t k = 0; counts && k < x->horizon_count; k++) {
            if (x->horizons[k].window_ms == h->window_ms && x->horizons[k].pane_ms == h->pane_ms) {
                return (struct active_source){(uint16_t)i, k};
            }
        }
    }
    return (struct active_source){UINT16_MAX, 0};
}

/* The horizons of a measure that the position or an alert looks at. */
static uint8_t watched_horizons(const struct model *m, uint16_t measure)
{
    static const uint8_t first = 1;
    uint8_t horizons = m->measures[measure].scored ? first : 0;
    for (uint32_t i = 0; i < m->alert_count; i++) {
        const struct alert_rule *r = &m->alerts[i];
        if (r->measure == measure) {
            bool burns = r->condition == alert_condition_find("burn_rate");
            horizons |= burns ? (uint8_t)(1u << r->with.burn_rate.long_horizon | 1u << r->with.burn_rate.short_horizon) : first;
        }
    }
    return horizons;
}

static void tables_fill(struct scope_engine *e)
{
    const struct model *m = e->model;
    for (uint32_t r = 0; r < m->alert_count; r++) {
        e->tallies[r] = (struct alert_tally){0, 0};
    }
    for (uint32_t i = 0; i < m->measure_count; i++) {
        const struct measure *x = &m->measures[i];
        e->prints[i] = text_print(x->name);
        CHECK_PRE(x->index == i && x->horizon_count > 0 && x->horizon_count <= HORIZONS_MAX);
        for (uint32_t h = 0; h < x->horizon_count; h++) {
            e->oldest[i * HORIZONS_MAX + h].t_ms = NEVER_MS;
            e->active[i * HORIZONS_MAX + h] = x->by_points ? active_find(m, &x->horizons[h]) : (struct active_source){UINT16_MAX, 0};
        }
        uint8_t horizons = watched_horizons(m, (uint16_t)i);
        if (horizons) {
            e->watched[e->watched_count++] = (struct watched){(uint16_t)i, horizons};
        }
        if (horizons && x->aggregation->creeps) {
            e->creeping[e->creeping_count++] = (struct watched){(uint16_t)i, horizons};
        }
        if (x->scored && x->axis != AXIS_NONE) {
            e->scored_measures[e->scored_count] = (uint16_t)i;
            scored_fill(x, &scope_nothing[0], &e->scored_empty[e->scored_count++]);
        }
    }
}

static uint32_t labels_max(const struct model *m)
{
    uint32_t max = 0;
    for (uint32_t i = 0; i < m->alert_count; i++) {
        max = m->alerts[i].label_count > max ? m->alerts[i].label_count : max;
    }
    return ALERT_LABELS_BUILTIN + max;
}

/* The next part of the block, for so many bytes; all parts are aligned alike. */
static void *part_of(char **at, size_t bytes)
{
    void *part = *at;
    *at += (bytes + TABLE_ALIGN - 1) / TABLE_ALIGN * TABLE_ALIGN;
    return part;
}

/* One block of all tables of one size. Nothing of it is cleared: what the horizons have of the first ones is filled in, the others are
 * scratch and made whole before they are looked at. */
static bool tables_create(struct scope_engine *e)
{
    size_t n = e->model->measure_count, horizons = n * HORIZONS_MAX, labels = labels_max(e->model), rules = e->model->alert_count;
    size_t bytes = n * (sizeof *e->watched + sizeof *e->creeping + sizeof *e->scored_measures + sizeof *e->prints + 2 * sizeof *e->scored +
                        2 * sizeof *e->contributions + sizeof *e->given + sizeof *e->view_measures + sizeof *e->levers) +
                   horizons * (sizeof *e->active + sizeof *e->oldest + sizeof *e->view_results) + labels * sizeof *e->labels +
                   rules * (sizeof *e->tallies + sizeof *e->told_ends);
    char *at = malloc(bytes + TABLES * TABLE_ALIGN);
    e->tables = at;
    if (!at) {
        return false;
    }
    e->watched = part_of(&at, n * sizeof *e->watched);
    e->creeping = part_of(&at, n * sizeof *e->creeping);
    e->scored_measures = part_of(&at, n * sizeof *e->scored_measures);
    e->prints = part_of(&at, n * sizeof *e->prints);
    e->scored_empty = part_of(&at, n * sizeof *e->scored_empty);
    e->active = part_of(&at, horizons * sizeof *e->active);
    e->oldest = part_of(&at, horizons * sizeof *e->oldest);
    e->scored = part_of(&at, n * sizeof *e->scored);
    e->contributions = part_of(&at, 2 * n * sizeof *e->contributions);
    e->given = part_of(&at, n * sizeof *e->given);
    e->labels = part_of(&at, labels * sizeof *e->labels);
    e->tallies = part_of(&at, rules * sizeof *e->tallies);
    e->told_ends = part_of(&at, rules * sizeof *e->told_ends);
    e->view_measures = part_of(&at, n * sizeof *e->view_measures);
    e->levers = part_of(&at, n * sizeof *e->levers);
    e->view_results = part_of(&at, horizons * sizeof *e->view_results);
    return true;
}

int scope_engine_create(const struct model *m, uint64_t seed, struct scope_engine **ret_e)
{
    struct scope_engine *e = calloc(1, sizeof *e);
    if (!e) {
        return CUBE_ENOMEM;
    }
    e->model = m;
    e->tick_ms = NEVER_MS;
    e->fits.kind = ROW_KIND_COUNT;
    if (!tables_create(e) || scope_told_make(e) || scope_blocks_create(&e->blocks, m) ||
        intern_create(m->limits.scopes + SCOPE_NAMES_BESIDE, seed, &e->keys)) {
        scope_engine_destroy(e);
        return CUBE_ENOMEM;
    }
    tables_fill(e);
    uint32_t expected = OUTER_MAX * (m->limits.scopes + SCOPE_NAMES_BESIDE);
    if (gift_table_create(m->limits.scopes, m->limits.scopes + expected, e->scored_count, seed, &e->gifts)) {
        scope_engine_destroy(e);
        return CUBE_ENOMEM;
    }
    *ret_e = e;
    return 0;
}

static void scope_destroy(struct scope_engine *e, struct scope *s)
{
    for (uint32_t i = 0; s && i < e->model->measure_count; i++) {
        scope_cell_destroy(s->cells[i]);
    }
    if (s) {
        move_set_release(s->moves);
        scope_alerts_close(s);
        scope_gone_close(&s->gone);
        scope_links_destroy(s);
        free(s->baseline);
    }
    free(s);
}

void scope_engine_destroy(struct scope_engine *e)
{
    if (!e) {
        return;
    }
    for (uint32_t i = 0; i < e->count; i++) {
        scope_destroy(e, e->scopes[i]);
    }
    intern_destroy(e->keys);
    gift_table_destroy(e->gifts);
    waiting_rows_close(&e->rows);
    scope_sets_close(&e->sets);
    scope_blocks_close(&e->blocks);
    due_heap_close(&e->due);
    outbox_close(&e->outbox);
    scope_gone_close(&e->gone);
    buf_close(&e->told);
    buf_close(&e->key);
    buf_close(&e->value);
    buf_close(&e->place_key);
    void *const blocks[] = {e->scopes, e->work, e->changed.at, e->dirty.at, e->tables, e->link_room, e->gathering, e->met, e};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        free(blocks[i]);
    }
}

/* ---- scopes ------------------------------------------------------------------------------------- */

/* Everything that later must not fail has room for one more scope. */
static int scopes_reserve(struct scope_engine *e)
{
    uint32_t n = e->count + 1;
    int rc = due_heap_reserve(&e->due, n);
    if (rc || (rc = id_queue_reserve(&e->changed, n)) != 0 ||
        (rc = id_queue_reserve(&e->dirty, n)) != 0) {
        return rc;
    }
    if (n <= e->capacity) {
        return 0;
    }
    uint32_t capacity = e->capacity ? e->capacity * 2 : SCOPES_FIRST;
    struct scope **scopes = realloc(e->scopes, capacity * sizeof(struct scope *));
    if (!scopes) {
        return CUBE_ENOMEM;
    }
    e->scopes = scopes;
    uint32_t *work = realloc(e->work, capacity * sizeof *work);
    if (!work) {
        return CUBE_ENOMEM;
    }
    e->work = work;
    if (scope_rows_reserve(e, capacity)) {
        return CUBE_ENOMEM;
    }
    e->capacity = capacity;
    return 0;
}

static struct scope *scope_create(struct scope_engine *e)
{
    size_t size = sizeof(struct scope) + e->model->measure_count * sizeof(struct scope_cell *);
    struct scope *s = calloc(1, size);
    if (!s) {
        return NULL;
    }
    s->tick_ms = s->changed_ms = NEVER_MS;
    s->edge_ms = s->timer_ms = s->creeps_ms = NO_DUE;
    s->octant = s->held = s->before = OCTANT_NONE;
    s->kind = SCOPE_KIND_NONE;
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        s->axes[a].fresh_ms = NEVER_MS;
    }
    e->bytes += size;
    return s;
}

static uint64_t order_of(struct text key, uint32_t from)
{
    uint64_t v = 0;
    for (uint32_t i = from; i < from + sizeof v; i++) {
        v = v << 8 | (i < key.len ? (uint8_t)key.at[i] : 0);
    }
    return v;
}

int scope_add(struct scope_engine *e, struct text key, uint32_t *ret_scope)
{
    struct scope *s = NULL;
    int rc = scopes_reserve(e);
    if (rc) {
        return rc;
    }
    s = scope_create(e);
    if (!s) {
        return CUBE_ENOMEM;
    }
    rc = intern_add(e->keys, key, &s->id);
    if (rc) {
        free(s);
        return rc;
    }
    CHECK_POST(s->id == e->count);
    s->key = intern_text(e->keys, s->id);
    s->order[0] = order_of(key, 0);
    s->order[1] = order_of(key, sizeof s->order[0]);
    e->scopes[e->count++] = s;
    *ret_scope = s->id;
    return 0;
}

/* What a scope has from its kind. CUBE_ENOMEM: it has none of it. */
static int kind_set(struct scope_engine *e, struct scope *s, uint32_t kind)
{
    s->kind = kind;
    int rc = scope_alerts_init(e, s);
    rc = rc ? rc : scope_given_init(e, s);
    rc = rc ? rc : scope_place_open(e, s);
    if (rc) {
        s->kind = SCOPE_KIND_NONE;
    }
    return rc;
}

/* A scope that is not known: nobody keeps its name when there is no place left. */
static int scope_meet(struct scope_engine *e, struct text key, uint32_t kind, uint32_t *ret_scope)
{
    int is = scope_is_overflow(e, key, kind);
    if (is < 0) {
        return is;
    }
    bool full = e->kept_count >= e->model->limits.scopes || e->count >= e->model->limits.scopes + SCOPE_NAMES_BESIDE - SCOPE_KINDS_MAX;
    return full && !is ? scope_overflow(e, kind, ret_scope) : scope_add(e, key, ret_scope);
}

int scope_engine_scope(struct scope_engine *e, struct text key, uint32_t scope_kind,
                       uint32_t *ret_scope)
{
    uint32_t id = intern_find(e->keys, key);
    if (scope_kind >= e->model->scopes.count) {
        return CUBE_EFORMAT;
    }
    int rc = id == INTERN_NONE ? scope_meet(e, key, scope_kind, &id) : 0;
    if (!rc && e->scopes[id]->kind == SCOPE_KIND_NONE) {
        rc = kind_set(e, e->scopes[id], scope_kind);
    }
    if (!rc) {
        *ret_scope = id;
    }
    return rc;
}

bool scope_engine_keeps(const struct scope_engine *e, struct text key)
{
    uint32_t id = intern_find(e->keys, key);
    return id == INTERN_NONE ? e->kept_count < e->model->limits.scopes : e->scopes[id]->place != PLACE_REFUSED;
}

uint32_t scope_engine_count(const struct scope_engine *e)
{
    return e->count;
}

struct text scope_engine_key(const struct scope_engine *e, uint32_t scope)
{
    CHECK_PRE(scope < e->count);
    return e->scopes[scope]->key;
}

bool scope_engine_is_full(const struct scope_engine *e)
{
    return e->kept_count >= e->model->limits.scopes;
}

uint64_t scope_engine_overflowed(const struct scope_engine *e)
{
    return e->overflowed;
}

uint64_t scope_engine_bytes(const struct scope_engine *e)
{
    uint64_t rows = e->rows.bytes + e->rows.spare_words * sizeof(int64_t);
    return e->bytes + rows + gift_table_bytes(e->gifts) + intern_bytes(e->keys) + scope_sets_bytes(&e->sets) + e->capacity * 64;
}

uint64_t scope_engine_waiting_bytes(const struct scope_engine *e)
{
    return e->rows.bytes;
}
