#include "engine/invoice_steps.h"

#include "base/check.h"

#define ARG_FACT_BITS 2
#define STEPS_FEW 8u /* of so few none is forgotten before all can be */

_Static_assert(INVOICE_STEPS_MAX < 256u >> ARG_FACT_BITS && (unsigned)INVOICE_STEP_FACTS <= 1u << ARG_FACT_BITS, "both fit an arg");

/* The steps of an invoice, in the order of events, and what stood before. */
struct steps {
    struct invoice_state base;
    unsigned count;
    struct invoice_step at[INVOICE_STEPS_MAX];
};

static uint8_t arg_of(unsigned place, enum invoice_step_fact fact)
{
    return (uint8_t)(place << ARG_FACT_BITS | (unsigned)fact);
}

static unsigned place_of(const struct fact *f)
{
    return fact_arg(f) >> ARG_FACT_BITS;
}

static enum invoice_step_fact what_of(uint8_t arg)
{
    return (enum invoice_step_fact)(arg & ((1u << ARG_FACT_BITS) - 1));
}

bool invoice_step_arg_is_newer(uint8_t arg)
{
    return what_of(arg) >= INVOICE_STEP_FACTS;
}

bool invoice_step_arg_is_valid(uint8_t arg)
{
    return !invoice_step_arg_is_newer(arg) && arg != arg_of(0, INVOICE_STEP_DUE);
}

static bool is_of(const struct fact *f, uint64_t key)
{
    return fact_type(f) == FACT_INVOICE_STEP && f->key == key;
}

/* ---- what a step does --------------------------------------------------------------------------------- */

static cube_i128 pay(const struct model *m, const struct invoice_step *s, struct invoice_state *state)
{
    int64_t part = s->amount < state->unpaid ? s->amount : state->unpaid, late = s->ts_ms - state->due_ms;
    if (part <= 0) {
        return 0;
    }
    state->unpaid -= part;
    state->paid_ms = state->paid == 0 || s->ts_ms > state->paid_ms ? s->ts_ms : state->paid_ms;
    state->paid = state->paid > INT64_MAX - part ? INT64_MAX : state->paid + part;
    return late > 0 ? money_rounded(money_of_delay(part, late, m->cost_of_capital)) : 0;
}

/* Of an invoice paid long ago the number stands for another one. */
static void bill(const struct model *m, const struct invoice_step *s, struct invoice_state *state)
{
    bool other = state->unpaid == 0 && state->paid != 0 && state->paid_ms + m->reissue_within_ms < s->ts_ms;
    state->paid = other ? 0 : state->paid;
    cube_i128 unpaid = (cube_i128)s->amount - state->paid;
    state->unpaid = unpaid < 0 ? 0 : unpaid > INT64_MAX ? INT64_MAX : (int64_t)unpaid;
    state->due_ms = s->due_ms;
}

/* Returns what it costs. */
static cube_i128 step_do(const struct model *m, const struct invoice_step *s, struct invoice_state *state)
{
    if (s->pays) {
        return pay(m, s, state);
    }
    bill(m, s, state);
    return 0;
}

/* ---- facts -------------------------------------------------------------------------------------------- */

static void base_take(const struct fact *f, struct invoice_state *base)
{
    if (what_of(fact_arg(f)) == INVOICE_STEP_PAID) {
        base->paid = f->value;
        base->paid_ms = fact_t(f);
    } else {
        base->unpaid = f->value;
        base->due_ms = fact_t(f);
    }
}

static void step_take(const struct fact *f, struct invoice_step *s)
{
    if (what_of(fact_arg(f)) == INVOICE_STEP_DUE) {
        s->due_ms = f->value;
        return;
    }
    s->ts_ms = fact_t(f);
    s->amount = f->value;
    s->pays = what_of(fact_arg(f)) == INVOICE_STEP_PAID;
}

/* state: how the invoice stands, which is what stood before when there are no steps. */
static void steps_read(const struct entity *x, uint64_t key, const struct invoice_state *state, struct steps *ret_s)
{
    bool filled[INVOICE_STEPS_MAX] = {false};
    memset(ret_s, 0, sizeof *ret_s);
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        unsigned place = place_of(f);
        if (is_of(f, key) && place == 0) {
            base_take(f, &ret_s->base);
        } else if (is_of(f, key)) {
            step_take(f, &ret_s->at[place - 1]);
            filled[place - 1] = true;
        }
    }
    for (unsigned i = 0; i < INVOICE_STEPS_MAX; i++) {
        if (filled[i]) {
            ret_s->at[ret_s->count++] = ret_s->at[i];
        }
    }
    ret_s->base = ret_s->count == 0 ? *state : ret_s->base;
}

static void steps_remove(struct entity *x, uint64_t key)
{
    for (uint32_t i = x->fact_count; i-- > x->mark_count;) {
        if (is_of(&x->facts[i], key)) {
            facts_remove(x, i);
        }
    }
}

static void append(const struct applying *a, uint64_t key, uint8_t arg, int64_t t, int64_t value)
{
    int rc = facts_add(a->home, a->entity, (struct fact){fact_head(FACT_INVOICE_STEP, arg, t), key, value});
    CHECK_POST(rc == 0); /* there is room */
}

static void base_append(const struct applying *a, uint64_t key, const struct invoice_state *base)
{
    if (base->unpaid != 0) {
        append(a, key, arg_of(0, INVOICE_STEP_BILL), base->due_ms, base->unpaid);
    }
    if (base->paid != 0) {
        append(a, key, arg_of(0, INVOICE_STEP_PAID), base->paid_ms, base->paid);
    }
}

static void step_append(const struct applying *a, uint64_t key, unsigned place, const struct invoice_step *s)
{
    append(a, key, arg_of(place, s->pays ? INVOICE_STEP_PAID : INVOICE_STEP_BILL), s->ts_ms, s->amount);
    if (!s->pays) {
        append(a, key, arg_of(place, INVOICE_STEP_DUE), s->ts_ms, s->due_ms);
    }
}

static int steps_write(const struct applying *a, uint64_t key, const struct steps *s)
{
    int rc = facts_reserve(a->home, a->entity, 2 * s->count + 2);
    if (rc != 0) {
        return rc;
    }
    steps_remove(a->entity, key);
    base_append(a, key, &s->base);
    for (unsigned i = 0; i < s->count; i++) {
        step_append(a, key, i + 1, &s->at[i]);
    }
    return 0;
}

void invoice_steps_forget(struct entity *x, uint64_t key, int64_t before_ms)
{
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (is_of(f, key) && place_of(f) != 0 && fact_t(f) >= before_ms) {
            return;
        }
    }
    steps_remove(x, key);
}

/* ---- applying ----------------------------------------------------------------------------------------- */

/* The steps that an event meets. */
struct met {
    unsigned places; /* that are taken: the last one */
    bool old, later;
};

static struct met steps_meet(const struct applying *a, uint64_t key, int64_t before_ms)
{
    struct met met = {0, false, false};
    for (uint32_t i = a->entity->mark_count; i < a->entity->fact_count; i++) {
        const struct fact *f = &a->entity->facts[i];
        unsigned place = is_of(f, key) ? place_of(f) : 0;
        if (place != 0) {
            met.places = place > met.places ? place : met.places;
            met.old = met.old || fact_t(f) < before_ms;
            met.later = met.later || fact_t(f) > a->ts_ms;
        }
    }
    return met;
}

/* Makes room for one more: the steps from before an instant, and the first of too many, are a part of what stood before. */
static void steps_fold(const struct model *m, int64_t before_ms, struct steps *s)
{
    unsigned gone = 0;
    while (gone < s->count && (s->at[gone].ts_ms < before_ms || s->count - gone == INVOICE_STEPS_MAX)) {
        (void)step_do(m, &s->at[gone++], &s->base);
    }
    s->count -= gone;
    memmove(s->at, s->at + gone, s->count * sizeof s->at[0]);
}

static int keep_anew(const struct applying *a, uint64_t key, const struct invoice_step *s, int64_t before_ms, const struct invoice_state *state)
{
    struct steps steps;
    steps_read(a->entity, key, state, &steps);
    steps_fold(a->model, before_ms, &steps);
    steps.at[steps.count++] = *s;
    return steps_write(a, key, &steps);
}

/* state: before the step, which comes last. */
static int keep(const struct applying *a, uint64_t key, const struct invoice_step *s, int64_t before_ms, const struct met *met,
                const struct invoice_state *state)
{
    if (met->places == INVOICE_STEPS_MAX || (met->old && met->places >= STEPS_FEW)) {
        return keep_anew(a, key, s, before_ms, state);
    }
    int rc = facts_reserve(a->home, a->entity, 4);
    if (rc != 0) {
        return rc;
    }
    if (met->places == 0) {
        base_append(a, key, state);
    }
    step_append(a, key, met->places + 1, s);
    return 0;
}

static struct invoice_state steps_do(const struct model *m, const struct steps *s, cube_i128 *ret_costs)
{
    struct invoice_state state = s->base;
    for (unsigned i = 0; i < s->count; i++) {
        ret_costs[i] = step_do(m, &s->at[i], &state);
    }
    return state;
}

/* Puts a step behind those of its instant. Returns its place. */
static unsigned insert(struct steps *steps, const struct invoice_step *s)
{
    unsigned i = steps->count++;
    for (; i > 0 && steps->at[i - 1].ts_ms > s->ts_ms; i--) {
        steps->at[i] = steps->at[i - 1];
    }
    steps->at[i] = *s;
    return i;
}

static int apply_in_turn(struct applying *a, uint64_t key, const struct invoice_step *s, struct invoice_state *state, cube_i128 *ret_cost,
                         struct invoice_costs *ret_costs)
{
    struct steps steps;
    cube_i128 was[INVOICE_STEPS_MAX] = {0}, now[INVOICE_STEPS_MAX] = {0};
    steps_read(a->entity, key, state, &steps);
    steps_fold(a->model, INT64_MIN, &steps);
    (void)steps_do(a->model, &steps, was);
    unsigned place = insert(&steps, s);
    int rc = steps_write(a, key, &steps);
    if (rc != 0) {
        return rc;
    }
    *state = steps_do(a->model, &steps, now);
    *ret_cost = now[place];
    for (unsigned i = place + 1; i < steps.count; i++) {
        if (now[i] != was[i - 1]) {
            ret_costs->at[ret_costs->count++] = (struct invoice_cost){steps.at[i].ts_ms, was[i - 1], now[i]};
        }
    }
    return 0;
}

int invoice_steps_apply(struct applying *a, uint64_t key, const struct invoice_step *s, int64_t before_ms, struct invoice_state *state,
                        cube_i128 *ret_cost, struct invoice_costs *ret_costs)
{
    struct met met = steps_meet(a, key, before_ms);
    ret_costs->count = 0;
    if (a->straggles && met.later) {
        return apply_in_turn(a, key, s, state, ret_cost, ret_costs);
    }
    int rc = keep(a, key, s, before_ms, &met, state);
    if (rc == 0) {
        *ret_cost = step_do(a->model, s, state);
    }
    return rc;
}
