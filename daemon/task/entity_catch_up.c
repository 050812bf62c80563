#include "task/entity_catch_up.h"

#include <stdlib.h>

#include "engine/event_pack.h"
#include "task/entity_inner.h"
#include "task/planted.h"
#include "window/pane.h"

/* Events of a generation while the task catches up: it begins few, for each looks for its place in what is held. And
 * how many it does in a turn, by whole buckets. */
enum { GENERATION_EVENTS = 10000, TURN_EVENTS = 10000 };

/* An entity that was due for publication in a tick that has passed since is not any more. */
static void published_forget(struct entity_task *t)
{
    const struct stamps *s = &t->catch_up.stamps;
    for (uint32_t number = 0; number < s->of_capacity; number++) {
        const struct stamp *of = stamps_of(s, number);
        if (!of) {
            continue;
        }
        bool open = of->applied_ms != TIME_NONE && tick_after(of->applied_ms, t->model->cube.tick_ms) > t->catch_up.until_ms;
        if (!open) {
            entity_engine_published_since(t->engine, number);
        }
    }
}

void catch_up_begin(struct entity_task *t, int64_t from_ms, int64_t until_ms)
{
    t->catch_up.on = true;
    t->catch_up.until_ms = until_ms;
    t->applied_ms = from_ms;
    if (until_ms != TIME_NONE && !PLANTED(FIT_LEFT_OUT)) {
        hold_fit(t->hold, until_ms); /* of a version that had shorter buckets it need not be the end of one */
    }
    t->tick_ms = from_ms == TIME_NONE ? TIME_NONE : tick_after(from_ms, t->model->cube.tick_ms);
    published_forget(t);
    entity_engine_redoes(t->engine, !PLANTED(CATCH_UP_ALOUD));
    redo_begin(t);
}

/* ---- events that come meanwhile --------------------------------------------------------------------- */

static int defer(struct catch_up *c, const struct event *e, uint64_t hash)
{
    if (c->count == c->capacity) {
        uint32_t capacity = c->capacity ? 2 * c->capacity : 16;
        struct deferred *grown = realloc(c->deferred, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        c->deferred = grown;
        c->capacity = capacity;
    }
    size_t at = c->bytes.len;
    int rc = event_pack(e, &c->bytes);
    if (!rc) {
        c->deferred[c->count++] = (struct deferred){hash, at};
    }
    return rc;
}

/* The record of the event's entity has it. */
static bool is_recorded(const struct entity_task *t, const struct event *e, uint64_t hash, const struct hold_origin *o)
{
    uint32_t number;
    const struct stamp *s = entity_engine_number(t->engine, e->entity, hash, &number) ? NULL : stamps_of(&t->catch_up.stamps, number);
    return s && e->ts_ms < s->applied_ms && o->offset < s->next[o->input];
}

static bool is_applied(const struct entity_task *t, int64_t ts_ms)
{
    return t->applied_ms != TIME_NONE && ts_ms < t->applied_ms;
}

int catch_up_take(struct entity_task *t, const struct event *e, uint64_t hash, const struct hold_origin *o, bool straggler)
{
    struct catch_up *c = &t->catch_up;
    bool again = o->offset < t->inputs[o->input].committed;
    if (again && !PLANTED(STRAGGLER_AGAIN) && (is_applied(t, e->ts_ms) || is_recorded(t, e, hash, o))) {
        return 0;
    }
    if (!again && c->until_ms != TIME_NONE && e->ts_ms < c->until_ms && !PLANTED(STRAGGLER_AT_ONCE)) {
        return defer(c, e, hash);
    }
    return hold_add(t->hold, e, hash, o, straggler);
}

/* ---- catching up ------------------------------------------------------------------------------------ */

int catch_up_step(struct entity_task *t, int64_t bucket_ms)
{
    struct catch_up *c = &t->catch_up;
    if (c->applied < GENERATION_EVENTS || bucket_ms < t->applied_ms) {
        return 0;
    }
    int rc = entity_task_timers(t, bucket_ms - 1);
    c->applied = 0;
    t->applied_ms = bucket_ms;
    redo_begin(t);
    return rc;
}

static int deferred_apply(struct entity_task *t)
{
    struct catch_up *c = &t->catch_up;
    int rc = 0;
    for (uint32_t i = 0; i < c->count && !rc; i++) {
        struct event e;
        struct said_dims said;
        event_unpack(c->bytes.at + c->deferred[i].at, &e, &said);
        rc = entity_task_straggler(t, &e, c->deferred[i].hash);
    }
    return rc;
}

/* The end of the earliest bucket that is held, or where it has caught up. Always behind what is applied, whatever is held. */
static int64_t bucket_end(const struct entity_task *t)
{
    int64_t until_ms = t->catch_up.until_ms, held_ms = hold_earliest_ms(t->hold);
    int64_t from_ms = held_ms < t->applied_ms ? t->applied_ms : held_ms;
    return from_ms < until_ms ? hold_end_after_ms(t->hold, from_ms) : until_ms;
}

/* 1: enough for a turn; 0: nothing is left to do once more. */
static int buckets_run(struct entity_task *t)
{
    struct catch_up *c = &t->catch_up;
    int64_t limit_ms = TIME_NONE;
    int rc = 0;
    c->turn_events = 0;
    while (!rc && c->until_ms != TIME_NONE && limit_ms < c->until_ms && t->applied_ms >= limit_ms) {
        if (c->turn_events >= TURN_EVENTS) {
            return 1;
        }
        limit_ms = bucket_end(t);
        rc = entity_retention_go(t, limit_ms);
    }
    return rc;
}

static int caught_up(struct entity_task *t)
{
    struct catch_up *c = &t->catch_up;
    int rc = entity_task_seal(t, t->applied_ms >= t->tick_ms);
    rc = rc ? rc : entity_engine_restored(t->engine);
    if (rc) {
        return rc;
    }
    c->on = false;
    t->tick_ms = t->applied_ms == TIME_NONE ? TIME_NONE : tick_after(t->applied_ms, t->model->cube.tick_ms);
    redo_begin(t);
    rc = deferred_apply(t);
    catch_up_close(c);
    return rc;
}

static bool is_read_again(const struct entity_task *t)
{
    bool is = t->catch_up.on;
    for (uint32_t i = 0; i < t->input_count && is; i++) {
        is = !input_is_replaying(&t->inputs[i]);
    }
    return is;
}

bool entity_task_redoes(const struct entity_task *t)
{
    return is_read_again(t) && t->applied_ms < t->catch_up.until_ms;
}

int entity_task_redo(struct entity_task *t)
{
    return buckets_run(t);
}

int catch_up_run(struct entity_task *t)
{
    if (!is_read_again(t)) {
        return 0;
    }
    int rc = buckets_run(t);
    return rc ? rc : caught_up(t);
}

void catch_up_close(struct catch_up *c)
{
    stamps_close(&c->stamps);
    buf_close(&c->bytes);
    free(c->deferred);
    c->deferred = NULL;
    c->count = c->capacity = 0;
}
