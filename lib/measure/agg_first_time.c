/* First time resolution (domain 4.2): cases counted at their first resolution, provisional until the
 * re-contact window has passed, then final. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "engine/marks.h"
#include "measure/agg.h"

enum { N_PROVISIONAL, HITS_PROVISIONAL, N_FINAL, HITS_FINAL, CONTACTS, CUSTOMERS, SLOTS };

/* The value of a case's fact: flags 8 | contacts 8 | scopes it waits in 24 | scopes it is counted in 24.
 * Its t is the end of the re-contact window, 0 while it was never resolved. */
enum case_flag {
    CASE_WAITING = 1,
    CASE_COUNTED = 2,
    CASE_PROVISIONAL = FACT_CASE_PROVISIONAL >> 56,
    CASE_CONFIRMED = 8,
    CASE_SATISFIED = 16,
    CASE_RECONTACTED = 32, /* within the window */
    CASE_HIT = 64,
    CASE_FIRST = 128 /* one contact when it was resolved */
};

#define CONTACTS_MAX 255

struct contact_case {
    uint8_t flags, contacts;
    uint32_t waits_in, counted_in; /* ids of scope sets */
    int64_t ends_ms;
};

static struct contact_case case_read(const struct fact *f)
{
    uint64_t v = (uint64_t)f->value;
    return (struct contact_case){(uint8_t)(v >> 56), (uint8_t)(v >> 48), fact_value_set(f->value, 1),
                                 fact_value_set(f->value, 0), fact_t(f)};
}

static void case_write(struct fact *f, const struct contact_case *c)
{
    f->head = fact_head(FACT_CASE, fact_arg(f), c->ends_ms);
    f->value = (int64_t)((uint64_t)c->flags << 56 | (uint64_t)c->contacts << 48 | (uint64_t)c->waits_in << 24 | c->counted_in);
}

/* Adds cells to the pane the case is counted in. */
static int emit_counted(const struct measure *m, struct applying *a, const struct contact_case *c, const int64_t *cells)
{
    int64_t pane = applying_pane(m, c->ends_ms - m->recontact_window_ms);
    return emit_pane(a, m, scope_table_set_at(a->scopes, c->counted_in), pane, cells);
}

static int set_waiting(const struct measure *m, struct applying *a, struct contact_case *c, bool waits)
{
    if (waits == ((c->flags & CASE_WAITING) != 0)) {
        return 0;
    }
    int64_t d = waits ? 1 : -1;
    c->flags ^= CASE_WAITING;
    c->waits_in = waits ? a->flow->id : c->waits_in;
    return emit_level(a, m, scope_table_set_at(a->scopes, c->waits_in), &d);
}

static bool is_hit(const struct measure *m, const struct contact_case *c)
{
    bool calm = !(c->flags & CASE_RECONTACTED);
    switch (m->definition) {
    case FIRST_TIME_AGENT:
        return (c->flags & CASE_FIRST) && calm;
    case FIRST_TIME_NO_RECONTACT:
        return calm;
    case FIRST_TIME_ONE_TOUCH:
        return c->contacts == 1;
    default:
        return c->contacts == 1 && calm && (c->flags & CASE_CONFIRMED) && (c->flags & CASE_SATISFIED);
    }
}

/* Gives or takes the success of a counted case. */
static int judge(const struct measure *m, struct applying *a, struct contact_case *c)
{
    bool hit = is_hit(m, c);
    if (!(c->flags & CASE_COUNTED) || hit == ((c->flags & CASE_HIT) != 0)) {
        return 0;
    }
    c->flags ^= CASE_HIT;
    int64_t cells[SLOTS] = {0};
    cells[c->flags & CASE_PROVISIONAL ? HITS_PROVISIONAL : HITS_FINAL] = hit ? 1 : -1;
    return emit_counted(m, a, c, cells);
}

static int contact(const struct measure *m, struct applying *a, struct contact_case *c)
{
    bool counted = c->flags & CASE_COUNTED, again = counted && a->ts_ms >= c->ends_ms - m->recontact_window_ms;
    c->contacts += c->contacts < CONTACTS_MAX;
    int rc = counted ? emit_counted(m, a, c, (int64_t[SLOTS]){[CONTACTS] = 1}) : 0;
    if (rc == 0 && (again || !counted)) {
        rc = set_waiting(m, a, c, true);
    }
    if (rc != 0 || (counted && a->ts_ms >= c->ends_ms)) {
        return rc; /* a contact after the window leaves the judgement as it is */
    }
    c->flags |= again ? CASE_RECONTACTED : 0;
    return judge(m, a, c);
}

static int resolve(const struct measure *m, struct applying *a, struct contact_case *c)
{
    int rc = set_waiting(m, a, c, false);
    if (rc != 0 || (c->flags & CASE_COUNTED)) {
        return rc;
    }
    c->flags |= CASE_COUNTED | CASE_PROVISIONAL | (c->contacts == 1 ? CASE_FIRST : 0);
    c->counted_in = a->flow->id;
    c->ends_ms = a->ts_ms + m->recontact_window_ms;
    applying_due(a, c->ends_ms);
    rc = emit_counted(m, a, c, (int64_t[SLOTS]){[N_PROVISIONAL] = 1, [CONTACTS] = c->contacts});
    return rc ? rc : judge(m, a, c);
}

/* The latest answer within the window holds; one before the resolution is remembered. */
static int confirm(const struct measure *m, struct applying *a, struct contact_case *c)
{
    if ((c->flags & CASE_COUNTED) && a->ts_ms >= c->ends_ms) {
        return 0;
    }
    c->flags |= CASE_CONFIRMED;
    c->flags &= (uint8_t)~CASE_SATISFIED;
    c->flags |= event_number(a->event, EVENT_SATISFIED, 0) ? CASE_SATISFIED : 0;
    return judge(m, a, c);
}

static int first_time_apply(const struct measure *m, struct applying *a)
{
    uint64_t key = fact_key(event_text(a->event, EVENT_CASE));
    struct fact *f = facts_find(a->entity, FACT_CASE, (uint8_t)m->index, key);
    if (!f) {
        int rc = facts_add(a->home, a->entity, (struct fact){fact_head(FACT_CASE, (uint8_t)m->index, 0), key, 0});
        if (rc != 0) {
            return rc;
        }
        f = &a->entity->facts[a->entity->fact_count - 1];
    }
    struct contact_case c = case_read(f);
    bool counted = c.flags & CASE_COUNTED;
    int rc = a->event->kind == KIND_CONTACT_RESOLVE   ? resolve(m, a, &c)
             : a->event->kind == KIND_CONTACT_CONFIRM ? confirm(m, a, &c)
                                                      : contact(m, a, &c);
    case_write(f, &c);
    facts_due_changed(a->entity, f);
    if (rc == 0 && !counted && (c.flags & CASE_COUNTED)) {
        rc = marks_add(a, m, a->flow, applying_pane(m, a->ts_ms), CUSTOMERS);
    }
    return rc;
}

/* The window has passed: what was provisional is final. */
static int first_time_due(const struct measure *m, struct applying *a, struct fact *f)
{
    struct contact_case c = case_read(f);
    if (!(c.flags & CASE_PROVISIONAL)) {
        return 0;
    }
    int64_t hit = c.flags & CASE_HIT ? 1 : 0;
    c.flags &= (uint8_t)~CASE_PROVISIONAL;
    case_write(f, &c);
    return emit_counted(m, a, &c,
                        (int64_t[SLOTS]){[N_PROVISIONAL] = -1, [HITS_PROVISIONAL] = -hit, [N_FINAL] = 1,
                                         [HITS_FINAL] = hit});
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
        int rc = set_waiting(m, a, &c, false);
        case_write(f, &c);
        if (rc != 0 || (rc = first_time_due(m, a, f)) != 0) {
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
}

const struct aggregation agg_first_time = {
    .name = "first_time",
    .pane = {.slots = SLOTS},
    .level = {.slots = 1},
    .kinds = UINT64_C(1) << KIND_CONTACT_OPEN | UINT64_C(1) << KIND_CONTACT_RESOLVE | UINT64_C(1) << KIND_CONTACT_CONFIRM |
             UINT64_C(1) << KIND_CONTACT_RECONTACT,
    .apply = first_time_apply,
    .facts = UINT64_C(1) << FACT_CASE,
    .due = first_time_due,
    .forget = first_time_forget,
    .result = first_time_result,
};
