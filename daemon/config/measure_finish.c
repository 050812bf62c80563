/* What follows from all measures and alerts together: panes, tracks, rules between measures. */
#include <inttypes.h>

#include "config/duration.h"
#include "config/shape.h"
#include "config/whole.h"
#include "engine/applying.h"

#define PANES_MAX 100000

static void panes_finish(struct measure *m, const struct measure_note *note);
static void track_finish(struct whole *w, struct measure *m, const struct measure_note *note);
static void money_check(struct whole *w, const struct measure *m, const struct measure_note *note);
static int64_t pane_of_horizon(const struct measure_note *note, int64_t window_ms);
static void per_active_check(struct whole *w, const struct measure *m, const struct measure_note *note);

int horizon_need(struct whole *w, struct measure *m, const struct measure_note *note, int64_t window_ms,
                 const char *name, const struct yaml *at)
{
    for (uint32_t i = 0; i < m->horizon_count; i++) {
        if (m->horizons[i].window_ms == window_ms) {
            return (int)i;
        }
    }
    if (m->horizon_count == HORIZONS_MAX) {
        problem_error(&w->problems, at, "measure \"%s\" would have more than %d windows", m->name.at,
                      HORIZONS_MAX);
        return -1;
    }
    int64_t pane = pane_of_horizon(note, window_ms);
    if (pane > window_ms || window_ms / pane > PANES_MAX) {
        problem_error(&w->problems, at,
                      pane > window_ms ? "the window %s is shorter than the pane of measure \"%s\""
                                       : "the window %s has too many panes of measure \"%s\"",
                      name, m->name.at);
        return -1;
    }
    m->horizons[m->horizon_count] = (struct horizon){.window_ms = window_ms, .name = name};
    return (int)m->horizon_count++;
}

/* E of departments is taken where there is one: when departments are scopes and something is scored on E. */
static void linked_finish(struct model *model)
{
    struct horizon *h = &model->cube.linked;
    bool scored = false;
    for (uint32_t i = 0; i < model->measure_count; i++) {
        scored |= model->measures[i].scored && model->measures[i].axis == AXIS_E;
    }
    for (uint32_t k = 0; k < model->scopes.count && scored; k++) {
        const struct scope_kind *kind = &model->scopes.kinds[k];
        if (kind->count == 1 && kind->dims[0] == DIM_DEPARTMENT) {
            h->pane_ms = pane_default_ms(h->window_ms);
            h->panes = (h->window_ms + h->pane_ms - 1) / h->pane_ms;
            model->cube.linked_kind = (uint8_t)k;
        }
    }
}

void measures_finish(struct whole *w)
{
    struct model *model = &w->config.model;
    const int64_t year = 365 * DAY_MS, pane = pane_default_ms(year);
    model->tracks[PRESENT_TRACK] = (struct ledger_track){
        .ledger = LEDGER_MARGIN,
        .horizon = {.window_ms = year, .pane_ms = pane, .panes = year / pane, .name = "365d"}};
    model->track_count = 1;
    for (uint32_t i = 0; i < model->measure_count; i++) {
        struct measure *m = &w->measures[i];
        if (!m->aggregation || m->horizon_count == 0) {
            continue;
        }
        panes_finish(m, &w->measure_notes[i]);
        track_finish(w, m, &w->measure_notes[i]);
        money_check(w, m, &w->measure_notes[i]);
        for (uint32_t j = 0; j < i; j++) {
            axes_apart_check(w, &w->measures[j], m);
        }
        answers_apart_check(w, m);
    }
    for (uint32_t i = 0; i < model->measure_count; i++) {
        per_active_check(w, &w->measures[i], &w->measure_notes[i]);
    }
    linked_finish(model);
}

static bool counts_active(const struct measure *m, const struct horizon *h)
{
    bool active = m->aggregation == aggregation_find("active") && applying_any_act(m), same = false;
    for (uint32_t k = 0; k < m->horizon_count; k++) {
        same |= m->horizons[k].window_ms == h->window_ms && m->horizons[k].pane_ms == h->pane_ms;
    }
    return active && same;
}

/* Points per active customer need somebody who counts these. */
static void per_active_check(struct whole *w, const struct measure *m, const struct measure_note *note)
{
    bool counted = !m->aggregation || !m->by_points || m->horizon_count == 0;
    for (uint32_t i = 0; i < w->config.model.measure_count && !counted; i++) {
        counted = counts_active(&w->measures[i], &m->horizons[0]);
    }
    if (!counted) {
        problem_warning(&w->problems, note->node,
                        "measure \"%s\" will have no per_active: no measure of aggregation active counts all who act in its window of %s",
                        m->name.at, m->horizons[0].name);
    }
}

static int64_t pane_of_horizon(const struct measure_note *note, int64_t window_ms)
{
    return note->pane_ms > 0 ? note->pane_ms : pane_default_ms(window_ms);
}

static int64_t divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void panes_finish(struct measure *m, const struct measure_note *note)
{
    for (uint32_t i = 0; i < m->horizon_count; i++) {
        struct horizon *h = &m->horizons[i];
        h->pane_ms = pane_of_horizon(note, h->window_ms);
        h->panes = (h->window_ms + h->pane_ms - 1) / h->pane_ms;
        m->pane_ms = i == 0 ? h->pane_ms : divisor(m->pane_ms, h->pane_ms);
        int64_t length = h->panes * h->pane_ms;
        m->longest_ms = length > m->longest_ms ? length : m->longest_ms;
    }
}

/* Finds the track of a ledger over a horizon or adds it; TRACKS_MAX when there is no room. */
static uint32_t track_need(struct model *model, enum ledger ledger, const struct horizon *h)
{
    for (uint32_t i = 0; i < model->track_count; i++) {
        const struct ledger_track *t = &model->tracks[i];
        if (t->ledger == ledger && t->horizon.window_ms == h->window_ms && t->horizon.pane_ms == h->pane_ms) {
            return i;
        }
    }
    if (model->track_count < TRACKS_MAX) {
        model->tracks[model->track_count++] = (struct ledger_track){.ledger = ledger, .horizon = *h};
        return model->track_count - 1;
    }
    return TRACKS_MAX;
}

static void track_finish(struct whole *w, struct measure *m, const struct measure_note *note)
{
    for (uint32_t h = 0; note->from_ledger && h < m->horizon_count; h++) {
        uint32_t track = track_need(&w->config.model, note->ledger, &m->horizons[h]), by = track;
        if (m->aggregation->by_ledger) {
            by = track_need(&w->config.model, note->by_ledger, &m->horizons[h]);
        }
        if (track == TRACKS_MAX || by == TRACKS_MAX) {
            problem_error(&w->problems, note->node, "more than %d different ledgers and windows", TRACKS_MAX - 1);
            return;
        }
        m->tracks[h] = (uint8_t)track;
        m->by_tracks[h] = (uint8_t)by;
    }
}

static bool reads_money(const struct source *s)
{
    const uint64_t fields = UINT64_C(1) << EVENT_REVENUE | UINT64_C(1) << EVENT_COST |
                            UINT64_C(1) << EVENT_DISCOUNT | UINT64_C(1) << EVENT_AMOUNT |
                            UINT64_C(1) << EVENT_INTERNAL | UINT64_C(1) << EVENT_EXTERNAL;
    for (uint32_t i = 0; i < s->term_count; i++) {
        if (fields >> s->terms[i].field & 1) {
            return true;
        }
    }
    return false;
}

static void money_check(struct whole *w, const struct measure *m, const struct measure_note *note)
{
    bool ledger = note->from_ledger && note->ledger != LEDGER_PURCHASES, own = shape_find(m->aggregation->name)->money;
    if (m->scored && m->axis != AXIS_V && (ledger || own || reads_money(&m->from) || reads_money(&m->per))) {
        problem_error(&w->problems, yaml_get(note->node, "axis"),
                      "measure \"%s\" counts money on axis %s: money belongs to V only", m->name.at,
                      axis_names[m->axis].at);
    }
}
