/* Remembered names one after the other, to be written down and put back (dedup.h). */
#ifndef CUBE_ENGINE_DEDUP_WALK_H
#define CUBE_ENGINE_DEDUP_WALK_H

#include "engine/dedup.h"

/* A name as it is remembered: of which record, and of which time its first applied record is. */
struct dedup_entry {
    struct hash128 name;
    int64_t ts_ms, offset;
};

/* A place among them, in the order of their offsets; good until the next change. */
struct dedup_walk {
    int32_t number;
};

/* Begins at the first one of this offset or a later one. */
struct dedup_walk dedup_walk_from(const struct dedup *d, int64_t offset);

/* False: there are no more. A name that came again is there for each time. */
bool dedup_walk_next(const struct dedup *d, struct dedup_walk *w, struct dedup_entry *ret_e);

/* Remembers one behind all others, and forgets what it is too far from, which does not count as lost. CUBE_EFORMAT: it is not behind
 * them. CUBE_ENOMEM. Nothing changed then. */
int dedup_put(struct dedup *d, const struct dedup_entry *e) CUBE_MUST_CHECK;

/* Forgets all before this offset, which does not count as lost either. */
void dedup_cut(struct dedup *d, int64_t offset);

/* The names that were put are all there are: the max ts before the first, as dedup_first had it. */
void dedup_put_all(struct dedup *d, int64_t max_ts_before_ms);

#endif
