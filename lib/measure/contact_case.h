/* One case of a customer as a measure has it, and what its events do to it (domain 4.2). Events are applied in their order, and undone in
 * the opposite one: what is told late is applied in its turn, between those after it that are undone and applied again. */
#ifndef CUBE_MEASURE_CONTACT_CASE_H
#define CUBE_MEASURE_CONTACT_CASE_H

#include "engine/facts.h"
#include "measure/measure.h"

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

/* What steps change; the rest follows from the first resolution and from time. Until it is resolved a case waits once it was contacted. */
#define CASE_CHANGES (CASE_WAITING | CASE_TRANSFERRED | CASE_ANSWERED | CASE_SATISFIED | CASE_RECONTACTED | CASE_HUMAN)

#define CASE_CONTACTS_MAX 255

struct contact_case {
    uint8_t flags;
    uint8_t contacts;              /* before the resolution; of a survey before the answer; no more than CASE_CONTACTS_MAX */
    uint32_t waits_in, counted_in; /* ids of scope sets */
    int64_t ends_ms;               /* of the re-contact window; 0: it was never resolved */
};

enum case_step_kind { CASE_CONTACT, CASE_RESOLVE, CASE_CONFIRM, CASE_TRANSFER };

struct case_step {
    int64_t ts_ms;
    uint8_t order;      /* among those of one instant */
    uint32_t set;       /* scopes of the event */
    enum case_step_kind kind;
    bool says;          /* a contact: a bot was asked; a resolution: somebody did it; an answer: satisfied */
    bool more;          /* it did: a contact was counted in the case's, a resolution was the first */
    uint8_t changed;    /* CASE_CHANGES that it made, but for what follows from the first resolution */
};

/* It was the first resolution. */
static inline bool case_step_is_first(const struct case_step *s)
{
    return s->kind == CASE_RESOLVE && s->more;
}

struct contact_case case_read(const struct fact *f);
void case_write(struct fact *f, const struct contact_case *c);

/* now_ms: a window that ends by then is over. Fills what the step changed. Returns the contacts that it adds beside those of the case. */
unsigned case_apply(const struct measure *m, struct contact_case *c, struct case_step *s, int64_t now_ms);

/* Undoes the step that was applied last; s is ready to be applied again. Where the case waits is not restored: it was resolved since, and will
 * be again. Returns the same. */
unsigned case_undo(const struct measure *m, struct contact_case *c, struct case_step *s);

static inline bool case_is_resolved(const struct contact_case *c)
{
    return c->ends_ms != 0;
}

static inline int64_t case_resolved_ms(const struct measure *m, const struct contact_case *c)
{
    return c->ends_ms - m->recontact_window_ms;
}

/* The case is in n. */
bool case_is_counted(const struct measure *m, const struct contact_case *c);

bool case_is_hit(const struct measure *m, const struct contact_case *c);

#endif
