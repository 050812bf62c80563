/* Panes in the changelog. What a scope has in the panes of one length that lie in one stretch of time is one record, a block, whatever the
 * measures: they change together and leave together. A block has a key of a few that its scope uses in turns, one for each block that
 * a window of that length can reach into: when the next one is written under it, all its panes have left.
 * Panes with a histogram, and those of private answers and of the guard's own measures, have records of their own (scope_record.h). */
#ifndef CUBE_ENGINE_SCOPE_BLOCKS_H
#define CUBE_ENGINE_SCOPE_BLOCKS_H

#include "engine/scope_cell.h"

struct scope_sink;

#define BLOCK_PANES_MAX 32

/* The panes of one length. */
struct pane_class {
    int64_t pane_ms;
    uint32_t panes;     /* of a block */
    uint32_t turns;     /* keys of a scope */
    uint32_t count;     /* measures with such panes */
    uint16_t *measures; /* those, ascending */
    uint8_t *horizon;   /* by measure: the one that has them; HORIZONS_MAX: none */
};

/* Bytes of a bit for each pane of a block; a block of one pane needs none. */
static inline uint32_t block_bits_bytes(const struct pane_class *k)
{
    return k->panes == 1 ? 0 : (k->panes + 7) / 8;
}

/* A measure as the changelog numbers it. */
struct listed_measure {
    uint16_t measure;     /* of the model; UINT16_MAX: it is gone */
    struct layout layout; /* of its panes then */
};

/* The measures of a model in its order, told once, before the first block that numbers them. */
struct measure_list {
    struct listed_measure *at;
    uint32_t count;
};

/* A block with panes to write. */
struct touched_block {
    int64_t block;
    bool has, left; /* panes that are there; panes that the changelog has and the scope does not */
};

struct scope_blocks {
    struct pane_class *classes;
    uint32_t class_count;
    uint16_t *sketches;         /* measures that have them, ascending */
    uint32_t sketch_count;
    struct measure_list *lists; /* by number */
    uint32_t list_count;
    uint32_t list;              /* that of this model; UINT32_MAX: not looked for yet */
    bool list_is_new;           /* it is to be told */
    struct touched_block *touched; /* of the scope and the class at hand, ascending */
    uint32_t touched_count, touched_capacity;
};

/* CUBE_ENOMEM. */
int scope_blocks_create(struct scope_blocks *b, const struct model *m) CUBE_MUST_CHECK;
void scope_blocks_close(struct scope_blocks *b);

static inline const struct pane_class *pane_class_of(const struct scope_blocks *b, int64_t pane_ms)
{
    for (uint32_t i = 0; i < b->class_count; i++) {
        if (b->classes[i].pane_ms == pane_ms) {
            return &b->classes[i];
        }
    }
    return NULL;
}

/* Adds a list without entries. CUBE_ENOMEM. */
int measure_list_add(struct scope_blocks *b, uint32_t count, struct measure_list **ret_l) CUBE_MUST_CHECK;
/* Finds the list of the model, or makes it. CUBE_ENOMEM. */
int measure_list_find(struct scope_blocks *b, const struct model *m) CUBE_MUST_CHECK;

/* Writes the blocks of a scope that have changed. The first non-zero of wrote, CUBE_ENOMEM. */
int scope_blocks_flush(struct scope_engine *e, const struct scope *s, const struct scope_sink *sink) CUBE_MUST_CHECK;
/* Writes the octaves of its sketches that have changed. Likewise. */
int scope_octaves_flush(const struct scope_engine *e, const struct scope *s, const struct scope_sink *sink) CUBE_MUST_CHECK;
/* Writes the list of measures unless it is there, before the records of scopes, which number them by it. Likewise. */
int scope_list_flush(struct scope_engine *e, const struct scope_sink *sink) CUBE_MUST_CHECK;

#endif
