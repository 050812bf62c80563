#include "measure/contact_case.h"

/* The value of a case's fact: flags 8 | contacts 8 | scopes it waits in 24 | scopes it is counted in 24. Its t: ends_ms. */
struct contact_case case_read(const struct fact *f)
{
    uint64_t v = (uint64_t)f->value;
    return (struct contact_case){(uint8_t)(v >> 56), (uint8_t)(v >> 48), fact_value_set(f->value, 1),
                                 fact_value_set(f->value, 0), fact_t(f)};
}

void case_write(struct fact *f, const struct contact_case *c)
{
    f->head = fact_head(FACT_CASE, fact_arg(f), c->ends_ms);
    f->value = (int64_t)((uint64_t)c->flags << 56 | (uint64_t)c->contacts << 48 | (uint64_t)c->waits_in << 24 | c->counted_in);
}

bool case_is_counted(const struct measure *m, const struct contact_case *c)
{
    bool enough = m->definition != FIRST_TIME_SURVEY || (c->flags & CASE_ANSWERED);
    return case_is_resolved(c) && !(c->flags & CASE_APART) && enough;
}

bool case_is_hit(const struct measure *m, const struct contact_case *c)
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

static bool is_open_to(const struct contact_case *c, const struct case_step *s)
{
    return !case_is_resolved(c) || s->ts_ms < c->ends_ms;
}

/* Before the resolution it counts among those of the case; after it once the case is in n, it counts beside them. */
static unsigned contact(const struct measure *m, struct contact_case *c, struct case_step *s)
{
    bool resolved = case_is_resolved(c), beside = case_is_counted(m, c);
    s->more = !beside && c->contacts < CASE_CONTACTS_MAX;
    c->contacts += s->more;
    c->flags |= resolved || s->says ? 0 : CASE_HUMAN;
    c->flags |= resolved && is_open_to(c, s) ? CASE_RECONTACTED : 0;
    c->waits_in = c->flags & CASE_WAITING ? c->waits_in : s->set;
    c->flags |= CASE_WAITING;
    return beside;
}

/* By a survey an answer from before it is not about it. */
static void resolve_first(const struct measure *m, struct contact_case *c, const struct case_step *s, int64_t now_ms)
{
    c->counted_in = s->set;
    c->ends_ms = s->ts_ms + m->recontact_window_ms;
    c->flags &= (uint8_t) ~(m->definition == FIRST_TIME_SURVEY ? CASE_ANSWERED | CASE_SATISFIED : 0);
    c->flags |= s->says ? CASE_HUMAN : 0;
    bool bot_only = !(c->flags & CASE_HUMAN) && c->contacts > 0;
    c->flags |= (c->flags & CASE_TRANSFERRED) || bot_only ? CASE_APART : 0;
    c->flags |= c->ends_ms > now_ms ? CASE_PROVISIONAL : 0;
}

static void resolve(const struct measure *m, struct contact_case *c, struct case_step *s, int64_t now_ms)
{
    s->more = !case_is_resolved(c);
    c->flags &= (uint8_t)~CASE_WAITING;
    if (s->more) {
        resolve_first(m, c, s, now_ms);
    }
}

/* The latest within the window holds. */
static void confirm(struct contact_case *c, const struct case_step *s)
{
    if (is_open_to(c, s)) {
        c->flags &= (uint8_t)~CASE_SATISFIED;
        c->flags |= CASE_ANSWERED | (s->says ? CASE_SATISFIED : 0);
    }
}

unsigned case_apply(const struct measure *m, struct contact_case *c, struct case_step *s, int64_t now_ms)
{
    uint8_t before = c->flags;
    unsigned beside = 0;
    switch (s->kind) {
    case CASE_CONTACT:
        beside = contact(m, c, s);
        break;
    case CASE_RESOLVE:
        resolve(m, c, s, now_ms);
        break;
    case CASE_CONFIRM:
        confirm(c, s);
        break;
    case CASE_TRANSFER:
        c->flags |= case_is_resolved(c) ? 0 : CASE_TRANSFERRED;
        break;
    }
    s->changed = (before ^ c->flags) & CASE_CHANGES;
    s->changed &= (uint8_t) ~(case_step_is_first(s) ? CASE_WAITING : 0);
    return beside;
}

unsigned case_undo(const struct measure *m, struct contact_case *c, struct case_step *s)
{
    if (case_step_is_first(s)) {
        s->set = c->counted_in;
        c->ends_ms = 0;
        c->flags &= (uint8_t) ~(CASE_PROVISIONAL | CASE_APART | CASE_WAITING);
        c->flags |= c->contacts > 0 ? CASE_WAITING : 0;
    }
    c->flags ^= s->changed;
    c->contacts -= s->kind == CASE_CONTACT && s->more;
    return s->kind == CASE_CONTACT && case_is_counted(m, c);
}
