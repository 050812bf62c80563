#include "task/scope_retention.h"

#include <stdlib.h>
#include <string.h>

#include "task/entity_task.h"
#include "task/scope_inner.h"

void scope_retention_close(struct scope_retention *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        retention_table_close(&r->waiting[i]);
    }
    free(r->waiting);
    *r = (struct scope_retention){.passed_ms = TIME_NONE};
}

/* ---- telling ---------------------------------------------------------------------------------------- */

static int table_tell(struct scope_task *t, uint32_t q, const struct retention_table *table)
{
    uint32_t next = 0;
    int more;
    while ((more = retention_put_items(table, &next, HANDOVER_BODY_MAX, &t->handover.bodies[q])) == 1) {
        more = scope_handover_send(t, q, HANDOVER_RETENTION, table->t_ms, false);
        if (more) {
            return more;
        }
    }
    return more;
}

int scope_retention_tell(struct scope_task *t, int64_t t_ms)
{
    struct retention_table table;
    int rc = guard_retention(t->handover.guard, t_ms, &table);
    for (uint32_t q = 0; q < (uint32_t)t->env->layout.scopes && !rc; q++) {
        rc = table_tell(t, q, &table);
    }
    retention_table_close(&table);
    return rc ? rc : scope_handover_send_all(t, HANDOVER_RETENTION, t_ms);
}

/* ---- taking ----------------------------------------------------------------------------------------- */

static int table_open(struct scope_retention *r, int64_t t_ms)
{
    if (r->count == r->capacity) {
        uint32_t capacity = r->capacity ? 2 * r->capacity : 4;
        struct retention_table *at = realloc(r->waiting, capacity * sizeof *at);
        if (!at) {
            return CUBE_ENOMEM;
        }
        r->waiting = at;
        r->capacity = capacity;
    }
    r->waiting[r->count++] = (struct retention_table){.t_ms = t_ms};
    r->open = true;
    return 0;
}

/* The rest of a table that was handed on before the restart, its beginning included: it begins with no whole. */
static bool is_rest(const struct scope_task *t, const struct handover_reader *reader)
{
    bool inside = reader->at.at < reader->at.end && *reader->at.at != 0;
    return inside && !t->handover.retention.open && input_is_replaying(&t->input);
}

int scope_retention_record(struct scope_task *t, int64_t offset, struct handover_reader *reader, const struct handover_head *head)
{
    struct scope_retention *r = &t->handover.retention;
    if (is_rest(t, reader)) {
        return 0;
    }
    struct pending_bundle pending = {.offset = offset, .last_tick_ms = head->t_ms, .late_tick_ms = TIME_NONE, .valued = true};
    int rc = r->open ? 0 : table_open(r, head->t_ms), more = rc ? 0 : 1;
    struct retention_table *table = rc ? NULL : &r->waiting[r->count - 1];
    if (table && table->t_ms != head->t_ms) {
        return CUBE_EFORMAT;
    }
    while (more == 1) {
        more = retention_get(&reader->at, table);
    }
    rc = rc ? rc : more;
    rc = rc ? rc : scope_pending_add(t, &pending);
    r->open = r->open && (rc || !head->last);
    return rc;
}

/* ---- handing on ------------------------------------------------------------------------------------- */

int scope_retention_pass(struct scope_task *t, struct entity_task *customers)
{
    struct scope_retention *r = &t->handover.retention;
    uint32_t whole = r->count - r->open, done = 0;
    int rc = 0;
    if (whole == 0 || entity_task_is_replaying(customers)) {
        return 0;
    }
    while (done < whole && !rc) {
        r->passed_ms = r->waiting[done].t_ms > r->passed_ms ? r->waiting[done].t_ms : r->passed_ms;
        rc = entity_task_retention(customers, &r->waiting[done]);
        done += !rc;
    }
    memmove(r->waiting, r->waiting + done, (r->count - done) * sizeof *r->waiting);
    r->count -= done;
    t->dirty = true; /* its records need not be read again */
    return rc;
}
