/* Late records and dead letters against what the commit records count: each was written once. */
#ifndef CUBE_CLI_VERIFY_LETTERS_H
#define CUBE_CLI_VERIFY_LETTERS_H

#include "cli/verify_commits.h"

#define VERIFY_LETTERS_MAX (UINT32_C(1) << 26) /* of one input partition */

/* The letters of one input partition. */
struct verify_pile {
    struct verify_letter {
        int64_t offset;    /* of the record they are about */
        int64_t letter;    /* their own */
        int32_t partition; /* their own */
        bool late;
    } *letters;
    uint32_t count, capacity;
    bool cut; /* there are more than VERIFY_LETTERS_MAX */
};

#define VERIFY_LETTER_INPUTS 3 /* interactions, cpi, hr */

struct verify_letters {
    const struct verify_world *world;
    struct verify_report *report;
    struct verify_pile *piles[VERIFY_LETTER_INPUTS];
};

/* CUBE_ENOMEM. */
int verify_letters_init(struct verify_letters *v, const struct verify_world *w, struct verify_report *report) CUBE_MUST_CHECK;
void verify_letters_close(struct verify_letters *v);

/* Takes a record of the late or the dead-letter topic. CUBE_ENOMEM. */
int verify_letters_record(struct verify_letters *v, const struct record *r) CUBE_MUST_CHECK;

/* Everything was read, the commit records before the letters: those of records below the committed offset are all
 * there. */
void verify_letters_end(struct verify_letters *v, const struct verify_commits *commits);

#endif
