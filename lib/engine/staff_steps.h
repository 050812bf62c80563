/* What happened to an employee, step by step, each kept at least while one from before it may come: as facts, with what the employee was
 * before the first of them. */
#ifndef CUBE_ENGINE_STAFF_STEPS_H
#define CUBE_ENGINE_STAFF_STEPS_H

#include "engine/facts.h"
#include "engine/staff.h"

/* Of so many steps the earliest is one no more: what comes before it counts as behind it. */
#define STAFF_STEPS_MAX 64

/* The args of FACT_STAFF. */
enum staff_fact {
    STAFF_STEP,  /* t: of the event; key: its number; value: staff_steps.c's */
    STAFF_BASE,  /* before the first step, of somebody present: t: of the hire; key: fte; value: likewise */
    STAFF_SPELL, /* and absent: t: since then; key: fraction; value: scopes of the first step */
    STAFF_FACT_COUNT
};

struct staff_step {
    int64_t ts_ms, number; /* fte, or the fraction */
    uint32_t set;          /* scopes it counts in */
    enum event_kind kind;
    bool voluntary, regretted;
    uint8_t order; /* among those of its instant: as they came */
};

/* The part of the record that steps change. */
struct staff_state {
    struct employee_part part;
    bool present;
};

struct staff_steps {
    struct staff_state base;
    unsigned count;
    struct staff_step at[STAFF_STEPS_MAX]; /* the earliest first */
};

/* An event of the kind may make another of its employee. */
static inline bool staff_has_step(enum event_kind kind)
{
    const uint64_t kinds = UINT64_C(1) << KIND_HIRE | UINT64_C(1) << KIND_EXIT | UINT64_C(1) << KIND_HEADCOUNT | UINT64_C(1) << KIND_ABSENCE_START |
                           UINT64_C(1) << KIND_ABSENCE_UPDATE | UINT64_C(1) << KIND_ABSENCE_END | UINT64_C(1) << KIND_PRODUCTIVE;
    return kinds >> kind & 1;
}

struct staff_state staff_state_of(const struct entity *x);
void staff_state_put(struct entity *x, const struct staff_state *s);

/* They look alike to measures, and to what comes. */
bool staff_state_same(const struct staff_state *a, const struct staff_state *b);

/* The steps of an entity that is as it was after them; without any what it was before is what it is. */
void staff_steps_read(const struct entity *x, struct staff_steps *ret_steps);

/* Keeps the event at hand, which comes behind all of them; those before an instant, and of too many the first, are forgotten as steps: mostly
 * all or none are. room: for all of them. CUBE_ENOMEM: nothing changed. */
int staff_steps_add(const struct applying *a, int64_t before_ms, struct staff_steps *room) CUBE_MUST_CHECK;

/* Puts the event at hand in its turn, behind those of its instant. Returns its place. */
unsigned staff_steps_insert(const struct applying *a, struct staff_steps *steps);

/* Keeps all of them instead of those that were. CUBE_ENOMEM: nothing changed. */
int staff_steps_write(const struct applying *a, const struct staff_steps *steps) CUBE_MUST_CHECK;

/* A step as an event that is applied to its employee at its instant, in its scopes. *ev is the event that *ret_b has. */
void staff_step_begin(const struct applying *a, const struct staff_step *s, struct event *ev, struct applying *ret_b);

/* What a step makes of a state. The record of the entity is another then. */
struct staff_state staff_step_after(const struct applying *a, const struct staff_step *s, const struct staff_state *from);

#endif
