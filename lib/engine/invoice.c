#include "engine/invoice.h"

#include "engine/entity.h"

static struct fact *unpaid_find(const struct entity *x, uint64_t key)
{
    struct fact *f = facts_find(x, FACT_INVOICE, 0, key);
    return f ? f : facts_find(x, FACT_OVERDUE, 0, key);
}

static void drop(struct entity *x, const struct fact *f)
{
    if (f) {
        facts_remove(x, (uint32_t)(f - x->facts));
    }
}

/* The flag spares customers who owe nothing a walk over their facts. */
static void flag_set(struct entity *x)
{
    x->flags &= (uint8_t)~ENTITY_OVERDUE;
    for (uint32_t i = 0; i < x->fact_count && !(x->flags & ENTITY_OVERDUE); i++) {
        const struct fact *f = &x->facts[i];
        x->flags |= fact_type(f) == FACT_OVERDUE ? ENTITY_OVERDUE : 0;
    }
}

/* An invoice paid so long ago that its number may stand for another one, whatever comes from before_ms on. */
static bool is_forgotten(const struct applying *a, const struct fact *f, int64_t before_ms)
{
    return fact_type(f) == FACT_PAID && fact_t(f) + a->model->reissue_within_ms < before_ms && !unpaid_find(a->entity, f->key);
}

/* Nothing of an invoice comes from before before_ms any more. */
static void sweep(struct applying *a, int64_t before_ms)
{
    struct entity *x = a->entity;
    for (uint32_t i = x->fact_count; i-- > x->mark_count;) {
        const struct fact *f = &x->facts[i];
        if (is_forgotten(a, f, before_ms)) {
            facts_remove(x, i);
        } else if (invoice_step_is_old(f, before_ms)) {
            invoice_steps_forget(x, f->key, before_ms);
            i = i < x->fact_count ? i : x->fact_count;
        }
    }
}

static struct invoice_state state_of(const struct entity *x, uint64_t key)
{
    const struct fact *unpaid = unpaid_find(x, key), *paid = facts_find(x, FACT_PAID, 0, key);
    return (struct invoice_state){unpaid ? unpaid->value : 0, unpaid ? fact_t(unpaid) : 0, paid ? paid->value : 0, paid ? fact_t(paid) : 0};
}

static int unpaid_add(struct applying *a, uint64_t key, const struct invoice_state *s)
{
    enum fact_type type = s->due_ms <= a->now_ms ? FACT_OVERDUE : FACT_INVOICE;
    if (type == FACT_OVERDUE) {
        a->entity->flags |= ENTITY_OVERDUE;
    } else {
        applying_due(a, s->due_ms);
    }
    return facts_add(a->home, a->entity, (struct fact){fact_head(type, 0, s->due_ms), key, s->unpaid});
}

static int unpaid_put(struct applying *a, uint64_t key, const struct invoice_state *s)
{
    struct fact *f = unpaid_find(a->entity, key);
    if (f && s->unpaid > 0 && fact_t(f) == s->due_ms) {
        f->value = s->unpaid;
        return 0;
    }
    drop(a->entity, f);
    if (f && a->entity->flags & ENTITY_OVERDUE) {
        flag_set(a->entity);
    }
    return s->unpaid > 0 ? unpaid_add(a, key, s) : 0;
}

/* Remembers what is paid: the invoice may be issued again. */
static int paid_put(struct applying *a, uint64_t key, const struct invoice_state *s)
{
    struct fact *f = facts_find(a->entity, FACT_PAID, 0, key), paid = {fact_head(FACT_PAID, 0, s->paid_ms), key, s->paid};
    if (s->paid == 0) {
        drop(a->entity, f);
        return 0;
    }
    if (!f) {
        return facts_add(a->home, a->entity, paid);
    }
    *f = paid;
    return 0;
}

static int64_t due_of(const struct event *e)
{
    int64_t due = event_number(e, EVENT_DUE, 0);
    return due < 0 ? 0 : due > FACT_T_MAX ? FACT_T_MAX : due;
}

int invoice_apply(struct applying *a, cube_i128 *ret_cost, struct invoice_costs *ret_costs)
{
    uint64_t key = fact_key(event_text(a->event, EVENT_INVOICE));
    int64_t before_ms = a->ts_ms - a->model->time.lateness_ms - a->model->time.out_of_order_ms;
    struct invoice_step step = {a->ts_ms, event_number(a->event, EVENT_AMOUNT, 0), due_of(a->event), a->event->kind == KIND_PAYMENT};
    ret_costs->count = 0;
    if (step.pays && step.amount <= 0) {
        return 0;
    }
    sweep(a, before_ms);
    struct invoice_state state = state_of(a->entity, key);
    int rc = invoice_steps_apply(a, key, &step, before_ms, &state, ret_cost, ret_costs);
    rc = rc ? rc : unpaid_put(a, key, &state);
    return rc ? rc : paid_put(a, key, &state);
}

void invoice_due(struct applying *a, uint32_t i)
{
    struct fact f = a->entity->facts[i];
    f.head = fact_head(FACT_OVERDUE, 0, fact_t(&f));
    a->entity->flags |= ENTITY_OVERDUE;
    facts_change(a->entity, i, &f);
}

struct running invoice_running(const struct entity *x, int64_t *ret_count)
{
    struct running r = {0, 0};
    int64_t count = 0;
    for (uint32_t i = x->flags & ENTITY_OVERDUE ? x->mark_count : x->fact_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_OVERDUE) {
            r.amount += f->value;
            r.amount_due += (cube_i128)f->value * fact_t(f);
            count++;
        }
    }
    if (ret_count) {
        *ret_count = count;
    }
    return r;
}

int64_t invoice_told_ms(const struct entity *x)
{
    const struct fact *f = facts_find(x, FACT_VALUE, VALUE_TOLD, 0);
    return f ? fact_t(f) : 0;
}

int invoice_tell(struct applying *a)
{
    struct fact *f = facts_find(a->entity, FACT_VALUE, VALUE_TOLD, 0);
    struct fact told = {fact_head(FACT_VALUE, VALUE_TOLD, a->now_ms), 0, 0};
    if (!(a->entity->flags & ENTITY_OVERDUE)) {
        drop(a->entity, f);
        return 0;
    }
    if (!f) {
        return facts_add(a->home, a->entity, told);
    }
    f->head = a->now_ms > fact_t(f) ? told.head : f->head;
    return 0;
}
