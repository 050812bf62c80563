/* The invariants of what cubed writes, held against the records of all its topics. Pure: records in, a report out; who
 * reads the topics is somebody else. */
#ifndef CUBE_CLI_VERIFY_H
#define CUBE_CLI_VERIFY_H

#include "cli/verify_bundles.h"
#include "cli/verify_letters.h"
#include "cli/verify_scopes.h"

struct verify {
    const struct verify_world *world;
    struct verify_report *report; /* of zeroes when handed over */
    struct verify_commits commits;
    struct verify_bundles bundles;
    struct verify_letters letters;
    struct verify_outputs outputs;
    struct verify_scopes scopes;
};

/* Topics are read in these steps, each to the ends that they have when it begins: a later topic holds all that
 * an earlier one speaks of. */
enum verify_step { VERIFY_STEP_CHANGELOGS, VERIFY_STEP_STATES, VERIFY_STEP_REST, VERIFY_STEP_INPUTS, VERIFY_STEP_COUNT };

/* The topics of a step. Returns how many. */
uint32_t verify_step_roles(const struct verify *v, enum verify_step s, enum topic_role ret_roles[ROLE_COUNT]);

/* Both are borrowed until verify_close. CUBE_ENOMEM. */
int verify_init(struct verify *v, const struct verify_world *w, struct verify_report *report) CUBE_MUST_CHECK;
void verify_close(struct verify *v);

/* Takes a record of a topic of the step at hand, in offset order per partition. 1: it is in the middle of a commit,
 * whose rest may stand beyond the end. CUBE_ENOMEM, CUBE_ELIMIT. */
int verify_record(struct verify *v, const struct record *r) CUBE_MUST_CHECK;

/* All topics of the step were read. CUBE_ENOMEM. CUBE_ELAYOUT: nothing in the changelogs was written with these
 * partition counts and this configuration. */
int verify_stepped(struct verify *v, enum verify_step s) CUBE_MUST_CHECK;

/* Everything was read and world->settled is there. CUBE_ENOMEM. */
int verify_end(struct verify *v) CUBE_MUST_CHECK;

#endif
