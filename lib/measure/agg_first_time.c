/* First time resolution: cases counted at their first resolution, provisional until the
 * re-contact window has passed, then final. Cases that were transferred before it, and those only bots were
 * asked, are counted apart. By the definition `survey` a case counts once its customer has answered. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "engine/marks.h"
#include "measure/agg.h"
#include "measure/case_steps.h"

enum { N_PROVISIONAL, HITS_PROVISIONAL, N_FINAL, HITS_FINAL, CONTACTS, TRANSFERRED, BOT_ONLY, CUSTOMERS, SLOTS };

/* The value of a case's fact: flags 8 | contacts 8 | scopes it waits in 24 | scopes it is counted in 24.
 * Its t is the end of the re-contact window, 0 while it was never resolved. Contacts are those before the
 * resolution; of a survey all those before the answer. */
enum case_flag {
    CASE_WAITING = 1,
    CASE_TRANSFERRED = 2,
    CASE_PROVISIONAL = FACT_CASE_PROVISIONAL >> 56,
    CASE_ANSWERED = 8,
    CASE_SATISFIED = 16,
    CASE_RECONTACTED = 32, /* within the window */
    CASE_HUMAN = 64,       /* somebody other than a bot was asked or has resolved it */
    CASE_APART = 128       /* resolved, and in none of the numbers: transferred or bot only */
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

static bool is_resolved(const struct contact_case *c)
{
    return c->ends_ms != 0;
}

/* The case is in n. */
static bool is_counted(const struct measure *m, const struct contact_case *c)
{
    bool enough = m->definition != FIRST_TIME_SURVEY || (c->flags & CASE_ANSWERED);
    return is_resolved(c) && !(c->flags & CASE_APART) && enough;
}

static bool is_hit(const struct measure *m, const struct contact_case *c)
{
    bool first = c->contacts == 1, calm = !(c->flags & CASE_RECONTACTED), satisfied = c->flags & CASE_SATISFIED;
    switch (m->definition) {
    case FIRST_TIME_AGENT:
    case FIRST_TIME_ONE_TOUCH:
        return first && calm;
    case FIRST_TIME_SURVEY:
        return satisfied;
    case FIRST_TIME_NO_RECONTACT:
        return calm;
    default:
        return first && calm && satisfied;
    }
}

static int64_t resolved_ms(const struct measure *m, const struct contact_case *c)
{
    return c->ends_ms - m->recontact_window_ms;
}

/* Adds cells to the pane the case is counted in. */
static int emit_counted(const struct measure *m, struct applying *a, const struct contact_case *c, const int64_t *cells)
{
    int64_t pane = applying_pane(m, resolved_ms(m, c));
    return emit_pane(a, m, scope_table_set_at(a->scopes, c->counted_in), pane, cells);
}

/* What the case adds to its pane, but for the mark of its customer and for contacts after its resolution. */
static void cells_of(const struct measure *m, const struct contact_case *c, int64_t *cells)
{
    if (is_resolved(c) && (c->flags & CASE_APART)) {
        cells[c->flags & CASE_TRANSFERRED ? TRANSFERRED : BOT_ONLY] = 1;
    } else if (is_counted(m, c)) {
        bool provisional = c->flags & CASE_PROVISIONAL;
        cells[provisional ? N_PROVISIONAL : N_FINAL] = 1;
        cells[provisional ? HITS_PROVISIONAL : HITS_FINAL] = is_hit(m, c);
        cells[CONTACTS] = c->contacts;
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

/* Tells what changed by an event: the case came into n or went apart, its success was given or taken back, or it turned
 * out to have been resolved before. A customer once counted stays so. */
static int tell(const struct measure *m, struct applying *a, const struct contact_case *before, const struct contact_case *now)
{
    static const int64_t nothing[SLOTS] = {0};
    int64_t was[SLOTS] = {0}, is[SLOTS] = {0};
    if (!is_resolved(now)) {
        return 0;
    }
    bool moved = is_resolved(before) && (before->ends_ms != now->ends_ms || before->counted_in != now->counted_in);
    cells_of(m, before, was);
    cells_of(m, now, is);
    int rc = moved ? emit_more(m, a, before, was, nothing) : 0;
    rc = rc ? rc : emit_more(m, a, now, moved ? nothing : was, is);
    if (rc != 0 || is_counted(m, before) || !is_counted(m, now)) {
        return rc;
    }
    return marks_add(a, m, scope_table_set_at(a->scopes, now->counted_in), applying_pane(m, resolved_ms(m, now)), CUSTOMERS);
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

static bool answers_matter(const struct measure *m)
{
    return m->definition == FIRST_TIME_CONFIRMED || m->definition == FIRST_TIME_SURVEY;
}

/* ---- events ----------------------------------------------------------------------------------------- */

/* Transferred or bot only: counted at the resolution, in a bucket of its own. */
static void judge_apart(struct contact_case *c)
{
    bool bot_only = !(c->flags & CASE_HUMAN) && c->contacts > 0;
    c->flags &= (uint8_t)~CASE_APART;
    c->flags |= (c->flags & CASE_TRANSFERRED) || bot_only ? CASE_APART : 0;
}

/* Sets what is so from an event of the case on, and keeps the first such event. */
static int set_from(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key, enum case_flag flag, enum case_step step)
{
    bool known = (c->flags & flag) && !case_step_follows(m, a, key, step);
    c->flags |= (uint8_t)flag;
    return known ? 0 : case_step_keep(m, a, key, step);
}

/* Clears it for a resolution that was before it. */
static void unset_since(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key, enum case_flag flag, enum case_step step)
{
    if ((c->flags & flag) && case_step_follows(m, a, key, step)) {
        c->flags &= (uint8_t)~flag;
    }
}

/* What a contact that does not open the case leaves for stragglers; no resolution comes before one that does. */
static int contact_keep(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key, bool human)
{
    int rc = human ? set_from(m, a, c, key, CASE_HUMAN, STEP_HUMAN) : 0;
    return rc < 0 ? rc : case_step_keep(m, a, key, STEP_CONTACT);
}

/* It waits, unless it has been resolved since. */
static int contact(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key)
{
    bool resolved = is_resolved(c), again = resolved && a->ts_ms >= resolved_ms(m, c);
    bool counted = is_counted(m, c), human = !again && !event_number(a->event, EVENT_BOT, 0);
    bool opens = !resolved && c->contacts == 0 && a->event->kind == KIND_CONTACT_OPEN;
    bool resolved_since = again ? case_step_follows(m, a, key, STEP_RESOLVED) : resolved;
    bool aside = counted && (again || c->contacts == CONTACTS_MAX);
    int rc = opens ? 0 : contact_keep(m, a, c, key, human && c->contacts > 0);
    c->contacts += (again && counted) || c->contacts == CONTACTS_MAX ? 0 : 1;
    c->flags |= human ? CASE_HUMAN : 0;
    c->flags |= again && a->ts_ms < c->ends_ms ? CASE_RECONTACTED : 0;
    if (resolved && !again) {
        judge_apart(c);
    }
    rc = rc >= 0 && aside ? emit_counted(m, a, c, (int64_t[SLOTS]){[CONTACTS] = 1}) : rc;
    rc = rc >= 0 && !resolved_since ? set_waiting(m, a, c, true) : rc;
    return rc < 0 ? rc : 0;
}

/* The first resolution, or one that straggles and was before the first that is known. */
static int resolve_first(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key, bool came_back)
{
    bool forget = m->definition == FIRST_TIME_SURVEY && !case_step_follows(m, a, key, STEP_ANSWER);
    c->flags &= (uint8_t) ~(forget ? CASE_ANSWERED | CASE_SATISFIED : 0);
    unset_since(m, a, c, key, CASE_TRANSFERRED, STEP_TRANSFER);
    unset_since(m, a, c, key, CASE_HUMAN, STEP_HUMAN);
    c->flags |= is_resolved(c) ? 0 : CASE_PROVISIONAL;
    c->counted_in = a->flow->id;
    c->ends_ms = a->ts_ms + m->recontact_window_ms;
    c->flags |= came_back && case_step_ms(m, a, key, STEP_CONTACT) < c->ends_ms ? CASE_RECONTACTED : 0;
    applying_due(a, c->ends_ms);
    bool human = event_has(a->event, EVENT_AGENT) && !(c->flags & CASE_HUMAN);
    int rc = human ? set_from(m, a, c, key, CASE_HUMAN, STEP_HUMAN) : 0;
    judge_apart(c);
    return rc;
}

static int resolve(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key)
{
    bool resolved = is_resolved(c), first = !resolved || a->ts_ms < resolved_ms(m, c);
    bool came_back = case_step_follows(m, a, key, STEP_CONTACT);
    int rc = came_back ? 0 : set_waiting(m, a, c, false);
    if (rc == 0 && resolved) {
        rc = first ? case_step_keep_resolved(m, a, key, resolved_ms(m, c)) : case_step_keep(m, a, key, STEP_RESOLVED);
    }
    rc = rc >= 0 && first ? resolve_first(m, a, c, key, came_back) : rc;
    return rc < 0 ? rc : 0;
}

/* It matters whether it was before the first resolution. */
static int transfer(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key)
{
    bool resolved = is_resolved(c);
    int rc = resolved && a->ts_ms >= resolved_ms(m, c) ? 0 : set_from(m, a, c, key, CASE_TRANSFERRED, STEP_TRANSFER);
    if (resolved) {
        judge_apart(c);
    }
    return rc < 0 ? rc : 0;
}

/* The latest answer within the window holds; one before the resolution is remembered. */
static int confirm(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key)
{
    bool early = m->definition == FIRST_TIME_SURVEY && a->ts_ms < resolved_ms(m, c);
    if (is_resolved(c) && (early || a->ts_ms >= c->ends_ms)) {
        return 0;
    }
    int latest = case_step_keep(m, a, key, STEP_ANSWER);
    if (latest == 1) {
        c->flags &= (uint8_t)~CASE_SATISFIED;
        c->flags |= CASE_ANSWERED | (event_number(a->event, EVENT_SATISFIED, 0) ? CASE_SATISFIED : 0);
    }
    return latest < 0 ? latest : 0;
}

static int case_event(const struct measure *m, struct applying *a, struct contact_case *c, uint64_t key)
{
    switch (a->event->kind) {
    case KIND_CONTACT_RESOLVE:
        return resolve(m, a, c, key);
    case KIND_CONTACT_CONFIRM:
        return answers_matter(m) ? confirm(m, a, c, key) : 0;
    case KIND_CONTACT_TRANSFER:
        return transfer(m, a, c, key);
    default:
        return contact(m, a, c, key);
    }
}

static int first_time_apply(const struct measure *m, struct applying *a)
{
    uint64_t key = fact_key(event_text(a->event, EVENT_CASE));
    case_steps_sweep(m, a, key);
    struct fact *f = facts_find(a->entity, FACT_CASE, (uint8_t)m->index, key);
    struct contact_case before = f ? case_read(f) : (struct contact_case){0}, now = before;
    uint32_t place = f ? (uint32_t)(f - a->entity->facts) : a->entity->fact_count;
    int rc = f ? 0 : facts_add(a->home, a->entity, (struct fact){fact_head(FACT_CASE, (uint8_t)m->index, 0), key, 0});
    if (rc != 0 || (rc = case_event(m, a, &now, key)) != 0) {
        return rc;
    }
    f = &a->entity->facts[place]; /* the block may have moved */
    case_write(f, &now);
    if (now.ends_ms != before.ends_ms) {
        facts_due_changed(a->entity, f);
    }
    return tell(m, a, &before, &now);
}

/* ---- timers ----------------------------------------------------------------------------------------- */

/* The window has passed: what was provisional is final. */
static int case_due(const struct measure *m, struct applying *a, struct fact *f)
{
    struct contact_case c = case_read(f);
    if (!(c.flags & CASE_PROVISIONAL)) {
        return 0;
    }
    int64_t hit = is_hit(m, &c);
    c.flags &= (uint8_t)~CASE_PROVISIONAL;
    case_write(f, &c);
    if (!is_counted(m, &c)) {
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
        int rc = set_waiting(m, a, &c, false);
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
    .facts = UINT64_C(1) << FACT_CASE | UINT64_C(1) << FACT_STEP,
    .due = first_time_due,
    .forget = first_time_forget,
    .result = first_time_result,
};
