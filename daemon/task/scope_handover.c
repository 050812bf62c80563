#include "task/scope_handover.h"

#include <stdlib.h>
#include <string.h>

#include "task/scope_inner.h"

/* ---- life ------------------------------------------------------------------------------------------- */

uint32_t guard_task_of(uint32_t scopes)
{
    return scope_task_of(TEXT_LITERAL("organisation"), scopes);
}

int scope_handover_create(struct scope_task *t)
{
    struct scope_handover *h = &t->handover;
    uint32_t n = (uint32_t)t->env->layout.scopes;
    for (uint32_t i = 0; i < t->model->measure_count; i++) {
        const struct measure *m = &t->model->measures[i];
        h->lets_out |= m->is_private;
        h->gives |= m->scored && m->axis == AXIS_E;
    }
    h->observes = t->model->clv.observed;
    h->retention.passed_ms = TIME_NONE;
    h->how = (struct commit_release){TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE};
    h->let_out_ms = TIME_NONE;
    h->gifts_ms = malloc(n * sizeof *h->gifts_ms);
    h->bodies = calloc(n, sizeof *h->bodies);
    if (!h->gifts_ms || !h->bodies) {
        return CUBE_ENOMEM;
    }
    for (uint32_t q = 0; q < n; q++) {
        h->gifts_ms[q] = TIME_NONE;
    }
    bool guards = (h->lets_out || h->observes) && guard_task_of(n) == (uint32_t)t->index;
    return guards ? guard_create(t->model, t->env->seed, &h->guard) : 0;
}

void scope_handover_close(struct scope_task *t)
{
    struct scope_handover *h = &t->handover;
    for (int32_t q = 0; h->bodies && q < t->env->layout.scopes; q++) {
        buf_close(&h->bodies[q]);
    }
    guard_destroy(h->guard);
    row_names_close(&h->names);
    handover_queue_close(&h->queue);
    scope_retention_close(&h->retention);
    free(h->bodies);
    free(h->gifts_ms);
}

void scope_handover_restored(struct scope_task *t, const struct commit_release *how)
{
    struct scope_handover *h = &t->handover;
    h->how = *how;
    h->let_out_ms = how->released_ms;
    for (int32_t q = 0; q < t->env->layout.scopes; q++) {
        h->gifts_ms[q] = how->turned_ms;
    }
}

/* ---- what is waited for ----------------------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The first release after tick t_ms; INT64_MAX while there is nothing to release. */
static int64_t release_next(const struct scope_task *t, int64_t t_ms)
{
    const struct scope_handover *h = &t->handover;
    if (!(h->lets_out || h->gives || h->observes) || h->how.from_ms == TIME_NONE) {
        return INT64_MAX;
    }
    return release_tick_after(t->model, later(t_ms, h->how.from_ms - t->model->cube.tick_ms));
}

/* Observed retention is for customers only. */
static int64_t release_of_scopes(const struct scope_task *t)
{
    const struct scope_handover *h = &t->handover;
    return !h->lets_out && !h->gives ? INT64_MAX : release_next(t, later(h->how.released_ms, t->done_ms));
}

static bool must_turn(const struct scope_handover *h)
{
    return h->gives && h->how.turned_ms < h->how.released_ms;
}

int64_t scope_handover_next(const struct scope_task *t)
{
    const struct scope_handover *h = &t->handover;
    int64_t next_ms = release_of_scopes(t), let_out_ms = handover_queue_first(&h->queue, HANDOVER_LET_OUT);
    next_ms = let_out_ms < next_ms ? let_out_ms : next_ms;
    if (must_turn(h)) {
        int64_t turn_ms = later(h->how.released_ms, t->done_ms) + t->model->cube.tick_ms;
        next_ms = turn_ms < next_ms ? turn_ms : next_ms;
    }
    return next_ms;
}

bool scope_handover_allows(const struct scope_task *t, int64_t tick_ms)
{
    const struct scope_handover *h = &t->handover;
    if (h->lets_out && tick_ms == release_of_scopes(t) && h->let_out_ms < tick_ms) {
        return false;
    }
    for (int32_t q = 0; must_turn(h) && q < t->env->layout.scopes; q++) {
        if (h->gifts_ms[q] < h->how.released_ms) {
            return false;
        }
    }
    return true;
}

int32_t scope_handover_waits_for(const struct scope_task *t)
{
    const struct scope_handover *h = &t->handover;
    int32_t q = 0, n = t->env->layout.scopes;
    while (must_turn(h) && q < n && h->gifts_ms[q] >= h->how.released_ms) {
        q++;
    }
    return must_turn(h) && q < n ? q : (int32_t)guard_task_of((uint32_t)n);
}

/* ---- telling ---------------------------------------------------------------------------------------- */

int scope_handover_send(struct scope_task *t, uint32_t q, enum handover_part part, int64_t t_ms, bool last)
{
    struct buf *body = &t->handover.bodies[q];
    struct handover_head head = {part, t->index, t_ms, last, t->env->layout};
    char name[TASK_NAME_MAX];
    scope_task_name(t->index, name);
    buf_clear(&t->bytes);
    int rc = handover_finish(body, &head, &t->bytes);
    return rc ? rc : epoch_add(t->env->epoch, ROLE_PARTIALS, (int32_t)q, t_ms < 0 ? 0 : t_ms, (const uint8_t *)name, strlen(name),
                               t->bytes.at, t->bytes.len, NULL, 0);
}

int scope_handover_send_all(struct scope_task *t, enum handover_part part, int64_t t_ms)
{
    int rc = 0;
    for (uint32_t q = 0; q < (uint32_t)t->env->layout.scopes && !rc; q++) {
        rc = scope_handover_send(t, q, part, t_ms, true);
    }
    t->dirty = true;
    return rc;
}

static int body_check(struct scope_task *t, uint32_t q, enum handover_part part, int64_t t_ms)
{
    return t->handover.bodies[q].len > HANDOVER_BODY_MAX ? scope_handover_send(t, q, part, t_ms, false) : 0;
}

static int let_out_tell(struct scope_task *t, int64_t t_ms)
{
    struct scope_handover *h = &t->handover;
    for (uint32_t i = 0; i < guard_count(h->guard); i++) {
        struct let_out_cell c;
        guard_at(h->guard, i, &c);
        uint32_t q = scope_task_of(c.scope, (uint32_t)t->env->layout.scopes);
        int rc = handover_put_let_out(&h->bodies[q], &c);
        rc = rc ? rc : body_check(t, q, HANDOVER_LET_OUT, t_ms);
        if (rc) {
            return rc;
        }
    }
    return scope_handover_send_all(t, HANDOVER_LET_OUT, t_ms);
}

int scope_handover_guard(struct scope_task *t, int64_t until_ms)
{
    struct scope_handover *h = &t->handover;
    int64_t t_ms;
    if (!h->guard || until_ms <= h->how.guarded_ms) {
        return 0;
    }
    while ((t_ms = release_next(t, h->how.guarded_ms)) <= until_ms) {
        int rc = guard_release(h->guard, t_ms);
        rc = rc || !h->lets_out ? rc : let_out_tell(t, t_ms);
        rc = rc || !h->observes ? rc : scope_retention_tell(t, t_ms);
        if (rc) {
            return rc;
        }
        h->how.guarded_ms = t_ms;
    }
    int rc = guard_advance(h->guard, until_ms);
    h->how.guarded_ms = until_ms;
    t->dirty |= rc == 1;
    return rc < 0 ? rc : 0;
}

struct giving {
    struct scope_task *task;
    int64_t t_ms;
};

/* Everybody is told everything: who is whose scope around is known to the receiver only. */
static int on_gift(void *arg, struct text key, const struct axis_gift *g)
{
    struct giving *a = arg;
    const uint16_t *measures;
    uint32_t n = scope_engine_contributions(a->task->engine, &measures);
    int rc = 0;
    for (uint32_t q = 0; q < (uint32_t)a->task->env->layout.scopes && !rc; q++) {
        rc = handover_put_gift(&a->task->handover.bodies[q], key, g, measures, n);
        rc = rc ? rc : body_check(a->task, q, HANDOVER_GIFTS, a->t_ms);
    }
    return rc;
}

int scope_handover_after(struct scope_task *t, int64_t tick_ms)
{
    struct scope_handover *h = &t->handover;
    if (tick_ms != release_of_scopes(t)) {
        return 0;
    }
    h->how.released_ms = tick_ms;
    t->dirty = true;
    if (!h->gives) {
        h->how.turned_ms = tick_ms;
        return 0;
    }
    struct giving a = {t, tick_ms};
    int rc = scope_engine_give(t->engine, tick_ms, on_gift, &a);
    return rc ? rc : scope_handover_send_all(t, HANDOVER_GIFTS, tick_ms);
}

/* The last release until a tick that is over, though rows of before it come only now; TIME_NONE none. */
static int64_t missed(const struct scope_task *t, int64_t before_ms, int64_t until_ms)
{
    if (until_ms == TIME_NONE || release_next(t, TIME_NONE) > until_ms) {
        return TIME_NONE;
    }
    int64_t last_ms = release_tick_until(t->model, until_ms);
    return last_ms > before_ms ? last_ms : TIME_NONE;
}

static int missed_tell(struct scope_task *t, int64_t t_ms)
{
    int rc = t->handover.lets_out ? scope_handover_send_all(t, HANDOVER_LET_OUT, t_ms) : 0;
    return rc || !t->handover.observes ? rc : scope_handover_send_all(t, HANDOVER_RETENTION, t_ms);
}

int scope_handover_begins(struct scope_task *t, int64_t from_ms)
{
    struct scope_handover *h = &t->handover;
    if (from_ms == TIME_NONE || (h->how.from_ms != TIME_NONE && from_ms >= h->how.from_ms)) {
        return 0;
    }
    h->how.from_ms = from_ms;
    t->dirty = true;
    int64_t guard_ms = h->guard ? missed(t, TIME_NONE, h->how.guarded_ms) : TIME_NONE;
    int64_t gifts_ms = h->gives ? missed(t, h->how.released_ms, t->done_ms) : TIME_NONE;
    int rc = guard_ms != TIME_NONE ? missed_tell(t, guard_ms) : 0;
    return rc || gifts_ms == TIME_NONE ? rc : scope_handover_send_all(t, HANDOVER_GIFTS, gifts_ms);
}

/* ---- taking ----------------------------------------------------------------------------------------- */

static int let_out_take(void *arg, const struct waiting_handover *w)
{
    struct scope_task *t = arg;
    struct handover_reader r;
    struct handover_head head;
    struct let_out_cell c;
    int rc = handover_open(&r, t->model, w->at, w->len, &head), more = 0;
    while (!rc && (more = handover_next_let_out(&r, &c)) == 1) {
        rc = scope_engine_let_out(t->engine, t->working_ms, &c);
    }
    return rc ? rc : more;
}

static int gifts_take(void *arg, const struct waiting_handover *w)
{
    struct scope_task *t = arg;
    struct handover_reader r;
    struct handover_head head;
    struct axis_gift g;
    struct text scope;
    int64_t parts[MEASURES_MAX];
    const uint16_t *measures;
    uint32_t n = scope_engine_contributions(t->engine, &measures);
    int rc = handover_open(&r, t->model, w->at, w->len, &head), more = 0;
    while (!rc && w->t_ms == t->handover.how.released_ms && (more = handover_next_gift(&r, measures, n, &scope, &g, parts)) == 1) {
        rc = scope_engine_gift(t->engine, scope, &g);
    }
    return rc ? rc : more;
}

int scope_handover_before(struct scope_task *t, int64_t tick_ms)
{
    struct scope_handover *h = &t->handover;
    t->working_ms = tick_ms;
    if (must_turn(h)) {
        int rc = handover_queue_take(&h->queue, HANDOVER_GIFTS, h->how.released_ms, gifts_take, t);
        if (rc) {
            return rc;
        }
        scope_engine_gifts_turn(t->engine);
        h->how.turned_ms = h->how.released_ms;
    }
    return handover_queue_take(&h->queue, HANDOVER_LET_OUT, tick_ms, let_out_take, t);
}

/* Reads all of a record once, so that it cannot fail when its tick has come. */
static int try_out(struct scope_task *t, struct handover_reader r, enum handover_part part)
{
    struct let_out_cell c;
    struct axis_gift g;
    struct text scope;
    int64_t parts[MEASURES_MAX];
    const uint16_t *measures;
    uint32_t n = scope_engine_contributions(t->engine, &measures);
    int rc;
    do {
        rc = part == HANDOVER_LET_OUT ? handover_next_let_out(&r, &c) : handover_next_gift(&r, measures, n, &scope, &g, parts);
    } while (rc == 1);
    return rc;
}

/* Notes how far the sender has told. */
static void hear(struct scope_task *t, const struct handover_head *head)
{
    struct scope_handover *h = &t->handover;
    int64_t *heard_ms = head->part == HANDOVER_LET_OUT ? &h->let_out_ms : &h->gifts_ms[head->task];
    if (head->last && head->t_ms > *heard_ms) {
        *heard_ms = head->t_ms;
    }
}

/* True when what a record says has not been taken in; *ret_w and *ret_p say when it will be. */
static bool is_news(const struct scope_task *t, const struct record *r, const struct handover_head *head, struct waiting_handover *ret_w,
                    struct pending_bundle *ret_p)
{
    bool let_out = head->part == HANDOVER_LET_OUT, replaying = input_is_replaying(&t->input);
    int64_t tick_ms = t->model->cube.tick_ms, now_ms = t->done_ms == TIME_NONE ? TIME_NONE : t->done_ms + tick_ms;
    bool late = let_out && head->t_ms <= t->done_ms;
    if (let_out ? late && replaying && !input_refused_has(&t->input.refused, r->offset) : head->t_ms <= t->handover.how.turned_ms) {
        return false;
    }
    *ret_w = (struct waiting_handover){head->part, head->t_ms, let_out ? later(head->t_ms, now_ms) : head->t_ms, NULL, r->value_len};
    *ret_p = (struct pending_bundle){.offset = r->offset, .late_tick_ms = late ? ret_w->tick_ms : TIME_NONE};
    ret_p->last_tick_ms = let_out ? ret_w->tick_ms : later(head->t_ms + tick_ms, now_ms);
    return true;
}

int scope_handover_record(struct scope_task *t, const struct record *r)
{
    struct handover_reader reader;
    struct handover_head head;
    struct waiting_handover w;
    struct pending_bundle pending;
    int rc = handover_open(&reader, t->model, r->value, r->value_len, &head);
    if (rc) {
        return rc;
    }
    if (memcmp(&head.layout, &t->env->layout, sizeof head.layout) != 0 || head.task >= t->env->layout.scopes) {
        return CUBE_ELAYOUT;
    }
    if (head.part == HANDOVER_RETENTION) {
        return scope_retention_record(t, r->offset, &reader, &head);
    }
    rc = try_out(t, reader, head.part);
    if (!rc && is_news(t, r, &head, &w, &pending)) {
        w.at = (uint8_t *)r->value;
        rc = handover_queue_add(&t->handover.queue, &w);
        rc = rc ? rc : scope_pending_add(t, &pending);
    }
    if (!rc) {
        hear(t, &head);
    }
    return rc;
}
