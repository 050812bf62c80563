/* Bundles of rows: each taken once, in its order, and read again until its ticks are done. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "task/planted.h"
#include "task/record_told.h"
#include "task/scope_inner.h"

int scope_pending_add(struct scope_task *t, const struct pending_bundle *p)
{
    if (t->pending_count == t->pending_capacity) {
        uint32_t capacity = t->pending_capacity ? t->pending_capacity * 2 : 64;
        struct pending_bundle *grown = malloc(capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        for (uint32_t i = 0; i < t->pending_count; i++) {
            grown[i] = t->pending[(t->pending_first + i) % t->pending_capacity];
        }
        free(t->pending);
        t->pending = grown;
        t->pending_capacity = capacity;
        t->pending_first = 0;
    }
    t->pending[(t->pending_first + t->pending_count++) % t->pending_capacity] = *p;
    return 0;
}

int64_t scope_pending_done(const struct scope_task *t, const struct pending_bundle *p)
{
    return p->valued ? t->handover.retention.passed_ms : p->guarded ? t->handover.how.guarded_ms : t->done_ms;
}

static bool pending_is_over(const struct scope_task *t)
{
    const struct pending_bundle *p = &t->pending[t->pending_first];
    return p->last_tick_ms <= scope_pending_done(t, p) || (p->valued && PLANTED(RETENTION_READ_ONCE));
}

void scope_pending_trim(struct scope_task *t)
{
    while (t->pending_count && pending_is_over(t)) {
        t->pending_first = (t->pending_first + 1) % t->pending_capacity;
        t->pending_count--;
    }
}

/* A row whose tick is done waits for the next one: its task held nothing back before (SENDER_EMPTY). While
 * replaying it has been worked on already, unless the commit says that the bundle's late rows still wait.
 * True: *ret_tick_ms is the tick of the row. */
static bool row_tick(const struct scope_task *t, struct pending_bundle *p, int64_t tick_ms, int64_t *ret_tick_ms)
{
    int64_t done_ms = scope_pending_done(t, p);
    *ret_tick_ms = tick_ms;
    if (tick_ms > done_ms) {
        return true;
    }
    if (input_is_replaying(&t->input) && !input_refused_has(&t->input.refused, p->offset) && !PLANTED(ROWS_AGAIN)) {
        return false;
    }
    *ret_tick_ms = p->late_tick_ms = done_ms + t->model->cube.tick_ms;
    return true;
}

/* Where the rows of a bundle go, and the last of them. */
struct taking {
    struct scope_engine *engine;
    struct row_names *names;
    struct bundle_reader *reader;
    int64_t tick_ms; /* from which it is seen */
    bool taken;      /* else it was worked on already */
};

/* Those of them that need not be looked at one by one. Departments are refused row by row, so there may be none before that waits. */
static int rows_run(const struct taking *to, const struct delta_row *row)
{
    return to->taken && row->kind != ROW_CONTACTS ? row_names_run(to->names, to->engine, to->reader) : 0;
}

/* The rows that are named like the last one, up to the next item. */
static int rows_again(const struct taking *to, struct delta_row *row)
{
    int rc = rows_run(to, row), more;
    while (!rc && (more = bundle_again(to->reader, row)) != 0) {
        rc = more < 0 ? more : to->taken ? row_names_add(to->names, to->engine, to->tick_ms, row) : 0;
        rc = rc ? rc : rows_run(to, row);
    }
    return rc;
}

static int item_take(const struct scope_task *t, struct taking *to, struct pending_bundle *p, struct bundle_item *item)
{
    if (item->type != BUNDLE_ROW) {
        return row_names_learn(to->names, to->engine, item);
    }
    to->taken = row_tick(t, p, item->tick_ms, &to->tick_ms);
    if (!to->taken) {
        return 0;
    }
    p->last_tick_ms = to->tick_ms > p->last_tick_ms ? to->tick_ms : p->last_tick_ms;
    return row_names_add(to->names, to->engine, to->tick_ms, &item->row);
}

static int rows_take(struct scope_task *t, struct bundle_reader *reader, struct pending_bundle *p)
{
    struct taking to = {.engine = p->guarded ? guard_cells(t->handover.guard) : t->engine,
                        .names = p->guarded ? &t->handover.names : &t->names, .reader = reader};
    struct bundle_item item;
    int rc;
    row_names_clear(to.names);
    while ((rc = bundle_next(reader, &item)) == 1) {
        rc = item_take(t, &to, p, &item);
        rc = rc ? rc : rows_again(&to, &item.row);
        if (rc) {
            return rc;
        }
    }
    return rc;
}

static int sender_of(const struct scope_task *t, const struct bundle_head *h, struct commit_peer **ret_s)
{
    int32_t count = h->sender == SENDER_CUSTOMERS ? t->env->layout.customers : t->env->layout.employees;
    if (h->task >= count) {
        return CUBE_ELAYOUT;
    }
    *ret_s = &t->senders[h->task + (h->sender == SENDER_CUSTOMERS ? 0 : t->env->layout.customers)];
    return 0;
}

/* True when the bundle is the next of its chain, or the chain has a gap (counted). */
static bool chain_step(struct scope_task *t, struct commit_peer *s, const struct bundle_head *h)
{
    if (h->seq <= s->seq) {
        return false;
    }
    if (h->seq != s->seq + 1) {
        t->gaps++;
        task_tell(t->env, 3, "bundle_gap", "bundles of a task are missing in the topic of partials");
    }
    s->seq = h->seq;
    return true;
}

static int bundle_take(struct scope_task *t, const struct record *r)
{
    struct bundle_reader reader;
    struct bundle_head h;
    struct commit_peer *s;
    struct pending_bundle pending = {.offset = r->offset, .last_tick_ms = TIME_NONE, .late_tick_ms = TIME_NONE};
    int rc = bundle_open(&reader, t->model, r->value, r->value_len, &h);
    if (rc) {
        return rc;
    }
    if (memcmp(&h.layout, &t->env->layout, sizeof h.layout) != 0 || sender_of(t, &h, &s)) {
        return CUBE_ELAYOUT;
    }
    if (h.guarded && !t->handover.guard) {
        return CUBE_EFORMAT;
    }
    pending.guarded = h.guarded;
    bool replaying = input_is_replaying(&t->input);
    t->heard_ms[s - t->senders] = t->env->now_ms;
    if (!replaying && !chain_step(t, s, &h)) {
        return 0;
    }
    rc = rows_take(t, &reader, &pending);
    rc = rc ? rc : pending.last_tick_ms > scope_pending_done(t, &pending) ? scope_pending_add(t, &pending) : 0;
    rc = rc || replaying ? rc : scope_handover_begins(t, h.release_from_ms);
    if (!rc && !replaying && (h.last || PLANTED(WATERMARK_OF_A_PART))) {
        s->heard = true;
        s->state = (uint8_t)h.state;
        s->watermark_ms = h.watermark_ms > s->watermark_ms ? h.watermark_ms : s->watermark_ms;
    }
    return rc;
}

int scope_task_record(struct scope_task *t, const struct record *r)
{
    CHECK_PRE(r->offset >= t->input.next);
    t->input.next = r->offset;
    bool handover = r->value && handover_is(r->value, r->value_len);
    int rc = handover ? scope_handover_record(t, r) : r->value ? bundle_take(t, r) : CUBE_EFORMAT;
    if (rc == CUBE_ELAYOUT) {
        task_tell(t->env, 3, "layout_differs", "a bundle comes from other partition counts or another configuration: do all instances run the same?");
    }
    if (rc) {
        record_told(t->env, "bundle_refused", r, rc);
        return rc;
    }
    t->input.next = r->offset + 1;
    t->input.at_end = false;
    return 0;
}

void scope_sums_told(const struct scope_task *t, int64_t from, int64_t next)
{
    enum topic_role role = next > from ? ROLE_PARTIALS : ROLE_CHANGELOG_SCOPES;
    sums_told(t->env, t->engine, role, t->index, from, next);
    if (t->handover.guard) {
        sums_told(t->env, guard_cells(t->handover.guard), role, t->index, from, next);
    }
}
