/* The head record of a scope, read back: the other half of scope_head_write.c. */
#include <stdlib.h>

#include "engine/result_record.h"
#include "engine/scope_gone.h"
#include "engine/scope_reader.h"

/* What is being read: by which list it numbers measures, NULL in version 2; whether instants are told from the scope's tick; and whether the
 * labels of alerts that fire are told. */
struct head {
    const struct scope_engine *engine;
    const struct scope *scope;
    const struct measure_list *list;
    bool is_near, tells_labels;
};

/* An instant as w_near writes it. */
static int64_t r_near(struct reader *r, const struct head *h, int64_t unset)
{
    uint64_t code = r_uint(r), ticks = code - 2;
    int64_t before_ms, t_ms;
    if (code < 2) {
        return code ? r_int(r) : unset;
    }
    if (__builtin_mul_overflow((int64_t)(ticks >> 1 ^ -(ticks & 1)), h->engine->model->cube.tick_ms, &before_ms) ||
        __builtin_sub_overflow(instant_or_zero(h->scope->tick_ms), before_ms, &t_ms)) {
        r->rc = r->rc ? r->rc : CUBE_EFORMAT;
        return unset;
    }
    return t_ms;
}

/* An instant that is 0 before it has been. */
static int64_t r_past(struct reader *r, const struct head *h)
{
    return h->is_near ? r_near(r, h, 0) : r_int(r);
}

static int64_t r_when(struct reader *r, const struct head *h, int64_t unset)
{
    if (!h->is_near) {
        return r_instant(r, unset);
    }
    int64_t t_ms = r_near(r, h, unset);
    if (t_ms != unset && (t_ms < -INSTANT_MAX_MS || t_ms > INSTANT_MAX_MS)) {
        r->rc = r->rc ? r->rc : CUBE_EFORMAT;
    }
    return t_ms;
}

static int64_t tick_checked(struct reader *r, const struct scope_engine *e, int64_t t_ms, int64_t unset)
{
    if (r->rc == 0 && t_ms != unset && t_ms % e->model->cube.tick_ms != 0) {
        r->rc = CUBE_EFORMAT;
    }
    return t_ms;
}

static void r_axis(struct reader *r, const struct head *h, struct axis_state *a)
{
    a->side = (enum side)r_below(r, SIDE_HIGH + 1);
    axis_flags_set(a, r_uint(r));
    a->candidate_ms = r_past(r, h);
    a->fresh_ms = r_when(r, h, NEVER_MS);
}

/* By number, of a list; of version 2, which has none, by name. */
static uint16_t r_measure(struct reader *r, struct scope_engine *e, const struct measure_list *l)
{
    if (!l) {
        return measure_by_name(e, r_text(r));
    }
    uint64_t number = r_below(r, l->count);
    return r->rc ? UINT16_MAX : l->at[number].measure;
}

static void r_move(struct reader *r, struct scope_engine *e, const struct measure_list *l, struct move_set *set, uint32_t *used)
{
    struct axis_move *move = &set->moves[set->count];
    *move = (struct axis_move){.axis = (enum axis)r_below(r, AXIS_COUNT),
                               .drivers = set->drivers + *used};
    move->from = r_int(r);
    move->to = r_int(r);
    for (uint64_t n = r_below(r, MEASURES_MAX + 1); n > 0 && r->rc == 0; n--) {
        uint16_t measure = r_measure(r, e, l);
        int64_t contribution = r_int(r);
        if (measure != UINT16_MAX && *used < e->model->measure_count) {
            set->drivers[(*used)++] = (struct driver){measure, contribution};
            move->driver_count++;
        }
    }
    set->count++;
}

static void r_moves(struct reader *r, struct scope_engine *e, const struct measure_list *l, struct scope *s)
{
    uint64_t count = r_below(r, AXIS_COUNT + 1);
    uint32_t used = 0;
    move_set_release(s->moves);
    s->moves = NULL;
    if (count == 0 || r->rc) {
        return;
    }
    s->moves = calloc(1, sizeof *s->moves + e->model->measure_count * sizeof s->moves->drivers[0]);
    if (!s->moves) {
        r->rc = CUBE_ENOMEM;
        return;
    }
    s->moves->refs = 1;
    while (count-- > 0 && r->rc == 0) {
        r_move(r, e, l, s->moves, &used);
    }
}

static void r_alert_state(struct reader *r, const struct head *h, struct alert_state *a)
{
    uint64_t status = r_below(r, 2 * (ALERT_FIRING + 1));
    *a = (struct alert_state){.status = (uint8_t)(status / 2), .last_yes = status & 1};
    a->since_ms = r_past(r, h);
    a->last_true_ms = r_past(r, h);
    a->resolved_ms = r_past(r, h);
}

/* Before version 5 the labels of one that fires were not told: it was taken to have those that its rule has now. */
static void r_alert(struct reader *r, const struct head *h, const struct scope_engine *e, struct scope *s)
{
    struct text name = r_text(r);
    struct scope_alert *at = scope_alert_find(e, s, name);
    struct alert_state state;
    r_alert_state(r, h, &state);
    bool told = h->tells_labels && state.status == ALERT_FIRING;
    struct text labels = told ? r_text(r) : (struct text){0};
    if (told && r->rc == 0 && !(at && text_equal(labels, scope_told(e, at->rule)))) {
        r->rc = scope_gone_add(s, name, labels, state.since_ms);
    } else if (at) {
        at->state = state;
    }
}

static void r_alerts(struct reader *r, const struct head *h, const struct scope_engine *e, struct scope *s)
{
    for (uint32_t i = 0; i < s->alert_count; i++) {
        s->alerts[i].state = (struct alert_state){0};
    }
    scope_gone_close(&s->gone);
    for (uint64_t n = r_uint(r); n > 0 && r->rc == 0; n--) {
        r_alert(r, h, e, s);
    }
}

static void r_release(struct reader *r, struct cell_release *ret_r)
{
    uint64_t flags = r_uint(r);
    *ret_r = (struct cell_release){.ever = flags & RELEASE_FLAG_EVER,
                                   .withheld = flags & RELEASE_FLAG_WITHHELD};
    ret_r->changed = r_int(r);
    if (ret_r->ever) {
        ret_r->published_ms = r_int(r);
        r->rc = r->rc ? r->rc : get_result(&r->c, &ret_r->result);
    }
}

static void r_releases(struct reader *r, struct scope_cell *c)
{
    uint64_t releases = r_below(r, HORIZONS_MAX + 1);
    for (uint64_t h = 0; h < releases && r->rc == 0; h++) {
        struct cell_release passed;
        r_release(r, c && c->releases && h < c->measure->horizon_count ? &c->releases[h] : &passed);
    }
}

/* Of a measure that is gone nothing is known but how many numbers there are. */
static void r_level(struct reader *r, struct scope_cell *c)
{
    uint64_t numbers = r_below(r, CELL_SLOTS_MAX * HORIZONS_MAX + 1);
    if (!c) {
        r_numbers_pass(r, numbers);
        return;
    }
    const struct layout *l = &c->measure->aggregation->level;
    r->rc = r->rc || numbers == level_numbers(c->measure) ? r->rc : CUBE_EFORMAT;
    for (uint32_t i = 0; c->level && r->rc == 0 && i < measure_levels(c->measure); i++) {
        r_cells(r, l, c->level + i * l->slots);
    }
}

static int64_t r_fresh(struct reader *r, int64_t tick_ms)
{
    uint64_t code = r_uint(r);
    int64_t before_ms = code ? (int64_t)((code - 1) >> 1 ^ -((code - 1) & 1)) : 0, fresh_ms;
    if (__builtin_sub_overflow(instant_or_zero(tick_ms), before_ms, &fresh_ms) || fresh_ms < -INSTANT_MAX_MS || fresh_ms > INSTANT_MAX_MS) {
        r->rc = r->rc ? r->rc : CUBE_EFORMAT;
    }
    return code && r->rc == 0 ? fresh_ms : NEVER_MS;
}

static struct scope_cell *cell_get(struct reader *r, struct scope_engine *e, struct scope *s, uint16_t measure)
{
    struct scope_cell *c = NULL;
    if (r->rc == 0 && measure != UINT16_MAX) {
        r->rc = scope_cell_get(e, s, measure, &c);
    }
    return r->rc ? NULL : c;
}

static void r_cell(struct reader *r, const struct head *h, struct scope_engine *e, uint16_t measure, struct scope *s)
{
    struct scope_cell *c = cell_get(r, e, s, measure);
    int64_t fresh_ms = h->list && !h->is_near ? r_fresh(r, s->tick_ms) : r_when(r, h, NEVER_MS);
    r_releases(r, c);
    if (h->list) {
        r_level(r, c);
    }
    if (c && r->rc == 0) {
        c->fresh_ms = fresh_ms;
        c->since_head = true;
    }
}

static void r_cell_list(struct reader *r, const struct head *h, struct scope_engine *e, struct scope *s)
{
    const struct measure_list *l = h->list;
    uint64_t next = 0;
    for (uint64_t n = r_below(r, MEASURES_MAX + 1); n > 0 && r->rc == 0; n--) {
        next += l ? r_below(r, MEASURES_MAX) : 0;
        if (l && next >= l->count) {
            r->rc = r->rc ? r->rc : CUBE_EFORMAT;
            return;
        }
        r_cell(r, h, e, l ? l->at[next].measure : measure_by_name(e, r_text(r)), s);
        next++;
    }
}

void r_kind(struct reader *r, struct scope_engine *e, struct scope *s)
{
    uint32_t kind = (uint32_t)r_below(r, e->model->scopes.count);
    if (r->rc == 0 && s->kind == SCOPE_KIND_NONE) {
        s->kind = kind;
        r->rc = scope_alerts_init(e, s);
        r->rc = r->rc ? r->rc : scope_given_init(e, s);
    }
}

static void r_baseline(struct reader *r, struct scope_engine *e, const struct measure_list *l, int64_t *at)
{
    memset(at, 0, e->scored_count * sizeof *at);
    for (uint64_t n = r_below(r, MEASURES_MAX + 1); n > 0 && r->rc == 0; n--) {
        uint16_t measure = r_measure(r, e, l);
        int64_t contribution = r_int(r);
        for (uint32_t i = 0; i < e->scored_count; i++) {
            at[i] = e->scored_measures[i] == measure ? contribution : at[i];
        }
    }
}

void r_contributions(struct reader *r, struct scope_engine *e, int64_t *at)
{
    r_baseline(r, e, NULL, at);
}

static uint8_t r_octant(struct reader *r)
{
    uint64_t octant = r_uint(r);
    return octant < OCTANT_COUNT ? (uint8_t)octant : OCTANT_NONE;
}

static int64_t r_tick(struct reader *r, const struct head *h, int64_t unset)
{
    return tick_checked(r, h->engine, r_when(r, h, unset), unset);
}

/* Before version 4 nothing was told apart from whole heads. */
static struct head r_form(struct reader *r, const struct scope_engine *e, const struct scope *s, bool whole)
{
    uint64_t version = r_uint(r);
    struct head h = {.engine = e, .scope = s, .is_near = version == NEAR_HEAD_VERSION || version == HEAD_VERSION,
                     .tells_labels = version == HEAD_VERSION};
    bool is_known = h.is_near || (whole && (version == NUMBERED_HEAD_VERSION || version == SCOPE_RECORD_VERSION));
    r->rc = r->rc || is_known ? r->rc : CUBE_EVERSION;
    h.list = r->rc || version == SCOPE_RECORD_VERSION ? NULL : r_list_of(r, e);
    return h;
}

/* The changelog has the head as it is now. */
static void head_stands(const struct scope_engine *e, struct scope *s)
{
    s->head_holds = true;
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        if (s->cells[i]) {
            s->cells[i]->since_head = false;
        }
    }
}

static void r_baseline_whole(struct reader *r, const struct head *h, struct scope_engine *e, struct scope *s)
{
    if (r->rc == 0) {
        r->rc = scope_baseline_make(e, s);
    }
    if (r->rc == 0) {
        r_baseline(r, e, h->list, s->baseline);
    }
    head_stands(e, s);
    s->head_holds = h->list != NULL; /* in version 2 it has no levels */
}

void scope_head_read(struct reader *r, struct scope_engine *e, struct scope *s, bool whole)
{
    struct head h = r_form(r, e, s, whole);
    s->headless = !whole && (s->headless || s->kind == SCOPE_KIND_NONE);
    r_kind(r, e, s);
    s->tick_ms = tick_checked(r, e, r_instant(r, NEVER_MS), NEVER_MS);
    s->revision = r_int(r);
    head_flags_set(s, r_uint(r));
    s->octant = r_octant(r);
    s->held = r_octant(r);
    s->before = r_octant(r);
    s->since_ms = r_past(r, &h);
    s->timer_ms = r_tick(r, &h, NO_DUE);
    s->changed_ms = r_tick(r, &h, NEVER_MS);
    if (s->changed_ms != NEVER_MS && s->tick_ms == NEVER_MS) {
        r->rc = CUBE_EFORMAT; /* who was not judged yet has no state to publish */
    }
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        r_axis(r, &h, &s->axes[a]);
    }
    if (whole) {
        r_moves(r, e, h.list, s);
    }
    r_alerts(r, &h, e, s);
    r_cell_list(r, &h, e, s);
    if (whole) {
        r_baseline_whole(r, &h, e, s);
    }
}
