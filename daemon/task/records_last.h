/* The last record of each key of a changelog that is read, and nothing else of it: what its compaction would leave. Until the broker's cleaner
 * has come by a key may stand in it hundreds of times, and taking a record is dear. Tombstones are records. */
#ifndef CUBE_TASK_RECORDS_LAST_H
#define CUBE_TASK_RECORDS_LAST_H

#include <stdbool.h>

#include "base/buf.h"
#include "port/record.h"

/* Zeroes: none were kept. Memory follows the keys that there are, not the records: what was overridden is two thirds of it at most. */
struct records_last {
    struct buf bytes; /* records in the order in which they came */
    size_t dead;      /* bytes of those that were overridden */
    size_t read;      /* so many bytes have been given */
    uint32_t *slots;  /* open addressing: 1 + the place of the last record of a key; 0: free */
    uint32_t capacity, count;
};

/* Keeps a record, instead of an earlier one of its key; seed: of the hash of keys. CUBE_ENOMEM: nothing changed. */
int records_last_keep(struct records_last *l, const struct record *r, uint64_t seed) CUBE_MUST_CHECK;

/* Gives the next of those that were kept, in the order in which they came: key, value and offset, borrowed until the next call of another
 * function. False: those were all. */
bool records_last_next(struct records_last *l, struct record *ret_r);

/* Forgets all. */
void records_last_close(struct records_last *l);

#endif
