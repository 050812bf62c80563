#include "engine/staff_steps.h"

#include "base/check.h"

/* The value of a step's fact: order 8 | regretted 1 | voluntary 1 | kind 3 | scopes 24; of what was before the first one: productive 1 |
 * scopes 24, and of its absence: scopes 24. */
enum { STEP_KIND_SHIFT = 24, STEP_VOLUNTARY_SHIFT = 27, STEP_REGRETTED_SHIFT, STEP_ORDER_SHIFT };
enum { BASE_PRODUCTIVE_SHIFT = 24 };

#define STEPS_FEW 8u /* of so few none is forgotten before all can be: then nothing is applied again for it */

/* Part of the format of changelogs: further ones stand at the end. */
static const enum event_kind step_kinds[] = {KIND_HIRE, KIND_EXIT, KIND_HEADCOUNT, KIND_ABSENCE_START, KIND_ABSENCE_UPDATE, KIND_ABSENCE_END,
                                             KIND_PRODUCTIVE};
enum { STEP_KINDS = sizeof step_kinds / sizeof *step_kinds };
_Static_assert(STEP_KINDS <= 8, "a kind takes three bits");

static unsigned kind_code(enum event_kind kind)
{
    unsigned i = 0;
    while (i < STEP_KINDS && step_kinds[i] != kind) {
        i++;
    }
    return i;
}

static enum event_field field_of(enum event_kind kind)
{
    return kind == KIND_HIRE || kind == KIND_HEADCOUNT ? EVENT_FTE : EVENT_FRACTION;
}

/* ---- states ------------------------------------------------------------------------------------------- */

struct staff_state staff_state_of(const struct entity *x)
{
    return (struct staff_state){x->employee, x->flags & ENTITY_PRESENT};
}

void staff_state_put(struct entity *x, const struct staff_state *s)
{
    x->employee = s->part;
    x->flags = (uint8_t)((x->flags & ~ENTITY_PRESENT) | (s->present ? ENTITY_PRESENT : 0));
}

bool staff_state_same(const struct staff_state *a, const struct staff_state *b)
{
    const struct employee_part *p = &a->part, *q = &b->part;
    if (!a->present || !b->present) {
        return a->present == b->present;
    }
    return p->hired_ms == q->hired_ms && p->fte == q->fte && p->productive == q->productive && p->absent == q->absent &&
           (!p->absent || (p->absent_since_ms == q->absent_since_ms && p->fraction == q->fraction));
}

static void number_put(struct event *ev, enum event_field field, int64_t number)
{
    ev->present |= UINT64_C(1) << field;
    ev->slot[field].number = number;
}

void staff_step_begin(const struct applying *a, const struct staff_step *s, struct event *ev, struct applying *ret_b)
{
    *ev = (struct event){.kind = s->kind, .ts_ms = s->ts_ms, .entity = a->event->entity};
    number_put(ev, field_of(s->kind), s->number);
    number_put(ev, EVENT_VOLUNTARY, s->voluntary);
    number_put(ev, EVENT_REGRETTED, s->regretted);
    *ret_b = *a;
    ret_b->event = ev;
    ret_b->ts_ms = s->ts_ms;
    ret_b->flow = scope_table_set_at(a->scopes, s->set);
    ret_b->presence = 0;
}

struct staff_state staff_step_after(const struct applying *a, const struct staff_step *s, const struct staff_state *from)
{
    struct event ev;
    struct applying b;
    staff_step_begin(a, s, &ev, &b);
    staff_state_put(a->entity, from);
    staff_apply(&b);
    return staff_state_of(a->entity);
}

/* ---- facts -------------------------------------------------------------------------------------------- */

static struct staff_step step_read(const struct fact *f)
{
    uint64_t v = (uint64_t)f->value;
    unsigned kind = v >> STEP_KIND_SHIFT & 7;
    return (struct staff_step){.ts_ms = fact_t(f), .number = (int64_t)f->key, .set = fact_value_set(f->value, 0),
                               .kind = step_kinds[kind < STEP_KINDS ? kind : 0], .voluntary = v >> STEP_VOLUNTARY_SHIFT & 1,
                               .regretted = v >> STEP_REGRETTED_SHIFT & 1, .order = (uint8_t)(v >> STEP_ORDER_SHIFT)};
}

static struct fact step_fact(const struct staff_step *s)
{
    uint64_t v = (uint64_t)s->order << STEP_ORDER_SHIFT | (uint64_t)s->regretted << STEP_REGRETTED_SHIFT |
                 (uint64_t)s->voluntary << STEP_VOLUNTARY_SHIFT | (uint64_t)kind_code(s->kind) << STEP_KIND_SHIFT | s->set;
    return (struct fact){fact_head(FACT_STAFF, STAFF_STEP, s->ts_ms), (uint64_t)s->number, (int64_t)v};
}

static bool is_later(const struct staff_step *a, const struct staff_step *b)
{
    return a->ts_ms > b->ts_ms || (a->ts_ms == b->ts_ms && a->order > b->order);
}

static unsigned insert(struct staff_steps *steps, const struct staff_step *s)
{
    unsigned i = steps->count++;
    for (; i > 0 && is_later(&steps->at[i - 1], s); i--) {
        steps->at[i] = steps->at[i - 1];
    }
    steps->at[i] = *s;
    return i;
}

static void base_read(const struct fact *f, struct staff_state *base)
{
    if (fact_arg(f) == STAFF_BASE) {
        base->present = true;
        base->part.hired_ms = fact_t(f);
        base->part.fte = (int64_t)f->key;
        base->part.productive = f->value >> BASE_PRODUCTIVE_SHIFT & 1;
    } else {
        base->part.absent = true;
        base->part.absent_since_ms = fact_t(f);
        base->part.fraction = (int64_t)f->key;
    }
}

void staff_steps_read(const struct entity *x, struct staff_steps *ret_steps)
{
    ret_steps->count = 0;
    ret_steps->base = (struct staff_state){0};
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_STAFF && fact_arg(f) != STAFF_STEP) {
            base_read(f, &ret_steps->base);
        } else if (fact_type(f) == FACT_STAFF && ret_steps->count < STAFF_STEPS_MAX) {
            struct staff_step s = step_read(f);
            (void)insert(ret_steps, &s);
        }
    }
    if (ret_steps->count == 0) {
        ret_steps->base = staff_state_of(x);
    }
}

static struct staff_step step_of(const struct applying *a)
{
    const struct event *e = a->event;
    return (struct staff_step){.ts_ms = a->ts_ms, .number = event_number(e, field_of(e->kind), FIXED_ONE), .set = a->flow->id, .kind = e->kind,
                               .voluntary = event_number(e, EVENT_VOLUNTARY, 0) != 0, .regretted = event_number(e, EVENT_REGRETTED, 0) != 0};
}

static void comes_behind(struct staff_step *s, int64_t ts_ms, unsigned order)
{
    s->order = ts_ms == s->ts_ms && order >= s->order ? (uint8_t)(order + (order < UINT8_MAX)) : s->order;
}

/* The steps before an instant, and the first of too many, are a part of what was before. */
static void steps_fold(const struct applying *a, struct staff_steps *steps, int64_t before_ms)
{
    struct staff_state now = staff_state_of(a->entity);
    unsigned gone = 0;
    while (gone < steps->count && (steps->at[gone].ts_ms < before_ms || steps->count - gone == STAFF_STEPS_MAX)) {
        steps->base = staff_step_after(a, &steps->at[gone++], &steps->base);
    }
    staff_state_put(a->entity, &now);
    steps->count -= gone;
    memmove(steps->at, steps->at + gone, steps->count * sizeof steps->at[0]);
}

unsigned staff_steps_insert(const struct applying *a, struct staff_steps *steps)
{
    struct staff_step s = step_of(a);
    steps_fold(a, steps, INT64_MIN);
    for (unsigned i = 0; i < steps->count; i++) {
        comes_behind(&s, steps->at[i].ts_ms, steps->at[i].order);
    }
    return insert(steps, &s);
}

static void append(const struct applying *a, struct fact f)
{
    int rc = facts_add(a->home, a->entity, f);
    CHECK_POST(rc == 0); /* there is room */
}

static void base_write(const struct applying *a, const struct staff_steps *steps)
{
    const struct employee_part *p = &steps->base.part;
    uint32_t set = steps->at[0].set;
    if (steps->base.present) {
        append(a, (struct fact){fact_head(FACT_STAFF, STAFF_BASE, p->hired_ms), (uint64_t)p->fte,
                                (int64_t)((uint64_t)p->productive << BASE_PRODUCTIVE_SHIFT | set)});
    }
    if (steps->base.present && p->absent) {
        append(a, (struct fact){fact_head(FACT_STAFF, STAFF_SPELL, p->absent_since_ms), (uint64_t)p->fraction, set});
    }
}

int staff_steps_write(const struct applying *a, const struct staff_steps *steps)
{
    struct entity *x = a->entity;
    int rc = facts_reserve(a->home, x, steps->count + STAFF_FACT_COUNT);
    if (rc != 0) {
        return rc;
    }
    for (uint32_t i = x->fact_count; i-- > x->mark_count;) {
        if (fact_type(&x->facts[i]) == FACT_STAFF) {
            facts_remove(x, i);
        }
    }
    base_write(a, steps);
    for (unsigned i = 0; i < steps->count; i++) {
        append(a, step_fact(&steps->at[i]));
    }
    return 0;
}

/* The steps that are facts of an entity. */
struct kept {
    unsigned count, old; /* old: before some instant */
};

static struct kept count_of(const struct entity *x, int64_t before_ms, struct staff_step *s)
{
    struct kept kept = {0, 0};
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (f->head >> 48 == fact_head(FACT_STAFF, STAFF_STEP, 0) >> 48) {
            kept.count++;
            kept.old += fact_t(f) < before_ms;
            comes_behind(s, fact_t(f), (uint8_t)((uint64_t)f->value >> STEP_ORDER_SHIFT));
        }
    }
    return kept;
}

int staff_steps_add(const struct applying *a, int64_t before_ms, struct staff_steps *room)
{
    struct staff_step s = step_of(a);
    struct kept kept = count_of(a->entity, before_ms, &s);
    if (kept.count > 0 && (kept.old == 0 ? kept.count < STAFF_STEPS_MAX : kept.old < kept.count && kept.count < STEPS_FEW)) {
        return facts_add(a->home, a->entity, step_fact(&s));
    }
    room->count = 0;
    room->base = staff_state_of(a->entity);
    if (kept.old < kept.count) {
        staff_steps_read(a->entity, room);
        steps_fold(a, room, before_ms);
    }
    room->at[room->count++] = s;
    return staff_steps_write(a, room);
}
