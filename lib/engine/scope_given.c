/* E of scopes that have no answers of employees: taken from the departments that served them, else from a
 * scope around them (domain 4.5). */
#include "engine/scope_state.h"

#include "base/check.h"

/* ---- receiving --------------------------------------------------------------------------------------- */

static int outer_add(struct scope_engine *e, struct scope *s, const struct scope_kind *kind)
{
    buf_clear(&e->key);
    int rc = scope_key_outer(&e->model->scopes.kinds[s->kind], s->key, kind, &e->key);
    if (rc == CUBE_EFORMAT) {
        return 0; /* a key from the wire that is none: nobody is around it */
    }
    uint32_t giver;
    struct text key = {(const char *)e->key.at, (uint32_t)e->key.len};
    rc = rc ? rc : gift_table_expected(e->gifts, key, &giver);
    if (rc == 0) {
        s->outer[s->outer_count++] = giver;
    }
    return rc;
}

int scope_given_init(struct scope_engine *e, struct scope *s)
{
    static const struct scope_kind organisation = {0};
    const struct scope_kind *kind = &e->model->scopes.kinds[s->kind];
    struct scope_kind first = {1, {kind->dims[0]}};
    s->outer_count = 0;
    int rc = kind->count > 1 ? outer_add(e, s, &first) : 0;
    return rc || kind->count == 0 ? rc : outer_add(e, s, &organisation);
}

static uint32_t links_fill(struct scope_engine *e, const struct scope *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->link_count; i++) {
        const int64_t *contacts = pane_ring_total(&s->links[i].contacts.ring);
        if (contacts && *contacts > 0) {
            e->link_room[n++] = (struct axis_link){*contacts, gift_table_now(e->gifts, s->links[i].giver)};
        }
    }
    return n;
}

static void given_find(struct scope_engine *e, const struct scope *s, struct axis_now *a)
{
    const struct axis_plan *plan = &e->model->cube.axes[AXIS_E];
    uint32_t n = links_fill(e, s);
    if (n > 0) {
        axis_linked(plan, e->link_room, n, a, e->given, e->scored_count);
    }
    if (a->coverage > 0) {
        return; /* some department has an E, though it may not be enough */
    }
    for (uint32_t i = 0; i < s->outer_count; i++) {
        const struct axis_gift *g = gift_table_now(e->gifts, s->outer[i]);
        if (g) {
            axis_inherited(plan, g, a, e->given, e->scored_count);
            return;
        }
    }
}

void scope_given(struct scope_engine *e, const struct scope *s, struct axis_now *a)
{
    if (a->coverage == 0) {
        given_find(e, s, a);
    }
}

bool axis_given_differs(const struct axis_now *a, const struct axis_now *b)
{
    if (a->basis == BASIS_OWN && b->basis == BASIS_OWN) {
        return false;
    }
    return a->basis != b->basis || a->known != b->known || a->score != b->score || a->half != b->half ||
           a->coverage != b->coverage;
}

static bool has_own(const struct scope_engine *e, const struct scope *s)
{
    for (uint32_t i = 0; i < e->scored_count; i++) {
        const struct scope_cell *c = s->cells[e->scored_measures[i]];
        if (c && c->scored.axis == AXIS_E && c->scored.counts && c->scored.weight > 0) {
            return true;
        }
    }
    return false;
}

bool scope_given_differs(struct scope_engine *e, const struct scope *s)
{
    struct axis_now now = {.basis = BASIS_OWN};
    if (!has_own(e, s)) {
        given_find(e, s, &now);
    }
    return axis_given_differs(&s->given, &now);
}

int scope_engine_giver(struct scope_engine *e, struct text key, uint32_t *ret_giver)
{
    return gift_table_giver(e->gifts, key, ret_giver);
}

int scope_engine_gift(struct scope_engine *e, struct text key, const struct axis_gift *g)
{
    uint32_t giver;
    int rc = gift_table_giver(e->gifts, key, &giver);
    if (rc == 0) {
        gift_table_put(e->gifts, giver, g);
    }
    return rc == CUBE_ELIMIT ? 0 : rc;
}

void scope_engine_gifts_turn(struct scope_engine *e)
{
    gift_table_turn(e->gifts);
    e->gifts_turned = true;
}

/* ---- giving ------------------------------------------------------------------------------------------ */

/* Departments, and what is around combined scopes. */
static bool gives(const struct scope_engine *e, const struct scope *s)
{
    return s->kind != SCOPE_KIND_NONE && e->model->scopes.kinds[s->kind].count <= 1;
}

uint32_t scope_engine_contributions(const struct scope_engine *e, const uint16_t **ret_measures)
{
    *ret_measures = e->scored_measures;
    return e->scored_count;
}

static int give_one(struct scope_engine *e, const struct scope *s, int64_t t_ms, scope_give_fn *give, void *arg)
{
    struct scope_view v;
    int rc = scope_engine_view(e, s->id, t_ms, &v);
    const struct axis_now *a = &v.axes[AXIS_E];
    if (rc || !a->known || a->basis != BASIS_OWN) {
        return rc == CUBE_ENOTFOUND ? 0 : rc;
    }
    contributions(AXIS_E, e->scored, e->scored_count, e->contributions);
    struct axis_gift g = {a->score, a->half, a->coverage, e->contributions};
    return give(arg, s->key, &g);
}

int scope_engine_give(struct scope_engine *e, int64_t t_ms, scope_give_fn *give, void *arg)
{
    CHECK_PRE(t_ms >= e->tick_ms);
    int rc = 0;
    for (uint32_t i = 0; i < e->count && rc == 0; i++) {
        rc = gives(e, e->scopes[i]) ? give_one(e, e->scopes[i], t_ms, give, arg) : 0;
    }
    return rc;
}
