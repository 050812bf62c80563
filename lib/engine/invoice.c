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

static bool is_forgotten(const struct applying *a, const struct fact *paid, int64_t now_ms)
{
    return fact_t(paid) + a->model->reissue_within_ms < now_ms && !unpaid_find(a->entity, paid->key);
}

/* Invoices paid so long ago that their number may stand for another one, whatever comes late, are forgotten. */
static void sweep(struct applying *a)
{
    for (uint32_t i = a->entity->fact_count; i-- > 0;) {
        const struct fact *f = &a->entity->facts[i];
        if (fact_type(f) == FACT_PAID && is_forgotten(a, f, a->ts_ms - a->model->time.lateness_ms)) {
            facts_remove(a->entity, i);
        }
    }
}

static int unpaid_add(struct applying *a, uint64_t key, cube_i128 unpaid)
{
    int64_t due = event_number(a->event, EVENT_DUE, 0);
    due = due < 0 ? 0 : due > FACT_T_MAX ? FACT_T_MAX : due;
    enum fact_type type = due <= a->ts_ms ? FACT_OVERDUE : FACT_INVOICE;
    struct fact f = {fact_head(type, 0, due), key, unpaid > INT64_MAX ? INT64_MAX : (int64_t)unpaid};
    if (type == FACT_OVERDUE) {
        a->entity->flags |= ENTITY_OVERDUE;
    } else {
        applying_due(a, due);
    }
    return facts_add(a->home, a->entity, f);
}

int invoice_apply(struct applying *a)
{
    uint64_t key = fact_key(event_text(a->event, EVENT_INVOICE));
    sweep(a);
    struct fact *paid = facts_find(a->entity, FACT_PAID, 0, key);
    if (paid && is_forgotten(a, paid, a->ts_ms)) {
        drop(a->entity, paid);
        paid = NULL;
    }
    cube_i128 unpaid = (cube_i128)event_number(a->event, EVENT_AMOUNT, 0) - (paid ? paid->value : 0);
    drop(a->entity, unpaid_find(a->entity, key));
    if (a->entity->flags & ENTITY_OVERDUE) {
        flag_set(a->entity);
    }
    return unpaid > 0 ? unpaid_add(a, key, unpaid) : 0;
}

/* Remembers what is paid: the invoice may be issued again. */
static int paid_add(struct applying *a, uint64_t key, int64_t part)
{
    struct fact *f = facts_find(a->entity, FACT_PAID, 0, key);
    if (!f) {
        struct fact paid = {fact_head(FACT_PAID, 0, a->ts_ms), key, part};
        return facts_add(a->home, a->entity, paid);
    }
    f->head = fact_head(FACT_PAID, 0, a->ts_ms > fact_t(f) ? a->ts_ms : fact_t(f));
    f->value = f->value > INT64_MAX - part ? INT64_MAX : f->value + part;
    return 0;
}

int invoice_pay(struct applying *a, cube_i128 *ret_cost)
{
    uint64_t key = fact_key(event_text(a->event, EVENT_INVOICE));
    struct fact *f = unpaid_find(a->entity, key);
    int64_t amount = event_number(a->event, EVENT_AMOUNT, 0);
    if (!f || amount <= 0) {
        return 0;
    }
    int64_t part = amount < f->value ? amount : f->value, late = a->ts_ms - fact_t(f);
    if (late > 0) {
        *ret_cost = money_rounded(money_of_delay(part, late, a->model->cost_of_capital));
    }
    f->value -= part;
    if (f->value == 0) {
        drop(a->entity, f);
    }
    if (a->entity->flags & ENTITY_OVERDUE) {
        flag_set(a->entity);
    }
    return paid_add(a, key, part);
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
    struct fact told = {fact_head(FACT_VALUE, VALUE_TOLD, a->ts_ms), 0, 0};
    if (!(a->entity->flags & ENTITY_OVERDUE)) {
        drop(a->entity, f);
        return 0;
    }
    if (!f) {
        return facts_add(a->home, a->entity, told);
    }
    f->head = a->ts_ms > fact_t(f) ? told.head : f->head;
    return 0;
}
