#include "task/entity_redo.h"

#include <string.h>

#include "task/entity_inner.h"
#include "task/planted.h"

/* Records of entities are written after so long at the latest: what they need must still be in the inputs, whose
 * retention is hours at least. */
#define REDO_AGE_MS (10 * 60 * 1000)

/* Generations are no finer than this part of changelog.redo. */
enum { PARTS = 128 };

/* Of records that are written late, in a commit of all tasks. */
#define CHANGELOG_LATE_BYTES ((size_t)64 << 20)

/* The share of one task: however many partitions there are, one process that begins with all of them reads no more. */
static int64_t bound_of(const struct entity_task *t)
{
    const struct layout_stamp *l = &t->env->layout;
    int32_t tasks = t->type == SENDER_CUSTOMERS ? l->customers : l->employees;
    return (int64_t)t->env->config->changelog_redo / (tasks > 0 ? tasks : 1);
}

/* From which offset an input must be read again by what the task holds: the first held event, whoever knows the ids of before. While it catches
 * up that is where it began to. */
static struct redo_place held_of(const struct entity_task *t, uint32_t i)
{
    const struct task_input *in = &t->inputs[i];
    struct hold_origin held;
    if (t->catch_up.on) {
        return t->notes.ids[i].start;
    }
    if (!hold_first(t->hold, i, &held) && !PLANTED(REDO_LEFT_OUT)) {
        return (struct redo_place){held.offset + PLANTED(REDO_OFF_BY_ONE), held.max_ts_before_ms};
    }
    return (struct redo_place){in->next, in->max_ts_ms};
}

/* The same without them: or the first remembered id. */
static struct redo_place place_of(const struct entity_task *t, uint32_t i, const struct redo_place *held)
{
    const struct task_input *in = &t->inputs[i];
    struct redo_place p = *held;
    int64_t offset, max_ts_ms;
    if (PLANTED(REDO_LEFT_OUT)) {
        return p;
    }
    if (t->catch_up.on) {
        return (struct redo_place){t->restored.record.inputs[i].redo, t->restored.record.inputs[i].redo_max_ts_ms};
    }
    entity_task_ids_expire(t, in);
    if (!dedup_first(in->dedup, &offset, &max_ts_ms) && offset < p.offset && !PLANTED(REDO_WITHOUT_IDS)) {
        p = (struct redo_place){offset, max_ts_ms};
    }
    return p;
}

/* Records that the task has taken; of those it reads again, that it has applied. */
static int64_t read_of(const struct entity_task *t)
{
    int64_t read = 0;
    struct hold_origin held;
    for (uint32_t i = 0; i < t->input_count; i++) {
        bool holds = t->catch_up.on && !hold_first(t->hold, i, &held);
        read += holds ? held.offset : t->inputs[i].next;
    }
    return read;
}

void redo_here(const struct entity_task *t, struct generation *ret_g)
{
    uint64_t next = entity_engine_dirty_first(t->engine) + entity_engine_dirty_count(t->engine);
    *ret_g = (struct generation){.first = next, .applied_ms = t->applied_ms, .opened_ms = t->env->now_ms, .read = read_of(t)};
    for (uint32_t i = 0; i < t->input_count; i++) {
        ret_g->held[i] = held_of(t, i);
        ret_g->inputs[i] = place_of(t, i, &ret_g->held[i]);
    }
}

static void done_drop(struct redo *r, uint64_t first)
{
    uint32_t done = 0;
    while (done + 1 < r->count && r->all[done + 1].first <= first) {
        done++;
    }
    r->count -= done;
    memmove(r->all, r->all + done, r->count * sizeof r->all[0]);
}

int64_t redo_apart(const struct entity_task *t)
{
    uint32_t parts = t->env->config->changelog_parts;
    return bound_of(t) / (parts ? parts : PARTS);
}

void redo_add(struct redo *r, uint64_t first, const struct generation *now, int64_t apart)
{
    done_drop(r, first);
    struct generation *last = r->count ? &r->all[r->count - 1] : NULL;
    if (first == now->first) {
        r->count = 0;
    } else if (last && PLANTED(GENERATION_LATE)) {
        first = last->first;
        *last = *now;
        last->first = first;
    } else if (last && last->first == now->first) {
        r->count--; /* nothing became dirty since */
    } else if (r->count == GENERATIONS_MAX || (last && now->read - last->read < apart)) {
        return;
    }
    r->all[r->count++] = *now;
}

void redo_begin(struct entity_task *t)
{
    struct generation now;
    redo_here(t, &now);
    redo_add(&t->redo, entity_engine_dirty_first(t->engine), &now, redo_apart(t));
    notes_begin(t, &now);
}

static bool is_old(const struct entity_task *t, const struct generation *g)
{
    int64_t now_ms = t->env->now_ms;
    return now_ms != TIME_NONE && g->opened_ms != TIME_NONE && now_ms - g->opened_ms > REDO_AGE_MS;
}

bool redo_is_old(const struct entity_task *t)
{
    return entity_engine_dirty_count(t->engine) > 0 && is_old(t, redo_oldest(t));
}

/* Everything is written where more than records and events decided what became of entities, and where tables would gather
 * that only events to be read again need. */
static bool must_write_all(struct entity_task *t)
{
    return entity_engine_bounded(t->engine, &t->redo.bounded) || bound_of(t) == 0 || t->retention.count > t->model->limits.releases;
}

size_t redo_share(const struct entity_task *t)
{
    const struct layout_stamp *l = &t->env->layout;
    uint32_t share = t->env->config->changelog_share;
    return share ? share : CHANGELOG_LATE_BYTES / (size_t)(l->customers + l->employees + 1);
}

uint32_t redo_due(struct entity_task *t, bool *ret_at_once)
{
    const struct redo *r = &t->redo;
    uint32_t dirty = entity_engine_dirty_count(t->engine);
    uint64_t first = entity_engine_dirty_first(t->engine), until = first;
    *ret_at_once = must_write_all(t);
    if (*ret_at_once) {
        return dirty;
    }
    for (uint32_t g = 0; g < r->count; g++) {
        if (read_of(t) - r->all[g].read > bound_of(t) || is_old(t, &r->all[g])) {
            until = g + 1 < r->count ? r->all[g + 1].first : first + dirty;
        }
    }
    return until > first ? (uint32_t)(until - first) : 0;
}

const struct generation *redo_oldest(const struct entity_task *t)
{
    return &t->redo.all[0];
}

int64_t redo_from(const struct entity_task *t, uint32_t i)
{
    int64_t offset = redo_oldest(t)->inputs[i].offset, base = t->inputs[i].base;
    return offset > base ? offset : base;
}

int64_t redo_length(const struct entity_task *t, const struct redo_place *from)
{
    int64_t length = 0;
    for (uint32_t i = 0; i < t->input_count; i++) {
        length += t->inputs[i].next - from[i].offset;
    }
    return length;
}
