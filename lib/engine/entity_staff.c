/* Employees: what comes late is taken in its turn, and what came after it is told anew where that makes it another. */
#include "engine/entity_state.h"

/* Where the straggler has its turn; the later steps and what is before them are left in e->later. */
static int go_back(struct entity_engine *e, const struct applying *a)
{
    struct staff_steps *steps = &e->later;
    e->after = staff_state_of(a->entity);
    staff_steps_read(a->entity, steps);
    unsigned place = staff_steps_insert(a, steps);
    int rc = staff_steps_write(a, steps);
    for (unsigned i = 0; i < place; i++) {
        steps->base = staff_step_after(a, &steps->at[i], &steps->base);
    }
    steps->count -= place + 1;
    memmove(steps->at, steps->at + place + 1, steps->count * sizeof steps->at[0]);
    staff_state_put(a->entity, &steps->base);
    return rc;
}

static int begin(struct entity_engine *e, const struct applying *a)
{
    const struct time_plan *time = &a->model->time;
    if (time->lateness_ms == 0) {
        return 0;
    }
    if (a->straggles) {
        return go_back(e, a);
    }
    int rc = staff_steps_add(a, a->ts_ms - time->lateness_ms - time->out_of_order_ms, &e->later);
    e->later.count = 0;
    return rc;
}

int entity_staff_apply(struct entity_engine *e, struct applying *a)
{
    e->later.count = 0;
    int rc = staff_has_step(a->event->kind) ? begin(e, a) : 0;
    e->before = staff_of(a->entity);
    a->before = &e->before;
    staff_apply(a);
    return rc;
}

/* What a step from a state tells, or takes back of it. */
static int tell(struct entity_engine *e, const struct applying *a, const struct staff_step *s, const struct staff_state *from, bool takes_back)
{
    const struct measure_list *l = &e->dispatch->apply[s->kind];
    struct event ev;
    struct applying b;
    int rc = 0;
    staff_step_begin(a, s, &ev, &b);
    staff_state_put(a->entity, from);
    struct staff before = staff_of(a->entity);
    b.before = &before;
    b.takes_back = takes_back;
    staff_apply(&b);
    for (uint32_t i = 0; i < l->count && rc == 0; i++) {
        const struct measure *m = &e->model->measures[l->at[i]];
        rc = m->aggregation->kinds ? m->aggregation->apply(m, &b) : 0;
    }
    return rc;
}

int entity_staff_end(struct entity_engine *e, const struct applying *a)
{
    const struct staff_steps *later = &e->later;
    struct staff_state was = later->base, now = staff_state_of(a->entity);
    int rc = 0;
    unsigned i = 0;
    for (; i < later->count && rc == 0 && !staff_state_same(&was, &now); i++) {
        const struct staff_step *s = &later->at[i];
        if (a->out) {
            rc = tell(e, a, s, &was, true);
            rc = rc ? rc : tell(e, a, s, &now, false);
        }
        was = staff_step_after(a, s, &was);
        now = staff_step_after(a, s, &now);
    }
    staff_state_put(a->entity, i < later->count && rc == 0 ? &e->after : &now);
    e->later.count = 0;
    return rc;
}
