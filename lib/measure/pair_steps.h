/* What is known of an id that is opened and closed: opens and ends, as facts of the customer (agg_duration.c). The steps of an id follow
 * their instants, and of one instant the open comes before the end; another open or end of that instant is none. An open is closed by the
 * first end behind it; opens between the two do nothing, nor do ends where nothing is open. Each is kept at least while one from before it
 * may come: they go as the customer has further events of the measure. */
#ifndef CUBE_MEASURE_PAIR_STEPS_H
#define CUBE_MEASURE_PAIR_STEPS_H

#include "measure/agg.h"

/* An expectation that ends later than this after the open (17 years) counts as ending then. */
#define PAIR_LENGTH_BITS 39
#define PAIR_LENGTH_MAX ((INT64_C(1) << PAIR_LENGTH_BITS) - 1)

/* Of so many steps of an id the earliest are forgotten, up to an end: what comes before them yet counts as if they had not been. */
#define PAIR_STEPS_MAX 255

enum pair_step_kind { PAIR_STEP_NONE, PAIR_STEP_OPEN, PAIR_STEP_CLOSE, PAIR_STEP_LOST };

/* due_ms, set, told: of an open. Its due_ms is the last instant at which a close keeps the promise; of a least time, the first one. */
struct pair_step {
    enum pair_step_kind kind;
    bool told;      /* due_ms has come while it was open */
    uint32_t set;   /* scopes of the open */
    uint32_t place; /* of its fact, until facts come or go; UINT32_MAX: it is none yet */
    int64_t ts_ms, due_ms;
};

/* An id of one customer, in one measure. */
struct pair_id {
    const struct measure *measure;
    struct entity *entity;
    uint64_t key;
    bool plain; /* there is nothing of it but, maybe, the open that waits */
};

static inline bool pair_step_same(const struct pair_step *a, const struct pair_step *b)
{
    return a->kind == b->kind && (a->kind == PAIR_STEP_NONE || a->place == b->place);
}

struct pair_id pair_id_of(const struct measure *m, struct entity *x, uint64_t key);

/* An open as a FACT_PAIR. */
struct pair_step pair_open_read(const struct fact *f);

/* The open that waits just before a step; kind NONE: there is none. */
struct pair_step pair_open_before(const struct pair_id *id, const struct pair_step *s);

/* True when there is an open, or an end, of its instant already: then it is none. */
bool pair_step_is_none(const struct pair_id *id, const struct pair_step *s);

/* The first step behind one; kind NONE: it is the last. */
struct pair_step pair_step_after(const struct pair_id *id, const struct pair_step *s);

/* Keeps a step: an open, that waits or is over; an end, that was used or is not yet. CUBE_ENOMEM. Moves facts. */
int pair_open_keep(const struct pair_id *id, struct applying *a, const struct pair_step *s, bool waits) CUBE_MUST_CHECK;
int pair_end_keep(const struct pair_id *id, struct applying *a, const struct pair_step *s, bool used) CUBE_MUST_CHECK;

/* The end at its place closes an open, and so is kept as long as that. */
void pair_end_use(struct entity *x, const struct pair_step *end);

/* The open at its place waits no more, or does again, as one whose time has not come yet. */
void pair_open_over(struct entity *x, const struct pair_step *open);
void pair_open_again(struct applying *a, const struct pair_step *open);

/* Makes room for a step of an id that has PAIR_STEPS_MAX. Moves facts. */
void pair_steps_trim(const struct pair_id *id);

/* Forgets, now and then, what none can come before any more. Moves facts. */
void pair_steps_sweep(const struct measure *m, struct applying *a, uint64_t key);

#endif
