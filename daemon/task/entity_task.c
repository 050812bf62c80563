#include "task/entity_task.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "task/entity_inner.h"
#include "task/planted.h"
#include "task/scope_handover.h"
#include "window/pane.h"

/* So many events before its own the place of an entity is fetched, the entity, what hangs on it with the place of the event's set of
 * scopes, and the set: what is looked up at random is far away when tasks have taken turns. */
enum { PLACE_AHEAD = 12, ENTITY_AHEAD = 8, REST_AHEAD = 3, SET_AHEAD = 1 };

/* Events about to be applied, and what was fetched ahead of them, each in its place. */
#define UNPACKED_MAX 4u
#define FETCHED_MAX 16u

struct coming {
    struct event events[UNPACKED_MAX];
    struct event_ahead ahead[FETCHED_MAX];
};

_Static_assert(REST_AHEAD < UNPACKED_MAX && SET_AHEAD < REST_AHEAD && ENTITY_AHEAD < FETCHED_MAX, "an event stays until it is applied");

static int inputs_create(struct entity_task *t)
{
    static const enum topic_role of_customers[] = {ROLE_INTERACTIONS, ROLE_CPI}, of_employees[] = {ROLE_HR};
    const enum topic_role *roles = t->type == SENDER_CUSTOMERS ? of_customers : of_employees;
    t->input_count = t->type == SENDER_CUSTOMERS ? 2 : 1;
    for (uint32_t i = 0; i < t->input_count; i++) {
        t->inputs[i] = (struct task_input){.role = roles[i], .partition = t->index, .max_ts_ms = TIME_NONE};
        if (dedup_create(t->model->time.dedup_horizon_ms, t->model->limits.ids, &t->inputs[i].dedup)) {
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

static int receivers_create(struct entity_task *t)
{
    uint32_t n = (uint32_t)t->env->layout.scopes;
    t->routes.tasks = (uint32_t)n;
    t->routes.kinds = t->model->scopes.count;
    t->writers = calloc(n, sizeof *t->writers);
    t->seqs = calloc(n, sizeof *t->seqs);
    t->told_tick_ms = calloc(n, sizeof *t->told_tick_ms);
    t->told_state = calloc(n, sizeof *t->told_state);
    if (!t->writers || !t->seqs || !t->told_tick_ms || !t->told_state) {
        return CUBE_ENOMEM;
    }
    for (uint32_t q = 0; q < n; q++) {
        t->told_tick_ms[q] = TIME_NONE;
    }
    return 0;
}

/* What a new task does not clear is the end of it: generations, of which there are none before redo_begin. */
_Static_assert(offsetof(struct entity_task, redo) + sizeof(struct redo) == sizeof(struct entity_task), "redo is the last member");
_Static_assert(offsetof(struct redo, all) + sizeof(((struct redo *)NULL)->all) == sizeof(struct redo), "and its generations are the last of it");

int entity_task_create(const struct task_env *env, enum sender_type type, int32_t index, struct entity_task **ret_t)
{
    struct entity_task *t = malloc(sizeof *t);
    if (!t) {
        return CUBE_ENOMEM;
    }
    memset(t, 0, offsetof(struct entity_task, redo.all));
    bool customers = type == SENDER_CUSTOMERS;
    t->env = env;
    t->model = &env->config->model;
    t->type = type;
    t->index = index;
    task_name(type, index, t->name);
    t->changelog = customers ? ROLE_CHANGELOG_CUSTOMERS : ROLE_CHANGELOG_EMPLOYEES;
    t->watermark_ms = t->applied_ms = t->committed_ms = t->tick_ms = t->release_from_ms = TIME_NONE;
    t->guard_task = guard_task_of((uint32_t)env->layout.scopes);
    dead_share_narrow(&t->dead, env->config->dead_letter_window);
    int rc = inputs_create(t);
    rc = rc ? rc : receivers_create(t);
    rc = rc ? rc : entity_engine_create(t->model, customers ? ENTITY_CUSTOMER : ENTITY_EMPLOYEE, env->hash_seed, &t->engine);
    rc = rc ? rc : hold_create(hold_bucket_ms(t->model->cube.tick_ms), &t->hold);
    rc = rc ? rc : publish_queue_create(env->seed, &t->waiting);
    rc = rc ? rc : entity_parts_create(&t->parts);
    if (rc) {
        entity_task_destroy(t);
        return rc;
    }
    t->words = entity_engine_words(t->engine);
    record_words_open(t->words, true);
    rc = env->notes ? notes_open(t) : 0;
    if (rc) {
        entity_task_destroy(t);
        return rc;
    }
    redo_begin(t);
    if (customers && env->config->customers != CUSTOMERS_NONE) {
        entity_engine_list_published(t->engine, env->config->customers == CUSTOMERS_ALL);
    } else if (customers && !env->shows_customers) {
        entity_engine_unshow(t->engine);
    }
    *ret_t = t;
    return 0;
}

void entity_task_destroy(struct entity_task *t)
{
    if (!t) {
        return;
    }
    for (uint32_t i = 0; i < t->input_count; i++) {
        input_close(&t->inputs[i]);
    }
    for (int32_t q = 0; t->writers && q < t->env->layout.scopes; q++) {
        bundle_writer_close(&t->writers[q]);
    }
    bundle_writer_close(&t->guarded);
    free(t->writers);
    free(t->seqs);
    free(t->told_tick_ms);
    free(t->told_state);
    row_routes_close(&t->routes);
    row_spread_close(&t->spread);
    entity_engine_destroy(t->engine);
    hold_destroy(t->hold);
    publish_queue_destroy(t->waiting);
    epoch_close(&t->kept);
    entity_parts_destroy(t->parts);
    entity_retention_close(&t->retention);
    commit_last_close(&t->restored);
    catch_up_close(&t->catch_up);
    notes_close(&t->notes);
    buf_close(&t->bytes);
    buf_close(&t->key);
    buf_close(&t->stamp);
    free(t);
}

uint32_t entity_task_input_count(const struct entity_task *t)
{
    return t->input_count;
}

struct task_input *entity_task_input(struct entity_task *t, uint32_t i)
{
    return &t->inputs[i];
}

/* ---- application ------------------------------------------------------------------------------------- */

bool entity_task_knows_state(const struct entity_task *t)
{
    bool known = t->ever_held || t->applied_ms != TIME_NONE || PLANTED(STATE_TOLD_EARLY), ended = true;
    for (uint32_t i = 0; i < t->input_count && !known; i++) {
        ended = ended && t->inputs[i].at_end;
    }
    return known || ended;
}

enum sender_state entity_task_state(const struct entity_task *t)
{
    return t->ever_held || t->applied_ms != TIME_NONE ? SENDER_ACTIVE : SENDER_EMPTY;
}

int entity_task_tick(struct entity_task *t, int64_t tick_ms)
{
    if (t->tick_ms != tick_ms) {
        int rc = entity_task_seal(t, true); /* events come in order: the tick before is over */
        rc = rc ? rc : entity_task_overflow(t, t->tick_ms);
        if (rc) {
            return rc;
        }
        t->tick_ms = tick_ms;
    }
    return 0;
}

/* Runs the timers due at or before until_ms, each instant in its own tick. A straggler may have left one
 * that is overdue: it is seen at the next tick. */
static int timers_run(struct entity_task *t, int64_t until_ms)
{
    int64_t due_ms;
    if (PLANTED(TIMERS_NOT_SET) && t->restored.has) {
        return 0;
    }
    while ((due_ms = entity_engine_next_timer(t->engine)) <= until_ms) {
        int64_t seen_ms = due_ms < t->applied_ms ? t->applied_ms : due_ms;
        int rc = entity_task_tick(t, tick_after(seen_ms, t->model->cube.tick_ms));
        rc = rc ? rc : entity_engine_timers(t->engine, until_ms);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

int entity_task_timers(struct entity_task *t, int64_t until_ms)
{
    return timers_run(t, until_ms);
}

static void entity_fetch(const struct entity_task *t, const struct held *events, uint32_t i, struct coming *c)
{
    entity_engine_prefetch_entity(t->engine, events[i].entity_hash, &c->ahead[i % FETCHED_MAX]);
}

static void bucket_prefetch(const struct entity_task *t, const struct held *events, uint32_t i, uint32_t n, struct coming *c)
{
    if (i + PLACE_AHEAD < n) {
        entity_engine_prefetch(t->engine, events[i + PLACE_AHEAD].entity_hash);
    }
    if (i + ENTITY_AHEAD < n) {
        entity_fetch(t, events, i + ENTITY_AHEAD, c);
    }
}

/* Most events come in the tick of the one before. */
static inline bool is_in_tick(const struct entity_task *t, int64_t ts_ms)
{
    return ts_ms < t->tick_ms && ts_ms >= t->tick_ms - t->model->cube.tick_ms;
}

static inline int event_apply(struct entity_task *t, const struct event *e, const struct event_ahead *a, const struct held *h)
{
    int rc = entity_engine_next_timer(t->engine) <= e->ts_ms ? timers_run(t, e->ts_ms) : 0;
    if (rc == 0 && !is_in_tick(t, e->ts_ms)) {
        rc = entity_task_tick(t, tick_after(e->ts_ms, t->model->cube.tick_ms));
    }
    rc = rc ? rc : entity_engine_apply_ahead(t->engine, e, a, h->entity_hash, h->straggler);
    return rc == CUBE_ELIMIT ? 0 : rc;
}

static inline void bucket_unpack(const struct entity_task *t, uint32_t i, struct coming *c)
{
    struct event_ahead *a = &c->ahead[i % FETCHED_MAX];
    hold_event(t->hold, i, &c->events[i % UNPACKED_MAX], &a->said);
    entity_engine_prefetch_scopes(t->engine, &c->events[i % UNPACKED_MAX], a);
}

static int bucket_apply(struct entity_task *t)
{
    uint32_t n = hold_count(t->hold);
    const struct held *events = hold_events(t->hold);
    struct coming c;
    int rc = 0;
    t->catch_up.applied += n;
    t->catch_up.turn_events += n;
    for (uint32_t i = 0; i < ENTITY_AHEAD && i < n; i++) {
        entity_fetch(t, events, i, &c);
    }
    for (uint32_t i = 0; i < REST_AHEAD && i < n; i++) {
        bucket_unpack(t, i, &c);
    }
    for (uint32_t i = 0; i < n && !rc; i++) {
        bucket_prefetch(t, events, i, n, &c);
        if (i + REST_AHEAD < n) {
            bucket_unpack(t, i + REST_AHEAD, &c);
        }
        if (i + SET_AHEAD < n) {
            entity_engine_prefetch_set(t->engine, &c.ahead[(i + SET_AHEAD) % FETCHED_MAX]);
        }
        rc = event_apply(t, &c.events[i % UNPACKED_MAX], &c.ahead[i % FETCHED_MAX], &events[i]);
    }
    hold_close(t->hold);
    return rc;
}

bool entity_task_is_replaying(const struct entity_task *t)
{
    if (t->catch_up.on) {
        return true;
    }
    for (uint32_t i = 0; i < t->input_count; i++) {
        if (input_is_replaying(&t->inputs[i])) {
            return true;
        }
    }
    return false;
}

int entity_task_apply_to(struct entity_task *t, int64_t limit_ms)
{
    int rc = 0, opened = 0;
    do {
        int64_t bucket_ms = hold_earliest_ms(t->hold);
        rc = t->catch_up.on && bucket_ms < limit_ms ? catch_up_step(t, bucket_ms) : 0;
        opened = rc ? rc : hold_open(t->hold, limit_ms);
        rc = opened == 1 ? bucket_apply(t) : opened;
    } while (opened == 1 && !rc);
    rc = rc ? rc : timers_run(t, limit_ms - 1);
    if (!rc) {
        t->applied_ms = limit_ms;
    }
    return rc;
}

int entity_task_advance(struct entity_task *t, int64_t watermark_ms)
{
    int rc = catch_up_run(t);
    if (rc || watermark_ms == TIME_NONE || entity_task_is_replaying(t)) {
        return rc;
    }
    return entity_retention_go(t, hold_end_ms(t->hold, watermark_ms));
}

int64_t entity_task_applied(const struct entity_task *t)
{
    return t->catch_up.on ? t->catch_up.until_ms : t->applied_ms;
}

int64_t entity_task_next(const struct entity_task *t)
{
    int64_t held = hold_earliest_ms(t->hold), timer = entity_engine_next_timer(t->engine);
    int64_t next = held < timer ? held : timer;
    bool pending = !delta_table_is_empty(entity_engine_deltas(t->engine));
    return pending && t->tick_ms - 1 < next ? t->tick_ms - 1 : next;
}

uint64_t entity_task_held_bytes(const struct entity_task *t)
{
    return hold_bytes(t->hold);
}

uint64_t entity_task_urgent_bytes(const struct entity_task *t)
{
    return entity_engine_urgent_bytes(t->engine);
}

void entity_task_figures(const struct entity_task *t, struct entity_task_figures *ret_f)
{
    *ret_f = (struct entity_task_figures){
        .entities = entity_engine_count(t->engine), .entity_bytes = entity_engine_bytes(t->engine), .held_bytes = hold_bytes(t->hold),
        .refused = entity_engine_refused(t->engine), .dirty = entity_engine_dirty_count(t->engine),
        .redo = (uint64_t)redo_length(t, redo_oldest(t)->inputs), .redo_noted = (uint64_t)redo_length(t, notes_from(t)),
        .releases = t->retention.count};
    for (uint32_t i = 0; i < t->input_count; i++) {
        ret_f->dedup_bytes += dedup_bytes(t->inputs[i].dedup) + input_refused_bytes(&t->inputs[i].refused);
        ret_f->ids_lost += dedup_lost(t->inputs[i].dedup);
    }
}
