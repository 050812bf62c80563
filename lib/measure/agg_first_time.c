/* First time resolution: cases counted at their first resolution, provisional until the
 * re-contact window has passed, then final. Cases that were transferred before it, and those only bots were
 * asked, are counted apart. By the definition `survey` a case counts once its customer has answered. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "engine/marks.h"
#include "measure/agg.h"
#include "measure/case_steps.h"
#include "measure/contact_case.h"

enum { N_PROVISIONAL, HITS_PROVISIONAL, N_FINAL, HITS_FINAL, CONTACTS, TRANSFERRED, BOT_ONLY, CUSTOMERS, SLOTS };

/* A case before and after an event, and the contacts beside those of the case: of the steps that were undone, and that were applied. */
struct case_change {
    struct contact_case before, now;
    unsigned beside_before, beside_now;
};

/* ---- what it tells ---------------------------------------------------------------------------------- */

static int64_t counted_pane(const struct measure *m, const struct contact_case *c)
{
    return applying_pane(m, case_resolved_ms(m, c));
}

/* Adds cells to the pane the case is counted in. */
static int emit_counted(const struct measure *m, struct applying *a, const struct contact_case *c, const int64_t *cells)
{
    return emit_pane(a, m, scope_table_set_at(a->scopes, c->counted_in), counted_pane(m, c), cells);
}

/* What the case adds to its pane, but for the mark of its customer. */
static void cells_of(const struct measure *m, const struct contact_case *c, unsigned beside, int64_t *cells)
{
    cells[CONTACTS] = beside;
    if (case_is_resolved(c) && (c->flags & CASE_APART)) {
        cells[c->flags & CASE_TRANSFERRED ? TRANSFERRED : BOT_ONLY] = 1;
    } else if (case_is_counted(m, c)) {
        bool provisional = c->flags & CASE_PROVISIONAL;
        cells[provisional ? N_PROVISIONAL : N_FINAL] = 1;
        cells[provisional ? HITS_PROVISIONAL : HITS_FINAL] = case_is_hit(m, c);
        cells[CONTACTS] += c->contacts;
    }
}

/* Adds what is more, or less, than before where the case is counted. */
static int emit_more(const struct measure *m, struct applying *a, const struct contact_case *c, const int64_t *before, const int64_t *now)
{
    int64_t cells[SLOTS], any = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        cells[i] = now[i] - before[i];
        any |= cells[i];
    }
    return any != 0 ? emit_counted(m, a, c, cells) : 0;
}

static int emit_waiting(const struct measure *m, struct applying *a, const struct contact_case *c, int64_t d)
{
    return c->flags & CASE_WAITING ? emit_level(a, m, scope_table_set_at(a->scopes, c->waits_in), &d) : 0;
}

static int tell_waiting(const struct measure *m, struct applying *a, const struct contact_case *before, const struct contact_case *now)
{
    bool same = before->waits_in == now->waits_in || !(before->flags & CASE_WAITING);
    if (same && ((before->flags ^ now->flags) & CASE_WAITING) == 0) {
        return 0;
    }
    int rc = emit_waiting(m, a, before, -1);
    return rc ? rc : emit_waiting(m, a, now, 1);
}

/* The latest pane at which a case of the customer is counted in the set. */
static int64_t latest_pane(const struct measure *m, const struct applying *a, uint32_t set)
{
    int64_t latest = INT64_MIN;
    for (uint32_t i = a->entity->mark_count; i < a->entity->fact_count; i++) {
        const struct fact *f = &a->entity->facts[i];
        if (fact_type(f) == FACT_CASE && fact_arg(f) == m->index && fact_value_set(f->value, 0) == set) {
            struct contact_case c = case_read(f);
            int64_t pane = case_is_counted(m, &c) ? counted_pane(m, &c) : INT64_MIN;
            latest = pane > latest ? pane : latest;
        }
    }
    return latest;
}

/* The customer is counted where its cases are. */
static int tell_customer(const struct measure *m, struct applying *a, const struct case_change *c, bool moved)
{
    bool was = case_is_counted(m, &c->before), is = case_is_counted(m, &c->now);
    int rc = 0;
    if (was && (moved || !is)) {
        uint32_t set = c->before.counted_in;
        rc = marks_lower(a, m, scope_table_set_at(a->scopes, set), latest_pane(m, a, set), CUSTOMERS);
    }
    if (rc != 0 || !is || (was && !moved)) {
        return rc;
    }
    return marks_add(a, m, scope_table_set_at(a->scopes, c->now.counted_in), counted_pane(m, &c->now), CUSTOMERS);
}

/* It was counted elsewhere until the event. */
static int tell_moved(const struct measure *m, struct applying *a, const struct case_change *c)
{
    static const int64_t nothing[SLOTS] = {0};
    int64_t was[SLOTS] = {0}, is[SLOTS] = {0};
    cells_of(m, &c->before, c->beside_before, was);
    cells_of(m, &c->now, c->beside_now, is);
    int rc = applying_has_left(a, m, counted_pane(m, &c->before)) ? 0 : emit_more(m, a, &c->before, was, nothing);
    return rc ? rc : emit_more(m, a, &c->now, nothing, is);
}

static int tell_in_place(const struct measure *m, struct applying *a, const struct case_change *c)
{
    int64_t was[SLOTS] = {0}, is[SLOTS] = {0};
    cells_of(m, &c->before, c->beside_before, was);
    cells_of(m, &c->now, c->beside_now, is);
    return emit_more(m, a, &c->now, was, is);
}

/* Tells what changed by an event: the case waits or does no more, it came into n or went apart, its success was given or taken back, or
 * it turned out to have been resolved before. */
static int tell(const struct measure *m, struct applying *a, const struct case_change *c)
{
    int rc = tell_waiting(m, a, &c->before, &c->now);
    if (rc != 0 || !case_is_resolved(&c->now)) {
        return rc;
    }
    bool moved = case_is_resolved(&c->before) && (c->before.ends_ms != c->now.ends_ms || c->before.counted_in != c->now.counted_in);
    rc = moved ? tell_moved(m, a, c) : tell_in_place(m, a, c);
    return rc ? rc : tell_customer(m, a, c, moved);
}

/* ---- events ----------------------------------------------------------------------------------------- */

static bool matters(const struct measure *m, const struct applying *a)
{
    return a->event->kind != KIND_CONTACT_CONFIRM || m->definition == FIRST_TIME_CONFIRMED || m->definition == FIRST_TIME_SURVEY;
}

/* Undoes what came after the step, applies it, and that again. */
static int apply_in_turn(const struct measure *m, struct applying *a, uint64_t key, struct case_step *s, struct case_change *c)
{
    struct case_steps later;
    int rc = 0;
    case_steps_after(m, a, key, &c->now, s, &later);
    for (unsigned i = later.count; i-- > 0;) {
        c->beside_before += case_undo(m, &c->now, &later.at[i]);
    }
    c->beside_now = case_apply(m, &c->now, s, a->now_ms);
    for (unsigned i = 0; i < later.count && rc == 0; i++) {
        c->beside_now += case_apply(m, &c->now, &later.at[i], a->now_ms);
        rc = case_steps_changed(m, a, key, &later, i);
    }
    return rc;
}

static int first_time_apply(const struct measure *m, struct applying *a)
{
    uint64_t key = fact_key(event_text(a->event, EVENT_CASE));
    case_steps_sweep(m, a, key);
    struct fact *f = facts_find(a->entity, FACT_CASE, (uint8_t)m->index, key);
    struct case_change c = {.before = f ? case_read(f) : (struct contact_case){0}};
    uint32_t place = f ? (uint32_t)(f - a->entity->facts) : a->entity->fact_count;
    int rc = f ? 0 : facts_add(a->home, a->entity, (struct fact){fact_head(FACT_CASE, (uint8_t)m->index, 0), key, 0});
    if (rc != 0 || !matters(m, a)) {
        return rc;
    }
    struct case_step s = case_step_of(a);
    c.now = c.before;
    if (a->is_last) {
        c.beside_now = case_apply(m, &c.now, &s, a->now_ms);
    } else {
        rc = apply_in_turn(m, a, key, &s, &c);
    }
    if (rc != 0 || (rc = case_step_keep(m, a, key, &s)) != 0) {
        return rc;
    }
    f = &a->entity->facts[place]; /* the block may have moved */
    case_write(f, &c.now);
    if (c.now.ends_ms != c.before.ends_ms) {
        facts_due_changed(a->entity, f);
        applying_due(a, c.now.flags & CASE_PROVISIONAL ? c.now.ends_ms : INT64_MAX);
    }
    return tell(m, a, &c);
}

/* ---- timers ----------------------------------------------------------------------------------------- */

/* The window has passed: what was provisional is final. */
static int case_due(const struct measure *m, struct applying *a, struct fact *f)
{
    struct contact_case c = case_read(f);
    if (!(c.flags & CASE_PROVISIONAL)) {
        return 0;
    }
    int64_t hit = case_is_hit(m, &c);
    c.flags &= (uint8_t)~CASE_PROVISIONAL;
    case_write(f, &c);
    if (!case_is_counted(m, &c)) {
        return 0;
    }
    return emit_counted(m, a, &c,
                        (int64_t[SLOTS]){[N_PROVISIONAL] = -1, [HITS_PROVISIONAL] = -hit, [N_FINAL] = 1,
                                         [HITS_FINAL] = hit});
}

static int first_time_due(const struct measure *m, struct applying *a, struct fact *f)
{
    int rc = case_due(m, a, f);
    return rc ? rc : FACT_KEPT;
}

/* An erased customer waits for nothing, and nothing more can be said about its cases. */
static int first_time_forget(const struct measure *m, struct applying *a)
{
    for (uint32_t i = 0; i < a->entity->fact_count; i++) {
        struct fact *f = &a->entity->facts[i];
        if (fact_type(f) != FACT_CASE || fact_arg(f) != m->index) {
            continue;
        }
        struct contact_case c = case_read(f);
        int rc = emit_waiting(m, a, &c, -1);
        c.flags &= (uint8_t)~CASE_WAITING;
        case_write(f, &c);
        if (rc != 0 || (rc = case_due(m, a, f)) != 0) {
            return rc;
        }
    }
    return 0;
}

static void part_fill(struct result_part *p, int64_t n, int64_t hits)
{
    *p = (struct result_part){.has_value = n > 0, .n = n, .hits = hits};
    if (n > 0) {
        p->value = stat_quotient(hits, n);
    }
}

static void first_time_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    const int64_t *p = w->pane;
    *ret_r = (struct result){.has_parts = true};
    agg_share(ret_r, p[HITS_PROVISIONAL] + p[HITS_FINAL], p[N_PROVISIONAL] + p[N_FINAL]);
    part_fill(&ret_r->final, p[N_FINAL], p[HITS_FINAL]);
    part_fill(&ret_r->provisional, p[N_PROVISIONAL], p[HITS_PROVISIONAL]);
    result_set_int(ret_r, RESULT_CONTACTS, p[CONTACTS]);
    result_set_int(ret_r, RESULT_CASES, ret_r->n);
    result_set_int(ret_r, RESULT_CUSTOMERS, p[CUSTOMERS]);
    result_set_int(ret_r, RESULT_WAITING, w->level[0]);
    if (ret_r->n + p[TRANSFERRED] + p[BOT_ONLY] > 0) {
        result_set_int(ret_r, RESULT_TRANSFERRED, p[TRANSFERRED]);
        result_set_int(ret_r, RESULT_BOT_ONLY, p[BOT_ONLY]);
    }
}

const struct aggregation agg_first_time = {
    .name = "first_time",
    .pane = {.slots = SLOTS},
    .level = {.slots = 1},
    .kinds = UINT64_C(1) << KIND_CONTACT_OPEN | UINT64_C(1) << KIND_CONTACT_RESOLVE | UINT64_C(1) << KIND_CONTACT_CONFIRM |
             UINT64_C(1) << KIND_CONTACT_RECONTACT | UINT64_C(1) << KIND_CONTACT_TRANSFER,
    .apply = first_time_apply,
    .facts = UINT64_C(1) << FACT_CASE | UINT64_C(1) << FACT_CASE_STEP | UINT64_C(1) << FACT_STEP_OLD,
    .due = first_time_due,
    .forget = first_time_forget,
    .result = first_time_result,
};
