/* Reads the pieces of the scope engine's changelog records. For those files of this folder only that read them.
 * The readers share one sticky result; after a failure they give zeroes. */
#ifndef CUBE_ENGINE_SCOPE_READER_H
#define CUBE_ENGINE_SCOPE_READER_H

#include "engine/scope_record.h"

struct reader {
    struct cursor c;
    int rc;
};

static inline uint64_t r_uint(struct reader *r)
{
    uint64_t v = 0;
    r->rc = r->rc ? r->rc : get_uint(&r->c, &v);
    return r->rc ? 0 : v;
}

/* A number that must be below a bound, else CUBE_EFORMAT. */
static inline uint64_t r_below(struct reader *r, uint64_t bound)
{
    uint64_t v = r_uint(r);
    if (r->rc == 0 && v >= bound) {
        r->rc = CUBE_EFORMAT;
    }
    return r->rc ? 0 : v;
}

static inline int64_t r_int(struct reader *r)
{
    int64_t v = 0;
    r->rc = r->rc ? r->rc : get_int(&r->c, &v);
    return r->rc ? 0 : v;
}

#define INSTANT_MAX_MS (INT64_C(1) << 55) /* no event comes near: sums with it fit */

/* An instant that may be unset. */
static inline int64_t r_instant(struct reader *r, int64_t unset)
{
    int64_t v = r_int(r);
    if (v < -INSTANT_MAX_MS || v > INSTANT_MAX_MS) {
        r->rc = CUBE_EFORMAT;
    }
    return v == -1 ? unset : v;
}

double r_double(struct reader *r);
/* Borrowed from the record. */
static inline struct text r_text(struct reader *r)
{
    struct text t = {0};
    r->rc = r->rc ? r->rc : get_text(&r->c, &t);
    return t;
}

/* All that is left. */
struct text r_rest(const struct reader *r);
/* CUBE_EVERSION: not the one we write. */
void r_version(struct reader *r);
void r_block_version(struct reader *r);
/* The list that a record numbers measures by. CUBE_EFORMAT: it was not told. */
const struct measure_list *r_list_of(struct reader *r, const struct scope_engine *e);
/* Passes over so many numbers. */
void r_numbers_pass(struct reader *r, uint64_t count);
/* cells has room for the layout. */
void r_cells(struct reader *r, const struct layout *l, int64_t *cells);

/* The index of a measure or UINT16_MAX. Records name measures in the model's order, so it looks from the last one on. */
uint16_t measure_by_name(struct scope_engine *e, struct text name);

/* Contributions of the engine's scored measures, those that are not told 0. */
void r_contributions(struct reader *r, struct scope_engine *e, int64_t *at);

/* Finds or makes a scope whose records come back. CUBE_ELIMIT, CUBE_ENOMEM. */
int scope_restored(struct scope_engine *e, struct text key, struct scope **ret_s) CUBE_MUST_CHECK;

/* Puts what a record says of a pane in place of what was known; cells are left as what that differed by. CUBE_ENOMEM. */
int scope_pane_set(struct scope_cell *c, uint32_t horizon, int64_t pane, int64_t *cells) CUBE_MUST_CHECK;

/* scope_blocks_read.c: likewise. */
int scope_block_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone) CUBE_MUST_CHECK;
int scope_list_restore(struct scope_engine *e, struct reader *key, struct reader *value) CUBE_MUST_CHECK;
/* scope_octaves.c: likewise. */
int scope_octave_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone) CUBE_MUST_CHECK;

/* scope_given_restore.c: what stands behind the first byte of the key, and the value. */
int scope_contacts_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone) CUBE_MUST_CHECK;
int scope_giver_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone) CUBE_MUST_CHECK;

/* Reads the kind of a scope and lists its alerts, unless another record has told it. */
void r_kind(struct reader *r, struct scope_engine *e, struct scope *s);

/* Reads what its alerts remember. */
void scope_memory_read(struct reader *r, struct scope_engine *e, struct scope *s);

/* Reads the head of a scope into it: a whole one, or what differs from that. */
void scope_head_read(struct reader *r, struct scope_engine *e, struct scope *s, bool whole);

#endif
