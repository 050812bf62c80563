#include "task/entity_retention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/entity_inner.h"
#include "task/planted.h"
#include "window/pane.h"

/* A task that has not begun may begin before the last release that was told. */
enum { TABLES_BEFORE_BEGIN = 2 };

static void table_free(struct retention_table *table)
{
    if (table) {
        retention_table_close(table);
        free(table);
    }
}

void entity_retention_close(struct entity_retention *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        table_free(r->tables[i]);
    }
    free(r->tables);
    free(r->over);
    *r = (struct entity_retention){0};
}

/* ---- time ------------------------------------------------------------------------------------------- */

static bool observes(const struct entity_task *t)
{
    return t->type == SENDER_CUSTOMERS && t->model->clv.observed;
}

/* The release that the task comes to next, or stands at. Before it has begun: the last one before its first event. */
static int64_t release_ahead(const struct entity_task *t, int64_t limit_ms, bool turned)
{
    if (t->applied_ms != TIME_NONE) {
        return release_tick_after(t->model, t->applied_ms - !turned);
    }
    int64_t held_ms = hold_earliest_ms(t->hold);
    return release_tick_until(t->model, held_ms < limit_ms ? held_ms : limit_ms - 1);
}

/* The instant up to which the task may go at once: the limit, or the next release. turned: it is past the one that it may
 * stand at. */
static int64_t go_until(const struct entity_task *t, int64_t limit_ms, bool turned)
{
    if (!observes(t)) {
        return limit_ms;
    }
    int64_t release_ms = release_ahead(t, limit_ms, turned);
    return release_ms < limit_ms ? release_ms : limit_ms;
}

/* The table that holds from a release on: its own, or where the task was not waited for a later one. */
static uint32_t table_of(const struct entity_retention *r, int64_t release_ms)
{
    uint32_t i = 0;
    while (i < r->count && r->tables[i]->t_ms < release_ms) {
        i++;
    }
    return i;
}

/* The guard decides on releases from here on. */
static void begin(struct entity_task *t, int64_t release_ms)
{
    if (t->release_from_ms == TIME_NONE) {
        t->release_from_ms = release_ms;
        t->release_untold = true;
    }
}

/* The task stands at a release and goes on: customers are valued anew. 1; 0: it was not told yet; CUBE_ENOMEM. Once more
 * after a restart nobody's class changes that is not in the records: those were written with the commit in which it did. */
static int turn(struct entity_task *t, int64_t release_ms)
{
    uint32_t i = table_of(&t->retention, release_ms);
    bool told = i < t->retention.count, again = t->catch_up.on;
    t->retention.waits = !told && !again;
    if (t->retention.waits) {
        begin(t, release_ms);
    }
    if (!told) {
        return again || PLANTED(RETENTION_NOT_WAITED);
    }
    /* What was published of the ticks until now is valued by what was observed before. */
    int rc = entity_task_tick(t, tick_after(release_ms, t->model->cube.tick_ms));
    if (again) {
        entity_engine_retention(t->engine, t->retention.tables[i]);
        return rc ? rc : 1;
    }
    rc = rc ? rc : entity_engine_revalue(t->engine, t->retention.tables[i]);
    return rc ? rc : 1;
}

int entity_retention_go(struct entity_task *t, int64_t limit_ms)
{
    int rc = 0, turned = 0;
    while (!rc && (t->applied_ms == TIME_NONE || t->applied_ms < limit_ms)) {
        int64_t until_ms = go_until(t, limit_ms, turned);
        rc = t->applied_ms == until_ms ? 0 : entity_task_apply_to(t, until_ms);
        turned = rc || until_ms == limit_ms ? 0 : turn(t, until_ms);
        if (turned != 1) {
            return rc ? rc : turned;
        }
    }
    return rc;
}

int64_t entity_task_awaits(const struct entity_task *t)
{
    return t->retention.waits ? t->applied_ms : INT64_MAX;
}

/* ---- tables ----------------------------------------------------------------------------------------- */

static int room_make(struct entity_retention *r)
{
    if (r->count == r->capacity) {
        uint32_t capacity = r->capacity ? 2 * r->capacity : 4;
        struct retention_table **at = realloc(r->tables, capacity * sizeof(struct retention_table *));
        if (!at) {
            return CUBE_ENOMEM;
        }
        r->tables = at;
        r->capacity = capacity;
    }
    return 0;
}

/* Moves a table to its place by release. */
static int table_add(struct entity_retention *r, struct retention_table *table)
{
    struct retention_table *own = room_make(r) ? NULL : malloc(sizeof *own);
    if (!own) {
        return CUBE_ENOMEM;
    }
    *own = *table;
    *table = (struct retention_table){0};
    uint32_t i = r->count++;
    for (; i > 0 && r->tables[i - 1]->t_ms > own->t_ms; i--) {
        r->tables[i] = r->tables[i - 1];
    }
    r->tables[i] = own;
    return 0;
}

/* How many tables nothing is valued by any more, not even after a restart. */
static uint32_t over_now(const struct entity_task *t)
{
    const struct entity_retention *r = &t->retention;
    int64_t from_ms = t->env->memory_only ? t->applied_ms : redo_oldest(t)->applied_ms;
    if (t->applied_ms == TIME_NONE) {
        return r->count > TABLES_BEFORE_BEGIN ? r->count - TABLES_BEFORE_BEGIN : 0;
    }
    uint32_t i = from_ms == TIME_NONE ? 0 : table_of(r, release_tick_until(t->model, from_ms - 1));
    return i < r->count ? i : 0;
}

static int over_note(struct entity_retention *r, uint32_t count)
{
    if (count > r->over_capacity) {
        int64_t *at = realloc(r->over, count * sizeof *at);
        if (!at) {
            return CUBE_ENOMEM;
        }
        r->over = at;
        r->over_capacity = count;
    }
    for (uint32_t i = 0; i < count; i++) {
        r->over[r->over_count++] = r->tables[i]->t_ms;
    }
    return 0;
}

static int over_drop(struct entity_task *t)
{
    struct entity_retention *r = &t->retention;
    uint32_t count = over_now(t), stored = count < r->stored ? count : r->stored;
    if (over_note(r, stored)) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        table_free(r->tables[i]);
    }
    memmove(r->tables, r->tables + count, (r->count - count) * sizeof(struct retention_table *));
    r->count -= count;
    r->stored -= stored;
    return 0;
}

int entity_task_retention(struct entity_task *t, struct retention_table *table)
{
    const struct entity_retention *r = &t->retention;
    if (r->count && table->t_ms <= r->tables[r->count - 1]->t_ms) {
        retention_table_close(table); /* told again after a restart */
        return 0;
    }
    return table_add(&t->retention, table);
}

/* ---- changelog -------------------------------------------------------------------------------------- */

bool entity_retention_has_work(const struct entity_task *t)
{
    return t->retention.count > t->retention.stored;
}

static int put(struct entity_task *t, int64_t t_ms, const struct retention_table *table)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)t_ms);
    buf_clear(&t->bytes);
    int rc = table ? retention_encode(table, &t->bytes) : 0;
    return rc ? rc : entity_changelog_put(t, RETENTION_KEY_MARK, (struct text){digits, (uint32_t)len}, table ? t->bytes.at : NULL, t->bytes.len);
}

int entity_retention_flush(struct entity_task *t)
{
    struct entity_retention *r = &t->retention;
    int rc = r->count ? over_drop(t) : 0;
    for (uint32_t i = 0; i < r->over_count && !rc && !t->env->memory_only; i++) {
        rc = put(t, r->over[i], NULL);
    }
    for (uint32_t i = r->stored; i < r->count && !rc && !t->env->memory_only && !PLANTED(RETENTION_NOT_STORED); i++) {
        rc = put(t, r->tables[i]->t_ms, r->tables[i]);
    }
    r->over_count = 0;
    r->stored = r->count;
    return rc;
}

int entity_retention_restore(struct entity_task *t, const struct record *r)
{
    if (!r->value) {
        return 0;
    }
    struct retention_table table = {0};
    struct cursor c = {r->value, r->value + r->value_len};
    int rc = retention_decode(&c, &table);
    rc = rc ? rc : table_add(&t->retention, &table);
    retention_table_close(&table);
    return rc;
}

void entity_retention_restored(struct entity_task *t)
{
    struct entity_retention *r = &t->retention;
    r->stored = r->count;
    if (t->applied_ms != TIME_NONE && r->count) {
        uint32_t i = table_of(r, release_tick_until(t->model, t->applied_ms - 1));
        entity_engine_retention(t->engine, i < r->count ? r->tables[i] : NULL);
    }
}
