/* Bundles: what an entity task tells a scope task at each commit, over the topic `partials`. One record =
 * one bundle, with its own dictionaries of scopes and of sets of them; a commit that does not fit into one record
 * is several. */
#ifndef CUBE_PROTO_BUNDLE_H
#define CUBE_PROTO_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/varint.h"
#include "engine/delta.h"
#include "engine/model.h"
#include "scope/scope_table.h"

/* Tasks that send bundles. */
enum sender_type { SENDER_CUSTOMERS, SENDER_EMPLOYEES, SENDER_TYPE_COUNT };

enum sender_state {
    SENDER_EMPTY,  /* never held a record: holds nobody back */
    SENDER_ACTIVE, /* its watermark counts */
};

/* Partition counts and the model: a bundle of another layout is refused. */
struct layout_stamp {
    int32_t customers, employees, scopes; /* number of tasks of each type */
    uint32_t model;                       /* digest */
};

struct bundle_head {
    enum sender_type sender;
    int32_t task;
    uint64_t seq;         /* of this (sender, task, receiver): counts up by one */
    bool last;            /* of its commit: only then does the watermark hold */
    enum sender_state state;
    int64_t watermark_ms; /* every event with ts below it has been applied and told */
    struct layout_stamp layout;
    bool guarded;         /* rows of private measures, for the guard of the receiver, whose scopes they are not */
    int64_t release_from_ms; /* first tick of a row that a release may change, of all that this sender told anybody since
                              * it began; INT64_MIN none. The receiver keeps the earliest it hears */
};

/* Of a row of the kind, measure and pane of the one before it, in the same tick. */
#define BUNDLE_AGAIN 63

/* ---- writing -------------------------------------------------------------------------------------- */

/* What a bundle has told the receiver of, by the sender's ids. */
struct bundle_dictionary {
    uint32_t *at;    /* by id: index + 1 in this bundle */
    uint32_t *known; /* ids that are in it, to clear it */
    uint32_t capacity, known_count, known_capacity;
};

/* One bundle being filled. Zeroes are a valid empty one. */
struct bundle_writer {
    struct buf body;
    struct bundle_dictionary scopes, sets, givers;
    int64_t tick_ms;
    uint32_t rows;
    uint16_t measure; /* of the last row */
    uint8_t kind;
    int64_t pane;
    uint64_t run;     /* number of the run it was of; 0: the next row must be looked at */
};

/* Writes the cells of a row to where there is room; returns where they end. */
typedef uint8_t *bundle_cells_fn(uint8_t *at, const struct layout *l, const int64_t *cells);

/* What rows of one kind, measure and pane in a tick have in common, worked out once for all of them. */
struct bundle_run {
    const struct scope_table *table; /* says the scopes' keys and kinds; set by the owner, as the tick */
    int64_t tick_ms;
    uint64_t number;                 /* not 0; of no other run that the same writers are told of */
    const struct layout *layout;
    bundle_cells_fn *cells;
    int64_t pane, after;             /* after: how far it is from the newest one */
    uint16_t measure;
    uint8_t kind;
    bool has_bucket;
    uint32_t room;                   /* bytes that a row takes at most */
};

/* The scopes that a row is told to the receiver for. A list of more than one is written once per bundle and
 * then named by its id, so an id must always come with the same list. */
struct bundle_set {
    uint32_t id, count; /* count 1 to SCOPE_KINDS_MAX; 1: the id is that of the scope, and the list is not looked at */
    const uint32_t *scopes; /* ids of the table */
};

/* The set of these scopes, at least one. */
static inline struct bundle_set bundle_set_of(uint32_t id, uint32_t count, const uint32_t *scopes)
{
    return (struct bundle_set){count == 1 ? scopes[0] : id, count, scopes};
}

static inline struct bundle_set bundle_set_alone(uint32_t scope)
{
    return (struct bundle_set){scope, 1, NULL};
}

/* Makes it the run that begins with this row; its table and tick are set. The model is borrowed while it goes on. */
void bundle_run_begin(struct bundle_run *run, const struct model *m, uint64_t number, const struct delta_row *row);

/* As below, of the first row of a run in this writer and the first that names its scopes, too. */
int bundle_row_any(struct bundle_writer *w, const struct bundle_run *run, struct bundle_set set, const struct delta_row *row) CUBE_MUST_CHECK;

/* What a row names its scopes by: twice the index of a set, or of a scope, and one more then. */
static inline uint64_t bundle_reference(uint32_t index, bool alone)
{
    return 2 * (uint64_t)index + alone;
}

/* Appends one row of the run for these scopes, whatever set it names itself: cheaper behind another row of the run.
 * Rows whose cells add up to zero count too: that there was a row makes its axis fresh, unless it is a quiet one, and must not depend
 * on which entities share a task or a commit. CUBE_ENOMEM: drop the bundle. */
static inline CUBE_MUST_CHECK int bundle_row(struct bundle_writer *w, const struct bundle_run *run, struct bundle_set set,
                                             const struct delta_row *row)
{
    bool alone = set.count == 1;
    const struct bundle_dictionary *d = alone ? &w->scopes : &w->sets;
    uint32_t i = set.id < d->capacity ? d->at[set.id] : 0;
    if (i == 0 || w->run != run->number || w->body.capacity - w->body.len < run->room) {
        return bundle_row_any(w, run, set, row);
    }
    uint8_t *at = w->body.at + w->body.len;
    *at++ = BUNDLE_AGAIN;
    at = varint_write(at, bundle_reference(i - 1, alone));
    at = run->has_bucket ? varint_write_int(at, row->bucket) : at;
    buf_taken(&w->body, run->cells(at, run->layout, row->cells));
    w->rows++;
    return 0;
}

/* Writes head and body to out and empties the writer. CUBE_ENOMEM: nothing changed. */
int bundle_finish(struct bundle_writer *w, const struct bundle_head *h, struct buf *out) CUBE_MUST_CHECK;
void bundle_writer_close(struct bundle_writer *w);

/* ---- reading -------------------------------------------------------------------------------------- */

enum bundle_item_type {
    BUNDLE_SCOPE, /* the next scope of the dictionary: key, kind */
    BUNDLE_GIVER, /* the next department: key of its scope */
    BUNDLE_SET,   /* the next set: scope_count indices of scopes, borrowed until the next item */
    BUNDLE_ROW,   /* tick_ms, row */
};

struct bundle_item {
    enum bundle_item_type type;
    struct text key;
    uint32_t kind;
    const uint32_t *scopes;
    uint32_t scope_count;
    int64_t tick_ms;
    /* set = index of a set, or of a scope with SET_ALONE; bucket of ROW_CONTACTS = index of a department; cells
     * borrowed until the next item */
    struct delta_row row;
};

struct bundle_reader {
    struct cursor at;
    const struct model *model;
    int64_t tick_ms;
    uint32_t scope_count, set_count, giver_count;
    uint32_t scopes[SCOPE_KINDS_MAX];
    int64_t cells[CELL_SLOTS_MAX];
    struct delta_row name;       /* kind, measure and pane of the last row */
    const struct layout *layout; /* its layout; NULL: no row of this tick yet */
    bool has_bucket;             /* of its kind */
    int32_t bucket_limit;        /* buckets of rows read by bundle_rows are nearer to 0 */
};

/* CUBE_EVERSION: a bundle of a version this program does not know. CUBE_ETRUNCATED, CUBE_EFORMAT. */
int bundle_open(struct bundle_reader *r, const struct model *m, const uint8_t *at, size_t len, struct bundle_head *ret_h) CUBE_MUST_CHECK;

/* 1: *ret_i is the next item; 0: the end; CUBE_EFORMAT, CUBE_ETRUNCATED; CUBE_EVERSION: a result of a form this program does not know. */
int bundle_next(struct bundle_reader *r, struct bundle_item *ret_i) CUBE_MUST_CHECK;

/* What the taker of rows calls a scope or a set, where it has a name for it. */
#define BUNDLE_UNNAMED UINT32_MAX
struct bundle_names {
    const uint32_t *scopes, *sets; /* by index in the bundle */
};

/* Reads rows of the same tick, kind, measure and pane as the last row, in the taker's names, to where there is room for so many: each as it
 * waits for its tick (engine/waiting_rows.h). Returns how many. Before the first row that is not such a one, whose name the taker does not have,
 * that is damaged or has anything else about it that must be looked at, it ends: bundle_again and bundle_next read that one. */
uint32_t bundle_rows(struct bundle_reader *r, const struct bundle_names *names, int64_t *to, uint32_t room);

/* 1: the next item is a row of the same tick, kind, measure and pane as the last row, which *row still is: its set, bucket and cells are now
 * those of the next one. 0: it is not (bundle_next reads it). CUBE_EFORMAT, CUBE_ETRUNCATED. */
int bundle_again(struct bundle_reader *r, struct delta_row *row) CUBE_MUST_CHECK;

#endif
