/* Changelog records of the scope engine, version 2 but where it is said. For those files of this folder only that read or write them.
 *
 * Keys: 'h' scope | 'd' scope (what differs from its head) | 'l' measure scope | 'b' pane_ms turns turn scope (a block: scope_blocks.h) |
 * 'n' list (of measures) | 'o' octave scope |
 * 'p' measure horizon pane scope | 's' measure horizon octave scope |
 * 'k' giver pane scope (contacts) | 'e' giver (its E) | 'm' scope (what its alerts remember).
 * A measure, like a giver, is a text with its length in front, horizon, pane and octave are varints, the scope is what is
 * left: keys may hold any byte.
 * Values start with the version.
 * level: slots, cells (one level behind the other where they are by horizon). They are part of the head now, and may stand there still.
 * block: version 1, list, block, then of each measure: how many of the list are passed over since the one before, a bit for each pane that is
 * there in whole bytes (unless a block has but one), cells of each.
 * list: version 1, count, then name, slots and wide slots of the panes of each.
 * pane: slots (0: no cells), cells, then histogram entries (count, bucket, n). Before there were blocks all panes were written so, and may stand
 * there still: version 3 where horizons shared their panes, under the first of them; version 2 of each horizon apart, the longest having all
 * of them. They are older than what is written of the same pane now, so all must be read in the order of the log.
 * contacts: n. giver: score, half, coverage, and count, measure, contribution of each that is not 0.
 * memory: the kind, then of each rule that remembers something its name, the weighted mean of a drift if there is
 * one, and the samples.
 * octave: version 1, list, then of each sketch that has buckets there: how many measures are passed over since the last one, horizon, how many
 * numbers the cells of a bucket take, count, then (bucket less the first of the octave, cells) of each.
 * sketch octave: count, then the same of each bucket: one sketch alone, as they were written before there were octaves, and may stand there still.
 * head: see scope_head_write. Version 5: a list, by which measures are numbered; instants are told in ticks from that of the scope; of alerts that
 * fire the labels (scope_gone.h). In version 4 there were no labels, in version 3 instants
 * stood as they are, but for the last rows of cells. In version 2 measures stood in it by name, and without their levels.
 * 'd': of a head all but moves and baseline, and of its cells those that had a row since it was written; read behind that. One that is older
 * than the head says nothing, for the head has all, and is read behind it.
 * Rules stand in it by name. What the model does not know any more is passed over, but for alerts that fire. An instant that is not set is -1. */
#ifndef CUBE_ENGINE_SCOPE_RECORD_H
#define CUBE_ENGINE_SCOPE_RECORD_H

#include "base/varint.h"
#include "engine/scope_state.h"

#define SCOPE_RECORD_VERSION 2
#define SHARED_PANE_VERSION 3
#define BLOCK_VERSION 1
#define NUMBERED_HEAD_VERSION 3
#define NEAR_HEAD_VERSION 4
#define HEAD_VERSION 5

enum scope_record { RECORD_HEAD = 'h', RECORD_LEVEL = 'l', RECORD_PANE = 'p', RECORD_SKETCH = 's',
                    RECORD_CONTACTS = 'k', RECORD_GIVER = 'e', RECORD_MEMORY = 'm', RECORD_BLOCK = 'b', RECORD_LIST = 'n',
                    RECORD_OCTAVE = 'o', RECORD_SINCE = 'd' };

enum head_flag { HEAD_UNDECIDED = 1, HEAD_STALE = 2 };
enum axis_flag {
    AXIS_FLAG_CANDIDATE = 1,
    AXIS_FLAG_UNDECIDED = 2,
    AXIS_FLAG_STALE = 4,
    AXIS_FLAG_KNOWN = 8
};

static inline unsigned axis_flags(const struct axis_state *a)
{
    return (a->candidate ? AXIS_FLAG_CANDIDATE : 0u) | (a->undecided ? AXIS_FLAG_UNDECIDED : 0u) | (a->stale ? AXIS_FLAG_STALE : 0u) |
           (a->known ? AXIS_FLAG_KNOWN : 0u);
}

static inline void axis_flags_set(struct axis_state *a, uint64_t flags)
{
    a->candidate = flags & AXIS_FLAG_CANDIDATE;
    a->undecided = flags & AXIS_FLAG_UNDECIDED;
    a->stale = flags & AXIS_FLAG_STALE;
    a->known = flags & AXIS_FLAG_KNOWN;
}

static inline unsigned head_flags(const struct scope *s)
{
    return (s->undecided ? HEAD_UNDECIDED : 0u) | (s->stale ? HEAD_STALE : 0u);
}

static inline void head_flags_set(struct scope *s, uint64_t flags)
{
    s->undecided = flags & HEAD_UNDECIDED;
    s->stale = flags & HEAD_STALE;
}

/* Numbers that cells take: a wide one is one. */
static inline uint32_t layout_numbers(const struct layout *l)
{
    uint32_t numbers = l->slots;
    for (uint32_t rest = l->wide; rest; rest &= rest - 1) {
        numbers--;
    }
    return numbers;
}

static inline uint32_t level_numbers(const struct measure *m)
{
    return measure_levels(m) * layout_numbers(&m->aggregation->level);
}

/* What the instants of cells are told from: the tick of their scope, where there has been one. */
static inline int64_t instant_or_zero(int64_t t_ms)
{
    return t_ms == NEVER_MS ? 0 : t_ms;
}

enum release_flag { RELEASE_FLAG_EVER = 1, RELEASE_FLAG_WITHHELD = 2 };

#endif
