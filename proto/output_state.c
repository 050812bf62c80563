/* cube.state (contract, section 5). */
#include "proto/output.h"
#include "proto/output_form.h"

#include "base/check.h"

static const struct text side_names[] = {
    [SIDE_UNKNOWN] = {"unknown", 7},
    [SIDE_LOW] = {"low", 3},
    [SIDE_HIGH] = {"high", 4},
};

static const struct emit_name field_names[RESULT_FIELD_COUNT] = {
#define X(symbol, name, is_double) EMIT_NAME(name),
    RESULT_FIELDS(X)
#undef X
};

#define PROBABILITY_MIN 1e-9 /* smaller ones say nothing and are left out */

static void put_axis(struct emit *e, const struct axis_now *now, const struct axis_state *state)
{
    emit_map(e);
    if (now->known) {
        output_double(e, OUT_AXIS_SCORE, now->score);
    }
    output_text(e, OUT_AXIS_SIDE, side_names[now->known ? state->side : SIDE_UNKNOWN]);
    if (now->known) {
        output_pair(e, OUT_AXIS_INTERVAL, now->low, now->high);
    }
    output_double(e, OUT_AXIS_COVERAGE, now->coverage);
    output_text(e, OUT_AXIS_BASIS, axis_basis_names[now->basis]);
    emit_close(e);
}

static void put_axes(struct emit *e, const struct scope_view *v)
{
    output_map(e, OUT_STATE_AXES);
    for (unsigned i = 0; i < AXIS_COUNT; i++) {
        emit_key_text(e, axis_names[i]);
        put_axis(e, &v->axes[i], &v->states[i]);
    }
    emit_close(e);
}

static void put_probabilities(struct emit *e, const struct scope_view *v)
{
    output_map(e, OUT_STATE_PROBABILITIES);
    for (unsigned i = 0; i < OCTANT_COUNT; i++) {
        if (v->probabilities[i] >= PROBABILITY_MIN) {
            emit_key_text(e, octant_names[i]);
            emit_double(e, v->probabilities[i]);
        }
    }
    emit_close(e);
}

static void put_whale(struct emit *e, const struct result *r)
{
    emit_name_map(e, &field_names[RESULT_WHALE]);
    output_double(e, OUT_WHALE_VALUE, r->field[RESULT_WHALE].d);
    output_int(e, OUT_WHALE_RANK, r->field[RESULT_WHALE_RANK].i);
    emit_close(e);
}

static void put_field(struct emit *e, const struct result *r, unsigned f)
{
    if (f == RESULT_WHALE || f == RESULT_WHALE_RANK) {
        if (f == RESULT_WHALE) {
            put_whale(e, r);
        }
        return;
    }
    if (result_field_rows[f].is_double) {
        emit_name_double(e, &field_names[f], r->field[f].d);
    } else {
        emit_name_int(e, &field_names[f], r->field[f].i);
    }
}

/* value, n, hits, interval: what a horizon says. */
static void put_core(struct emit *e, const struct result *r)
{
    if (r->has_value) {
        output_double(e, OUT_FIGURE_VALUE, r->value);
    }
    output_int(e, OUT_FIGURE_N, r->n);
    if (r->present >> RESULT_HITS & 1) {
        put_field(e, r, RESULT_HITS);
    }
    if (r->has_interval) {
        output_pair(e, OUT_FIGURE_INTERVAL, r->low, r->high);
    }
}

static void put_other_fields(struct emit *e, const struct result *r)
{
    for (uint64_t rest = r->present & ~(UINT64_C(1) << RESULT_HITS); rest; rest &= rest - 1) {
        put_field(e, r, (unsigned)__builtin_ctzll(rest));
    }
}

static void put_part(struct emit *e, enum output_member m, const struct result_part *p)
{
    output_map(e, m);
    if (p->has_value) {
        output_double(e, OUT_PART_VALUE, p->value);
    }
    output_int(e, OUT_PART_N, p->n);
    output_int(e, OUT_PART_HITS, p->hits);
    emit_close(e);
}

static void put_withheld(struct emit *e)
{
    output_text(e, OUT_FIGURE_WITHHELD, TEXT_LITERAL("k"));
}

static void put_published(struct emit *e, const struct measure_view *v, uint32_t horizon)
{
    if (v->measure->is_private) {
        output_int(e, OUT_FIGURE_PUBLISHED_AT, v->horizon_published_ms[horizon]);
    }
}

static void put_weight(struct emit *e, double weight)
{
    output_key(e, OUT_MEASURE_WEIGHT);
    if (weight == (double)(int64_t)weight) {
        emit_int(e, (int64_t)weight);
    } else {
        emit_double(e, weight);
    }
}

static void put_score(struct emit *e, const struct measure_view *v)
{
    if (!v->measure->scored) {
        return;
    }
    if (v->scored.counts) {
        output_double(e, OUT_MEASURE_SCORE, v->scored.score);
    }
    put_weight(e, v->scored.weight);
}

static void put_drift(struct emit *e, const struct measure_view *v)
{
    output_map(e, OUT_MEASURE_DRIFT);
    output_double(e, OUT_DRIFT_Z, v->drift_z);
    output_pair(e, OUT_DRIFT_LIMITS, v->drift_low, v->drift_high);
    emit_close(e);
}

static bool is_withheld(const struct measure_view *v, uint32_t horizon)
{
    return v->withheld_horizons >> horizon & 1;
}

static void put_horizon(struct emit *e, const struct measure_view *v, uint32_t horizon)
{
    emit_key(e, v->measure->horizons[horizon].name);
    emit_map(e);
    if (is_withheld(v, horizon)) {
        put_withheld(e);
    } else {
        put_core(e, &v->horizons[horizon]);
        put_published(e, v, horizon);
    }
    emit_close(e);
}

static void put_horizons(struct emit *e, const struct measure_view *v)
{
    if (v->measure->horizon_count < 2) {
        return;
    }
    output_map(e, OUT_MEASURE_HORIZONS);
    for (uint32_t h = 1; h < v->measure->horizon_count; h++) {
        put_horizon(e, v, h);
    }
    emit_close(e);
}

static void put_measure(struct emit *e, const struct measure_view *v)
{
    const struct result *r = &v->horizons[0];
    emit_key_text(e, v->measure->name);
    emit_map(e);
    if (is_withheld(v, 0)) {
        put_withheld(e);
    } else {
        put_core(e, r);
        put_other_fields(e, r);
        put_published(e, v, 0);
    }
    output_text(e, OUT_MEASURE_WINDOW, text_of(v->measure->horizons[0].name));
    put_score(e, v);
    if (v->has_drift) {
        put_drift(e, v);
    }
    if (r->has_parts && !is_withheld(v, 0)) {
        put_part(e, OUT_MEASURE_FINAL, &r->final);
        put_part(e, OUT_MEASURE_PROVISIONAL, &r->provisional);
    }
    put_horizons(e, v);
    emit_close(e);
}

static void put_measures(struct emit *e, const struct scope_view *v)
{
    output_map(e, OUT_STATE_MEASURES);
    for (uint32_t i = 0; i < v->measure_count; i++) {
        put_measure(e, &v->measures[i]);
    }
    emit_close(e);
}

static void put_levers(struct emit *e, const struct model *m, const struct scope_view *v)
{
    output_key(e, OUT_STATE_LEVERS);
    emit_array(e);
    for (uint32_t i = 0; i < v->lever_count; i++) {
        const struct lever *l = &v->levers[i];
        emit_map(e);
        output_text(e, OUT_LEVER_MEASURE, m->measures[l->measure].name);
        output_text(e, OUT_LEVER_AXIS, axis_names[l->axis]);
        output_text(e, OUT_LEVER_TO, side_names[l->to]);
        output_double(e, OUT_LEVER_NOW, l->now);
        output_double(e, OUT_LEVER_NEEDS, l->needs);
        output_double(e, OUT_LEVER_EFFORT, l->effort);
        emit_close(e);
    }
    emit_close(e);
}

static void put_missing(struct emit *e, const struct text *missing, uint32_t count)
{
    output_key(e, OUT_STATE_COMPLETE);
    emit_bool(e, count == 0);
    output_key(e, OUT_STATE_MISSING);
    emit_array(e);
    for (uint32_t i = 0; i < count; i++) {
        emit_text(e, missing[i]);
    }
    emit_close(e);
}

static void put_octant(struct emit *e, const struct scope_view *v)
{
    if (v->octant != OCTANT_NONE) {
        CHECK_PRE(v->octant < OCTANT_COUNT);
        output_text(e, OUT_STATE_OCTANT, octant_names[v->octant]);
        output_int(e, OUT_STATE_CODE, v->octant);
        output_int(e, OUT_STATE_SINCE, v->since_ms);
    }
    output_key(e, OUT_STATE_UNDECIDED);
    emit_bool(e, v->undecided);
    output_key(e, OUT_STATE_STALE);
    emit_bool(e, v->stale);
}

int output_state(const struct model *m, const struct scope_view *v, const struct text *missing,
                 uint32_t missing_count, enum output_format f, struct buf *out)
{
    struct emit e;
    emit_begin(&e, f, out);
    emit_map(&e);
    output_int(&e, OUT_STATE_V, 1);
    output_text(&e, OUT_STATE_SCOPE, v->key);
    output_int(&e, OUT_STATE_AS_OF, v->as_of_ms);
    output_int(&e, OUT_STATE_REVISION, v->revision);
    put_missing(&e, missing, missing_count);
    output_text(&e, OUT_STATE_MODEL, m->digest);
    put_octant(&e, v);
    put_axes(&e, v);
    if (v->has_probabilities) {
        put_probabilities(&e, v);
    }
    put_measures(&e, v);
    put_levers(&e, m, v);
    emit_close(&e);
    return emit_end(&e);
}
