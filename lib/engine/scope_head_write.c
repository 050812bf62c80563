/* The head record of a scope, written: the other half of scope_head.c. */
#include "engine/result_record.h"
#include "engine/scope_writer.h"

static void w_axis(struct writer *w, const struct axis_state *a)
{
    w_uint(w, a->side);
    w_uint(w, (a->candidate ? AXIS_FLAG_CANDIDATE : 0u) |
                  (a->undecided ? AXIS_FLAG_UNDECIDED : 0u) | (a->stale ? AXIS_FLAG_STALE : 0u) |
                  (a->known ? AXIS_FLAG_KNOWN : 0u));
    w_int(w, a->candidate_ms);
    w_instant(w, a->fresh_ms, NEVER_MS);
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

static void w_alert(struct writer *w, const struct scope_engine *e, const struct scope_alert *alert)
{
    const struct alert_state *a = &alert->state;
    w_text(w, e->model->alerts[alert->rule].name);
    w_uint(w, (uint64_t)a->status * 2 + a->last_yes);
    w_int(w, a->since_ms);
    w_int(w, a->last_true_ms);
    w_int(w, a->resolved_ms);
}

static void w_alerts(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->alert_count; i++) {
        count += !alert_is_blank(&s->alerts[i].state);
    }
    w_uint(w, count);
    for (uint32_t i = 0; i < s->alert_count; i++) {
        if (!alert_is_blank(&s->alerts[i].state)) {
            w_alert(w, e, &s->alerts[i]);
        }
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

/* A head is mostly these. The last row was seen at the last tick, or not long before. */
static void w_cell(struct writer *w, const struct scope_cell *c, uint32_t passed, int64_t tick_ms)
{
    uint8_t *at = w_room(w, 3 * VARINT_BYTES_MAX);
    if (!at) {
        return;
    }
    at = varint_write(at, passed);
    at = varint_write(at, c->fresh_ms == NEVER_MS ? 0 : varint_zigzag(instant_or_zero(tick_ms) - c->fresh_ms) + 1);
    at = varint_write(at, c->releases ? c->measure->horizon_count : 0);
    w_taken(w, at);
    for (uint32_t h = 0; c->releases && h < c->measure->horizon_count; h++) {
        w_release(w, &c->releases[h]);
    }
    w_level(w, c);
}

static void w_cell_list(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        count += s->cells[i] != NULL;
    }
    w_uint(w, count);
    for (uint32_t i = 0, next = 0; i < e->model->measure_count; i++) {
        if (s->cells[i]) {
            w_cell(w, s->cells[i], i - next, s->tick_ms);
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

void scope_head_write(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    w_uint(w, HEAD_VERSION);
    w_uint(w, e->blocks.list);
    w_uint(w, s->kind);
    w_instant(w, s->tick_ms, NEVER_MS);
    w_int(w, s->revision);
    w_uint(w, (s->undecided ? HEAD_UNDECIDED : 0u) | (s->stale ? HEAD_STALE : 0u));
    w_uint(w, s->octant);
    w_uint(w, s->held);
    w_uint(w, s->before);
    w_int(w, s->since_ms);
    w_instant(w, s->timer_ms, NO_DUE);
    w_instant(w, s->changed_ms, NEVER_MS);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        w_axis(w, &s->axes[a]);
    }
    w_moves(w, s->moves);
    w_alerts(w, e, s);
    w_cell_list(w, e, s);
    w_baseline(w, e, s->baseline);
}
