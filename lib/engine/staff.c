#include "engine/staff.h"

static int64_t clipped(int64_t v, int64_t max)
{
    return v < 0 ? 0 : v > max ? max
                               : v;
}

struct staff staff_of(const struct entity *x)
{
    const struct employee_part *p = &x->employee;
    if (!(x->flags & ENTITY_PRESENT)) {
        return (struct staff){0};
    }
    return (struct staff){
        .present = true,
        .absent = p->absent,
        .productive = p->productive,
        .hired_ms = p->hired_ms,
        .absent_since_ms = p->absent ? p->absent_since_ms : 0,
        .fte = p->fte,
        .fraction = p->absent ? p->fraction : 0,
    };
}

static void hire(struct applying *a)
{
    struct entity *x = a->entity;
    x->employee.fte = clipped(event_number(a->event, EVENT_FTE, FIXED_ONE), INT64_MAX);
    if (!(x->flags & ENTITY_PRESENT)) {
        x->employee.hired_ms = a->ts_ms;
        x->employee.productive = x->employee.absent = false;
        x->flags |= ENTITY_PRESENT;
        a->presence = 1;
    }
}

static void leave(struct applying *a)
{
    struct entity *x = a->entity;
    a->presence = x->flags & ENTITY_PRESENT ? -1 : 0;
    x->flags &= (uint8_t)~ENTITY_PRESENT;
    x->employee.productive = x->employee.absent = false;
}

/* A second start is a change of the fraction. */
static void absence_tell(struct applying *a)
{
    struct employee_part *p = &a->entity->employee;
    bool starts = a->event->kind == KIND_ABSENCE_START && !p->absent && a->ts_ms >= p->hired_ms;
    if (starts) {
        p->absent = true;
        p->absent_since_ms = a->ts_ms;
    }
    if (p->absent && a->ts_ms >= p->absent_since_ms) {
        p->fraction = clipped(event_number(a->event, EVENT_FRACTION, FIXED_ONE), FIXED_ONE);
    }
}

static void present_apply(struct applying *a)
{
    struct employee_part *p = &a->entity->employee;
    switch (a->event->kind) {
    case KIND_ABSENCE_START:
    case KIND_ABSENCE_UPDATE:
        absence_tell(a);
        break;
    case KIND_ABSENCE_END:
        p->absent = p->absent && a->ts_ms < p->absent_since_ms;
        break;
    case KIND_PRODUCTIVE:
        p->productive = p->productive || a->ts_ms >= p->hired_ms;
        break;
    default:
        break;
    }
}

void staff_apply(struct applying *a)
{
    struct entity *x = a->entity;
    if (a->event->kind == KIND_HIRE) {
        hire(a);
    } else if (a->event->kind == KIND_EXIT) {
        leave(a);
    } else if (a->event->kind == KIND_HEADCOUNT) {
        x->employee.fte = clipped(event_number(a->event, EVENT_FTE, x->employee.fte), INT64_MAX);
    } else if (x->flags & ENTITY_PRESENT) {
        present_apply(a);
    }
}
