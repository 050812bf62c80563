/* The lines that `cubed replay` prints: one JSON object per output record. */
#ifndef CUBE_CLI_REPLAY_PRINT_H
#define CUBE_CLI_REPLAY_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "task/replay.h"

struct replay_print;

/* final: print nothing but, at the end, the last value per key of the state, customer and alert topics.
 * CUBE_ENOMEM. */
int replay_print_create(const struct config *c, FILE *out, bool final, struct replay_print **ret_p) CUBE_MUST_CHECK;
void replay_print_destroy(struct replay_print *p);

/* The sink of the replay; arg is the struct replay_print. CUBE_EIO: the output cannot be written. */
int replay_print_line(void *arg, const struct replay_line *line) CUBE_MUST_CHECK;

/* Prints what --final kept, by topic and key; flushes. CUBE_EIO. */
int replay_print_finish(struct replay_print *p) CUBE_MUST_CHECK;

#endif
