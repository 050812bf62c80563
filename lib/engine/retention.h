/* Observed retention (domain 4.3): which share of customers stays a year, of the whole and by segment, as it was at
 * a release. The guard works it out, customers are valued by it. */
#ifndef CUBE_ENGINE_RETENTION_H
#define CUBE_ENGINE_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fixed.h"
#include "base/text.h"
#include "base/varint.h"

struct clv_plan; /* engine/model.h */

/* A segment is drawn towards the whole as if so many customers of the whole were among its own. */
#define RETENTION_SHRINK_CUSTOMERS 50

/* What is counted of some customers in a window. */
struct stay {
    cube_i128 time; /* customers times milliseconds */
    int64_t churns;
};

/* 1 - churns / average number of customers in a window of length_ms, within 0 and 1. whole->time > 0. */
double stay_of_whole(const struct stay *whole, int64_t length_ms) CUBE_MUST_CHECK;

/* The same of a segment, shrunk: with A its average customers, c its churns and r what the whole has,
 * (A - c + 50 r) / (A + 50). */
double stay_of_segment(const struct stay *segment, const struct stay *whole, int64_t length_ms) CUBE_MUST_CHECK;

struct retention_share {
    uint32_t at, len; /* its segment, in the texts */
    double share;
};

/* Zeroes are a valid one of which nothing is known. */
struct retention_table {
    int64_t t_ms; /* the tick of the release; it holds for what happens from then on */
    bool known;   /* there was customer time before */
    double whole;
    struct retention_share *shares; /* ascending by segment */
    uint32_t count, capacity;
    struct buf texts;
};

/* Adds the whole, which comes first, or a segment behind those before it. CUBE_EFORMAT: out of order, or no share;
 * CUBE_ENOMEM. Nothing changed then. */
int retention_table_whole(struct retention_table *t, double share) CUBE_MUST_CHECK;
int retention_table_add(struct retention_table *t, struct text segment, double share) CUBE_MUST_CHECK;
void retention_table_close(struct retention_table *t);

/* What holds for customers of a segment, which may be absent: its entry in the plan; else what was observed of it, of the
 * whole, or before anything was the plan's number. t may be NULL. */
double retention_of(const struct retention_table *t, const struct clv_plan *plan, struct text segment);

/* On the wire: items of the whole, whose segment is absent, or of a segment, and its share. retention_put_items appends those
 * from *next on until there are more than bytes_max, and returns 1 when some are left, 0, CUBE_ENOMEM. retention_get adds the
 * next one and returns 1, 0 at the end, CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_ENOMEM. */
int retention_put_items(const struct retention_table *t, uint32_t *next, size_t bytes_max, struct buf *out) CUBE_MUST_CHECK;
int retention_get(struct cursor *c, struct retention_table *t) CUBE_MUST_CHECK;

/* A whole table for the changelog, and back into zeroes; on failure it may be half full. CUBE_EVERSION and as above. */
int retention_encode(const struct retention_table *t, struct buf *out) CUBE_MUST_CHECK;
int retention_decode(struct cursor *c, struct retention_table *ret_t) CUBE_MUST_CHECK;

uint64_t retention_bytes(const struct retention_table *t);

#endif
