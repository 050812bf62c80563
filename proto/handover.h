/* Hand-overs: what scope tasks tell each other at a release, over the topic `partials` beside the bundles of entity
 * tasks. The task that owns the survey cells tells what is let out, and the retention observed; every task tells the E
 * of its scopes that others may take. One release of one sender is one record or several; the last one says so. */
#ifndef CUBE_PROTO_HANDOVER_H
#define CUBE_PROTO_HANDOVER_H

#include "cube/basis.h"
#include "engine/let_out.h"
#include "proto/bundle.h"

enum handover_part {
    HANDOVER_LET_OUT, /* what the receiver needs for tick t */
    HANDOVER_GIFTS,   /* E as of tick t, for the ticks after it */
    HANDOVER_RETENTION, /* items of engine/retention.h: what was observed until t, for customers from then on */
    HANDOVER_PART_COUNT
};

struct handover_head {
    enum handover_part part;
    int32_t task;  /* the scope task that tells */
    int64_t t_ms;  /* tick of the release */
    bool last;     /* of this part of this release */
    struct layout_stamp layout;
};

/* ---- writing -------------------------------------------------------------------------------------- */

/* Append one item to the body of a record. CUBE_ENOMEM: drop the body. */
int handover_put_let_out(struct buf *body, const struct let_out_cell *c) CUBE_MUST_CHECK;
/* measures: those that the contributions belong to; only what is not 0 is written. */
int handover_put_gift(struct buf *body, struct text scope, const struct axis_gift *g, const uint16_t *measures,
                      uint32_t count) CUBE_MUST_CHECK;

/* Appends head and body to out and clears the body. CUBE_ENOMEM: nothing changed. */
int handover_finish(struct buf *body, const struct handover_head *h, struct buf *out) CUBE_MUST_CHECK;

/* ---- reading -------------------------------------------------------------------------------------- */

/* Tells a hand-over from a bundle. */
bool handover_is(const uint8_t *at, size_t len);

struct handover_reader {
    struct cursor at;
    const struct model *model;
};

/* CUBE_EVERSION, CUBE_ETRUNCATED, CUBE_EFORMAT. */
int handover_open(struct handover_reader *r, const struct model *m, const uint8_t *at, size_t len,
                  struct handover_head *ret_h) CUBE_MUST_CHECK;

/* 1: the next item, its texts borrowed from the record; 0: the end; CUBE_ETRUNCATED, CUBE_EFORMAT: a scope kind
 * or measure that the model does not have, or one that is not private, among others. */
int handover_next_let_out(struct handover_reader *r, struct let_out_cell *ret_c) CUBE_MUST_CHECK;
/* ret_contributions[i] belongs to measures[i]; ret_g points to it. */
int handover_next_gift(struct handover_reader *r, const uint16_t *measures, uint32_t count, struct text *ret_scope,
                       struct axis_gift *ret_g, int64_t *ret_contributions) CUBE_MUST_CHECK;

#endif
