/* Offsets of an input that a replay must pass over, for what was found there does not follow from the records alone: refused as `future` by
 * the clock of then, or a duplicate of another time than the first, of which it may not have been read again. Kept as runs, and in records
 * of the changelog of so many runs each, so that no record grows with them: whole ones are written once. */
#ifndef CUBE_TASK_INPUT_REFUSED_H
#define CUBE_TASK_INPUT_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buf;

/* Runs of one changelog record. */
#define REFUSED_RUNS_MAX 256

struct refused_run {
    int64_t first, next;
};

/* Zeroed: none. Runs are numbered in the order in which they came, whatever was forgotten. */
struct input_refused {
    struct refused_run *room;
    uint32_t capacity, begin, count; /* runs in use: count from begin on */
    uint64_t number;                 /* of the first of them */
    uint64_t unwritten;              /* runs from this number on are not in the changelog as they are */
    uint64_t part;                   /* the changelog has no parts before this one */
};

/* Adds an offset, unless it is below the last one. joins: what is between it and the last one need not be read again
 * either. CUBE_EFORMAT: it is none. CUBE_ENOMEM: nothing changed. */
int input_refused_add(struct input_refused *r, int64_t offset, bool joins) CUBE_MUST_CHECK;
bool input_refused_has(const struct input_refused *r, int64_t offset);
/* Forgets those below an offset. */
void input_refused_trim(struct input_refused *r, int64_t offset);

/* Calls put for each changelog record that must be written: part number `part`, of so many runs; len 0: a tombstone. */
typedef int refused_put_fn(void *arg, uint64_t part, const uint8_t *at, size_t len);
int input_refused_write(struct input_refused *r, uint32_t runs, struct buf *scratch, refused_put_fn *put, void *arg) CUBE_MUST_CHECK;
/* Puts one back, in the order in which they were written. CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_EVERSION; CUBE_ENOMEM. */
int input_refused_restore(struct input_refused *r, uint32_t runs, uint64_t part, const uint8_t *at, size_t len) CUBE_MUST_CHECK;

uint64_t input_refused_bytes(const struct input_refused *r);
void input_refused_close(struct input_refused *r);

#endif
