#include "measure/case_steps.h"

#include "engine/entity.h"

#define STEP_IN_CASE UINT32_MAX /* in place of a fact's */

/* The value of a step's fact: order 8 | flags it changed 8 | more 1 | says 1 | kind 2 | scopes 24. Its t: ts_ms; its key: of the case. */
enum { STEP_KIND_SHIFT = 24, STEP_SAYS_SHIFT = 26, STEP_MORE_SHIFT, STEP_CHANGED_SHIFT, STEP_ORDER_SHIFT = STEP_CHANGED_SHIFT + 8 };

static int64_t step_value(const struct case_step *s)
{
    return (int64_t)((uint64_t)s->order << STEP_ORDER_SHIFT | (uint64_t)s->changed << STEP_CHANGED_SHIFT | (uint64_t)s->more << STEP_MORE_SHIFT |
                     (uint64_t)s->says << STEP_SAYS_SHIFT | (uint64_t)s->kind << STEP_KIND_SHIFT | s->set);
}

static struct case_step step_read(const struct fact *f)
{
    uint64_t v = (uint64_t)f->value;
    return (struct case_step){.ts_ms = fact_t(f), .order = (uint8_t)(v >> STEP_ORDER_SHIFT), .set = fact_value_set(f->value, 0),
                              .kind = (enum case_step_kind)(v >> STEP_KIND_SHIFT & 3), .says = v >> STEP_SAYS_SHIFT & 1,
                              .more = v >> STEP_MORE_SHIFT & 1, .changed = (uint8_t)(v >> STEP_CHANGED_SHIFT) & CASE_CHANGES};
}

/* All there is to say of it stands in the case. */
static bool is_in_case(const struct case_step *s)
{
    return case_step_is_first(s) && s->changed == 0 && s->order == 0;
}

static struct case_step step_in_case(const struct measure *m, const struct contact_case *c)
{
    return (struct case_step){.ts_ms = case_resolved_ms(m, c), .set = c->counted_in, .kind = CASE_RESOLVE, .more = true};
}

static enum case_step_kind kind_of(enum event_kind k)
{
    return k == KIND_CONTACT_RESOLVE    ? CASE_RESOLVE
           : k == KIND_CONTACT_CONFIRM  ? CASE_CONFIRM
           : k == KIND_CONTACT_TRANSFER ? CASE_TRANSFER
                                        : CASE_CONTACT;
}

struct case_step case_step_of(const struct applying *a)
{
    const struct event *e = a->event;
    enum case_step_kind kind = kind_of(e->kind);
    bool says = kind == CASE_RESOLVE   ? event_has(e, EVENT_AGENT)
                : kind == CASE_CONFIRM ? event_number(e, EVENT_SATISFIED, 0) != 0
                                       : event_number(e, EVENT_BOT, 0) != 0;
    return (struct case_step){.ts_ms = a->ts_ms, .set = a->flow->id, .kind = kind, .says = says};
}

int case_step_keep(const struct measure *m, struct applying *a, uint64_t key, const struct case_step *s)
{
    struct fact f = {fact_head(FACT_CASE_STEP, (uint8_t)m->index, s->ts_ms), key, step_value(s)};
    return is_in_case(s) ? 0 : facts_add(a->home, a->entity, f);
}

static bool is_later(const struct case_step *s, const struct case_step *than)
{
    return s->ts_ms > than->ts_ms || (s->ts_ms == than->ts_ms && s->order > than->order);
}

/* Puts a step in its turn; of too many the earliest is left out. */
static void insert(struct case_steps *steps, const struct case_step *s, uint32_t place)
{
    bool full = steps->count == CASE_STEPS_MAX;
    unsigned i = steps->count;
    if (full && !is_later(s, &steps->at[0])) {
        return;
    }
    if (full) {
        memmove(steps->at, steps->at + 1, --i * sizeof steps->at[0]);
        memmove(steps->places, steps->places + 1, i * sizeof steps->places[0]);
    }
    for (; i > 0 && is_later(&steps->at[i - 1], s); i--) {
        steps->at[i] = steps->at[i - 1];
        steps->places[i] = steps->places[i - 1];
    }
    steps->at[i] = *s;
    steps->places[i] = place;
    steps->count += !full;
}

/* Takes a step of the case: it follows s, or s comes behind it. */
static void take(struct case_steps *later, const struct case_step *kept, uint32_t place, struct case_step *s)
{
    if (kept->ts_ms > s->ts_ms) {
        insert(later, kept, place);
    } else if (kept->ts_ms == s->ts_ms && kept->order >= s->order) {
        s->order = kept->order + (kept->order < UINT8_MAX);
    }
}

void case_steps_after(const struct measure *m, const struct applying *a, uint64_t key, const struct contact_case *c, struct case_step *s,
                      struct case_steps *ret_later)
{
    const struct entity *x = a->entity;
    bool first_kept = false;
    ret_later->count = 0;
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (f->key == key && fact_type(f) == FACT_CASE_STEP && fact_arg(f) == m->index) {
            struct case_step kept = step_read(f);
            first_kept |= case_step_is_first(&kept);
            take(ret_later, &kept, i, s);
        }
    }
    if (case_is_resolved(c) && !first_kept) {
        struct case_step first = step_in_case(m, c);
        take(ret_later, &first, STEP_IN_CASE, s);
    }
}

int case_steps_changed(const struct measure *m, struct applying *a, uint64_t key, const struct case_steps *steps, unsigned i)
{
    if (steps->places[i] == STEP_IN_CASE) {
        return case_step_keep(m, a, key, &steps->at[i]);
    }
    a->entity->facts[steps->places[i]].value = step_value(&steps->at[i]);
    return 0;
}

void case_steps_sweep(const struct measure *m, struct applying *a, uint64_t key)
{
    uint64_t spread = (key ^ (uint64_t)a->ts_ms) * UINT64_C(0x9e3779b97f4a7c15); /* a case that lives on sweeps, too */
    if (facts_sweeps(a->entity, spread >> 32)) {
        facts_sweep(a->entity, FACT_CASE_STEP, (uint8_t)m->index, a->ts_ms - a->model->time.lateness_ms, 0);
    }
}
