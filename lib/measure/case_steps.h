/* The steps of cases as facts of the customer, each kept at least while one from before it may still come. The first resolution mostly
 * has none: the case itself says when and where it was. */
#ifndef CUBE_MEASURE_CASE_STEPS_H
#define CUBE_MEASURE_CASE_STEPS_H

#include "measure/agg.h"
#include "measure/contact_case.h"

/* So many steps of a case are undone for one that is told late; where more are later than it, it counts as after the earliest of them. */
#define CASE_STEPS_MAX 255

/* Steps of one case that are later than another, the earliest first, and which facts they are. */
struct case_steps {
    unsigned count;
    uint32_t places[CASE_STEPS_MAX];
    struct case_step at[CASE_STEPS_MAX];
};

/* What the event is to its case. */
struct case_step case_step_of(const struct applying *a);

/* Keeps a step that was applied. key: of the case. CUBE_ENOMEM. */
int case_step_keep(const struct measure *m, struct applying *a, uint64_t key, const struct case_step *s) CUBE_MUST_CHECK;

/* The steps of the case that are later than one of it, which comes behind those of its instant. */
void case_steps_after(const struct measure *m, const struct applying *a, uint64_t key, const struct contact_case *c, struct case_step *s,
                      struct case_steps *ret_later);

/* Step i was applied again. CUBE_ENOMEM. */
int case_steps_changed(const struct measure *m, struct applying *a, uint64_t key, const struct case_steps *steps, unsigned i) CUBE_MUST_CHECK;

/* Forgets what none can come before any more, now and then. Moves facts. */
void case_steps_sweep(const struct measure *m, struct applying *a, uint64_t key);

#endif
