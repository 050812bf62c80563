/* The input files of `cubed replay`: events per topic, merged by event time, or raw records in file order. */
#ifndef CUBE_CLI_REPLAY_INPUT_H
#define CUBE_CLI_REPLAY_INPUT_H

#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "task/replay.h"

struct replay_input;

/* files[topic]: path or NULL; records: path or NULL (then the others are NULL). Problems are printed to
 * stderr. CUBE_EUSAGE: a file cannot be read. CUBE_ENOMEM. */
int replay_input_open(const struct config *c, const char *const files[TOPIC_COUNT], const char *records, struct replay_input **ret_i) CUBE_MUST_CHECK;
void replay_input_close(struct replay_input *i);

/* 1: *ret_r is the next record, borrowed until the next call, its time its place in the merge; 0: the end; CUBE_EFORMAT: a line of --records
 * is not understood (printed); CUBE_ENOMEM. */
int replay_input_next(struct replay_input *i, struct input_record *ret_r) CUBE_MUST_CHECK;

#endif
