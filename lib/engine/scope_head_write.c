/* The head record of a scope, written: the other half of scope_head.c. */
#include "engine/result_record.h"
#include "engine/scope_gone.h"
#include "engine/scope_writer.h"

/* Instants are mostly ticks, and not long before the last one: how many ticks, behind 0 where it is not set and 1 where it is told as it is. */
static inline uint8_t *near_write(uint8_t *at, int64_t last_ms, int64_t tick_ms, int64_t t_ms, int64_t unset)
{
    int64_t before_ms;
    if (t_ms == unset || t_ms == last_ms) {
        *at++ = t_ms == unset ? 0 : 2;
        return at;
    }
    if (__builtin_sub_overflow(last_ms, t_ms, &before_ms) || before_ms % tick_ms != 0) {
        *at++ = 1;
        return varint_write_int(at, t_ms);
    }
    return varint_write(at, 2 + varint_zigzag(before_ms / tick_ms));
}

static void w_near(struct writer *w, const struct scope_engine *e, const struct scope *s, int64_t t_ms, int64_t unset)
{
    uint8_t *at = w_room(w, 1 + VARINT_BYTES_MAX);
    if (at) {
        w_taken(w, near_write(at, instant_or_zero(s->tick_ms), e->model->cube.tick_ms, t_ms, unset));
    }
}

static void w_axis(struct writer *w, const struct scope_engine *e, const struct scope *s, const struct axis_state *a)
{
    w_uint(w, a->side);
    w_uint(w, axis_flags(a));
    w_near(w, e, s, a->candidate_ms, 0);
    w_near(w, e, s, a->fresh_ms, NEVER_MS);
}

static void w_moves(struct writer *w, const struct move_set *m)
{
    w_uint(w, m ? m->count : 0);
    for (uint32_t i = 0; m && i < m->count; i++) {
        const struct axis_move *move = &m->moves[i];
        w_uint(w, move->axis);
        w_int(w, move->from);
        w_int(w, move->to);
        w_uint(w, move->driver_count);
        for (uint32_t k = 0; k < move->driver_count; k++) {
            w_uint(w, move->drivers[k].measure);
            w_int(w, move->drivers[k].contribution);
        }
    }
}

static bool alert_is_blank(const struct alert_state *a)
{
    return a->status == ALERT_INACTIVE && !a->last_yes && a->since_ms == 0 &&
           a->last_true_ms == 0 && a->resolved_ms == 0;
}

static void w_alert(struct writer *w, const struct scope_engine *e, const struct scope *s, struct text name, const struct alert_state *a,
                    struct text told)
{
    w_text(w, name);
    w_uint(w, (uint64_t)a->status * 2 + a->last_yes);
    w_near(w, e, s, a->since_ms, 0);
    w_near(w, e, s, a->last_true_ms, 0);
    w_near(w, e, s, a->resolved_ms, 0);
    if (a->status == ALERT_FIRING) {
        w_text(w, told);
    }
}

static void w_alerts(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    uint32_t count = scope_gone_count(s);
    for (uint32_t i = 0; i < s->alert_count; i++) {
        count += !alert_is_blank(&s->alerts[i].state);
    }
    w_uint(w, count);
    for (uint32_t i = 0; i < s->alert_count; i++) {
        const struct scope_alert *a = &s->alerts[i];
        if (!alert_is_blank(&a->state)) {
            w_alert(w, e, s, e->model->alerts[a->rule].name, &a->state, scope_told(e, a->rule));
        }
    }
    for (const struct gone_alert *g = s->gone; g; g = g->next) {
        w_alert(w, e, s, g->rule.name, &(struct alert_state){.status = ALERT_FIRING, .since_ms = g->since_ms}, g->told);
    }
}

static void w_release(struct writer *w, const struct cell_release *r)
{
    w_uint(w, (r->ever ? RELEASE_FLAG_EVER : 0u) | (r->withheld ? RELEASE_FLAG_WITHHELD : 0u));
    w_int(w, r->changed);
    if (r->ever) {
        w_int(w, r->published_ms);
        w->rc = w->rc ? w->rc : put_result(w->out, &r->result);
    }
}

/* Its level, behind how many numbers it takes. */
static void w_level(struct writer *w, const struct scope_cell *c)
{
    const struct layout *l = &c->measure->aggregation->level;
    w_uint(w, level_numbers(c->measure));
    for (uint32_t i = 0; c->level && i < measure_levels(c->measure); i++) {
        w_slots(w, l, c->level + i * l->slots);
    }
}

static void w_cell(struct writer *w, const struct scope_engine *e, const struct scope *s, const struct scope_cell *c, uint32_t passed)
{
    uint8_t *at = w_room(w, 4 * VARINT_BYTES_MAX);
    if (!at) {
        return;
    }
    at = varint_write(at, passed);
    at = near_write(at, instant_or_zero(s->tick_ms), e->model->cube.tick_ms, c->fresh_ms, NEVER_MS);
    at = varint_write(at, c->releases ? c->measure->horizon_count : 0);
    w_taken(w, at);
    for (uint32_t h = 0; c->releases && h < c->measure->horizon_count; h++) {
        w_release(w, &c->releases[h]);
    }
    w_level(w, c);
}

/* What private answers have let out follows no row. */
static bool is_told(const struct scope_cell *c, bool whole)
{
    return c && (whole || c->since_head || c->releases);
}

static void w_cell_list(struct writer *w, const struct scope_engine *e, const struct scope *s, bool whole, uint32_t count)
{
    w_uint(w, count);
    for (uint32_t i = 0, next = 0; i < e->model->measure_count; i++) {
        if (is_told(s->cells[i], whole)) {
            w_cell(w, e, s, s->cells[i], i - next);
            next = i + 1;
        }
    }
}

static uint32_t contributions_count(struct writer *w, const struct scope_engine *e, const int64_t *at)
{
    uint32_t count = 0;
    for (uint32_t i = 0; at && i < e->scored_count; i++) {
        count += at[i] != 0;
    }
    w_uint(w, count);
    return count;
}

/* Those that are not 0; NULL: none. */
void w_contributions(struct writer *w, const struct scope_engine *e, const int64_t *at)
{
    uint32_t count = contributions_count(w, e, at);
    for (uint32_t i = 0; count > 0 && i < e->scored_count; i++) {
        if (at[i] != 0) {
            w_text(w, e->model->measures[e->scored_measures[i]].name);
            w_int(w, at[i]);
        }
    }
}

static void w_baseline(struct writer *w, const struct scope_engine *e, const int64_t *at)
{
    uint32_t count = contributions_count(w, e, at);
    for (uint32_t i = 0; count > 0 && i < e->scored_count; i++) {
        if (at[i] != 0) {
            w_uint(w, e->scored_measures[i]);
            w_int(w, at[i]);
        }
    }
}

/* What was written as a whole is not written again before half of the cells differ: bytes are fewest there. */
uint32_t scope_head_cells(const struct scope_engine *e, const struct scope *s, bool *ret_whole)
{
    uint32_t all = 0, told = 0;
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        all += s->cells[i] != NULL;
        told += is_told(s->cells[i], false);
    }
    *ret_whole = !s->head_holds || 2 * told >= all;
    return *ret_whole ? all : told;
}

void scope_head_write(struct writer *w, const struct scope_engine *e, const struct scope *s, bool whole, uint32_t cells)
{
    w_uint(w, HEAD_VERSION);
    w_uint(w, e->blocks.list);
    w_uint(w, s->kind);
    w_instant(w, s->tick_ms, NEVER_MS);
    w_int(w, s->revision);
    w_uint(w, head_flags(s));
    w_uint(w, s->octant);
    w_uint(w, s->held);
    w_uint(w, s->before);
    w_near(w, e, s, s->since_ms, 0);
    w_near(w, e, s, s->timer_ms, NO_DUE);
    w_near(w, e, s, s->changed_ms, NEVER_MS);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        w_axis(w, e, s, &s->axes[a]);
    }
    if (whole) {
        w_moves(w, s->moves);
    }
    w_alerts(w, e, s);
    w_cell_list(w, e, s, whole, cells);
    if (whole) {
        w_baseline(w, e, s->baseline);
    }
}
