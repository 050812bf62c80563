#include "measure/pair_steps.h"

#include "engine/entity.h"
#include "engine/facts.h"

#define SET_BITS 24

/* ---- facts as steps --------------------------------------------------------------------------------- */

struct pair_id pair_id_of(const struct measure *m, struct entity *x, uint64_t key)
{
    static const enum fact_type more[] = {FACT_END_USED, FACT_END, FACT_PAIR_OVER};
    struct pair_id id = {m, x, key, true};
    for (unsigned i = 0; i < sizeof more / sizeof *more && id.plain; i++) {
        id.plain = !facts_find(x, more[i], (uint8_t)m->index, key);
    }
    return id;
}

/* The value of a FACT_PAIR or FACT_PAIR_OVER: FACT_PAIR_TOLD 1 | from open to t 39 | scopes of the open 24. */
struct pair_step pair_open_read(const struct fact *f)
{
    return (struct pair_step){.kind = PAIR_STEP_OPEN, .told = f->value < 0, .set = fact_value_set(f->value, 0), .due_ms = fact_t(f),
                              .ts_ms = fact_t(f) - (f->value >> SET_BITS & PAIR_LENGTH_MAX)};
}

/* Of a FACT_END the value is its instant, and whether it was a loss; of a FACT_END_USED the latter. */
static bool step_read(const struct fact *f, struct pair_step *ret_s)
{
    switch (fact_type(f)) {
    case FACT_PAIR:
    case FACT_PAIR_OVER:
        *ret_s = pair_open_read(f);
        return true;
    case FACT_END:
    case FACT_END_USED:
        *ret_s = (struct pair_step){.kind = f->value & 1 ? PAIR_STEP_LOST : PAIR_STEP_CLOSE,
                                    .ts_ms = fact_type(f) == FACT_END ? f->value >> 1 : fact_t(f)};
        return true;
    default:
        return false;
    }
}

static bool step_at(const struct pair_id *id, uint32_t i, struct pair_step *ret_s)
{
    const struct fact *f = &id->entity->facts[i];
    if (f->key != id->key || fact_arg(f) != id->measure->index || !step_read(f, ret_s)) {
        return false;
    }
    ret_s->place = i;
    return true;
}

/* No two have the same instant and kind, but for ends that records of before have. */
static bool is_before(const struct pair_step *a, const struct pair_step *b)
{
    if (a->ts_ms != b->ts_ms) {
        return a->ts_ms < b->ts_ms;
    }
    return a->kind != b->kind ? a->kind < b->kind : a->place < b->place;
}

/* Of the steps behind `from` (kind NONE: of all) and before `to` (NULL: of all) the first, or the last; only opens, only ends, or any. */
enum pick { PICK_FIRST, PICK_FIRST_OPEN, PICK_FIRST_END, PICK_LAST_END };

static bool picks(enum pick p, enum pair_step_kind kind)
{
    return p == PICK_FIRST || (p == PICK_FIRST_OPEN) == (kind == PAIR_STEP_OPEN);
}

static struct pair_step step_pick(const struct pair_id *id, enum pick p, const struct pair_step *from, const struct pair_step *to)
{
    struct pair_step best = {0}, at;
    for (uint32_t i = id->entity->mark_count; i < id->entity->fact_count; i++) {
        if (!step_at(id, i, &at) || !picks(p, at.kind) || (from->kind && !is_before(from, &at)) || (to && !is_before(&at, to))) {
            continue;
        }
        if (best.kind == PAIR_STEP_NONE || (p == PICK_LAST_END) == is_before(&best, &at)) {
            best = at;
        }
    }
    return best;
}

/* ---- what stands before and behind a step ----------------------------------------------------------- */

static struct pair_step waiting(const struct pair_id *id)
{
    const struct fact *f = facts_find(id->entity, FACT_PAIR, (uint8_t)id->measure->index, id->key);
    struct pair_step open = f ? pair_open_read(f) : (struct pair_step){0};
    open.place = f ? (uint32_t)(f - id->entity->facts) : 0;
    return open;
}

struct pair_step pair_open_before(const struct pair_id *id, const struct pair_step *s)
{
    static const struct pair_step none = {0};
    if (id->plain) {
        struct pair_step open = waiting(id);
        return open.kind && is_before(&open, s) ? open : none;
    }
    struct pair_step end = step_pick(id, PICK_LAST_END, &none, s);
    return step_pick(id, PICK_FIRST_OPEN, &end, s);
}

struct pair_step pair_step_after(const struct pair_id *id, const struct pair_step *s)
{
    if (id->plain) {
        struct pair_step open = waiting(id);
        return open.kind && is_before(s, &open) ? open : (struct pair_step){0};
    }
    return step_pick(id, PICK_FIRST, s, NULL);
}

bool pair_step_is_none(const struct pair_id *id, const struct pair_step *s)
{
    bool is_open = s->kind == PAIR_STEP_OPEN;
    struct pair_step before = {.kind = is_open ? PAIR_STEP_LOST : PAIR_STEP_OPEN, .ts_ms = s->ts_ms - is_open, .place = UINT32_MAX};
    struct pair_step first = pair_step_after(id, &before);
    return first.kind && first.ts_ms == s->ts_ms && (first.kind == PAIR_STEP_OPEN) == is_open;
}

/* ---- steps come and go ------------------------------------------------------------------------------ */

int pair_open_keep(const struct pair_id *id, struct applying *a, const struct pair_step *s, bool waits)
{
    uint64_t value = (uint64_t)(s->due_ms - s->ts_ms) << SET_BITS | s->set;
    uint64_t head = fact_head(waits ? FACT_PAIR : FACT_PAIR_OVER, (uint8_t)id->measure->index, s->due_ms);
    if (waits) {
        applying_due(a, s->due_ms);
    }
    return facts_add(a->home, a->entity, (struct fact){head, id->key, (int64_t)value});
}

int pair_end_keep(const struct pair_id *id, struct applying *a, const struct pair_step *s, bool used)
{
    uint8_t arg = (uint8_t)id->measure->index;
    bool lost = s->kind == PAIR_STEP_LOST;
    if (used) {
        return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_END_USED, arg, s->ts_ms), id->key, lost});
    }
    int64_t until_ms = s->ts_ms + a->model->time.lateness_ms + 1;
    applying_due(a, until_ms);
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_END, arg, until_ms), id->key, s->ts_ms << 1 | lost});
}

static void open_turn(struct entity *x, const struct pair_step *open, enum fact_type type)
{
    struct fact f = x->facts[open->place];
    f.head = fact_head(type, fact_arg(&f), fact_t(&f));
    f.value &= ~FACT_PAIR_TOLD;
    facts_change(x, open->place, &f);
}

void pair_end_use(struct entity *x, const struct pair_step *end)
{
    struct fact f = x->facts[end->place];
    if (fact_type(&f) == FACT_END) {
        f.head = fact_head(FACT_END_USED, fact_arg(&f), end->ts_ms);
        f.value &= 1;
        facts_change(x, end->place, &f);
    }
}

void pair_open_over(struct entity *x, const struct pair_step *open)
{
    open_turn(x, open, FACT_PAIR_OVER);
}

void pair_open_again(struct applying *a, const struct pair_step *open)
{
    open_turn(a->entity, open, FACT_PAIR);
    applying_due(a, open->due_ms);
}

/* ---- what is not needed any more -------------------------------------------------------------------- */

/* No step before this may come any more: then an open can be forgotten. That of the end behind it; of one that has none, its own. */
static int64_t settled_ms(const struct measure *m, struct entity *x, const struct pair_step *open)
{
    struct pair_id id = {m, x, x->facts[open->place].key, false};
    struct pair_step end = step_pick(&id, PICK_FIRST_END, open, NULL);
    return end.kind ? end.ts_ms : open->ts_ms;
}

static void opens_sweep(const struct measure *m, struct entity *x, int64_t before_ms)
{
    for (uint32_t i = x->fact_count; i-- > x->mark_count;) {
        if (x->facts[i].head >> 48 != fact_head(FACT_PAIR_OVER, (uint8_t)m->index, 0) >> 48) {
            continue;
        }
        struct pair_step open = pair_open_read(&x->facts[i]);
        open.place = i;
        if (open.ts_ms < before_ms && settled_ms(m, x, &open) < before_ms) {
            facts_remove(x, i);
        }
    }
}

void pair_steps_sweep(const struct measure *m, struct applying *a, uint64_t key)
{
    uint64_t spread = (key ^ (uint64_t)a->ts_ms) * UINT64_C(0x9e3779b97f4a7c15); /* an id that is used again and again sweeps, too */
    if (facts_sweeps(a->entity, spread >> 32)) {
        int64_t before_ms = a->ts_ms - a->model->time.lateness_ms;
        opens_sweep(m, a->entity, before_ms);
        facts_sweep(a->entity, FACT_END_USED, (uint8_t)m->index, before_ms, 0);
    }
}

/* The earliest step that is not the open that waits. */
static struct pair_step earliest(const struct pair_id *id)
{
    static const struct pair_step none = {0};
    struct pair_step first = step_pick(id, PICK_FIRST, &none, NULL);
    bool waits = first.kind && fact_type(&id->entity->facts[first.place]) == FACT_PAIR;
    return waits ? step_pick(id, PICK_FIRST, &first, NULL) : first;
}

void pair_steps_trim(const struct pair_id *id)
{
    uint32_t count = 0;
    struct pair_step s;
    for (uint32_t i = id->entity->mark_count; i < id->entity->fact_count && !id->plain; i++) {
        count += step_at(id, i, &s);
    }
    if (count < PAIR_STEPS_MAX) {
        return;
    }
    do {
        s = earliest(id);
        facts_remove(id->entity, s.place);
    } while (s.kind == PAIR_STEP_OPEN && step_pick(id, PICK_FIRST_END, &s, NULL).kind);
}
