/* Bundles: what an entity task tells a scope task at each commit, over the topic `partials`. One record =
 * one bundle, with its own dictionary of scopes; a commit that does not fit into one record is several. */
#ifndef CUBE_PROTO_BUNDLE_H
#define CUBE_PROTO_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/varint.h"
#include "engine/delta.h"
#include "engine/model.h"

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
};

/* ---- writing -------------------------------------------------------------------------------------- */

/* One bundle being filled. Zeroes are a valid empty one. */
struct bundle_writer {
    struct buf body;
    uint32_t *dictionary;        /* by sender's scope id: index + 1 in this bundle */
    uint32_t dictionary_capacity;
    uint32_t *known;             /* scope ids in the dictionary, to clear it */
    uint32_t known_count, known_capacity;
    int64_t tick_ms;
    uint32_t rows;
};

/* Appends one row. Rows whose cells add up to zero count too: that there was a row makes its axis fresh, and
 * must not depend on which entities share a task or a commit. key, kind: of the scope. CUBE_ENOMEM: drop the
 * bundle. */
int bundle_row(struct bundle_writer *w, const struct model *m, int64_t tick_ms, struct text key, uint32_t kind,
               const struct delta_row *row) CUBE_MUST_CHECK;

/* Writes head and body to out and empties the writer. CUBE_ENOMEM: nothing changed. */
int bundle_finish(struct bundle_writer *w, const struct bundle_head *h, struct buf *out) CUBE_MUST_CHECK;
void bundle_writer_close(struct bundle_writer *w);

/* ---- reading -------------------------------------------------------------------------------------- */

struct bundle_item {
    bool is_scope;        /* the next scope of the dictionary; else a row */
    struct text key;
    uint32_t kind;
    int64_t tick_ms;
    struct delta_row row; /* row.scope = index in the dictionary; cells borrowed until the next item */
};

struct bundle_reader {
    struct cursor at;
    const struct model *model;
    int64_t tick_ms;
    uint32_t scopes;
    int64_t cells[CELL_SLOTS_MAX];
};

/* CUBE_EVERSION: a bundle of a version this program does not know. CUBE_ETRUNCATED, CUBE_EFORMAT. */
int bundle_open(struct bundle_reader *r, const struct model *m, const uint8_t *at, size_t len, struct bundle_head *ret_h) CUBE_MUST_CHECK;

/* 1: *ret_i is the next item; 0: the end; CUBE_EFORMAT, CUBE_ETRUNCATED. */
int bundle_next(struct bundle_reader *r, struct bundle_item *ret_i) CUBE_MUST_CHECK;

#endif
