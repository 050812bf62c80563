/* The checkpoint port: local copies of changelog partitions, so that a restart need not read them whole from Kafka.
 * Implemented by daemon/os as files and by the simulator in memory. All calls happen on the loop's thread, but read
 * and put of different partitions may happen on several at once, while the loop's asks for nothing.
 *
 * A copy holds records of one changelog partition as they landed, in order, up to a place in it, and among them what its task notes besides
 * (task/entity_notes.h), which are records to it as all others. It is a cache: whatever is missing of it, or all of it, costs time only. So no call
 * but `read` fails: a file that takes no more is the implementation's matter, and stays the older copy it is. What is put comes in marked
 * batches; a batch that was not marked, or not written out when the process died, never was. */
#ifndef CUBE_PORT_CHECKPOINT_H
#define CUBE_PORT_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port/record.h"

/* Where the changelog goes on behind a copy: read it from `at` (inclusive) and expect a commit record of this lineage
 * with this seq or a later one. */
struct checkpoint_place {
    int64_t at;       /* offset of a commit record in the changelog partition; -1 unknown */
    uint64_t lineage; /* drawn once in the life of a task */
    uint64_t seq;     /* of the last commit in the copy; may be behind what stands at `at` */
};

struct checkpoint {
    void *self;

    /* Calls each with what is kept of this changelog partition, in order, tombstones too, but maybe only with the last record of a
     * key that has one, and not when it is a tombstone; a record's offset is -1, its timestamp 0, its origin NULL. Opens
     * the copy: what is put next goes on behind it. The place is that of the last mark, with the last `at` known to the
     * same lineage: never -1. CUBE_ENOTFOUND: nothing usable, and an empty copy has been begun; forget what each was given
     * (mostly nothing). A non-zero of each stops and is returned, and nothing can be put until `read` or `reset`. */
    int (*read)(void *self, enum topic_role role, int32_t partition, int (*each)(void *arg, const struct record *r), void *arg,
                struct checkpoint_place *ret_place);

    /* Forgets the copy and begins an empty one: it does not belong to this changelog, or the task is made anew. */
    void (*reset)(void *self, enum topic_role role, int32_t partition);

    /* Takes one record, copied; value NULL: a tombstone. Ignored while the partition is not open. */
    void (*put)(void *self, enum topic_role role, int32_t partition, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len);

    /* Whether it takes what is put: once it does not, it will not before it is opened again, by `read` or `reset`. On the loop's thread. */
    bool (*takes)(void *self, enum topic_role role, int32_t partition);

    /* What was put since the last mark is one batch, which now counts. Its at may be -1: then that of an earlier mark of
     * the same lineage holds. Mark a whole restore once, at its end: batches may be of any size. */
    void (*mark)(void *self, enum topic_role role, int32_t partition, const struct checkpoint_place *place);

    /* Forgets what was put since the last mark; the partition stays open. */
    void (*drop)(void *self, enum topic_role role, int32_t partition);

    /* The same, writes out and closes. Nothing happens when it is not open. */
    void (*close)(void *self, enum topic_role role, int32_t partition);

    /* The seed with which what is noted is hashed: always the same of one process, and of the next one with the same copies, unless what keeps
     * it was lost. NULL: there is none to be had, each process hashes with its own. */
    uint64_t (*seed)(void *self);
};

/* What can be wrong with a copy: X(name, label in metrics and logs). */
#define CHECKPOINT_TROUBLES(X)                                                                    \
    X(CHECKPOINT_LOCKED, "locked")       /* another process holds the directory */               \
    X(CHECKPOINT_DIRECTORY, "directory") /* missing, or not to be written */                      \
    X(CHECKPOINT_READ, "read")           /* could not be opened or read */                        \
    X(CHECKPOINT_WRITE, "write")         /* could not be created or written: takes no more */     \
    X(CHECKPOINT_REWRITE, "rewrite")     /* could not be made smaller */                          \
    X(CHECKPOINT_DAMAGED, "damaged")     /* bytes that do not match their digest */               \
    X(CHECKPOINT_FOREIGN, "foreign")     /* of another cluster, application or topic, or no copy */ \
    X(CHECKPOINT_VERSION, "version")     /* of another version of the format */                   \
    X(CHECKPOINT_TOO_OLD, "too_old")     /* older than checkpoint.max_age, or from the future */  \
    X(CHECKPOINT_REFUSED, "refused")     /* reset by its task: the changelog does not go on from it */ \
    X(CHECKPOINT_MEMORY, "memory")       /* no memory for it: takes no more */

enum checkpoint_trouble {
#define X(name, label) name,
    CHECKPOINT_TROUBLES(X)
#undef X
    CHECKPOINT_TROUBLE_COUNT
};
extern const char *const checkpoint_trouble_names[CHECKPOINT_TROUBLE_COUNT];

/* The alert of a process on its copies. It follows from the disk of one machine, so it is no output: it stands on the page and in the metrics. */
#define CHECKPOINT_ALERT "CheckpointTrouble"

/* What the metrics tell of all copies of a process. */
struct checkpoint_status {
    bool on;                /* a directory is configured */
    uint32_t open, stopped; /* copies in use; those of them that take no more */
    uint32_t ill;           /* those, and those that could not be made smaller the last time */
    uint64_t bytes;         /* of the open copies on disk */
    uint64_t records_read, bytes_written, rewrites;
    uint64_t troubles[CHECKPOINT_TROUBLE_COUNT];
};

#endif
