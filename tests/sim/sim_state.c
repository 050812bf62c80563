#include "sim/sim_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/value_json.h"
#include "sim/sim.h"
#include "sim/sim_entity.h"
#include "sim/sim_starve.h"
#include "task/entity_inner.h"
#include "task/scope_inner.h"

#define TICK_LONG_MS 600000 /* from here on buckets of events are other ones than they were */

struct taking {
    struct sim_state *to;
    struct entity_task *entities; /* one of the two */
    struct scope_task *scopes;
    const char *task;
};

static void must(int rc)
{
    sim_check(rc == 0, "what a task holds can be looked at");
}

/* ---- items ------------------------------------------------------------------------------------------ */

/* Its value follows. */
static struct sim_state_item *item_add(struct taking *t, struct text key)
{
    struct sim_state *s = t->to;
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 64;
        s->items = sim_memory(s->items, s->capacity * sizeof *s->items);
    }
    struct sim_state_item *i = &s->items[s->count++];
    i->key = (uint32_t)s->bytes.len;
    must(buf_append(&s->bytes, t->task, strlen(t->task)));
    must(buf_append(&s->bytes, " ", 1));
    must(buf_append(&s->bytes, key.at, key.len));
    i->value = (uint32_t)s->bytes.len;
    i->key_len = i->value - i->key;
    return i;
}

static void item_end(struct taking *t)
{
    struct sim_state_item *i = &t->to->items[t->to->count - 1];
    i->value_len = (uint32_t)t->to->bytes.len - i->value;
}

static void numbers_add(struct taking *t, const char *what, const int64_t *numbers, size_t count)
{
    item_add(t, text_of(what));
    must(buf_append(&t->to->bytes, numbers, count * sizeof *numbers));
    item_end(t);
}

static int item_compare(const struct sim_state *a, const struct sim_state_item *x, const struct sim_state *b, const struct sim_state_item *y)
{
    int c = memcmp(a->bytes.at + x->key, b->bytes.at + y->key, x->key_len < y->key_len ? x->key_len : y->key_len);
    return c ? c : x->key_len < y->key_len ? -1 : x->key_len > y->key_len;
}

/* ---- tasks of entities ------------------------------------------------------------------------------ */

static int entity_take(void *arg, struct text key)
{
    struct taking *t = arg;
    item_add(t, key);
    sim_entity_put(t->entities->engine, key, t->entities->applied_ms, &t->to->bytes);
    item_end(t);
    return 0;
}

static void input_take(struct taking *t, uint32_t i)
{
    struct task_input *in = entity_task_input(t->entities, i);
    const struct overflow *o = &t->entities->ids[i];
    entity_task_ids_expire(t->entities, in);
    const int64_t numbers[] = {in->next, in->max_ts_ms, (int64_t)dedup_count(in->dedup), o->firing, o->since_ms, o->limit};
    numbers_add(t, i ? "input 1" : "input 0", numbers, sizeof numbers / sizeof *numbers);
}

static void entities_take(struct taking *t)
{
    struct entity_task *of = t->entities;
    const int64_t numbers[] = {of->applied_ms, hold_earliest_ms(of->hold), of->ever_held, entity_task_awaits(of), publish_queue_count(of->waiting),
                               (int64_t)of->lineage};
    numbers_add(t, "itself", numbers, sizeof numbers / sizeof *numbers);
    const int64_t alerts[] = {(int64_t)of->dead.records, of->dead.dead, of->dead.firing, of->dead.since_ms, of->overflow.firing,
                              of->overflow.since_ms, of->overflow.limit};
    numbers_add(t, "its alerts", alerts, sizeof alerts / sizeof *alerts);
    for (uint32_t i = 0; i < entity_task_input_count(of); i++) {
        input_take(t, i);
    }
    must(entity_engine_each(of->engine, entity_take, t));
}

/* ---- tasks of scopes -------------------------------------------------------------------------------- */

static void alerts_take(struct taking *t, uint32_t scope)
{
    const struct alert_state *a;
    for (uint32_t i = 0, rule; (a = scope_engine_alert_at(scope_task_engine(t->scopes), scope, i, &rule)) != NULL; i++) {
        const int64_t numbers[] = {rule, a->status, a->last_yes, a->since_ms, a->last_true_ms, a->resolved_ms};
        must(buf_append(&t->to->bytes, numbers, sizeof numbers));
    }
}

static void scopes_take(struct taking *t, struct buf *state)
{
    struct scope_task *of = t->scopes;
    struct scope_engine *e = scope_task_engine(of);
    const int64_t numbers[] = {of->done_ms, scope_task_watermark(of), scope_task_next_tick(of), of->overflow.firing, of->overflow.since_ms,
                               (int64_t)scope_task_gaps(of), (int64_t)of->lineage};
    numbers_add(t, "itself", numbers, sizeof numbers / sizeof *numbers);
    for (uint32_t r = 0; r < of->env->config->model.alert_count; r++) {
        struct alert_tally now = scope_engine_alerts(e, r);
        const int64_t tally[] = {r, now.pending, now.firing};
        numbers_add(t, "tally", tally, sizeof tally / sizeof *tally);
    }
    for (uint32_t i = 0; i < scope_engine_count(e); i++) {
        int rc = scope_task_state(of, i, of->done_ms, FORMAT_MSGPACK, state);
        if (rc == CUBE_ENOTFOUND) { /* it was not judged yet */
            continue;
        }
        must(rc);
        item_add(t, scope_engine_key(e, i));
        must(buf_append(&t->to->bytes, state->at, state->len));
        alerts_take(t, i);
        item_end(t);
    }
}

/* ---- all of them ------------------------------------------------------------------------------------ */

static const struct sim_state *sorted; /* for item_order; the simulator has one thread */

static int item_order(const void *a, const void *b)
{
    return item_compare(sorted, a, sorted, b);
}

static void process_take(struct sim_state *s, struct worker *w, struct buf *scratch)
{
    struct entity_task **entities;
    struct scope_task **scopes;
    char name[TASK_NAME_MAX];
    uint32_t entity_count = worker_entity_tasks(w, &entities), scope_count = worker_scope_tasks(w, &scopes);
    for (uint32_t i = 0; i < entity_count; i++) {
        if (entities[i]) {
            entities_take(&(struct taking){s, .entities = entities[i], .task = entities[i]->name});
        }
    }
    for (uint32_t i = 0; i < scope_count; i++) {
        if (scopes[i]) {
            scope_task_name((int32_t)i, name);
            scopes_take(&(struct taking){s, .scopes = scopes[i], .task = name}, scratch);
        }
    }
}

void sim_state_take(struct sim_world *w, struct sim_state *ret_s)
{
    struct buf scratch = {0};
    *ret_s = (struct sim_state){0};
    bool some = !w->upgrades || w->config->model.cube.tick_ms < TICK_LONG_MS;
    for (int i = 0; i < SIM_PROCESSES && some; i++) {
        if (w->processes[i].worker) {
            process_take(ret_s, w->processes[i].worker, &scratch);
        }
    }
    buf_close(&scratch);
    sorted = ret_s;
    if (ret_s->count > 0) {
        qsort(ret_s->items, ret_s->count, sizeof *ret_s->items, item_order);
    }
}

void sim_state_close(struct sim_state *s)
{
    buf_close(&s->bytes);
    free(s->items);
}

static void item_tell(const char *what, const struct sim_state *s, const struct sim_state_item *i)
{
    json_t *j = value_json(s->bytes.at + i->value, i->value_len);
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    printf("%s %.*s %s", what, (int)i->key_len, (const char *)s->bytes.at + i->key, text ? text : "");
    for (uint32_t n = 0; n < i->value_len && !text; n++) {
        printf("%02x", s->bytes.at[i->value + n]);
    }
    putchar('\n');
    free(text);
    json_decref(j);
}

void sim_state_equal(const struct sim_state *got, const struct sim_state *want)
{
    for (uint32_t i = 0; i < got->count && i < want->count; i++) {
        const struct sim_state_item *g = &got->items[i], *e = &want->items[i];
        if (item_compare(got, g, want, e) != 0 || g->value_len != e->value_len ||
    memcmp(got->bytes.at + g->value, want->bytes.at + e->value, g->value_len) != 0) {
            item_tell("  got ", got, g);
            item_tell("  want", want, e);
            sim_fail("what is held after a restart, %.*s", (int)e->key_len, (const char *)want->bytes.at + e->key);
        }
    }
    sim_check(got->count == want->count, "after a restart there are as many entities and scopes as before");
}
